"""`edgewright key`: a pair that cosign takes, and a password that is shown nowhere."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tests.cosign import PASSWORD, cosign, needs_cosign

from edgewright.commands.main import main
from edgewright.ship.signing.keys import private_key
from edgewright.ship.signing.public import public_key

Shown = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", PASSWORD)


def test_a_pair(capsys: Shown) -> None:
    assert main(["key", "fleet.key"]) == 0
    said = capsys.readouterr()
    assert said.out == (
        "fleet.key: the private key\nfleet.pub: the public key; name it in security.signatures\n"
    )
    key = private_key(Path("fleet.key"), PASSWORD.encode)
    assert key.public == public_key(Path("fleet.pub").read_text())
    assert key.encrypted
    assert PASSWORD not in said.out + said.err + Path("fleet.key").read_text() + Path("fleet.pub").read_text()


@needs_cosign
def test_cosign_takes_it() -> None:
    assert main(["key", "fleet.key"]) == 0
    run = cosign("public-key", "--key", Path("fleet.key").absolute())
    assert run.stdout == Path("fleet.pub").read_text()


def test_an_empty_password_is_said(capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", "")
    assert main(["key", "fleet.key"]) == 0
    assert "fleet.key: the private key, without a password\n" in capsys.readouterr().out
    private_key(Path("fleet.key"), lambda: b"")


def test_nobody_to_ask(capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EDGEWRIGHT_KEY_PASSWORD")
    assert main(["key", "fleet.key"]) == 2
    assert "set EDGEWRIGHT_KEY_PASSWORD" in capsys.readouterr().err
    assert not Path("fleet.key").exists()


def test_a_second_pair_overwrites_nothing(capsys: Shown) -> None:
    assert main(["key", "fleet.key"]) == 0
    before = Path("fleet.key").read_text()
    assert main(["key", "fleet.key"]) == 1
    assert "no key is overwritten" in capsys.readouterr().err
    assert Path("fleet.key").read_text() == before


ON_A_TERMINAL = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"


def test_a_person_is_asked_twice_and_nothing_is_shown() -> None:
    environment = {name: text for name, text in os.environ.items() if not name.endswith("_PASSWORD")}
    words = [sys.executable, "-c", ON_A_TERMINAL, sys.executable, "-m", "edgewright", "key", "fleet.key"]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, stdin=pipe, stdout=pipe, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        shown = b""
        for question in (b"can sign): ", b"confirmation: "):
            while not shown.endswith(question):
                byte = process.stdout.read(1)
                assert byte, shown
                shown += byte
            time.sleep(0.2)  # the terminal forgets what was typed before it hid what is typed
            process.stdin.write(PASSWORD.encode() + b"\n")
            process.stdin.flush()
        shown += process.stdout.read()
    assert process.returncode == 0, shown
    assert PASSWORD.encode() not in shown
    private_key(Path("fleet.key"), PASSWORD.encode)


@pytest.mark.parametrize("path", ["", ".", "/"])
def test_a_path_without_a_name(path: str, capsys: Shown) -> None:
    assert main(["key", path]) == 2
    assert "PATH names no file" in capsys.readouterr().err


def test_a_password_is_bytes_whatever_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGEWRIGHT_KEY_PASSWORD", os.fsdecode(b"\xff\xfe"))
    assert main(["key", "fleet.key"]) == 0
    private_key(Path("fleet.key"), lambda: b"\xff\xfe")


def test_a_name_does_nothing_to_the_terminal(capsys: Shown) -> None:
    assert main(["key", "a\x1b[31m.key"]) == 0
    assert capsys.readouterr().out.startswith("a<U+001B>[31m.key: the private key\n")
