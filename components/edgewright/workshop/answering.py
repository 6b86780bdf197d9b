"""Golden answers: some inputs of the golden set, and what a form of the model says of them.

A device asks every tier the same and compares. So the inputs have to be such that right answers stay the same
wherever they are computed, and wrong ones do not: those that the form gets right, each class in turn, and of the
sure ones the least sure. A score near 1 hides what is wrong, and one near the next moves with every rounding.
Measured with models/train.py: noise of a tenth of the weights' spread moves the surest answers by less than 1 %,
those chosen here by 11 % and more; reckoning in bf16 moves these by 2.3 % at most, and those with a lead of 25 % by
more than 5 %. docs/models.md has the table. Only `onnx_process` imports this.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from edgewright.workshop.golden import Golden
from edgewright.workshop.scoring import classes_of, reading, scores_of

SURE: Final = 0.75
"""By how much the highest score is ahead of the next in a sure answer, as a share of the range of all scores."""

MOST: Final = 16
"""Inputs: more than a batch of eight, and two of each of eight classes. Each takes time at every start."""

MOST_BYTES: Final = 8 << 20
"""Bytes of inputs: 13 images of 224 by 224 in colour, less than most models weigh that read such."""


def golden_answers(session: Any, golden: Golden) -> dict[str, NDArray[Any]]:
    """Arrays `input:<name>` and `output:<name>`, as a server reads them; none where no answer is right.

    Their first dimension counts; of a model with batches of a fixed size, it is a multiple of that.
    """
    dtype, fixed = reading(session, golden)
    size = golden.stretch(0, 1).astype(dtype).nbytes
    chosen = choose(scores_of(session, golden), golden.labels, max(1, min(MOST, MOST_BYTES // max(size, 1))))
    if not chosen.size:
        return {}
    step = fixed or len(chosen)
    chosen = np.resize(chosen, -(-len(chosen) // step) * step)
    some = Golden(golden.inputs[chosen], golden.labels[chosen], golden.scale)
    inputs = np.ascontiguousarray(some.stretch(0, len(chosen)), dtype)
    (name,) = (each.name for each in session.get_inputs())
    parts = [session.run(None, {name: inputs[at : at + step]}) for at in range(0, len(inputs), step)]
    outputs = {
        f"output:{each.name}": np.concatenate(found)
        for each, found in zip(session.get_outputs(), zip(*parts, strict=True), strict=True)
        if all(_counts(one, step) for one in found)
    }
    return {f"input:{name}": inputs, **outputs}


def choose(scores: NDArray[Any], labels: NDArray[Any], most: int) -> NDArray[np.intp]:
    """Which inputs, in their order: at most so many of those that are answered rightly."""
    right = np.flatnonzero(classes_of(scores) == labels)
    leads = dict(zip(right.tolist(), _leads(scores[right]).tolist(), strict=True))
    # The least sure of the sure ones first, then the surest of the others.
    order = sorted(leads, key=lambda at: (leads[at] < SURE, leads[at] if leads[at] >= SURE else -leads[at]))
    turns: Counter[int] = Counter()
    turn = {}
    for at in order:
        turn[at] = turns[int(labels[at])]
        turns[int(labels[at])] += 1
    return np.sort(np.array(sorted(order, key=lambda at: turn[at])[:most], dtype=np.intp))


def _leads(scores: NDArray[Any]) -> NDArray[np.float64]:
    """How far each answer's highest score is ahead of the next, as a share of the range of all; all of it
    where there is nothing but the answer."""
    if scores.ndim == 1 or scores.shape[1] == 1 or not len(scores):
        return np.ones(len(scores))
    ahead = np.diff(np.partition(scores.astype(np.float64), -2, axis=1)[:, -2:], axis=1)[:, 0]
    leads: NDArray[np.float64] = ahead / (float(np.ptp(scores)) or 1.0)
    return leads


def _counts(output: Any, step: int) -> bool:
    """Whether an output has a row of numbers for each input."""
    return isinstance(output, np.ndarray) and output.dtype.kind in "biuf" and output.shape[:1] == (step,)
