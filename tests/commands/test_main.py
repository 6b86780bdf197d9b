"""The command line as a whole: help, misuse, interruptions, and that nobody ever sees a traceback."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edgewright.commands.main import COMMANDS, main

ROOT = Path(__file__).parents[2]
PROGRAM = [sys.executable, "-m", "edgewright"]
SMALLEST = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: registry.example/tiny
deviceClasses: {kiosk: {board: intel-n100-8gb}}
models: {digits: {version: 1.0.0, source: model.onnx}}
workloads: {read: {model: digits, resources: {cpu: 1, memory: 512Mi}}}
"""
Shown = pytest.CaptureFixture[str]


def run(*arguments: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "COLUMNS": "100", "NO_COLOR": "1", "SOURCE_DATE_EPOCH": "1793491200"}
    whole: dict[str, object] = {
        "cwd": ROOT,
        "env": environment,
        "capture_output": True,
        "check": False,
    } | more
    return subprocess.run([*PROGRAM, *arguments], **whole)  # type: ignore[call-overload, no-any-return]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_shows_the_way(arguments: list[str], capsys: Shown) -> None:
    assert main(arguments) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in COMMANDS)
    assert "A way to begin:" in out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there_and_helps(name: str, capsys: Shown) -> None:
    assert main([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: edgewright {name}")


def test_the_version(capsys: Shown) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("edgewright ")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["chek"], "There is no command `chek`. Did you mean `check`?"),
        (["xyz"], "There is no command `xyz`."),
        (["check", "--forma", "json"], "No such option"),
        (["check", "--format", "xml"], "'xml' is not one of"),
        (["check", "a", "b"], "unexpected extra argument"),
        (["compare"], "Missing argument 'FOLDER'"),
        (["--nope"], "No such option"),
    ],
)
def test_misuse_is_two(arguments: list[str], says: str, capsys: Shown) -> None:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert shown.out == ""


def test_help_of_everything_starts_without_the_heavy_parts() -> None:
    shown = "import sys; from edgewright.commands.main import main; main(['--help']); print(*sys.modules)"
    out = subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True, text=True).stdout
    assert not {"pydantic", "yaml", "jsonschema_rs", "onnxruntime", "ruamel"} & set(out.split())


def test_an_interrupted_command_leaves_nothing_half_done(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("a: b\n")
    os.mkfifo(tmp_path / "pipe")
    holder = os.open(tmp_path / "pipe", os.O_RDWR)  # a writer that never writes
    try:
        process = subprocess.Popen(
            [*PROGRAM, "check", "pipe"], cwd=tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE
        )
        time.sleep(1.5)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=20)
    finally:
        os.close(holder)
    assert process.returncode == 130
    assert b"interrupted; nothing was left half-done" in err
    assert b"Traceback" not in err + out


def test_a_reader_that_has_seen_enough() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = run("explain", "--recursive", stdout=writing, stderr=subprocess.PIPE, capture_output=False)
    finally:
        os.close(writing)
    assert done.stderr == b""


@pytest.mark.parametrize(
    "arguments", [["check"], ["explain"], ["schema"], ["check", "--format", "json"], ["--help"]]
)
def test_a_disk_that_is_full(arguments: list[str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = run(*arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
        assert done.returncode == 1
        assert done.stderr.decode() == "the output cannot be written: no space left on device\n"
        again = run(*arguments, stdout=full, stderr=full, capture_output=False)
        assert again.returncode == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_streams_that_are_closed(closed: str) -> None:
    command = f"{sys.executable} -m edgewright check {closed}"
    done = subprocess.run(command, shell=True, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8"])
def test_the_same_bytes_whatever_the_locale(locale: str, tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text("fleet: 検査ライン\n")
    environment = {
        **os.environ,
        "LC_ALL": locale,
        "PYTHONUTF8": "0",
        "PYTHONIOENCODING": "ascii",
        "COLUMNS": "100",
    }
    done = run("check", cwd=tmp_path, env=environment)
    assert "検査ライン".encode() in done.stdout
    assert b"Traceback" not in done.stderr


def on_a_terminal(
    *arguments: str, environment: dict[str, str] | None = None, cwd: Path = ROOT
) -> tuple[int, str]:
    """What a person sees at a terminal of 60 columns, standard error included."""
    master, slave = pty.openpty()
    variables = {**os.environ, "TERM": "xterm", "SOURCE_DATE_EPOCH": "1793491200", **(environment or {})}
    variables.pop("NO_COLOR", None) if environment is None else None
    process = subprocess.Popen(
        [*PROGRAM, *arguments],
        cwd=cwd,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={"COLUMNS": "60", **variables},
    )
    os.close(slave)
    seen = b""
    while select.select([master], [], [], 60)[0]:
        try:
            some = os.read(master, 65536)
        except OSError:
            break
        if not some:
            break
        seen += some
    os.close(master)
    return process.wait(timeout=60), seen.decode()


def as_left(seen: str) -> str:
    """What stands on the terminal in the end: a line that was cleared is gone."""
    return "\n".join(line.rpartition("\x1b[2K")[2] for line in seen.replace("\r\n", "\n").split("\n"))


def test_a_terminal_gets_colour_and_progress_that_is_gone_afterwards() -> None:
    code, seen = on_a_terminal("check")
    assert code == 0
    assert "\x1b[1;33mwarning" in seen
    assert "\r\x1b[2Kreading fleet.yaml …" in seen
    assert "checking 72 objects …" in seen
    left = as_left(seen)
    assert "reading" not in left
    assert "checking" not in left
    assert "not-locked" in left


def test_no_colour_is_kept() -> None:
    _, seen = on_a_terminal("check", environment={"NO_COLOR": "1"})
    assert "\x1b[1;" not in seen


def test_a_dumb_terminal_gets_neither() -> None:
    _, seen = on_a_terminal("check", environment={"TERM": "dumb"})
    assert "\x1b" not in seen


def test_a_narrow_terminal_cuts_the_source_and_not_the_message() -> None:
    _, seen = on_a_terminal("check", environment={"NO_COLOR": "1", "COLUMNS": "40"})
    rows = [line for line in as_left(seen).splitlines() if line[:2].isdigit() and "|" in line]
    assert rows
    assert all(len(row) <= 40 for row in rows)


def test_colour_can_be_forced_into_a_pipe() -> None:
    environment = {**os.environ, "FORCE_COLOR": "1"}
    environment.pop("NO_COLOR", None)
    assert b"\x1b[1;33m" in run("check", env=environment).stdout
    assert b"\x1b" not in run("check", env={**environment, "FORCE_COLOR": "0"}).stdout


def test_locking_tells_what_it_looks_at(tmp_path: Path) -> None:
    (tmp_path / "fleet.yaml").write_text(SMALLEST)
    (tmp_path / "model.onnx").symlink_to(ROOT / "models/surface-defects/model.onnx")
    code, seen = on_a_terminal("lock", "--offline", cwd=tmp_path)
    assert code == 0
    assert "\r\x1b[2Kdigits/source …" in seen
    assert "digits/source …" not in as_left(seen)
