"""`edgewright status`, and what an old artifact under a ring's tag leads to, with a real registry."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.rolling_fleet import DAY, START, at, follow_rings, publish, rings, write_evidence, write_fleet

from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import generate

Shown = pytest.CaptureFixture[str]
KEY = generate()


@pytest.fixture
def prefix(registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A fleet whose canaries run release 2, published and signed, a day after release 1; where it is published."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    found = f"{registry}/status/{abs(hash(tmp_path))}"
    for turn, version in enumerate(("1.0.0", "1.1.0")):
        at(monkeypatch, START + turn * DAY)
        write_fleet(tmp_path, registry=found, version=version, key=KEY.public.pem)
        assert main(["promote", "careful", "canary"]) == 0
        publish(registry, tmp_path, KEY)
        assert follow_rings().findings == ()
    at(monkeypatch, START + 2 * DAY)
    return found


def point(prefix: str, digest: str, tag: str = "canary") -> None:
    """What somebody with write access to the registry can do."""
    with Client(Access()) as client:
        client.repository(f"{prefix}/tiny/manifests/kiosk").tag(digest, tag)


def digest_of(release: int) -> str:
    found: str = next(each["digest"] for each in rings()["kiosk"]["releases"] if each["number"] == release)
    return found


def test_where_everything_is_as_written(prefix: str, capsys: Shown) -> None:
    capsys.readouterr()
    assert main(["status"]) == 0
    head, canary, early, *_ = capsys.readouterr().out.splitlines()
    assert head.split() == [
        "CLASS",
        "RING",
        "DEVICES",
        "RELEASE",
        "DIGEST",
        "SINCE",
        "SOAK",
        "LEFT",
        "TAG",
        "SIGNED",
        "BY",
    ]
    assert canary.split() == [
        "kiosk", "canary", "2", "2", digest_of(2)[:19], "2026-11-02T00:00:00Z", "-", "as", "written", "fleet.pub",
    ]  # fmt: skip
    assert early.split()[:3] == ["kiosk", "early", "17"]


def test_an_old_artifact_is_noticed_though_its_signature_is_good(prefix: str, capsys: Shown) -> None:
    point(prefix, digest_of(1))
    assert main(["status"]) == 1
    shown = capsys.readouterr()
    assert f"older: {digest_of(1)[:19]}" in shown.out
    assert "stacks/rings.yaml:10:17: error[ring-differs]" in shown.err
    assert "its tag is at release 1" in shown.err
    assert "which is older: whatever was mended since" in shown.err
    assert "not-signed" not in shown.err


def test_nothing_is_promoted_from_a_ring_that_runs_something_else(prefix: str, capsys: Shown) -> None:
    point(prefix, digest_of(1))
    write_evidence(Path("canary.json"), "canary", START + DAY, START + 2 * DAY, {"kiosk": 2, "desk": 3})
    before = Path("stacks/rings.yaml").read_bytes()
    for more in ([], ["--force", "quick"]):
        assert main(["promote", "careful", "early", "--evidence", "canary.json", *more]) == 1
        assert "error[ring-differs]" in capsys.readouterr().err
        assert Path("stacks/rings.yaml").read_bytes() == before
    assert [each.wanted.ring for each in follow_rings().moved] == ["canary"]
    assert main(["promote", "careful", "early", "--evidence", "canary.json"]) == 0


def test_what_changes_is_shown_object_by_object(prefix: str, registry: str, capsys: Shown) -> None:
    write_fleet(Path(), registry=prefix, version="1.2.0", key=KEY.public.pem)
    capsys.readouterr()
    assert main(["promote", "careful", "canary", "--changes", "--dry-run"]) == 0
    first = capsys.readouterr().out
    assert "  changed Rollout" in first
    assert "1.1.0" in first
    assert "1.2.0" in first
    assert main(["promote", "careful", "early", "--force", "first", "--changes"]) == 0
    assert "objects, none of which was there before" in capsys.readouterr().out
    assert main(["promote", "careful", "canary"]) == 0
    publish(registry, Path(), KEY)
    assert follow_rings().findings == ()
    capsys.readouterr()
    assert main(["promote", "careful", "early", "--force", "second", "--changes", "--dry-run"]) == 0
    again = capsys.readouterr().out
    lines = [line for line in first.splitlines() if line.startswith("    ")]
    assert lines
    assert [line for line in again.splitlines() if line.startswith("    ")] == lines


def test_what_cannot_be_shown(prefix: str, capsys: Shown) -> None:
    text = Path("stacks/rings.yaml").read_text()
    Path("stacks/rings.yaml").write_text(text.replace(digest_of(2), "sha256:" + "0" * 64))
    write_fleet(Path(), registry=prefix, version="1.2.0", key=KEY.public.pem)
    assert main(["promote", "careful", "canary", "--changes"]) == 1
    assert "error[release-unreadable]" in capsys.readouterr().err
    assert main(["promote", "careful", "canary", "--changes", "--offline"]) == 2


def test_a_newer_one_and_one_that_nobody_knows(prefix: str, registry: str, capsys: Shown) -> None:
    assert main(["rollback", "careful", "canary", "--class", "kiosk"]) == 0
    assert main(["status"]) == 1
    assert f"newer: {digest_of(2)[:19]}" in capsys.readouterr().out
    write_fleet(Path(), registry=prefix, version="6.6.6", key=KEY.public.pem)
    point(prefix, publish(registry, Path(), None)["kiosk"])
    assert main(["status"]) == 1
    shown = capsys.readouterr()
    assert "unknown: sha256:" in shown.out
    assert "nobody who is trusted" in shown.out
    assert "which this file does not know" in shown.err
    assert "error[not-signed]" in shown.err


def test_a_tag_that_is_not_there(prefix: str, capsys: Shown) -> None:
    assert main(["promote", "careful", "early", "--offline", "--force", "to see it missing"]) == 0
    assert main(["status"]) == 1
    shown = capsys.readouterr()
    assert "2 (forced)" in shown.out
    assert "not there" in shown.out
    assert "and the registry has no such tag" in shown.err


def test_json(prefix: str, capsys: Shown) -> None:
    point(prefix, digest_of(1))
    capsys.readouterr()
    assert main(["status", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["fleet"] == "tiny"
    row = found["rings"][0]
    assert (row["class"], row["ring"], row["devices"]) == ("kiosk", "canary", 2)
    assert row["file"]["digest"] == digest_of(2)
    assert row["registry"] == {
        "tag": f"{prefix}/tiny/manifests/kiosk:canary",
        "digest": digest_of(1),
        "is": "older",
        "signedBy": ["fleet.pub"],
    }
    assert found["rings"][1]["file"] is None
    assert [each["rule"] for each in found["findings"]] == ["ring-differs"]


def test_offline_shows_what_is_written(prefix: str, capsys: Shown) -> None:
    point(prefix, digest_of(1))
    capsys.readouterr()
    assert main(["status", "--offline"]) == 0
    out = capsys.readouterr().out
    assert "TAG" not in out
    assert digest_of(2)[:19] in out
