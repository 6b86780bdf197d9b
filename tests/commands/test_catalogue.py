"""`edgewright catalogue`: every entry, with units that people read and the source of each figure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edgewright.catalogue import load
from edgewright.catalogue.loading import SECTIONS
from edgewright.catalogue.records import camel
from edgewright.commands.completions import catalogue_entries
from edgewright.commands.main import main

Golden = Callable[[str, str], None]
ENTRIES = [(kind, name) for kind in SECTIONS for name in getattr(load(), kind)]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a fleet."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["catalogue", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("list", ()),
        ("kind", ("gpus",)),
        ("board", ("jetson-orin-nx-16gb",)),
        ("gpu", ("nvidia-a30",)),
        ("two-kinds", ("tensorrt",)),
        ("part", ("parts/argoRollouts",)),
        ("release", ("onnxruntimes/1.31",)),
    ],
)
def test_goldens(
    name: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    golden(f"catalogue/{name}.txt", shown(capsys, *arguments))


def test_the_list_has_every_entry_under_its_kind(capsys: pytest.CaptureFixture[str]) -> None:
    kinds = dict(part.split("\n", 1) for part in shown(capsys).split("\n\n"))
    assert [each.lower() for each in kinds] == list(SECTIONS)
    for kind, name in ENTRIES:
        assert re.search(rf"^    {re.escape(name)}( |$)", kinds[kind.upper()], re.MULTILINE), name


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_every_entry_has_a_page_with_all_its_sources(
    kind: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    page = shown(capsys, f"{kind}/{name}")
    assert page.startswith(f"ENTRY     {name}\nKIND      {kind}\n")
    assert not re.search(r"mappingproxy|None|\b[A-Z][A-Za-z]+\(", page)
    for sources in getattr(getattr(load(), kind)[name], "sources", {}).values():
        assert all(f" {source}\n" in page for source in sources)


@pytest.mark.parametrize(("kind", "name"), ENTRIES)
def test_json_has_every_figure_in_plain_units(
    kind: str, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (found,) = json.loads(shown(capsys, f"{kind}/{name}", "--format", "json"))["entries"]
    entry: Any = getattr(load(), kind)[name]
    assert (found["kind"], found["name"]) == (kind, name)
    for field, value in found["figures"].items():
        (attribute,) = (each for each in entry.__dataclass_fields__ if camel(each) == field)
        if isinstance(value, str | int | bool) or value is None:
            assert getattr(entry, attribute) == value


def test_json_lists_names(capsys: pytest.CaptureFixture[str]) -> None:
    listed = json.loads(shown(capsys, "--format", "json"))
    assert [(kind, name) for kind, names in listed.items() for name in names] == ENTRIES
    assert json.loads(shown(capsys, "k3s", "--format", "json"))["k3s"] == list(load().k3s)


def test_units_are_those_that_people_write(capsys: pytest.CaptureFixture[str]) -> None:
    page = shown(capsys, "jetson-orin-nx-16gb")
    assert re.search(r"memory +16Gi\n", page)
    assert "power 25W, CPU cores 8, CPU max 1.4976 GHz, GPU max 408 MHz" in page
    assert "MAXN        power no cap stated" in page
    assert re.search(r"CPU request 100m, memory request 128Mi, memory limit 384Mi", shown(capsys, "kyverno"))


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("jetson-orin-nx-16b", "did you mean `jetson-orin-nx-16gb`?"),
        ("board", "did you mean `boards`?"),
        ("boards/jetson-orin-nx-16b", "did you mean `jetson-orin-nx-16gb`?"),
        ("gpus/jetson-orin-nx-16gb", "did you mean `jetson-orin-nx-16gb`?"),
        ("nothing like it", "`edgewright catalogue` lists what it has."),
        ("\x1b[31m", "The catalogue has no"),
    ],
)
def test_an_unknown_entry_is_misuse(asked: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue", asked]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert "\x1b" not in printed.err


def test_the_fleets_own_entries_are_shown(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = 'images: {our-server: {cuda: "12.6", sources: [our bench]}}\n'
    (elsewhere / "hardware.yaml").write_text(own)
    (elsewhere / "fleet.yaml").write_text("catalogue: hardware.yaml\n")
    assert re.search(r"CUDA +12\.6\n\nSOURCES\n    our bench\n", shown(capsys, "our-server"))
    (elsewhere / "other.yaml").write_text("fleet: other\n")
    assert main(["catalogue", "our-server", "--fleet", "other.yaml"]) == 2
    capsys.readouterr()


def test_explain_offers_the_fleets_own_boards(elsewhere: Path, capsys: pytest.CaptureFixture[str]) -> None:
    board = "title: a, architecture: arm64, cpuCores: 2, memoryBytes: 1024, gpu: null, sources: [b]"
    (elsewhere / "hardware.yaml").write_text(f"boards: {{our-box: {{{board}}}}}\n")
    (elsewhere / "fleet.yaml").write_text("catalogue: hardware.yaml\n")
    assert main(["explain", "deviceClasses.board"]) == 0
    assert "    our-box\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("begun", "offered"),
    [
        ("nvidia-a", ["nvidia-a2", "nvidia-a10", "nvidia-a30"]),
        ("tensorrt", ["tensorrts", "tensorrt"]),
        ("zzz", []),
    ],
)
def test_completion(begun: str, offered: list[str]) -> None:
    assert [each for each in catalogue_entries(begun) if each in offered] == offered
    assert len(catalogue_entries("")) == len({*SECTIONS, *(name for _, name in ENTRIES)})
