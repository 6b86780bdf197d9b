"""`edgewright enrol`: a folder for one device, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.small import SMALLEST

from edgewright.commands.main import main

Shown = pytest.CaptureFixture[str]
FLEET = SMALLEST + "inventory: devices.csv\n"


@pytest.fixture(autouse=True)
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fleet of two devices in the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    Path("fleet.yaml").write_text(FLEET)
    Path("devices.csv").write_text("name,class,site,labels\nk1,kiosk,halle,line=1\nk2,kiosk,,\n")


def test_a_device_gets_its_folder(capsys: Shown) -> None:
    assert main(["enrol", "k1"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("k1: class kiosk, ring everyone\n")
    assert "written, 0 unchanged, 0 removed in enrolled/k1" in out
    assert "node-name: k1" in Path("enrolled/k1/etc/rancher/k3s/config.yaml.d/50-device.yaml").read_text()


def test_a_second_run_changes_nothing_and_keeps_what_was_fetched(capsys: Shown) -> None:
    assert main(["enrol", "k1", "--out", "there"]) == 0
    Path("there/install-k3s.sh").write_text("fetched\n")
    capsys.readouterr()
    assert main(["enrol", "k1", "--out", "there"]) == 0
    assert "0 written" in capsys.readouterr().out
    assert Path("there/install-k3s.sh").read_text() == "fetched\n"


def test_a_device_that_nobody_knows(capsys: Shown) -> None:
    assert main(["enrol", "k9"]) == 1
    assert "error[unknown-device]" in capsys.readouterr().err
    assert not Path("enrolled").exists()


def test_a_class_that_nobody_knows(capsys: Shown) -> None:
    Path("devices.csv").write_text("name,class\nk1,other\n")
    assert main(["enrol", "k1"]) == 1
    shown = capsys.readouterr().err
    assert "error[unknown-reference]" in shown
    assert "k1 was not enrolled" in shown


def test_a_broken_fleet_enrols_nobody(capsys: Shown) -> None:
    Path("fleet.yaml").write_text(FLEET + "more: x\n")
    assert main(["enrol", "k1"]) == 1
    assert "k1 was not enrolled" in capsys.readouterr().err
