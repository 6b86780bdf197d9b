"""A workload on a class: what is written there replaces a field as a whole, and the rest has defaults."""

from __future__ import annotations

from typing import Any

from tests.small import GONE, changed, found, only, plan_of, smallest

from edgewright.plan import Deployed

TWO = {"kiosk": {"board": "intel-n100-8gb"}, "pi": {"board": "raspberry-pi-5-8gb"}}


def by_class(values: dict[str, Any]) -> dict[str, Deployed]:
    return {planned.name: planned.workloads[0] for planned in plan_of(values).classes if planned.workloads}


def test_a_workload_without_on_runs_everywhere() -> None:
    assert set(by_class(smallest(deviceClasses=TWO))) == {"kiosk", "pi"}
    assert set(by_class(smallest(deviceClasses=TWO, workloads__read__on={"pi": {}}))) == {"pi"}


def test_defaults() -> None:
    one = by_class(smallest())["kiosk"]
    assert (one.batching.max_batch, int(one.batching.window)) == (1, 0)
    assert (int(one.startup.load), one.startup.warm_up, int(one.startup.engine_build)) == (60_000, 3, 900_000)
    assert int(one.shutdown.grace) == 30_000
    assert (one.exposed, one.p99, one.rollout, one.rule, one.uses_gpu) == (False, None, None, None, False)
    assert one.resources.ephemeral_storage == 2**30


def test_on_replaces_a_field_as_a_whole() -> None:
    values = smallest(
        deviceClasses=TWO,
        workloads__read__startup={"load": "5s", "warmUp": 9},
        workloads__read__batching={"maxBatch": 8, "window": "2ms"},
        workloads__read__expose="cluster",
        workloads__read__on={
            "pi": {"startup": {"warmUp": 1}, "expose": "none", "model": "other"},
            "kiosk": {},
        },
        models__other={"version": "2.0.0", "source": "models/other.onnx"},
    )
    kiosk, pi = (by_class(values)[name] for name in ("kiosk", "pi"))
    assert (int(kiosk.startup.load), kiosk.startup.warm_up) == (5_000, 9)
    assert (int(pi.startup.load), pi.startup.warm_up) == (60_000, 1)
    assert pi.batching == kiosk.batching
    assert (kiosk.exposed, pi.exposed) == (True, False)
    assert (kiosk.model, pi.model, pi.model_version) == ("digits", "other", "2.0.0")


def test_origins_lead_to_where_a_field_is_written() -> None:
    values = smallest(
        deviceClasses=TWO,
        workloads__read__expose="cluster",
        workloads__read__on={"pi": {"resources": {"cpu": 1, "memory": "1Gi"}}, "kiosk": {}},
    )
    pi = by_class(values)["pi"]
    assert pi.path == ("workloads", "read", "on", "pi")
    assert pi.origin("resources") == ("workloads", "read", "on", "pi", "resources")
    assert pi.origin("expose") == ("workloads", "read", "expose")
    assert pi.origin("startup") == pi.path


def test_resources_have_no_default() -> None:
    plan = plan_of(smallest(workloads__read__resources=GONE))
    finding = only(plan.findings, "missing-field")
    assert finding.path == ("workloads", "read", "resources")
    assert finding.on_key
    assert finding.notes[0].path == ("deviceClasses", "kiosk")
    assert not plan.classes[0].workloads


def test_what_is_wrong_on_every_class_is_said_of_each_and_once() -> None:
    values = smallest(deviceClasses=TWO, workloads__read__resources={"cpu": 0, "memory": "1Gi"})
    assert only(plan_of(values).findings, "zero-resource").path == ("workloads", "read", "resources", "cpu")


def test_a_lock_without_the_class_architecture_locks_nothing_for_it() -> None:
    from dataclasses import replace

    from tests.small import fleet_of
    from tests.strategies import locked

    values = smallest()
    lock = locked(fleet_of(values))
    model = lock.models["digits"]
    variants = {
        name: replace(each, artifacts={"arm64": each.artifacts["arm64"]})
        for name, each in model.variants.items()
    }
    older = replace(lock, models={"digits": replace(model, variants=variants)})
    plan = plan_of(values, older)
    assert plan.classes[0].workloads[0].tiers[0].locked is None
    assert set(plan.not_locked) == {"digits/source"}


def test_unlocked_names_lead_to_the_field_that_needs_them() -> None:
    from edgewright.artifact.lock import Lock

    values = changed(smallest(), {("models", "digits", "variants"): {"small": {"precision": "int8"}}})
    plan = plan_of(values, Lock())
    assert dict(plan.not_locked) == {
        "runtime-cpu": ("workloads", "read"),
        "digits/small": ("models", "digits", "variants", "small"),
    }
    assert len(found(plan.findings, "not-locked")) == 2
