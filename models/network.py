"""A small convolutional classifier in numpy: three convolutions of stride two and two dense layers.

Images are (count, height, width, channels) here, so that a convolution is one matrix product; a filter is
a matrix of (rows x columns x channels in) x (channels out). While it learns, each hidden layer is
normalised over the batch; `folded` then puts that into the weights, so what is exported has none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Labels = NDArray[np.int64]
Weights = dict[str, Floats]

STRIDE = 2
EPSILON = np.float32(1e-5)
BATCH = 64


@dataclass(frozen=True, slots=True)
class Layer:
    """One step of the network. `kernel` is the side of a filter in pixels; 0 means dense, and then
    `pixels` is how many positions of the layer before it flattens."""

    name: str
    kernel: int
    inputs: int
    outputs: int
    pixels: int = 1


@dataclass(frozen=True, slots=True)
class _Step:
    """What a layer leaves behind for the way back: a row for each position."""

    shape: tuple[int, ...]
    read: Floats
    normal: Floats
    spread: Floats
    wrote: Floats


def layers(classes: int, side: int, width: int) -> tuple[Layer, ...]:
    """The network: `width` multiplies every hidden size, so its bytes grow with the square of it."""
    a, b, c, hidden = 16 * width, 32 * width, 48 * width, 48 * width
    left = (side // STRIDE**3) ** 2
    return (
        Layer("conv1", 5, 1, a),
        Layer("conv2", 3, a, b),
        Layer("conv3", 3, b, c),
        Layer("dense1", 0, c * left, hidden, left),
        Layer("dense2", 0, hidden, classes),
    )


def untrained(network: tuple[Layer, ...], rng: np.random.Generator) -> Weights:
    """Weights as He et al. (2015) start them: normal, scaled by what comes in; biases zero."""
    weights: Weights = {}
    for layer in network:
        fan_in = layer.inputs * max(layer.kernel, 1) ** 2
        start = rng.standard_normal((fan_in, layer.outputs), np.float32)
        weights[f"{layer.name}.weight"] = start * np.float32(np.sqrt(2 / fan_in))
        weights[f"{layer.name}.bias"] = np.zeros(layer.outputs, np.float32)
    return weights


def outputs(network: tuple[Layer, ...], weights: Weights, images: Floats) -> list[Floats]:
    """What each layer writes, hidden ones after their ReLU; the last entry holds the logits."""
    out, current = [], images
    for layer in network:
        sums = _read(current, layer) @ weights[f"{layer.name}.weight"] + weights[f"{layer.name}.bias"]
        current = _arranged(sums if layer is network[-1] else np.maximum(sums, 0), current.shape, layer)
        out.append(current)
    return out


def trained(network: tuple[Layer, ...], images: Floats, labels: Labels, seed: int, epochs: int) -> Weights:
    """Weights after Adam (Kingma and Ba, 2015) with a step that falls along a cosine to zero.

    They still ask for the batch's normalisation: see `folded`.
    """
    rng = np.random.default_rng((seed, 1))
    weights = untrained(network, rng)
    slow = {name: np.zeros_like(value) for name, value in weights.items()}
    fast = {name: np.zeros_like(value) for name, value in weights.items()}
    steps = epochs * (len(images) // BATCH)
    for step, (some, truth) in enumerate(_batches(images, labels, rng, epochs), start=1):
        rate = 0.004 * 0.5 * (1 + np.cos(np.pi * step / steps))
        rate *= np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        for name, slope in _gradients(network, weights, some, truth).items():
            slow[name] += np.float32(0.1) * (slope - slow[name])
            fast[name] += np.float32(0.001) * (slope * slope - fast[name])
            weights[name] -= np.float32(rate) * slow[name] / (np.sqrt(fast[name]) + np.float32(1e-8))
    return weights


def folded(network: tuple[Layer, ...], weights: Weights, images: Floats) -> Weights:
    """The same network without normalisation: mean and spread over `images` are put into the weights."""
    plain, current = dict(weights), images
    for layer in network[:-1]:
        read = _read(current, layer)
        sums = read @ weights[f"{layer.name}.weight"]
        mean, spread = sums.mean(axis=0), _spread(sums - sums.mean(axis=0))
        plain[f"{layer.name}.weight"] = weights[f"{layer.name}.weight"] / spread
        plain[f"{layer.name}.bias"] = weights[f"{layer.name}.bias"] - mean / spread
        wrote = np.maximum(sums / spread + plain[f"{layer.name}.bias"], 0)
        current = _arranged(wrote, current.shape, layer)
    return plain


def softmax(logits: Floats) -> Floats:
    """Probabilities, a row for each image."""
    raised: Floats = np.exp(logits - logits.max(axis=1, keepdims=True))
    total: Floats = raised.sum(axis=1, keepdims=True)
    return raised / total


def _gradients(network: tuple[Layer, ...], weights: Weights, images: Floats, labels: Labels) -> Weights:
    """The gradient of the mean cross entropy for each weight."""
    steps = _steps(network, weights, images)
    slope = softmax(steps[-1].wrote)
    slope[np.arange(len(labels)), labels] -= 1
    slope /= np.float32(len(labels))
    found: Weights = {}
    for layer, step in zip(reversed(network), reversed(steps), strict=True):
        slope = slope.reshape(-1, layer.outputs)
        slope = slope if layer is network[-1] else slope * (step.wrote > 0)
        found[f"{layer.name}.bias"] = slope.sum(axis=0)
        slope = slope if layer is network[-1] else _before_normal(slope, step)
        found[f"{layer.name}.weight"] = step.read.T @ slope
        if layer is not network[0]:
            slope = _overlay(slope @ weights[f"{layer.name}.weight"].T, step.shape, layer)
    return found


def _steps(network: tuple[Layer, ...], weights: Weights, images: Floats) -> list[_Step]:
    steps, current = [], images
    for layer in network:
        read = _read(current, layer)
        normal, spread = read @ weights[f"{layer.name}.weight"], np.ones(layer.outputs, np.float32)
        if layer is not network[-1]:
            normal -= normal.mean(axis=0)
            spread = _spread(normal)
            normal /= spread
        wrote = normal + weights[f"{layer.name}.bias"]
        wrote = wrote if layer is network[-1] else np.maximum(wrote, 0)
        steps.append(_Step(current.shape, read, normal, spread, wrote))
        current = _arranged(wrote, current.shape, layer)
    return steps


def _spread(centred: Floats) -> Floats:
    """The standard deviation of each column, never quite zero."""
    variance = np.einsum("ij,ij->j", centred, centred) / np.float32(len(centred))
    return np.asarray(np.sqrt(variance + EPSILON), np.float32)


def _before_normal(slope: Floats, step: _Step) -> Floats:
    """The slope in front of the normalisation, whose mean and spread move with every row."""
    shared: Floats = np.einsum("ij,ij->j", slope, step.normal) / np.float32(len(slope))
    centred = slope - slope.mean(axis=0) - step.normal * shared
    return np.asarray(centred / step.spread, np.float32)


def _batches(
    images: Floats, labels: Labels, rng: np.random.Generator, epochs: int
) -> Iterator[tuple[Floats, Labels]]:
    """Every image once an epoch, each batch mirrored and turned by quarters: a defect has no up."""
    for _ in range(epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(order) - BATCH + 1, BATCH):
            some = order[start : start + BATCH]
            turned = np.rot90(images[some], int(rng.integers(4)), axes=(1, 2))
            yield turned[:, :, :: 1 - 2 * int(rng.integers(2))], labels[some]


def _arranged(wrote: Floats, shape: tuple[int, ...], layer: Layer) -> Floats:
    """Rows of positions as images again; a dense layer's rows are what they are."""
    if not layer.kernel:
        return wrote
    return wrote.reshape(shape[0], -(-shape[1] // STRIDE), -(-shape[2] // STRIDE), layer.outputs)


def _read(image: Floats, layer: Layer) -> Floats:
    """The patch under the filter at each position, as a row of a matrix; for a dense layer, everything."""
    if not layer.kernel:
        return image.reshape(len(image), -1)
    count, rows, columns = image.shape[0], -(-image.shape[1] // STRIDE), -(-image.shape[2] // STRIDE)
    edge = layer.kernel // 2
    padded = np.pad(image, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    out = np.empty((count, rows, columns, layer.kernel, layer.kernel, layer.inputs), np.float32)
    for y in range(layer.kernel):
        for x in range(layer.kernel):
            out[:, :, :, y, x] = padded[:, y : y + STRIDE * rows : STRIDE, x : x + STRIDE * columns : STRIDE]
    return out.reshape(count * rows * columns, -1)


def _overlay(slope: Floats, shape: tuple[int, ...], layer: Layer) -> Floats:
    """The transpose of `_read`: what every patch says about a pixel, summed."""
    if not layer.kernel:
        return slope.reshape(shape)
    count, height, width, channels = shape
    rows, columns = -(-height // STRIDE), -(-width // STRIDE)
    edge = layer.kernel // 2
    patches = slope.reshape(count, rows, columns, layer.kernel, layer.kernel, channels)
    padded = np.zeros((count, height + 2 * edge, width + 2 * edge, channels), np.float32)
    for y in range(layer.kernel):
        for x in range(layer.kernel):
            under = padded[:, y : y + STRIDE * rows : STRIDE, x : x + STRIDE * columns : STRIDE]
            under += patches[:, :, :, y, x]
    return padded[:, edge : edge + height, edge : edge + width]
