"""The last tier of `inspect`: what can be said of a surface without any model.

A surface whose grey values hardly vary is clean with some confidence; any other is somebody's to look
at. The confidence stays below the model's, so that nobody takes this answer for one of the model's.
"""

import numpy as np

CLASSES = 8
CLEAN = 0
QUIET = 0.06  # standard deviation of the grey values of a clean, evenly lit surface


def infer(inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """`probabilities` (batch x 8, FP32) for `image` (batch x 1 x 32 x 32, FP32, 0 to 1)."""
    images = np.asarray(inputs["image"], dtype=np.float32)
    spread = images.reshape(len(images), -1).std(axis=1)
    confidence = np.where(spread < QUIET, 0.6, 0.1).astype(np.float32)
    answers = np.repeat(((1 - confidence) / (CLASSES - 1))[:, None], CLASSES, axis=1)
    answers[:, CLEAN] = confidence
    return {"probabilities": answers.astype(np.float32)}
