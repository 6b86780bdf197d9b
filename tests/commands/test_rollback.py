"""`edgewright rollback`, and `git revert` beside it: a ring runs again what it ran before."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from tests.rolling_fleet import DAY, START, at, follow_rings, publish, rings, write_fleet

from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import generate

Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    write_fleet(tmp_path)
    at(monkeypatch, START)


def enter(monkeypatch: pytest.MonkeyPatch, *more: str) -> None:
    """A first and a second release in the first ring."""
    assert main(["promote", "careful", "canary", *more]) == 0
    write_fleet(Path(), version="1.1.0")
    at(monkeypatch, START + DAY)
    assert main(["promote", "careful", "canary", *more]) == 0
    at(monkeypatch, START + 2 * DAY)


def test_a_ring_runs_again_what_it_ran_before(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    enter(monkeypatch)
    before = rings()["kiosk"]["rings"]["canary"]
    assert main(["rollback", "careful", "canary"]) == 0
    assert "kiosk: canary, 2 devices: release 1 (sha256:" in capsys.readouterr().out
    after = rings()["kiosk"]["rings"]["canary"]
    assert after["release"] == 1
    assert after["digest"] == before["previous"]["digest"]
    assert after["since"] == "2026-11-03T00:00:00Z"
    assert after["returnedFrom"]["digest"] == before["digest"]
    assert "previous" not in after


def test_there_is_no_second_way_back(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    enter(monkeypatch)
    assert main(["rollback", "careful", "canary"]) == 0
    text = Path("stacks/rings.yaml").read_text()
    assert main(["rollback", "careful", "canary"]) == 1
    err = capsys.readouterr().err
    assert "error[nothing-to-return-to]" in err
    assert "nothing was rolled back" in err
    assert Path("stacks/rings.yaml").read_text() == text


def test_nothing_to_return_to_before_anything_ran(capsys: Shown) -> None:
    assert main(["rollback", "careful", "canary"]) == 1
    assert "error[nothing-to-return-to]" in capsys.readouterr().err


def test_a_class_without_a_way_back_keeps_no_other(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    enter(monkeypatch, "--class", "kiosk")
    assert main(["promote", "careful", "canary", "--class", "desk"]) == 0
    assert main(["rollback", "careful", "canary", "--class", "desk"]) == 1
    capsys.readouterr()
    assert main(["rollback", "careful", "canary"]) == 0
    assert "warning[nothing-to-return-to]" in capsys.readouterr().err
    assert rings()["kiosk"]["rings"]["canary"]["release"] == 1
    assert rings()["desk"]["rings"]["canary"]["release"] == 1


def test_whoever_else_runs_it_is_named(monkeypatch: pytest.MonkeyPatch, capsys: Shown) -> None:
    enter(monkeypatch)
    assert main(["promote", "careful", "early", "--offline", "--force", "test"]) == 0
    capsys.readouterr()
    assert main(["rollback", "careful", "canary"]) == 0
    assert "  early runs release 2 too" in capsys.readouterr().out


def test_misuse(capsys: Shown) -> None:
    assert main(["rollback", "careful", "nowhere"]) == 2
    assert main(["rollback", "nothing", "canary"]) == 2
    assert main(["rollback", "careful", "canary", "--class", "x"]) == 2


def git(*arguments: str) -> str:
    identity = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    run = subprocess.run(["git", *identity, *arguments], capture_output=True, text=True, check=True)
    return run.stdout


def commit(message: str) -> None:
    git("add", "-A")
    git("commit", "-q", "-m", message)


def tag_of_canary(repository: str) -> str | None:
    with Client(Access()) as client:
        there = client.repository(repository).resolve("canary")
        return there.digest if there else None


def test_git_revert_of_a_promotion_moves_the_tags_back(
    registry: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The numbers go back with the text, and are taken as they stand: a revert is a reviewed act like any other."""
    prefix, key = f"{registry}/revert", generate()
    git("init", "-q")
    write_fleet(tmp_path, registry=prefix, key=key.public.pem)
    assert main(["promote", "careful", "canary"]) == 0
    commit("the first release")
    first = publish(registry, tmp_path, key)["kiosk"]
    assert len(follow_rings().moved) == 2
    write_fleet(tmp_path, registry=prefix, key=key.public.pem, version="1.1.0")
    commit("a better model")
    at(monkeypatch, START + DAY)
    assert main(["promote", "careful", "canary"]) == 0
    commit("canary runs the better model")
    second = publish(registry, tmp_path, key)["kiosk"]
    assert len(follow_rings().moved) == 2
    repository = f"{prefix}/tiny/manifests/kiosk"
    assert tag_of_canary(repository) == second != first

    git("revert", "--no-edit", "HEAD")
    assert rings()["kiosk"]["rings"]["canary"]["digest"] == first
    assert [each["number"] for each in rings()["kiosk"]["releases"]] == [1]
    followed = follow_rings()
    assert (followed.moved[0].wanted.class_name, followed.moved[0].before) == ("kiosk", second)
    assert followed.findings == ()
    assert tag_of_canary(repository) == first
    assert main(["status"]) == 0

    git("revert", "--no-edit", "HEAD")  # and once more: the better model is back, under its old number
    assert rings()["kiosk"]["rings"]["canary"]["release"] == 2
    assert len(follow_rings().moved) == 2
    assert tag_of_canary(repository) == second
