"""Power modes: what a board has not, with the JetPack that it runs, is told with what it has."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fleet.texts import changed, findings, told
from tests.small import smallest
from tests.waived import assert_not_waived

from edgewright.document.edits import apply_replacements
from edgewright.document.source import Source

ORIN = "NVIDIA Jetson Orin NX 16GB has no power mode"


@pytest.mark.parametrize(
    ("jetpack", "mode", "message", "remedy", "lines"),
    [
        ("6.2", "26W", f"{ORIN} `26W`; did you mean `25W`?", "write one of `10W`, `15W`, `25W`, `MAXN`, `40W`, "
         "`MAXN_SUPER`", [6]),
        ("6.2", "25w", f"{ORIN} `25w`; did you mean `25W`?", "write `25W`", [6]),
        ("6.1", "40W", f"{ORIN} `40W` with JetPack 6.1: it came with 5.1.5, 6.2, 7.2", "write one of `10W`, "
         "`15W`, `25W`, `MAXN`, or update its JetPack", [7]),
        ("6.1", "44W", f"{ORIN} `44W`", "write one of `10W`, `15W`, `25W`, `MAXN`", [6]),
    ],
)  # fmt: skip
@pytest.mark.rule("power-mode-unknown", "border")
def test_a_mode_that_the_board_has_not(
    jetpack: str, mode: str, message: str, remedy: str, lines: list[int]
) -> None:
    text = changed(("powerMode: 25W", f"powerMode: {mode}"), ('jetpack: "6.2"', f'jetpack: "{jetpack}"'))
    (finding,) = findings(text)
    (told_once,) = told(text)
    assert (finding.rule, finding.path) == ("power-mode-unknown", ("deviceClasses", "camera", "powerMode"))
    assert told_once.underlined == mode
    assert (finding.message, finding.remedy) == (message, remedy)
    assert [note.place.line for note in finding.notes if note.place] == lines
    if finding.replacement is not None:
        assert told(apply_replacements(Source("fleet.yaml", text), [finding])) == []


@pytest.mark.parametrize("jetpack", ["6.2", "5.1.5", "7.2"])
@pytest.mark.rule("power-mode-unknown", "passes")
def test_a_mode_from_the_jetpack_on_that_it_came_with(jetpack: str) -> None:
    text = changed(("powerMode: 25W", "powerMode: 40W"), ('jetpack: "6.2"', f'jetpack: "{jetpack}"'))
    assert not findings(text)


def test_a_board_without_any_mode() -> None:
    (finding,) = findings(changed(("board: intel-n100-8gb", "board: intel-n100-8gb\n    powerMode: 6W")))
    assert finding.remedy == "remove it: this board has no power modes"


@pytest.mark.rule("power-mode-unknown", "waived")
def test_it_cannot_be_waived(tmp_path: Path) -> None:
    values = smallest(deviceClasses__kiosk={"board": "jetson-orin-nx-16gb", "powerMode": "11W"})
    assert_not_waived(tmp_path, values, "power-mode-unknown")
