"""A stack's configuration: what is misspelt is told, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
from tests.program.mocked import run

from edgewright.program.settings import Settings, check_settings, settings_of_stack


@pytest.fixture(autouse=True)
def no_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)


def test_defaults(tmp_path: Path) -> None:
    seen: list[Settings] = []
    assert run(tmp_path, lambda: seen.append(settings_of_stack())).error is None
    assert seen == [Settings()]


def test_what_is_written_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PULUMI_CONFIG", '{"edgewright:folder": "out", "edgewright:unlocked": "true", "aws:region": "x"}'
    )
    seen: list[Settings] = []
    run(tmp_path, lambda: seen.append(settings_of_stack()))
    assert seen == [Settings(folder="out", unlocked=True)]


def test_publishing_is_asked_for_by_a_path_and_a_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '{"edgewright:publish": "true", "edgewright:key": "private/fleet.key", "edgewright:ca": "ca.pem"}'
    monkeypatch.setenv("PULUMI_CONFIG", text)
    seen: list[Settings] = []
    run(tmp_path, lambda: seen.append(settings_of_stack()))
    assert seen == [Settings(publish=True, key="private/fleet.key", ca="ca.pem")]
    assert [each.rule for each in check_settings({"publish": "yes"}, "dev")] == ["bad-value"]


def test_everything_that_is_wrong_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "PULUMI_CONFIG", '{"edgewright:floder": "out", "edgewright:unlocked": "yes", "edgewright:fleet": ""}'
    )
    seen = run(tmp_path, settings_of_stack)
    assert isinstance(seen.error, pulumi.RunError)
    errors = seen.texts("error")
    assert len(errors) == 3
    assert "did you mean `edgewright:folder`?" in errors[0]
    assert "write `true` or `false`" in errors[1]
    assert "`edgewright:fleet` is empty" in errors[2]


def test_rules() -> None:
    found = check_settings({"x": "", "unlocked": "1"}, "dev")
    assert [(each.rule, each.level) for each in found] == [("unknown-field", "error"), ("bad-value", "error")]
