"""The real Pulumi CLI against a backend of files: what an engineer does with it, one after the other."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.program.project import PULUMI, Project, new_project
from tests.small import ROOT

pytestmark = pytest.mark.skipif(
    PULUMI is None or shutil.which("pulumi-language-python") is None,
    reason="needs Pulumi's CLI and its Python language host on PATH: they are on no package registry",
)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path)


def test_preview_writes_nothing_and_up_writes_what_render_writes(project: Project) -> None:
    shown = project.run("preview")
    assert "rendered/kiosk" in shown
    assert "+ 4 to create" in shown
    assert not (project.base / "rendered").exists()
    project.up()
    assert project.files() == project.rendered()
    assert "4 unchanged" in project.up()


def test_an_edit_is_shown_inside_the_file_and_touches_one_class(project: Project) -> None:
    project.up()
    project.edit("kiosk: {board: intel-n100-8gb}", "kiosk: {board: intel-n100-8gb, devices: 7}")
    project.edit("memory: 512Mi", "memory: 640Mi")
    shown = project.run("preview", "--diff")
    assert re.search(r"^ +- +memory: 512Mi\n +\+ +memory: 640Mi$", shown, re.MULTILINE)
    before = project.files()
    assert project.files() == before
    project.up()
    assert project.files() == project.rendered()


def test_what_was_edited_by_hand_is_seen_and_restored(project: Project) -> None:
    project.up()
    good = project.files()
    path = project.base / "rendered" / "kiosk" / "manifests" / "read.yaml"
    path.write_text(path.read_text().replace("512Mi", "9Gi"))
    (project.base / "rendered" / "gate" / "manifests" / "read.yaml").unlink()
    (project.base / "rendered" / "kiosk" / "notes.md").write_text("mine")
    shown = project.up("--refresh")
    assert "2 updated" in shown
    notes = project.base / "rendered" / "kiosk" / "notes.md"
    assert notes.read_text() == "mine"
    notes.unlink()
    assert project.files() == good


def test_a_folder_that_was_deleted_comes_back(project: Project) -> None:
    project.up()
    good = project.files()
    shutil.rmtree(project.base / "rendered")
    project.up("--refresh")
    assert project.files() == good


def test_a_renamed_component_loses_nothing(project: Project) -> None:
    project.up()
    good = project.files()
    project.edit('"fleet",\n', '"another",\n', "stacks/__main__.py")
    project.up()
    assert project.files() == good
    assert "another" in project.resources()
    project.up("--refresh")
    assert project.files() == good


def test_a_moved_folder_is_written_there_and_gone_here(project: Project) -> None:
    project.up()
    good = project.files()
    (project.base / "rendered" / "notes.md").write_text("mine")
    project.run("config", "set", "edgewright:folder", "gitops/fleet")
    project.up()
    assert project.files("gitops/fleet") == good
    assert project.files() == {"notes.md": b"mine"}


def test_a_component_that_moves_into_another_loses_nothing(project: Project) -> None:
    project.up()
    good = project.files()
    site = "site = pulumi.ComponentResource('acme:index:Site', 'site')\n"
    wrapped = f"{site}fleet = EdgeFleet(\n    opts=pulumi.ResourceOptions(parent=site),\n    name="
    project.edit("fleet = EdgeFleet(\n    ", wrapped, "stacks/__main__.py")
    project.up()
    assert project.files() == good
    project.run("config", "set", "edgewright:folder", str(project.base / "elsewhere" / ".." / "rendered"))
    project.up()
    assert project.files() == good
    project.up("--refresh")
    assert project.files() == good


def test_a_class_that_is_gone_is_gone(project: Project) -> None:
    project.up()
    project.edit("  gate: {board: raspberry-pi-5-8gb}\n", "")
    project.up()
    assert project.files() == project.rendered()
    assert not (project.base / "rendered" / "gate").exists()


def test_destroy_removes_what_is_ours_and_nothing_else(project: Project) -> None:
    project.up()
    (project.base / "rendered" / "kiosk" / "notes.md").write_text("mine")
    project.run("destroy", "--yes", "--skip-preview")
    assert project.files() == {"kiosk/notes.md": b"mine"}


def test_errors_stop_before_anything_changes(project: Project) -> None:
    project.up()
    good, state = project.files(), project.resources()
    project.edit("memory: 512Mi", "memory: 64Gi, gpu: 1")
    for command in (["preview"], ["up", "--yes"], ["up", "--yes", "--skip-preview"]):
        shown = project.run(*command, ok=False)
        assert "fleet.yaml:12:33: [memory-over-capacity]" in shown
        assert "[gpu-over-capacity]" in shown
        assert "Traceback" not in shown
    assert project.files() == good
    assert [name for name in project.resources() if "rendered" in name] == [
        name for name in state if "rendered" in name
    ]


def test_warnings_show_in_a_preview(project: Project) -> None:
    shown = project.run("preview")
    assert "[not-locked]" in shown
    assert "warning" in shown


def test_a_misspelt_setting_is_told(project: Project) -> None:
    project.run("config", "set", "edgewright:floder", "out")
    shown = project.run("preview", ok=False)
    assert "did you mean `edgewright:folder`?" in shown
    assert "Traceback" not in shown


def test_secrets_are_not_in_the_state_in_plain_text(project: Project) -> None:
    for folder in ("keys", "rules", "models"):
        shutil.copytree(ROOT / folder, project.base / folder)
    for file in ("fleet.yaml", "fleet.lock", "stacks/inventory.csv"):
        shutil.copy(ROOT / file, project.base / file)
    project.up()
    key = (project.base / "keys" / "fleet.pub").read_text().splitlines()[1]
    written = (project.base / "rendered" / "line-camera" / "delivery" / "canary.yaml").read_text()
    assert key in written
    resources = json.loads(project.state())["deployment"]["resources"]
    (camera,) = [each for each in resources if each["urn"].endswith("rendered/line-camera")]
    assert key not in json.dumps(camera)
    assert str(project.base) not in project.state()
    assert "unchanged" in project.up()


def test_killed_at_any_moment_and_recovered(project: Project) -> None:
    good = project.rendered()
    for pause in (0.5, 1.0, 1.5, 2.0, 2.5, 3.0):
        assert PULUMI
        command = [PULUMI, "up", "--yes", "--skip-preview", "--non-interactive"]
        running = subprocess.Popen(
            command,
            cwd=project.base,
            env=project.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(pause)
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        project.run("cancel", "--yes", ok=None)
        there = project.files()
        assert (
            there.items() <= good.items() or "kiosk/index.json" not in there or "gate/index.json" not in there
        )
        project.up("--refresh")
        assert project.files() == good
        project.run("destroy", "--yes", "--skip-preview", "--refresh")
        assert not (project.base / "rendered").exists()


def test_two_stacks_at_once(project: Project) -> None:
    project.run("stack", "init", "other")
    project.run("config", "set", "edgewright:unlocked", "true", "--stack", "other")
    project.run("config", "set", "edgewright:folder", "other", "--stack", "other")
    assert PULUMI
    running = [
        subprocess.Popen(
            [PULUMI, "up", "--yes", "--skip-preview", "--non-interactive", "--stack", stack],
            cwd=project.base,
            env=project.environment,
            stdout=subprocess.DEVNULL,
        )
        for stack in ("dev", "other")
    ]
    assert [each.wait(timeout=300) for each in running] == [0, 0]
    assert project.files() == project.files("other") == project.rendered()
    project.run("destroy", "--yes", "--skip-preview", "--stack", "other")
    assert project.files() == project.rendered()


# --- Wherever it runs


def test_from_another_folder_and_outside_of_the_environment(project: Project, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    inside = str(Path(sys.prefix) / "bin")
    path = os.pathsep.join(each for each in os.environ["PATH"].split(os.pathsep) if each != inside)
    project.up("--cwd", str(project.base), "--stack", "dev", where=elsewhere, PATH=path)
    assert project.files() == project.rendered()
    assert not list(elsewhere.iterdir())
    assert "4 unchanged" in project.up(where=project.base / "stacks", PATH=path)
    assert "4 unchanged" in project.up(PATH=os.pathsep.join((inside, path)))


def test_a_checkout_that_moved_has_nothing_to_do(project: Project, tmp_path: Path) -> None:
    project.up()
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("Pulumi.yaml", "fleet.yaml", "stacks", "rendered", ".venv"):
        shutil.move(project.base / name, moved / name)
    assert "4 unchanged" in project.up("--refresh", "--stack", "dev", where=moved)
    project.run("destroy", "--yes", "--skip-preview", "--stack", "dev", where=moved)
    assert not (moved / "rendered").exists()


def test_a_virtualenv_that_the_provider_would_not_find_is_told(project: Project) -> None:
    (project.base / "stacks" / ".venv").unlink()
    shown = project.run("preview", ok=False)
    assert "[virtualenv-not-found]" in shown
    assert "ln -s ../.venv stacks/.venv" in shown


def test_the_policy_pack_looks_at_a_programs_own_objects(project: Project) -> None:
    shutil.copytree(ROOT / "stacks" / "policy", project.base / "stacks" / "policy")
    shown = project.run("preview", "--policy-pack", "stacks/policy")
    assert "edgewright" in shown


def test_the_automation_api_with_progress(project: Project) -> None:
    shutil.copytree(ROOT / "examples", project.base / "examples")
    command = [sys.executable, "examples/automation.py", "dev", "--yes"]
    done = subprocess.run(
        command,
        cwd=project.base,
        env=project.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "  create   rendered/kiosk\n" in done.stdout
    assert "not-locked" in done.stdout
    assert project.files() == project.rendered()
