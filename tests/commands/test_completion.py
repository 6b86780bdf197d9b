"""Completion: a script for each shell, and nothing heavy on the way to an answer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from edgewright.commands.main import COMMANDS, main

HEAVY = {"jsonschema_rs", "numpy", "onnxruntime", "pydantic", "ruamel.yaml", "yaml"}


@pytest.mark.parametrize(
    ("shell", "says"),
    [
        ("bash", "complete -o nosort -F _edgewright_completion edgewright"),
        ("zsh", "#compdef edgewright"),
        ("fish", "complete --no-files --command edgewright"),
    ],
)
def test_each_shell_has_its_script(shell: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", shell]) == 0
    printed = capsys.readouterr()
    assert says in printed.out
    assert f"_EDGEWRIGHT_COMPLETE={shell}_complete" in printed.out
    assert printed.err == ""


def test_another_shell_is_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["completion", "nush"]) == 2
    assert "bash" in capsys.readouterr().err


def _loaded(arguments: list[str], **environment: str) -> tuple[str, set[str]]:
    """What the command prints, and the modules that it has loaded at its end."""
    code = (
        "import sys, atexit; atexit.register(lambda: print(*sys.modules, file=sys.stderr))\n"
        "from edgewright.commands.main import main\n"
        f"sys.exit(main({arguments!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode in (0, 1)
    return done.stdout, set(done.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["--help"], {}),
        ([], {}),
        (["completion", "bash"], {}),
        *(([command, "--help"], {}) for command in COMMANDS),
        ([], {"_EDGEWRIGHT_COMPLETE": "bash_complete", "COMP_WORDS": "edgewright ", "COMP_CWORD": "1"}),
        (
            [],
            {"_EDGEWRIGHT_COMPLETE": "bash_complete", "COMP_WORDS": "edgewright init --", "COMP_CWORD": "2"},
        ),
    ],
    ids=str,
)
def test_nothing_heavy_is_loaded(arguments: list[str], environment: dict[str, str]) -> None:
    printed, modules = _loaded(arguments, **environment)
    assert printed
    assert "click" in modules
    assert not HEAVY & modules


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("explain deviceClasses.g", ["deviceClasses.gpuSharing"]),
        ("explain rollouts.careful.stages.up", ["rollouts.careful.stages.upTo"]),
        (
            "explain mod",
            ["models", "model-changed", "model-file-name", "model-missing", "model-not-servable"],
        ),
        ("explain bad-u", ["bad-unit"]),
        ("explain nothing.x", []),
        ("init --board raspberry-pi-5", ["raspberry-pi-5-16gb", "raspberry-pi-5-4gb", "raspberry-pi-5-8gb"]),
        ("init --board nothing", []),
    ],
)
def test_what_is_begun_is_completed(words: str, expected: list[str]) -> None:
    printed, modules = _loaded(
        [],
        _EDGEWRIGHT_COMPLETE="bash_complete",
        COMP_WORDS=f"edgewright {words}",
        COMP_CWORD=str(len(words.split())),
    )
    offered = [line.partition(",")[2] for line in printed.splitlines() if line]
    assert sorted(set(offered) & {*expected}) == sorted(expected)
    assert all(each.startswith(words.split()[-1]) for each in offered)
    assert "--board" in words or "edgewright.assembly" not in modules
    assert "pydantic" not in modules or "--board" not in words


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
@pytest.mark.parametrize(
    ("words", "expected"), [("comp", ["compare", "completion"]), ("expl", ["explain"]), ("nothing", [])]
)
def test_bash_completes_a_command(words: str, expected: list[str]) -> None:
    script = (
        "source <(edgewright completion bash)\n"
        f"COMP_WORDS=(edgewright {words}) COMP_CWORD=1\n"
        "_edgewright_completion edgewright\n"
        'echo "${COMPREPLY[@]}"'
    )
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=True,
    )
    assert done.stdout.split() == expected
    assert done.stderr == ""
