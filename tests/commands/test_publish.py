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
from tests.shipped import Shipped, write_image

from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client


def published(
    shipped: Shipped, capsys: pytest.CaptureFixture[str], *more: str, key: str = "fleet"
) -> dict[str, Any]:
    """What a run with JSON says."""
    capsys.readouterr()
    assert shipped.publish("--format", "json", *more, key=key) == 0
    values: dict[str, Any] = json.loads(capsys.readouterr().out)
    return values


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


# --- Keys


@pytest.mark.parametrize(
    ("arguments", "rule"),
    [
        ([], "no-signing-key"),
        (["--key", "private/other.key"], "key-not-trusted"),
        (["--key", "private/missing.key"], "cannot-read"),
    ],
)
def test_nothing_is_pushed_that_no_device_would_take(
    shipped: Shipped,
    arguments: list[str],
    rule: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shipped.folder)
    assert main(["publish", *arguments]) == 1
    shown = capsys.readouterr()
    assert f"error[{rule}]" in shown.err
    assert shown.err.endswith("nothing was published\n")
    assert not there(shipped)


@needs_cosign
def test_a_key_that_is_replaced_signs_the_release_that_replaces_it(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/signing.md, "A stolen key": devices with the rules of before trust nobody else."""
    shipped.edit("{key: keys/fleet.pub}, {key: keys/next.pub}", "{key: keys/next.pub}")
    assert main(["publish", shipped.fleet, "--old-key", shipped.key()]) == 1
    assert "error[no-signing-key]" in capsys.readouterr().err, "it is not enough by itself"
    assert not there(shipped)
    values = published(shipped, capsys, "--old-key", shipped.key(), key="next")
    manifests = values["artifacts"][-1]
    for name in ("fleet", "next"):
        reference = f"{manifests['repository']}@{manifests['digest']}"
        assert refusal(reference, shipped.folder / "keys" / f"{name}.pub") == ""
    again = published(shipped, capsys, "--old-key", shipped.key(), key="next")
    assert again["summary"]["signatures"] == 0


def there(shipped: Shipped) -> list[str]:
    """The tags of all that could be in the registry."""
    names = ("models/defects", "server", "node/kiosk", "node/gate", "manifests/kiosk", "manifests/gate")
    with Client(Access()) as client:
        prefix = f"{shipped.registry}/{shipped.prefix}"
        return [f"{name}:{tag}" for name in names for tag in client.repository(f"{prefix}/{name}").tags()]


def test_a_key_that_others_can_read_is_refused(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    Path(shipped.key()).chmod(0o644)
    assert shipped.publish() == 1
    assert "error[key-exposed]" in capsys.readouterr().err
    assert not there(shipped)


def test_without_a_password_nothing_happens(
    shipped: Shipped, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("EDGEWRIGHT_KEY_PASSWORD")
    assert shipped.publish() == 1
    assert "error[key-locked]" in capsys.readouterr().err


def test_two_keys_overlap(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    published(shipped, capsys)
    both = published(shipped, capsys, "--key", shipped.key("next"))
    assert both["summary"]["signatures"] == 11
    assert both["summary"]["pushed"] == 0
    assert published(shipped, capsys, "--key", shipped.key("next"))["summary"]["signatures"] == 0


def test_a_new_key_signs_what_rings_run(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    """Two steps of changing keys (docs/signing.md): a ring that runs an earlier release gets both signatures."""
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    published(shipped, capsys)
    shipped.edit("memory: 1Gi, ephemeral", "memory: 900Mi, ephemeral")
    values = published(shipped, capsys, "--key", shipped.key("next"))
    (kiosk, gate) = [each for each in values["artifacts"] if "release 1" in each["title"]]
    assert (kiosk["signatures"], gate["signatures"], kiosk["bytes"]) == (1, 1, 0)
    assert not [each for each in published(shipped, capsys)["artifacts"] if "release" in each["title"]]


def test_what_nobody_has_signed_is_not_signed_because_a_file_names_it(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    published(shipped, capsys)
    with Client(Access()) as client:
        name = f"{shipped.registry}/{shipped.prefix}/manifests/kiosk"
        strange = client.repository(name).push(write_image(shipped.folder / "strange", b"strange")).digest
    rings = shipped.folder / "stacks" / "rings.yaml"
    text = rings.read_text()
    (old,) = {
        each["digest"]
        for each in published(shipped, capsys)["artifacts"]
        if each["title"] == "kiosk manifests"
    }
    rings.write_text(text.replace(old, strange))
    assert shipped.publish() == 1
    shown = capsys.readouterr()
    assert "0 signatures added" in shown.out
    assert "error[not-signed]" in shown.err
    assert "rings.yaml:" in shown.err


def test_what_nobody_asks_for_is_signed_as_well(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    shipped.edit(
        f"images: [{shipped.registry}/{shipped.prefix}/**]",
        f"images: [{shipped.registry}/{shipped.prefix}/man*]",
    )
    assert shipped.publish() == 0
    shown = capsys.readouterr()
    assert "warning[published-unsigned]" in shown.err
    assert "11 signatures added" in shown.out


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
