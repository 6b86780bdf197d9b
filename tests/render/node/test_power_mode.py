"""The power mode: the script is run against tables in the form that boards have."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from tests.small import plan_of, smallest

from edgewright.render import node_files
from edgewright.render.node.file import on_device

ORIN_NX = """\
< PARAM TYPE=CLOCK NAME=EMC >
< POWER_MODEL ID=0 NAME=MAXN >
CPU_ONLINE CORE_0 1
< POWER_MODEL ID=1 NAME=10W >
< POWER_MODEL ID=2 NAME=15W >
< POWER_MODEL ID=3 NAME=25W >
< PM_CONFIG DEFAULT=2 >
"""
AGX_ORIN = """\
< POWER_MODEL ID=0 NAME=MAXN >
< POWER_MODEL ID=1 NAME=MODE_15W >
< POWER_MODEL ID=2 NAME=MODE_30W >
< POWER_MODEL ID=3 NAME=MODE_50W >
"""


def files(board: str, mode: str | None) -> dict[str, str]:
    camera = {"board": board, "software": {"jetpack": "6.2"}} | ({"powerMode": mode} if mode else {})
    return {
        on_device(each.path): each.text
        for each in node_files(plan_of(smallest(deviceClasses={"cam": camera})))
    }


def run(folder: Path, script: str, table: str, now: int) -> tuple[int, str, str]:
    """The exit code, what nvpmodel was told, and what was said, on a board that is in mode `now`."""
    (folder / "table").write_text(table)
    program = folder / "nvpmodel"
    program.write_text(
        f'#!/bin/sh\nif [ "$1" = -q ]; then echo "NV Power Mode: X"; echo {now}; else echo "$@" > {folder}/told; fi\n'
    )
    program.chmod(0o755)
    (folder / "mode.sh").write_text(script.replace("/etc/nvpmodel.conf", str(folder / "table")))
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["/bin/sh", folder / "mode.sh"], env=environment, capture_output=True, text=True, check=False
    )
    told = folder / "told"
    return done.returncode, told.read_text() if told.exists() else "", done.stderr


@pytest.mark.parametrize(
    ("board", "mode", "table", "number"),
    [
        ("jetson-orin-nx-16gb", "25W", ORIN_NX, 3),
        ("jetson-orin-nx-16gb", "MAXN", ORIN_NX, 0),
        ("jetson-agx-orin-64gb", "30W", AGX_ORIN, 2),
    ],
)
def test_the_number_is_the_boards_own(board: str, mode: str, table: str, number: int, tmp_path: Path) -> None:
    script = files(board, mode)["usr/local/lib/edgewright/power-mode.sh"]
    assert run(tmp_path, script, table, 9) == (0, f"-m {number}\n", "")


def test_a_board_that_is_in_the_mode_is_left_alone(tmp_path: Path) -> None:
    script = files("jetson-orin-nx-16gb", "25W")["usr/local/lib/edgewright/power-mode.sh"]
    assert run(tmp_path, script, ORIN_NX, 3) == (0, "", "")


def test_a_board_without_the_mode_says_so(tmp_path: Path) -> None:
    script = files("jetson-orin-nx-16gb", "25W")["usr/local/lib/edgewright/power-mode.sh"]
    code, told, said = run(tmp_path, script, AGX_ORIN, 0)
    assert (code, told) == (1, "")
    assert "has no power mode 25W" in said


def test_the_unit_comes_before_k3s_counts_cores() -> None:
    made = files("jetson-orin-nx-16gb", "25W")
    unit = made["etc/systemd/system/edgewright-power-mode.service"]
    assert "\nBefore=k3s.service\n" in unit
    script = unit.partition("ExecStart=/bin/sh /")[2].split("\n")[0]
    assert script in made
    assert not [path for path in files("jetson-orin-nx-16gb", None) if "power-mode" in path]
