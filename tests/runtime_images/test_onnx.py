"""A tier of ONNX Runtime is the one that it says, or none."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from typing import Any

import pytest
from onnxruntime.capi import onnxruntime_pybind11_state as native
from tests.runtime_images.serving import MODELS, images

from edgewright_runtime.config import PromisedFile, PromisedModel, Tensor
from edgewright_runtime.tiers.onnx import open_session

MODEL = PromisedModel(
    MODELS,
    (PromisedFile(MODELS / "model.onnx", "sha256:0"),),
    "fp32",
    (Tensor("image", "FP32", (-1, 1, 32, 32)),),
    (Tensor("probabilities", "FP32", (-1, 8)),),
)


def test_where_a_device_fails_the_tier_fails_and_nobody_answers_in_its_name(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """ONNX Runtime's own class would open the model on the CPU, say so on standard output, and answer by that."""
    tier = open_session("onnxruntime-cuda/model", "onnxruntime-cpu", MODEL, 1)
    tier.session._sess = Gone(tier.session._sess)
    with pytest.raises(native.EPFail):
        tier.run({"image": images()})
    assert capfd.readouterr() == ("", "")


def test_a_copy_that_is_stopped_stays_so_and_stops_no_other() -> None:
    tier = open_session("onnxruntime-cpu/model", "onnxruntime-cpu", MODEL, 1)
    stopped = copy(tier)
    stopped.stop()
    with pytest.raises(native.Fail, match="terminate"):
        stopped.run({"image": images()})
    assert tier.run({"image": images()}).keys() == {"probabilities"}


@dataclass
class Gone:
    """A session whose device fails when it is to answer."""

    session: Any

    def __getattr__(self, name: str) -> Any:
        return getattr(self.session, name)

    def run(self, *_asked: object) -> None:
        raise native.EPFail("CUDA failure 719: unspecified launch failure")
