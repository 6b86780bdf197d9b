"""`edgewright publish` with keys: whose signatures travel, while keys change and when one is stolen."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.cosign import needs_cosign, refusal
from tests.shipped import Shipped, published, there, write_image

from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client


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


def test_models_that_only_a_replaced_key_has_signed_reach_nobody(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    """Servers ask for the rule's keys by themselves: on no device would one become ready."""
    assert main(["sign", shipped.fleet, "--key", shipped.key()]) == 0
    assert main(["lock", shipped.fleet, "--offline"]) == 0
    shipped.edit("{key: keys/fleet.pub}, {key: keys/next.pub}", "{key: keys/next.pub}")
    assert shipped.publish("--old-key", shipped.key(), key="next") == 1
    shown = capsys.readouterr().err
    assert "error[model-not-signed]: defects/int8 is not signed by anybody who is trusted" in shown
    assert "models.defects.variants.int8" in shown
    assert not there(shipped)
    assert main(["sign", shipped.fleet, "--key", shipped.key("next")]) == 0
    assert main(["lock", shipped.fleet, "--offline"]) == 0
    published(shipped, capsys, "--old-key", shipped.key(), key="next")


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


def replaced(shipped: Shipped) -> None:
    """A ring runs what the old key has signed, and is to run what trusts the new one alone."""
    shipped.edit("{key: keys/fleet.pub}, {key: keys/next.pub}", "{key: keys/fleet.pub}")
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0
    assert shipped.publish() == 0
    shipped.edit("{key: keys/fleet.pub}", "{key: keys/next.pub}")
    assert main(["promote", "careful", "canary", shipped.fleet]) == 0


def at_canary(shipped: Shipped) -> str | None:
    with Client(Access()) as client:
        found = client.repository(f"{shipped.registry}/{shipped.prefix}/manifests/kiosk").resolve("canary")
        return found.digest if found else None


def test_no_tag_moves_to_what_its_devices_would_refuse(
    shipped: Shipped, capsys: pytest.CaptureFixture[str]
) -> None:
    """docs/signing.md, "Changing keys": the old key has to sign the release that takes its place."""
    replaced(shipped)
    before = at_canary(shipped)
    capsys.readouterr()
    assert shipped.publish(key="next") == 1
    shown = capsys.readouterr()
    assert shown.err.count("error[devices-left-behind]") == 2, "one of each class"
    assert "rings.yaml:" in shown.err
    assert at_canary(shipped) == before
    assert shipped.publish("--old-key", shipped.key(), key="next") == 0
    assert at_canary(shipped) != before
    assert "devices-left-behind" not in capsys.readouterr().err


def test_a_lost_key_can_be_left_behind(shipped: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    replaced(shipped)
    before = at_canary(shipped)
    assert shipped.publish("--leave-behind", key="next") == 0
    assert "warning[devices-left-behind]" in capsys.readouterr().err
    assert at_canary(shipped) != before
