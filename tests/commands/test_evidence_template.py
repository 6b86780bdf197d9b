"""`edgewright promote --evidence-template`: filled in it is taken, as it is it is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.rolling_fleet import DAY, START, at, rings, write_fleet
from tests.small import ROOT

from edgewright.commands.main import main

FILE = Path("canary.json")
NUMBERS = {
    "requests": 200_000,
    "errors": 20,
    "labelled": 40_000,
    "correct": 36_800,
    "p99Microseconds": 30_000,
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet in the current folder, whose canaries run their first release since the first of November."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    write_fleet(tmp_path)
    at(monkeypatch, START)
    assert promote("canary") == 0


def promote(ring: str, *more: str) -> int:
    return main(["promote", "careful", ring, "--offline", *more])


def second_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """Release 2 in canary, a day later; it is the third of November then."""
    write_fleet(Path(), version="1.1.0")
    at(monkeypatch, START + DAY)
    assert promote("canary") == 0
    at(monkeypatch, START + 2 * DAY)


def written() -> dict[str, Any]:
    assert promote("early", "--evidence-template", str(FILE)) == 0
    values: dict[str, Any] = json.loads(FILE.read_text())
    return values


def filled(values: dict[str, Any]) -> dict[str, Any]:
    """A good number for each null."""
    for name, of_class in values["classes"].items():
        of_class["devices"] = {"kiosk": 2, "desk": 3}[name]
        for compared in of_class["workloads"].values():
            for figures in compared.values():
                figures |= {key: NUMBERS[key] for key, value in figures.items() if value is None}
    return values


def test_filled_in_it_is_evidence(monkeypatch: pytest.MonkeyPatch) -> None:
    second_release(monkeypatch)
    before = Path("stacks/rings.yaml").read_bytes()
    values = written()
    assert Path("stacks/rings.yaml").read_bytes() == before, "nothing was promoted"
    canary = rings()["kiosk"]["rings"]["canary"]
    compared = values["classes"]["kiosk"]["workloads"]["read"]
    assert compared["ring"] == {"digest": canary["digest"], **dict.fromkeys(NUMBERS)}
    assert compared["against"]["digest"] == canary["previous"]["digest"]
    assert values["classes"]["kiosk"]["from"] == canary["since"]
    FILE.write_text(json.dumps(filled(values)))
    schema = json.loads((ROOT / "docs" / "evidence.schema.json").read_text())
    assert not list(Draft202012Validator(schema).iter_errors(json.loads(FILE.read_text())))
    assert promote("early", "--evidence", str(FILE)) == 0
    assert rings()["kiosk"]["rings"]["early"]["digest"] == canary["digest"]


def test_what_nobody_has_filled_in_is_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    second_release(monkeypatch)
    written()
    assert promote("early", "--evidence", str(FILE)) == 1
    assert "evidence-unreadable" in capsys.readouterr().err


def test_only_what_is_asked_for_is_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first release is held against its error rate alone: nothing ran before."""
    at(monkeypatch, START + DAY)
    compared = written()["classes"]["kiosk"]["workloads"]["read"]
    assert list(compared) == ["ring"]
    assert list(compared["ring"]) == ["digest", "requests", "errors"]


def test_figures_that_lie_there_stay(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    FILE.write_text("mine")
    assert promote("early", "--evidence-template", str(FILE)) == 2
    assert FILE.read_text() == "mine"
    assert "is there already" in capsys.readouterr().err


def test_where_none_is_needed_none_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert promote("everyone", "--evidence-template", str(FILE)) == 0
    assert "no evidence is needed" in capsys.readouterr().out
    assert not FILE.exists()
    assert promote("canary", "--evidence-template", str(FILE)) == 2


def test_a_template_and_evidence_are_two_things(capsys: pytest.CaptureFixture[str]) -> None:
    assert promote("early", "--evidence", "other.json", "--evidence-template", str(FILE)) == 2
    assert "give one of both" in capsys.readouterr().err
    assert not FILE.exists()
