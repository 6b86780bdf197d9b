"""Models as they are seen from outside, and files that are none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from edgewright.artifact.lock import Tensor
from edgewright.errors import Finding, FleetError
from edgewright.workshop import loading, runtime
from edgewright.workshop.inspect import inspect

MODELS = Path(__file__).parents[2] / "models/surface-defects"
FIELD = ("models", "surface-defects", "source")

WriteModel = Callable[..., Path]


def refusal(path: Path) -> Finding:
    with pytest.raises(FleetError) as raised:
        inspect(path, FIELD)
    (finding,) = raised.value.findings
    assert (finding.level, finding.path) == ("error", FIELD)
    assert finding.message.isprintable()
    assert str(path.parent) not in finding.message
    return finding


@pytest.mark.parametrize(
    ("name", "precision", "size"),
    [("model", "fp32", 226_296), ("model.fp16", "fp16", 113_935), ("model.int8", "int8", 63_679)],
)
def test_the_examples_variants_look_alike(name: str, precision: str, size: int) -> None:
    shape = inspect(MODELS / f"{name}.onnx")
    assert shape.inputs == (Tensor("image", "FP32", (-1, 1, 32, 32)),)
    assert shape.outputs == (Tensor("probabilities", "FP32", (-1, 8)),)
    assert (shape.opset, shape.precision, shape.external, shape.size) == (17, precision, (), size)


def test_types_by_their_protocol_names(write_model: WriteModel) -> None:
    shape = inspect(write_model(batch=4, weights=np.eye(4, 3)))
    assert shape.inputs == (Tensor("x", "FP64", (4, 4)),)
    assert (shape.outputs[0].datatype, shape.precision) == ("FP64", "fp64")


def test_a_file_in_the_current_folder(write_model: WriteModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write_model("-m.onnx").parent)
    assert inspect(Path("-m.onnx")).opset == 17


def test_weights_in_files_beside_the_model(write_model: WriteModel) -> None:
    path = write_model(
        weights=np.eye(4, 3, dtype=np.float32), save_as_external_data=True, location="w.bin", size_threshold=0
    )
    shape = inspect(path)
    assert shape.external == ("w.bin",)
    assert shape.size == path.stat().st_size + (path.parent / "w.bin").stat().st_size


@pytest.mark.parametrize(
    ("location", "flaw"),
    [
        ("gone.bin", "`gone.bin` is not there"),
        ("../w.bin", "`../w.bin` lies outside the model's folder"),
        ("gone/../w.bin", "`gone/../w.bin` lies outside the model's folder"),
        ("/etc/passwd", "`/etc/passwd` lies outside the model's folder"),
        ("link.bin", "`link.bin` lies outside the model's folder"),
        ("*/_ORT_MEM_ADDR_/*", "`*/_ORT_MEM_ADDR_/*` is not there"),
    ],
)
def test_weights_that_are_not_beside_the_model(write_model: WriteModel, location: str, flaw: str) -> None:
    """The runtime would read whatever the model names, and the image would not hold it."""
    path = write_model("a.onnx", save_as_external_data=True, location="w.bin", size_threshold=0)
    loaded = onnx.load(path, load_external_data=False)
    (entry,) = [each for each in loaded.graph.initializer[0].external_data if each.key == "location"]
    entry.value = location
    path.write_bytes(loaded.SerializeToString())
    (path.parent / "link.bin").symlink_to("/etc/passwd")
    finding = refusal(path)
    assert finding.rule == "model-unreadable"
    assert finding.message == f"`a.onnx` cannot be used: its file of weights {flaw}"


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.999])
def test_a_file_that_is_cut_short(tmp_path: Path, share: float) -> None:
    content = (MODELS / "model.onnx").read_bytes()
    path = tmp_path / "model.onnx"
    path.write_bytes(content[: int(len(content) * share)])
    assert refusal(path).rule == "model-unreadable"


def test_what_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" * 100)
    assert refusal(path).message == "`model.onnx` cannot be used: it is no ONNX file, or is cut short"
    assert refusal(tmp_path).message.endswith("it is no file")
    assert refusal(tmp_path / "gone.onnx").message.endswith("No such file or directory")
    assert refusal(tmp_path / "gone/model.onnx").message.endswith("there is no such folder")
    os.mkfifo(tmp_path / "pipe.onnx")
    assert refusal(tmp_path / "pipe.onnx").message.endswith("it is no file")


def test_a_file_larger_than_any_model(tmp_path: Path) -> None:
    path = tmp_path / "model.onnx"
    with path.open("wb") as file:
        file.truncate(loading.LARGEST + 1)
    assert "2,147,483,648 bytes" in refusal(path).message


def test_a_graph_that_does_not_hold_together(write_model: WriteModel) -> None:
    path = write_model(nodes=[helper.make_node("NoSuchOperator", ["x"], ["y"])])
    finding = refusal(path)
    assert finding.rule == "model-unreadable"
    assert "NoSuchOperator" in finding.message
    assert "ONNXRuntimeError" not in finding.message


def test_text_in_a_file_does_not_steer_the_terminal(write_model: WriteModel) -> None:
    path = write_model(nodes=[helper.make_node("Bad\x1b[2J\u202eOperator", ["x"], ["y"])])
    assert "Bad [2J\ufffdOperator" in refusal(path).message


def test_an_output_that_no_request_can_carry(write_model: WriteModel) -> None:
    sequence = helper.make_tensor_sequence_value_info("y", TensorProto.FLOAT, None)
    path = write_model(nodes=[helper.make_node("SequenceConstruct", ["x"], ["y"])], outputs=[sequence])
    finding = refusal(path)
    assert finding.rule == "model-not-servable"
    assert "`y` is seq(tensor(float))" in finding.message


def test_without_the_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "find_spec", lambda name: None if name == "onnxruntime" else object())
    finding = refusal(MODELS / "model.onnx")
    assert finding.rule == "tool-missing"
    assert finding.message == "looking into `model.onnx` needs ONNX Runtime: onnxruntime not installed"
    assert finding.remedy == "install it: pip install 'edgewright[models]'"


def test_with_a_broken_runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "onnxruntime.py").write_text("raise ImportError('libonnxruntime.so.1 is not there')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    finding = refusal(MODELS / "model.onnx")
    assert (finding.rule, "libonnxruntime.so.1" in finding.message) == ("tool-missing", True)


@pytest.mark.parametrize(
    ("end", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "it crashes ONNX Runtime (SIGSEGV)"),
        ("import os; os._exit(3)", "what reads it ended with code 3"),
        ("raise KeyError('no traceback for the user')", "what reads it ended with code 1"),
        ("print('warming up'); bytes(1 << 50)", "it asks for more memory than it may have"),
        ("while True: pass", "no answer within 2 s"),
    ],
)
def test_a_runtime_that_dies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, message: str) -> None:
    (tmp_path / "onnxruntime.py").write_text(end)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr("edgewright.workshop.inspect.SECONDS", 2 if "while" in end else 120)
    finding = refusal(MODELS / "model.onnx")
    assert (finding.rule, finding.message) == ("model-unreadable", f"`model.onnx` cannot be used: {message}")


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wheel's telemetry would write into the home folder."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ORT_DISABLE_TELEMETRY", "0")
    before = sorted(MODELS.iterdir())
    inspect(MODELS / "model.onnx")
    assert list(tmp_path.iterdir()) == []
    assert sorted(MODELS.iterdir()) == before


def test_the_runtime_stays_out_of_this_process() -> None:
    """Nor onnx, whichever task it is: shown by a process in which no test has imported them."""
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from edgewright.workshop.inspect import inspect\nimport edgewright.workshop.variants\n"
        "inspect(Path('model.onnx'))\nassert not {'onnx', 'onnxruntime'} & {*sys.modules}\n"
    )
    subprocess.run([sys.executable, "-c", code], cwd=MODELS, check=True)
