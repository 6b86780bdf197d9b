"""`edgewright init`: whatever is answered, the file passes `check`; nothing is ever overwritten."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.catalogue import load
from edgewright.commands.main import main
from edgewright.commands.starter import Answers, model_name, starter, wrong_with
from edgewright.document.document import parse_document
from edgewright.document.source import Source
from edgewright.fleet import FleetReading, read_fleet
from edgewright.fleet.json_schema import json_schema

Golden = Callable[[str, str], None]

CATALOGUE = load()


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def values(text: str) -> Any:
    document = parse_document(Source("fleet.yaml", text))
    assert not document.findings
    return document.value


def reading(text: str) -> FleetReading:
    return read_fleet(values(text), CATALOGUE)


def test_the_defaults(golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes"]) == 0
    golden("init/defaults.yaml", Path("fleet.yaml").read_text(encoding="utf-8"))
    golden("init/next-steps.txt", capsys.readouterr().out)


def test_every_option(golden: Golden, capsys: pytest.CaptureFixture[str]) -> None:
    Path("models").mkdir()
    Path("models/Überwachung.onnx").touch()
    options = {
        "--name": "on",
        "--registry": "registry.acme.example:5000/edge",
        "--board": "intel-n100-8gb",
        "--model": "models/Überwachung.onnx",
        "--version": "2.0.0-rc.1",
        "--devices": "60",
        "--out": "kiosks.yaml",
    }
    assert main(["init", *(word for option in options.items() for word in option)]) == 0
    golden("init/options.yaml", Path("kiosks.yaml").read_text(encoding="utf-8"))
    printed = capsys.readouterr().out
    assert "edgewright check kiosks.yaml" in printed
    assert "put the model" not in printed


def test_the_file_passes_check(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes"]) == 0
    assert main(["check"]) == 0
    assert "error" not in capsys.readouterr().out


@pytest.mark.parametrize("board", [*CATALOGUE.boards])
def test_every_board_gets_a_fleet_without_a_finding(board: str) -> None:
    text = starter(Answers(board=board), CATALOGUE)
    assert not reading(text).findings
    assert main(["init", "--yes", "--board", board]) == 0
    assert main(["check"]) == 0


def test_the_comments_hold_what_they_promise() -> None:
    text = starter(Answers(registry="registry.acme.example/x"), CATALOGUE)
    head, more = text.split("# More, when you need it.")
    paragraphs = more.split("\n#\n")[1:]
    blocks = [
        "\n".join(line.removeprefix("# ") for line in each.splitlines())
        for each in paragraphs
        if "  " in each
    ]
    assert [block.split(":")[0] for block in blocks] == ["rollouts", "security"]
    whole = (
        head.replace("expose: cluster", "expose: cluster\n    rollout: careful")
        + "\n"
        + "\n".join(blocks)
        + "\n"
    )
    assert not reading(whole).findings
    assert "registry.acme.example/x/**" in whole


def test_the_schema_takes_the_template() -> None:
    import jsonschema_rs

    assert jsonschema_rs.is_valid(json_schema(CATALOGUE), values(starter(Answers(), CATALOGUE)))


def test_a_file_that_is_there_stays(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = folder / "fleet.yaml"
    file.write_text("mine")
    assert main(["init", "--yes"]) == 2
    assert "fleet.yaml is there already" in capsys.readouterr().err
    assert file.read_text() == "mine"
    assert main(["init", "--yes", "--force"]) == 0
    assert "my-fleet" in file.read_text()
    assert [path.name for path in folder.iterdir()] == ["fleet.yaml"]


def test_a_link_that_leads_nowhere_stays_too(folder: Path) -> None:
    (folder / "fleet.yaml").symlink_to("elsewhere.yaml")
    assert main(["init", "--yes"]) == 2
    assert not (folder / "elsewhere.yaml").exists()


def test_a_file_that_comes_while_we_ask_stays(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.path.lexists", lambda path: False)
    (folder / "fleet.yaml").write_text("mine")
    assert main(["init", "--yes"]) == 2
    assert (folder / "fleet.yaml").read_text() == "mine"


def test_a_folder_that_is_not_there_is_a_finding(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["init", "--yes", "--out", "none/fleet.yaml"]) == 1
    assert "error[cannot-write]" in capsys.readouterr().err


def test_without_a_terminal_what_is_needed_must_be_given(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--name", "x"]) == 2
    assert "give --registry, --board, --model, or --yes" in capsys.readouterr().err
    assert not list(folder.iterdir())


@pytest.mark.parametrize(
    ("option", "value", "says"),
    [
        ("--name", "Line Camera", "is no name that Kubernetes accepts"),
        ("--registry", "https://registry.acme.example", "registry"),
        ("--board", "jetson-orin-nx-16g", "did you mean `jetson-orin-nx-16gb`?"),
        ("--board", "1", "there is no board `1`"),
        ("--model", "../model.onnx", "leaves the folder"),
        ("--model", "\udcff.onnx", "this is not UTF-8"),
        ("--version", "1.0", "version"),
        ("--devices", "0", "less than 1"),
        ("--devices", "ten", "a whole number"),
        ("--devices", "1.5", "a whole number"),
    ],
)
def test_a_wrong_option_is_told_in_the_words_of_check(
    option: str, value: str, says: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["init", "--yes", option, value]) == 2
    printed = capsys.readouterr().err
    assert f"Invalid value for {option}: " in printed
    assert says in printed
    assert not list(folder.iterdir())


@given(
    name=st.from_regex(r"[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True)
    | st.sampled_from(["on", "no", "null", "12", "1e3"]),
    registry=st.sampled_from(["a", "1.2", "0x1f", "registry.acme.example:5000/edge", "1.5e3/x"]),
    model=st.text(st.characters(codec="utf-8"), min_size=1, max_size=40),
    version=st.sampled_from(["1.0.0", "0.0.0-1+2", "3.4.5-rc.1"]),
    devices=st.integers(1, 10**8).map(str) | st.just("0x10"),
)
def test_any_right_answers_are_written_as_they_were_given(
    name: str, registry: str, model: str, version: str, devices: str
) -> None:
    answers = Answers(name, registry, "raspberry-pi-5-8gb", model, version, devices)
    if wrong_with("model", answers, CATALOGUE):
        answers = replace(answers, model="models/x: y #.onnx")
    found = reading(starter(answers, CATALOGUE))
    assert not found.findings
    assert found.fleet is not None
    written = found.fleet.models[model_name(answers.model)]
    assert (found.fleet.fleet, found.fleet.registry, written.source, written.version) == (
        name, registry, answers.model, version,
    )  # fmt: skip
    assert found.fleet.device_classes["edge"].devices == int(devices, 0)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("models/surface-defects", "surface-defects"),
        ("models/Surface_Defects.onnx", "surface-defects"),
        ("models/resnet/model.onnx", "resnet"),
        ("./model.onnx", "model"),
        ("models/Überwachung.onnx", "uberwachung"),
        ("検査.onnx", "model"),
        (".", "model"),
        ("", "model"),
        ("a" * 200, "a" * 63),
    ],
)
def test_a_model_is_named_after_its_file(path: str, name: str) -> None:
    assert model_name(path) == name


def ask(answers: str, *options: str) -> tuple[int, str]:
    """The exit code and output of `edgewright init` on a terminal where somebody types the answers."""
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "edgewright", "init", *options]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        os.close(theirs)
        os.write(ours, answers.encode())
        out, _ = process.communicate(timeout=60)
        os.close(ours)
    return process.returncode, out.decode()


def test_on_a_terminal_it_asks_and_asks_again(golden: Golden) -> None:
    code, out = ask("Line Camera\nline-camera\n\n99\n14\n/abs\n models/defects \n0\n1200\n")
    assert code == 0, out
    golden("init/questions.txt", out)
    found = reading(Path("fleet.yaml").read_text(encoding="utf-8"))
    assert found.fleet is not None
    assert not found.findings
    assert found.fleet.registry == "registry.example/line-camera"
    assert found.fleet.device_classes["edge"].board == "intel-n100-16gb"
    assert found.fleet.device_classes["edge"].devices == 1200
    assert found.fleet.models["defects"].source == "models/defects"


def test_on_a_terminal_it_asks_only_what_no_option_says() -> None:
    code, out = ask(
        "\n", "--name", "x", "--registry", "r", "--board", "raspberry-pi-5-4gb", "--model", "m.onnx"
    )
    assert code == 0, out
    assert out.startswith("Number of devices [1]: ")


def test_an_end_of_input_leaves_nothing(folder: Path) -> None:
    code, out = ask("x\n\x04")
    assert code == 130
    assert "interrupted" in out
    assert not list(folder.iterdir())
