"""What later tiers lose against the first, by the figures of fleet.lock."""

from __future__ import annotations

from typing import Any

from tests.small import plan_of, smallest
from tests.strategies import locked_variant

from edgewright.artifact.lock import Lock, LockedModel
from edgewright.plan.losses import Loss, losses


def lost(tiers: list[str], **accuracy: int | None) -> tuple[Loss, ...]:
    values: dict[str, Any] = smallest(
        deviceClasses={
            "box": {
                "host": {"arch": "amd64", "cpu": 8, "memory": "32Gi", "gpu": "nvidia-l4"},
                "software": {"driver": "580.82.07"},
            }
        }
    )
    values["models"]["digits"]["variants"] = {"half": {"precision": "fp16"}, "small": {"precision": "int8"}}
    values["workloads"]["read"] |= {"tiers": tiers, "runtime": "tensorrt", "rule": "rules/r.py"}
    values["workloads"]["read"]["resources"]["gpu"] = 1
    precisions = {"half": "fp16", "small": "int8", "source": "fp32"}
    variants = {
        name: locked_variant(f"models/{name}.onnx", precisions[name], accuracy=each)
        for name, each in accuracy.items()
    }
    lock = Lock({"digits": LockedModel("1.0.0", variants)})
    plan = plan_of(values, lock)
    (planned,) = plan.classes
    return losses(planned.workloads[0])


def test_each_later_tier_is_held_against_the_first() -> None:
    found = lost(
        ["tensorrt/half", "onnxruntime-cuda/half", "onnxruntime-cpu/small", "rule"],
        half=959_000,
        small=950_000,
    )
    assert [(each.tier.tier, each.accuracy, each.lost) for each in found] == [
        ("onnxruntime-cuda/half", 959_000, 0),
        ("onnxruntime-cpu/small", 950_000, 9_000),
        ("rule", None, None),
    ]


def test_a_later_tier_may_be_better() -> None:
    (loss,) = lost(["tensorrt/half", "onnxruntime-cpu/small"], half=950_000, small=951_000)
    assert loss.lost == -1_000


def test_without_a_figure_nothing_is_invented() -> None:
    (loss,) = lost(["tensorrt/half", "onnxruntime-cpu/small"], half=None, small=951_000)
    assert (loss.accuracy, loss.lost) == (951_000, None)
    (loss,) = lost(["tensorrt/half", "onnxruntime-cpu/small"], half=951_000, small=None)
    assert (loss.accuracy, loss.lost) == (None, None)


def test_one_tier_loses_nothing() -> None:
    assert lost(["onnxruntime-cpu/small"], small=951_000) == ()
