"""`edgewright promote`: a rollout from its first ring to its last, and everything that stops it."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.rolling_fleet import DAY, START, at, rings, write_evidence, write_fleet

from edgewright.commands.main import main

Shown = pytest.CaptureFixture[str]
CANARY = {"kiosk": 2, "desk": 3}
EARLY = {"kiosk": 17, "desk": 16}
EVIDENCE = Path("evidence.json")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fleet in the current folder, on the first of November."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "100")
    write_fleet(tmp_path)
    at(monkeypatch, START)


def promote(ring: str, *more: str) -> int:
    return main(["promote", "careful", ring, "--offline", *more])


def first_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    """Canary runs release 2, a day later; what ran before is release 1."""
    assert promote("canary") == 0
    write_fleet(Path(), version="1.1.0")
    at(monkeypatch, START + DAY)
    assert promote("canary") == 0
    at(monkeypatch, START + 2 * DAY)


def test_a_rollout_from_the_first_ring_to_the_last(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    first_releases(monkeypatch)
    second = rings()["kiosk"]["rings"]["canary"]
    assert second["previous"]["release"] == 1
    write_evidence(EVIDENCE, "canary", START + DAY, START + 2 * DAY, CANARY)
    capsys.readouterr()
    assert promote("early", "--evidence", "evidence.json") == 0
    out = capsys.readouterr().out
    assert "not asked for" not in out
    assert f"kiosk: early, 17 devices: release 2 ({second['digest'][:19]}), its first" in out
    assert "accuracy drop of read: 0pp, " in out
    assert "in 40,000 labelled answers; 3pp allowed" in out
    assert "next: everyone, 81 devices, from 2026-11-06T00:00:00Z" in out
    at(monkeypatch, START + 5 * DAY)
    write_evidence(EVIDENCE, "early", START + 2 * DAY, START + 5 * DAY, EARLY)
    capsys.readouterr()
    assert promote("everyone", "--evidence", "evidence.json") == 0
    out = capsys.readouterr().out
    assert "not asked for: accuracyDrop" in out, "it is early's first release, which nothing is compared with"
    assert ": nothing that early ran before is known" in out
    digests = {each["digest"] for each in rings()["kiosk"]["rings"].values()}
    assert digests == {second["digest"]}
    capsys.readouterr()
    before = Path("stacks/rings.yaml").read_bytes()
    assert promote("everyone") == 0
    assert "there is nothing to promote" in capsys.readouterr().out
    assert Path("stacks/rings.yaml").read_bytes() == before


def test_the_first_ring_gets_what_is_rendered_now_and_only_once(capsys: Shown) -> None:
    assert promote("canary") == 0
    text = Path("stacks/rings.yaml").read_text()
    assert promote("canary") == 0
    assert "kiosk: canary runs release 1 (sha256:" in capsys.readouterr().out
    assert Path("stacks/rings.yaml").read_text() == text


def test_one_class_goes_alone(capsys: Shown) -> None:
    assert promote("canary", "--class", "desk") == 0
    assert list(rings()) == ["desk"]
    assert promote("canary", "--class", "deks") == 2
    assert "did you mean `desk`?" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("carefull", "canary"), "no rollout `carefull`; did you mean `careful`?"),
        (("careful", "canaries"), "has no ring `canaries`; did you mean `canary`?"),
        (("careful", "canary", "--force", " "), "--force: say why"),
        (("careful", "canary", "--evidence", "x.json"), "`canary` is the first ring, which needs none"),
        (("careful", "canary", "--force", "x" * 501), "--force: say why"),
    ],
)
def test_misuse(arguments: tuple[str, ...], said: str, capsys: Shown) -> None:
    assert main(["promote", *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not Path("stacks/rings.yaml").exists()


def test_a_dry_run_says_and_does_not(capsys: Shown) -> None:
    assert promote("canary", "--dry-run") == 0
    assert "was not written: this was a dry run" in capsys.readouterr().out
    assert not Path("stacks/rings.yaml").exists()


def test_no_ring_is_skipped(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    assert promote("early") == 1
    assert "error[ring-skipped]" in capsys.readouterr().err
    first_releases(monkeypatch)
    assert promote("everyone", "--force", "now") == 1
    assert "error[ring-skipped]" in capsys.readouterr().err


def test_before_the_soak_is_over_nothing_moves(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    first_releases(monkeypatch)
    before = Path("stacks/rings.yaml").read_bytes()
    at(monkeypatch, START + 2 * DAY - timedelta(hours=3))
    write_evidence(EVIDENCE, "canary", START + DAY, START + 2 * DAY, CANARY)
    assert promote("early", "--evidence", "evidence.json") == 1
    err = capsys.readouterr().err
    assert "soaks for 3h more" in err
    assert "promote at 2026-11-03T00:00:00Z or later" in err
    assert "nothing was promoted" in err
    assert Path("stacks/rings.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"correct": 34_000}, "evidence-beyond-limit"),
        ({"errors": 20_000}, "evidence-beyond-limit"),
        ({"p99Microseconds": 45_001}, "evidence-beyond-limit"),
        ({"labelled": 100, "correct": 92}, "evidence-too-small"),
        ({"digest": "sha256:" + "0" * 64}, "evidence-stale"),
        ({"correct": 40_001}, "evidence-unreadable"),
        ({"p50Microseconds": 1}, "evidence-unreadable"),
    ],
)
def test_evidence_that_does_not_do(
    changes: dict[str, Any], rule: str, monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    first_releases(monkeypatch)
    write_evidence(EVIDENCE, "canary", START + DAY, START + 2 * DAY, CANARY, **changes)
    assert promote("early", "--evidence", "evidence.json") == 1
    err = capsys.readouterr().err
    assert re.search(rf"^evidence\.json:\d+:\d+: error\[{rule}\]", err, re.MULTILINE)
    assert "early" not in rings()["kiosk"]["rings"]


def test_no_evidence_and_evidence_that_is_not_there(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    first_releases(monkeypatch)
    assert promote("early") == 1
    assert "error[evidence-missing]" in capsys.readouterr().err
    assert promote("early", "--evidence", "gone.json") == 1
    assert "error[cannot-read]" in capsys.readouterr().err
    EVIDENCE.write_text("no")
    assert promote("early", "--evidence", "evidence.json") == 1
    assert "error[evidence-unreadable]" in capsys.readouterr().err


def test_one_class_that_may_not_keeps_the_others_unless_they_are_asked_for_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    first_releases(monkeypatch)
    write_evidence(EVIDENCE, "canary", START + DAY, START + 2 * DAY, CANARY)
    evidence = json.loads(EVIDENCE.read_text())
    del evidence["classes"]["desk"]
    EVIDENCE.write_text(json.dumps(evidence))
    assert promote("early", "--evidence", "evidence.json") == 1
    assert promote("early", "--evidence", "evidence.json", "--class", "kiosk") == 0
    assert "early" in rings()["kiosk"]["rings"]
    assert "early" not in rings()["desk"]["rings"]


def test_an_emergency_is_written_down_with_its_reason(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    first_releases(monkeypatch)
    at(monkeypatch, START + DAY + timedelta(minutes=5))
    capsys.readouterr()
    assert promote("early", "--force", "CVE-2026-1: cameras can be taken over") == 0
    out = capsys.readouterr().out
    assert "forced, because: CVE-2026-1: cameras can be taken over" in out
    assert "against soak-not-over: " in out
    assert "against evidence-missing: " in out
    assert rings()["kiosk"]["rings"]["early"]["forced"] == "CVE-2026-1: cameras can be taken over"


def test_a_mended_release_is_everywhere_within_minutes_where_somebody_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first_releases(monkeypatch)
    write_fleet(Path(), version="1.1.1")
    assert promote("canary") == 0
    for ring in ("early", "everyone"):
        assert promote(ring, "--force", "CVE-2026-1") == 0
    assert {each["release"] for each in rings()["desk"]["rings"].values()} == {3}
    assert ["forced" in each for each in rings()["desk"]["rings"].values()] == [False, True, True]


def test_a_reason_that_was_not_needed_is_not_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    assert promote("canary", "--force", "to be sure") == 0
    assert "forced" not in rings()["kiosk"]["rings"]["canary"]


def test_a_fleet_of_before_does_not_enter_again_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    first_releases(monkeypatch)
    write_fleet(Path(), version="1.0.0")
    assert promote("canary") == 1
    assert "error[ring-downgrade]" in capsys.readouterr().err
    assert promote("canary", "--force", "1.1.0 was a mistake") == 0
    entry = rings()["kiosk"]
    assert entry["rings"]["canary"]["release"] == 3
    assert [each["number"] for each in entry["releases"]] == [2, 3]


def test_what_was_rolled_back_does_not_come_back_by_itself(
    monkeypatch: pytest.MonkeyPatch, capsys: Shown
) -> None:
    first_releases(monkeypatch)
    assert main(["rollback", "careful", "canary"]) == 0
    assert promote("canary") == 1
    assert "error[ring-went-back]" in capsys.readouterr().err


def test_a_broken_file_of_rings_stops_everything(capsys: Shown) -> None:
    Path("stacks/rings.yaml").write_text(
        "ringsVersion: 1\nfleet: other\nclasses: {kioks: {rings: {}, releases: []}}\n"
    )
    assert promote("canary") == 1
    err = capsys.readouterr().err
    assert "stacks/rings.yaml:2:8: error[rings-unreadable]" in err
    assert (
        "stacks/rings.yaml:3:11: error[unknown-reference]: this fleet has no class `kioks`; did you mean `kiosk`?"
        in err
    )


def test_a_change_from_the_future(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    assert promote("canary") == 0
    at(monkeypatch, START - timedelta(minutes=4))
    assert promote("canary") == 0
    at(monkeypatch, START - timedelta(minutes=6))
    assert promote("canary") == 1
    assert "error[ring-from-the-future]" in capsys.readouterr().err


def test_what_is_not_locked_enters_no_ring(capsys: Shown) -> None:
    Path("fleet.lock").unlink()
    assert promote("canary") == 1
    assert "error[not-locked]" in capsys.readouterr().err


def test_classes_without_a_rollout(capsys: Shown) -> None:
    text = Path("fleet.yaml").read_text()
    Path("fleet.yaml").write_text(
        re.sub(r"(?ms)^rollouts:.*?(?=^security)", "", text).replace("    rollout: careful\n", "")
    )
    assert main(["promote", "-", "everyone"]) == 0
    assert "kiosk: everyone, 100 devices: release 1" in capsys.readouterr().out


def test_the_file_is_found_beside_the_fleet_or_where_it_is_named(tmp_path: Path) -> None:
    assert promote("canary", "--rings", "elsewhere.yaml") == 0
    assert Path("elsewhere.yaml").is_file()
    assert not Path("stacks/rings.yaml").exists()
    Path("stacks/inventory.csv").rename("inventory.csv")
    Path("stacks").rmdir()
    Path("fleet.yaml").write_text(Path("fleet.yaml").read_text().replace("stacks/inventory", "inventory"))
    assert promote("canary") == 0
    assert Path("rings.yaml").is_file()


def test_nothing_that_is_rendered_depends_on_rings(capsys: Shown) -> None:
    assert main(["render", "--out", "before"]) == 0
    assert promote("canary") == 0
    assert main(["render", "--out", "after"]) == 0
    Path("stacks/rings.yaml").write_text("no rings at all")
    assert main(["render", "--out", "broken"]) == 0
    assert main(["check"]) == 0

    def files(folder: str) -> dict[str, bytes]:
        root = Path(folder)
        paths = [path for path in root.rglob("*") if path.is_file() and ".edgewright" not in path.parts]
        return {str(path.relative_to(root)): path.read_bytes() for path in paths}

    assert files("before") == files("after") == files("broken")
    assert len(files("before")) > 5
