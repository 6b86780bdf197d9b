"""A pair of files: the private one closed from its first byte on, and nobody's file overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from edgewright.errors import FleetError
from edgewright.ship.signing.pair import public_path, write_pair


@pytest.mark.parametrize(
    ("name", "public"),
    [("fleet.key", "fleet.pub"), ("fleet.pem", "fleet.pub"), ("fleet", "fleet.pub"), ("a.b", "a.b.pub")],
)
def test_where_the_public_key_lies(name: str, public: str) -> None:
    assert public_path(Path("keys") / name) == Path("keys") / public


def test_who_can_read_what(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        public = write_pair(tmp_path / "fleet.key", "private", "public")
    finally:
        os.umask(mask)
    assert (tmp_path / "fleet.key").stat().st_mode & 0o777 == 0o600
    assert public.stat().st_mode & 0o777 == 0o644
    assert ((tmp_path / "fleet.key").read_text(), public.read_text()) == ("private", "public")


@pytest.mark.parametrize("taken", ["fleet.key", "fleet.pub"])
def test_nothing_is_overwritten_and_nothing_left_half(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).write_text("mine")
    with pytest.raises(FleetError) as error:
        write_pair(tmp_path / "fleet.key", "private", "public")
    (finding,) = error.value.findings
    assert finding.rule == "cannot-write"
    assert "no key is overwritten" in finding.remedy
    assert [(each.name, each.read_text()) for each in tmp_path.iterdir()] == [(taken, "mine")]


def test_a_folder_that_is_missing_is_made_for_its_owner(tmp_path: Path) -> None:
    """As README has it: `edgewright key private/fleet.key` in a new clone."""
    write_pair(tmp_path / "missing" / "fleet.key", "private", "public")
    assert (tmp_path / "missing").stat().st_mode & 0o077 == 0


def test_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FleetError):
        write_pair(tmp_path / "file" / "fleet.key", "private", "public")
