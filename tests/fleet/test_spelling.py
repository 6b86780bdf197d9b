"""Below a misspelt field everything is read, and told by the names that the text has."""

from __future__ import annotations

from tests.fleet.texts import BASE, changed, findings, reading, told

from edgewright.catalogue import load
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.errors import Finding, Note
from edgewright.fleet import read_fleet


def test_what_is_below_misspelt_names_is_read() -> None:
    text = changed(
        ("workloads:", "workload:"), ("    resources: {cpu: 2, memory: 2Gi}", "    resource: {cpu: 2, memry: 2GB}"),
        ("on:\n      camera", "On:\n      camera"), ("soak: 72h", "Soak: 72"), ("apiVersion", "apiversion"),
    )  # fmt: skip
    assert [(each.rule, each.underlined) for each in told(text)] == [
        ("unknown-field", "apiversion"), ("unknown-field", "workload"), ("unknown-field", "On"),
        ("bad-unit", "2GB"), ("unknown-field", "resource"), ("unknown-field", "memry"),
        ("bad-unit", "72"), ("unknown-field", "Soak"),
    ]  # fmt: skip


def test_paths_and_notes_have_the_names_of_the_text() -> None:
    text = changed(
        ("models:", "model:"), ("    model: defects\n    rollout", "    model: defect\n    rollout")
    )
    unknown = next(finding for finding in findings(text) if finding.rule == "unknown-reference")
    assert unknown.path == ("workloads", "inspect", "model")
    assert [(note.path, note.place and note.place.line) for note in unknown.notes] == [(("model",), 20)]


def test_what_other_floors_find_is_led_back() -> None:
    read = reading(changed(("deviceClasses:", "device_classes:"), ("powerMode:", "powermode:")))
    path = ("deviceClasses", "camera", "powerMode")
    (found,) = read.as_written([Finding("r", "error", "", "", path, notes=(Note("", path[:2]),))])
    assert found.path == ("device_classes", "camera", "powermode")
    assert found.notes[0].path == ("device_classes", "camera")


def test_a_right_fleet_is_left_alone() -> None:
    finding = Finding("r", "error", "", "", ("models",))
    assert reading(BASE).as_written([finding]) == [finding]


def test_both_names_may_be_there() -> None:
    text = BASE.replace("models:\n", "model: {x: {version: 1.0.0, source: x}}\nmodels:\n", 1)
    assert [(each.rule, each.underlined, each.replacement) for each in told(text)] == [
        ("unknown-field", "model", None)
    ]


def test_the_text_keeps_its_values() -> None:
    document = parse_document(Source("f", BASE.replace("models:", "modles:", 1)))
    read_fleet(document.value, load())
    assert "modles" in document.value
    assert "models" not in document.value


def test_an_answer_does_not_depend_on_the_fleets_that_were_read_before() -> None:
    many = "".join(f"field{number}: 1\n" for number in range(300))
    findings(BASE + many)
    assert [each.replacement for each in told(changed(("workloads:", "workload:")))] == ["workloads"]


def test_the_same_values_at_two_places_are_told_at_both() -> None:
    value = parse_document(Source("f", BASE)).value
    shared = value["workloads"]["inspect"]["on"]["kiosk"]
    shared["memmory"] = 1
    value["workloads"]["inspect"]["on"]["camera"] = shared
    paths = {each.path[-2:] for each in read_fleet(value, load()).findings if each.rule == "unknown-field"}
    assert paths == {("camera", "memmory"), ("kiosk", "memmory")}
