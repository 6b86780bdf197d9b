"""`edgewright render`: a folder as the golden, whole or not at all; findings beside it and not in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from edgewright.commands.main import main

ROOT = Path(__file__).parents[2]
GOLDEN = ROOT / "tests" / "goldens" / "rendered"


@pytest.fixture
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the example fleet, its fleet.yaml to be changed at will."""
    for name in ("fleet.lock", "keys", "rules", "stacks", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "fleet.yaml").write_text((ROOT / "fleet.yaml").read_text())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")
    monkeypatch.setenv("NO_COLOR", "1")
    return tmp_path


def files_in(folder: Path) -> dict[str, bytes]:
    """The files below a folder but for the record of what is ours."""
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in files.items() if not name.startswith(".edgewright/")}


def test_the_folder_is_the_golden(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["render", "--unlocked", "--out", "out"]) == 0
    assert files_in(example / "out") == files_in(GOLDEN)
    shown = capsys.readouterr()
    assert shown.out.splitlines() == [
        "out/line-camera: 25 objects in 6 files; devices by ring: "
        "canary 13, early-access 107, everyone 1,080",
        "out/gateway: 35 objects in 13 files; devices by ring: canary 2, early-access 16, everyone 122",
        "out/kiosk: 12 objects in 3 files; devices by ring: canary 2, early-access 2, everyone 56",
        "35 written, 0 unchanged, 0 removed in out",
    ]
    assert "warning[not-locked]" in shown.err
    unlocked = "runtime-cpu, runtime-tensorrt-cuda13, runtime-tensorrt-jetpack6"
    assert shown.err.endswith(f"not locked, so not to be published: {unlocked}\n")


def test_the_default_folder_is_called_rendered(example: Path) -> None:
    assert main(["render", "--unlocked"]) == 0
    assert files_in(example / "rendered") == files_in(GOLDEN)


def test_what_is_not_locked_is_not_rendered_by_default(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["render", "--out", "out"]) == 1
    assert not (example / "out").exists()
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error[not-locked]" in shown.err
    assert shown.err.endswith("nothing was written to out\n")


def test_an_error_leaves_the_folder_as_it_was(example: Path) -> None:
    main(["render", "--unlocked", "--out", "out"])
    fleet = example / "fleet.yaml"
    fleet.write_text(fleet.read_text().replace("memory: 6Gi", "memory: 60Gi"))
    assert main(["render", "--unlocked", "--out", "out"]) == 1
    assert files_in(example / "out") == files_in(GOLDEN)


def test_strict_leaves_it_too(example: Path) -> None:
    assert main(["render", "--unlocked", "--strict", "--out", "out"]) == 1
    assert not (example / "out").exists()


def test_a_waived_error_renders_everything(example: Path) -> None:
    """And never an empty folder in the place of a full one."""
    fleet = example / "fleet.yaml"
    waiver = "  # edgewright: ignore[memory-over-capacity] until=2026-12-31 a bench unit"
    lines = [line + waiver if "memory: 6Gi" in line else line for line in fleet.read_text().splitlines()]
    fleet.write_text("\n".join(lines).replace("memory: 6Gi", "memory: 60Gi") + "\n")
    assert main(["render", "--unlocked", "--out", "out"]) == 0
    assert files_in(example / "out").keys() == files_in(GOLDEN).keys()


def test_a_second_run_writes_nothing(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["render", "--unlocked", "--out", "out"])
    capsys.readouterr()
    assert main(["render", "--unlocked", "--out", "out"]) == 0
    assert capsys.readouterr().out.endswith("0 written, 35 unchanged, 0 removed in out\n")


def test_what_was_edited_by_hand_is_named(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["render", "--unlocked", "--out", "out"])
    (example / "out/kiosk/manifests/inspect.yaml").write_text("mine\n")
    capsys.readouterr()
    assert main(["render", "--unlocked", "--out", "out"]) == 0
    assert "edited by hand before, and written anew: kiosk/manifests/inspect.yaml" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(example: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for out in ("/proc/out", "fleet.yaml", "."):
        assert main(["render", "--unlocked", "--out", out]) == 1
        shown = capsys.readouterr()
        assert shown.out == ""
        assert "error[" in shown.err


def test_the_index_says_what_is_not_to_be_published(example: Path) -> None:
    main(["render", "--unlocked", "--out", "out"])
    index = json.loads((example / "out/gateway/index.json").read_text())
    assert index["notLocked"] == ["runtime-tensorrt-cuda13"]
    objects = {(each["file"], each["kind"], each["name"]): each["from"] for each in index["objects"]}
    assert (
        objects["gateway/policies/signatures.yaml", "ImageValidatingPolicy", "acme-inspection-signatures"]
        == "security.signatures"
    )
    assert objects["gateway/manifests/inspect.yaml", "Rollout", "inspect"] == "workloads.inspect.rollout"
