"""A line that is gone afterwards, on a terminal only."""

from __future__ import annotations

import io
import sys

import pytest

from edgewright.commands.progress import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def told(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO, term: str = "xterm") -> str:
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "20")
    with progress() as tell:
        tell("one")
        tell("two\x1b[2J and very much more than a line holds")
    return stream.getvalue()


def test_each_line_takes_the_place_of_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = told(monkeypatch, Terminal())
    assert seen == "\r\x1b[2Kone …\r\x1b[2Ktwo<U+001B>[2J an …\r\x1b[2K"


def test_nothing_where_no_person_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(monkeypatch, io.StringIO()) == ""
    assert told(monkeypatch, Terminal(), "dumb") == ""


def test_it_is_gone_after_an_error_too(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")

    def interrupted() -> None:
        with progress() as tell:
            tell("one")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert stream.getvalue().endswith("\r\x1b[2K")


def test_a_terminal_that_has_gone_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    with progress() as tell:
        stream.close()
        tell("one")
