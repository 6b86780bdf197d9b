"""`edgewright publish` against a real registry: what travels, in which order, signed by whom, and what stops it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.cosign import needs_cosign, refusal
from tests.shipped import Shipped, published, there, write_image

from edgewright.commands.main import main


def digests(values: dict[str, Any]) -> dict[str, str]:
    return {each["title"]: each["digest"] for each in values["artifacts"]}


def test_everything_travels_once(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    first = published(shipped, capsys)
    assert first["summary"]["pushed"] == len(first["artifacts"]) == 7
    assert first["summary"]["signatures"] == 11  # two models, each with two descriptions, and five more
    second = published(shipped, capsys)
    assert second["summary"] == {"bytes": 0, "pushed": 0, "signatures": 0, "unchanged": 7}
    assert digests(second) == digests(first)


def test_what_was_published_is_what_fleet_lock_pins(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    lock = (shipped.folder / "fleet.lock").read_text()
    for each in published(shipped, capsys)["artifacts"]:
        assert each["kind"] not in ("model", "image") or each["digest"] in lock


@needs_cosign
def test_cosign_verifies_all_of_it(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    for each in published(shipped, capsys)["artifacts"]:
        for digest in (each["digest"], *each["referrers"]):
            reference = f"{each['repository']}@{digest}"
            assert refusal(reference, shipped.folder / "keys" / "fleet.pub") == ""
    assert refusal(reference, shipped.folder / "keys" / "next.pub") != ""


def test_manifests_go_last(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    kinds = [each["kind"] for each in published(shipped, capsys)["artifacts"]]
    assert kinds == ["model", "model", "image", "node", "node", "manifests", "manifests"]


def test_a_layer_of_two_architectures_travels_once(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    amd64, arm64, *_ = published(shipped, capsys)["artifacts"]
    assert amd64["bytes"] > 60_000
    assert arm64["bytes"] < 6_000


def test_two_clones_publish_the_same(
    shipped: Shipped, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = published(shipped, capsys)
    elsewhere = tmp_path / "a longer path" / "clone"
    shutil.copytree(shipped.folder, elsewhere)
    for path in elsewhere.rglob("*"):
        os.utime(path, (1, 1))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    second = published(Shipped(elsewhere, shipped.registry, shipped.prefix), capsys)
    assert digests(second) == digests(first)
    assert second["summary"]["unchanged"] == 7


# --- What stops it


def test_an_image_that_is_nowhere_stops_everything(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(shipped.folder / "build")
    assert shipped.publish() == 1
    shown = capsys.readouterr().err
    assert "error[artifact-missing]" in shown
    assert "fleet.yaml:13:" in shown
    assert not there(shipped)


def test_an_image_that_the_registry_has_needs_no_layout(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    first = published(shipped, capsys)
    shutil.rmtree(shipped.folder / "build")
    shutil.rmtree(shipped.folder / "models")
    assert digests(published(shipped, capsys)) == digests(first)


def test_another_image_in_the_layout_is_not_the_locked_one(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(shipped.folder / "build")
    write_image(shipped.folder / "build" / "images" / "server", b"another server")
    assert shipped.publish() == 1
    assert "error[artifact-missing]" in capsys.readouterr().err


def test_a_version_never_changes(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    published(shipped, capsys)
    shutil.copy(shipped.folder / "models" / "model.onnx", shipped.folder / "models" / "model.int8.onnx")
    shipped.edit("{precision: int8}", "{precision: fp32}")
    assert main(["lock", shipped.fleet, "--offline"]) == 0
    assert shipped.publish() == 1
    assert "error[tag-taken]" in capsys.readouterr().err


def test_what_is_not_locked_is_not_published(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    (shipped.folder / "fleet.lock").unlink()
    assert shipped.publish() == 1
    shown = capsys.readouterr().err
    assert "error[not-locked]" in shown
    assert shown.endswith("nothing was published\n")


# --- Looking only


def test_a_dry_run_changes_nothing(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["publish", shipped.fleet, "--dry-run"]) == 0
    shown = capsys.readouterr().out
    assert "would travel; nothing was changed: this was a dry run" in shown
    assert shown.count("would be signed") == 7
    assert not there(shipped)
    published(shipped, capsys)
    assert main(["publish", shipped.fleet, "--dry-run"]) == 0
    assert "7 artifacts; 0 B would travel" in capsys.readouterr().out


def test_a_dry_run_offline_asks_nobody(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    Path(shipped.fleet).write_text(Path(shipped.fleet).read_text().replace(shipped.registry, "127.0.0.1:9"))
    assert main(["publish", shipped.fleet, "--dry-run", "--offline", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["bytes"] > 100_000
    assert main(["publish", shipped.fleet, "--offline"]) == 2


# --- Interrupted


KILLED = """
import os, signal, sys
from edgewright.commands.main import main
from edgewright.ship.signers import Signers

left = int(sys.argv.pop())
sign = Signers.sign

def killed(*arguments):
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
    return sign(*arguments)

Signers.sign = killed
main(sys.argv[1:])
"""


@pytest.mark.parametrize("after", [1, 6, 10])
def test_killed_in_the_middle_it_goes_on(
    shipped: Shipped, after: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the signatures: by then something has been pushed and something has not."""
    command = [sys.executable, "-c", KILLED, "publish", shipped.fleet, "--key", shipped.key(), str(after)]
    killed = subprocess.run(command, capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    named = [tag for tag in there(shipped) if not tag.startswith("manifests/")]
    assert len([tag for tag in named if tag.partition(":")[2].startswith(("kept.", "1.2.0"))]) < 7
    values = published(shipped, capsys)
    assert 0 < values["summary"]["signatures"] <= 11
    assert main(["verify", shipped.fleet, "--deep"]) == 0


# --- Rings


def test_tags_follow_the_rings(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    assert published(shipped, capsys)["waitingFor"] == [["careful", "canary"]]
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    values = published(shipped, capsys)
    assert values["waitingFor"] == []
    assert [each["tag"].rpartition("/")[2] for each in values["ringTags"]] == ["kiosk:canary", "gate:canary"]
    assert published(shipped, capsys)["ringTags"] == []


def test_what_a_ring_was_rolled_back_from_is_not_said_to_wait(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    """`promote` would refuse it (ring-went-back), so nobody is sent there."""
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    published(shipped, capsys)
    shipped.edit("memory: 1Gi, ephemeral", "memory: 900Mi, ephemeral")
    assert published(shipped, capsys)["waitingFor"] == [["careful", "canary"]]
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    published(shipped, capsys)
    assert main(["rollback", "careful", "canary", shipped.fleet]) == 0
    assert published(shipped, capsys)["waitingFor"] == []
