"""`edgewright compare`: what differs, where it comes from, and whose hand it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from edgewright.commands.main import main

SMALLEST = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: registry.example/tiny
deviceClasses:
  kiosk: {board: intel-n100-8gb}
models:
  digits: {version: 1.0.0, source: models/digits.onnx}
workloads:
  read:
    model: digits
    resources: {cpu: 1, memory: 512Mi}
"""
PODS = Path("out/kiosk/manifests/read.yaml")
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> Path:
    """A fleet that was rendered into `out`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    path = Path("fleet.yaml")
    path.write_text(SMALLEST)
    assert main(["render", "--unlocked", "--out", "out"]) == 0
    capsys.readouterr()
    return path


def compared(capsys: Shown, *options: str) -> tuple[int, str]:
    code = main(["compare", "out", *options])
    return code, capsys.readouterr().out


def test_nothing_differs(fleet: Path, capsys: Shown) -> None:
    assert compared(capsys) == (0, "nothing differs in 11 objects\n")


def test_formatting_and_comments_do_not_count(fleet: Path, capsys: Shown) -> None:
    PODS.write_text("# mine\n" + PODS.read_text().replace("  name: read\n", "  name:   'read'   # here\n"))
    assert compared(capsys) == (0, "nothing differs in 11 objects\n")


def test_a_change_of_the_fleet_is_shown_by_field_and_origin(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(SMALLEST.replace("512Mi", "1Gi"))
    code, out = compared(capsys)
    assert code == 1
    assert out == (
        "changed ResourceQuota tiny/tiny in kiosk/manifests/namespace.yaml\n"
        '  spec.hard["limits.memory"]: "7680Mi" → "8Gi"\n'
        '  spec.hard["requests.memory"]: "7680Mi" → "8Gi"\n'
        "  from deviceClasses.kiosk (fleet.yaml:5:10)\n"
        "changed Deployment tiny/read in kiosk/manifests/read.yaml\n"
        '  spec.template.spec.containers[name=server].resources.limits.memory: "512Mi" → "1Gi"\n'
        '  spec.template.spec.containers[name=server].resources.requests.memory: "512Mi" → "1Gi"\n'
        "  from workloads.read (fleet.yaml:9:3)\n"
        "2 objects of 11 differ\n"
    )


def test_an_edit_by_hand_is_shown_with_the_hand(fleet: Path, capsys: Shown) -> None:
    PODS.write_text(PODS.read_text().replace("memory: 512Mi", "memory: 256Mi", 1))
    code, out = compared(capsys)
    assert code == 1
    assert 'limits.memory: "256Mi" → "512Mi"' in out
    assert "kiosk/manifests/read.yaml was edited by hand" in out


def test_a_file_that_is_gone(fleet: Path, capsys: Shown) -> None:
    Path("out/kiosk/manifests/namespace.yaml").unlink()
    code, out = compared(capsys)
    assert code == 1
    assert "added Namespace tiny in kiosk/manifests/namespace.yaml" in out
    assert "kiosk/manifests/namespace.yaml was removed by hand" in out


def test_the_index_counts(fleet: Path, capsys: Shown) -> None:
    index = Path("out/kiosk/index.json")
    text = index.read_text()
    index.write_text(text.replace("tiny", "tony", 1))
    assert compared(capsys)[0] == 1
    index.unlink()
    code, out = compared(capsys)
    assert (code, "index.json was removed by hand" in out) == (1, True)


K3S = Path("out/kiosk/node/etc/rancher/k3s/config.yaml")


def test_node_files_are_compared_by_what_they_say(fleet: Path, capsys: Shown) -> None:
    K3S.write_text("# mine\n" + K3S.read_text())
    assert compared(capsys)[0] == 0
    fleet.write_text(SMALLEST.replace("intel-n100-8gb", "intel-n100-8gb, reserve: {memory: 2Gi}"))
    code, out = compared(capsys)
    assert code == 1
    assert "changed kiosk/node/etc/rancher/k3s/config.yaml\n" in out
    assert "  -- system-reserved=cpu=250m,memory=826Mi\n  +- system-reserved=cpu=250m,memory=1850Mi\n" in out
    assert "from deviceClasses.kiosk.reserve (fleet.yaml:5:" in out


def test_a_node_file_that_a_hand_has_touched(fleet: Path, capsys: Shown) -> None:
    K3S.write_text("a: [\n")
    assert "kiosk/node/etc/rancher/k3s/config.yaml was edited by hand" in compared(capsys)[1]
    K3S.unlink()
    code, out = compared(capsys)
    assert code == 1
    assert "added kiosk/node/etc/rancher/k3s/config.yaml\n  kiosk/node" in out
    assert "was removed by hand" in out


def test_a_new_class_and_one_that_is_gone(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(SMALLEST.replace("kiosk:", "desk:"))
    code, out = compared(capsys)
    assert code == 1
    assert "from kiosk/" in out
    assert "desk/manifests/" in out


def test_what_is_not_ours_is_no_matter(fleet: Path, capsys: Shown) -> None:
    Path("out/kiosk/mine.yaml").write_text("kind: Mine\n")
    Path("out/README.md").write_text("mine\n")
    assert compared(capsys)[0] == 0


def test_findings_go_beside(fleet: Path, capsys: Shown) -> None:
    assert main(["compare", "out"]) == 0
    shown = capsys.readouterr()
    assert "not-locked" in shown.err
    assert "not-locked" not in shown.out


def test_strict_counts_the_warnings_of_the_fleet(fleet: Path) -> None:
    assert main(["compare", "out", "--strict"]) == 1


def test_a_broken_fleet_is_not_compared(fleet: Path, capsys: Shown) -> None:
    fleet.write_text(SMALLEST + "more: x\n")
    assert main(["compare", "out"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "unknown-field" in shown.err


def test_folders_that_hold_no_rendering(fleet: Path, capsys: Shown) -> None:
    Path("empty").mkdir()
    assert main(["compare", "empty"]) == 1
    assert "error[no-rendering]" in capsys.readouterr().err
    for name in ("missing", "fleet.yaml", "n" * 300):
        assert main(["compare", name]) == 2
        assert "there is no folder" in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    ["a: [\n", "a: &x 1\nb: *x\n", "\t", "just text\n", "- 1\n", "\x00", "[" * 5000, "a: 2026-13-45\n"],
)
def test_a_file_that_is_no_yaml_any_more(text: str, fleet: Path, capsys: Shown) -> None:
    PODS.write_text(text)
    assert main(["compare", "out"]) == 1
    shown = capsys.readouterr()
    assert "error[no-rendering]" in shown.err
    assert "kiosk/manifests/read.yaml" in shown.err
    assert shown.out == ""


def test_objects_that_are_none(fleet: Path, capsys: Shown) -> None:
    """Edited into something that is YAML and no object: it differs, and nothing is raised."""
    for text in ("{}\n", "kind: 5\nmetadata: []\n", "apiVersion: v1\nkind: X\nmetadata: {name: [1]}\n", "\n"):
        PODS.write_text(text)
        assert compared(capsys)[0] == 1
