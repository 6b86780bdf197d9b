"""Figures in fleet.lock: those of the file in an order of their own, and none of a file that has a flaw."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from edgewright.artifact.lock import Figure, Lock
from edgewright.catalogue import load
from edgewright.errors import Finding
from edgewright.fleet import Fleet, read_fleet
from edgewright.workshop.locking import lock_fleet

HEAD = "class,tier,batch,p99Milliseconds,powerMilliwatts\n"
Write = Callable[..., Path]


def locked(folder: Path, text: str | None) -> tuple[Lock, tuple[Finding, ...]]:
    if text is not None:
        (folder / "m.csv").write_text(text)
    return lock_fleet(_fleet(), folder, load(), Lock(), lambda _what: None)


def _fleet() -> Fleet:
    values = {
        "apiVersion": "edgewright.dev/v1alpha1",
        "fleet": "tiny",
        "registry": "registry.example/tiny",
        "deviceClasses": {"kiosk": {"board": "intel-n100-8gb"}},
        "models": {"digits": {"version": "1.0.0", "source": "model.onnx", "measured": "m.csv"}},
        "workloads": {"read": {"model": "digits", "resources": {"cpu": 1, "memory": "512Mi"}}},
    }
    fleet = read_fleet(values, load()).fleet
    assert fleet is not None
    return fleet


def test_figures_are_those_of_the_file_in_an_order_of_their_own(write_model: Write, tmp_path: Path) -> None:
    write_model()
    text = HEAD + "kiosk,rule,1,0.5,\nkiosk,onnxruntime-cpu,8,9.125,14500\nkiosk,onnxruntime-cpu,1,3,\n"
    lock, findings = locked(tmp_path, text)
    assert findings == ()
    digits = lock.models["digits"]
    assert digits.figures == (
        Figure("kiosk", "onnxruntime-cpu", 1, 3000),
        Figure("kiosk", "onnxruntime-cpu", 8, 9125, 14_500),
        Figure("kiosk", "rule", 1, 500),
    )
    assert digits.measured is not None
    assert (digits.measured.file, digits.measured.size) == ("m.csv", len(text))


def test_a_flaw_leaves_no_figure(write_model: Write, tmp_path: Path) -> None:
    write_model()
    lock, (finding,) = locked(tmp_path, HEAD + "kiosk,rule,1,0.5,\nkiosk,rule,2,5ms,\n")
    assert (finding.rule, finding.level, finding.path) == (
        "measured-row",
        "error",
        ("models", "digits", "measured"),
    )
    assert (lock.models["digits"].figures, lock.models["digits"].measured) == ((), None)


def test_a_file_that_is_not_there_is_named_where_the_fleet_names_it(
    write_model: Write, tmp_path: Path
) -> None:
    write_model()
    lock, (finding,) = locked(tmp_path, None)
    assert (finding.rule, finding.place, finding.path) == (
        "cannot-read",
        None,
        ("models", "digits", "measured"),
    )
    assert lock.models["digits"].measured is None


def test_figures_of_nothing_in_this_fleet_are_a_slip_of_the_pen(write_model: Write, tmp_path: Path) -> None:
    write_model()
    lock, findings = locked(tmp_path, HEAD + "kisok,rule,1,1,\nkiosk,onnxruntime-cpu/int9,1,1,\n")
    assert [(each.rule, each.level) for each in findings] == [("measured-row", "warning")] * 2
    assert [each.place.column for each in findings if each.place] == [1, 7]
    assert len(lock.models["digits"].figures) == 2
