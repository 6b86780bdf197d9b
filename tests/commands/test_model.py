"""`edgewright model`: variants made and kept only where they are good enough, the table, a look into a file."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from edgewright.commands.main import main

ROOT = Path(__file__).parents[2]
MODELS = Path("models/surface-defects")
Shown = pytest.CaptureFixture[str]
Golden = Callable[[str, str], None]


@pytest.fixture(autouse=True)
def example(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The example fleet in the current folder, with its model and without any variant."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")
    for name in ("keys", "rules", "stacks"):
        Path(name).symlink_to(ROOT / name)
    for name in ("fleet.yaml", "fleet.lock"):
        shutil.copy(ROOT / name, name)
    MODELS.mkdir(parents=True)
    sources = ("surface-defects/model.onnx", "surface-defects/model.onnx.answers.npz")
    for name in ("calibration.npz", "surface-defects.golden.npz", *sources):
        Path("models", name).symlink_to(ROOT / "models" / name)


@pytest.fixture
def variants() -> None:
    """The variants of the example, as they are committed."""
    for name in ("fp16", "int8"):
        shutil.copy(ROOT / MODELS / f"model.{name}.onnx", MODELS)


def edit(old: str, new: str) -> None:
    text = Path("fleet.yaml").read_text()
    assert old in text
    Path("fleet.yaml").write_text(text.replace(old, new))


def flat_calibration() -> None:
    """Calibrate by black images: the ranges that are found then fit nothing that the line sees."""
    with Path("models/black.npz").open("wb") as file:
        np.savez(file, inputs=np.full((8, 1, 32, 32), 0.5, np.float32))
    edit("data: models/calibration.npz", "data: models/black.npz")


def made() -> set[str]:
    return {path.name for path in MODELS.glob("*.onnx")} - {"model.onnx"}


def test_every_variant_is_made_where_lock_finds_it(capsys: Shown) -> None:
    assert main(["model", "quantize"]) == 0
    shown = capsys.readouterr()
    assert made() == {"model.fp16.onnx", "model.int8.onnx"}
    assert re.search(r"^  fp16 +fp16 .* made$", shown.out, re.MULTILINE)
    assert re.search(r"^  int8 +int8 .* made, in float: Softmax, Sub$", shown.out, re.MULTILINE)
    assert shown.err == "2 variants written: `edgewright lock` pins them\n"
    assert main(["lock"]) == 0
    assert "surface-defects 3.4.0 int8: int8," in capsys.readouterr().out
    assert all(path.stat().st_mode & 0o777 == 0o644 for path in MODELS.glob("*.*.onnx"))


def test_int8_is_small_and_as_good(capsys: Shown) -> None:
    assert main(["model", "quantize", "--variant", "int8", "--format", "json"]) == 0
    (model,) = json.loads(capsys.readouterr().out)["models"]
    source, fp16, int8 = model["forms"]
    assert fp16 == {"name": "fp16", "state": "missing"}
    assert int8["state"] == "made"
    assert int8["bytes"] < source["bytes"] / 3
    assert int8["accuracy"] > source["accuracy"] - 0.01
    assert int8["agreement"] > 0.98
    assert source["agreement"] == 1
    assert int8["latencyMicroseconds"] > 0
    assert int8["operatorsInFloat"] == ["Softmax", "Sub"]
    assert made() == {"model.int8.onnx"}


def test_what_is_there_is_made_again_only_when_asked(capsys: Shown) -> None:
    for name in ("fp16", "int8"):
        shutil.copy(MODELS / "model.onnx", MODELS / f"model.{name}.onnx")
    assert main(["model", "quantize"]) == 1
    assert "error[precision-differs]: `int8` is int8 here" in capsys.readouterr().err
    source = (MODELS / "model.onnx").read_bytes()
    assert (MODELS / "model.int8.onnx").read_bytes() == source
    assert main(["model", "quantize", "--again", "--variant", "int8"]) == 1
    assert (MODELS / "model.int8.onnx").read_bytes() != source
    assert (MODELS / "model.fp16.onnx").read_bytes() == source


def test_a_variant_with_a_source_of_its_own_is_never_touched() -> None:
    edit("int8: {precision: int8,", "int8: {precision: int8, source: models/mine.onnx,")
    shutil.copy(ROOT / MODELS / "model.int8.onnx", "models/mine.onnx")
    before = Path("models/mine.onnx").read_bytes()
    assert main(["model", "quantize", "--again"]) == 0
    assert Path("models/mine.onnx").read_bytes() == before
    assert made() == {"model.fp16.onnx"}


def test_what_is_below_the_floor_is_not_written(capsys: Shown) -> None:
    flat_calibration()
    assert main(["model", "quantize", "--variant", "int8"]) == 1
    shown = capsys.readouterr()
    assert "error[below-floor]: `int8` has an accuracy of" in shown.err
    assert "error[drops-too-far]: `int8` has an accuracy of" in shown.err
    assert re.search(r"^  int8 +int8 .* not written, in float: Softmax, Sub$", shown.out, re.MULTILINE)
    assert made() == set()


@pytest.mark.usefixtures("variants")
def test_what_lay_there_stays_where_the_new_one_is_worse() -> None:
    flat_calibration()
    assert main(["model", "quantize", "--again", "--variant", "int8"]) == 1
    assert (MODELS / "model.int8.onnx").read_bytes() == (ROOT / MODELS / "model.int8.onnx").read_bytes()


def test_a_floor_that_is_waived_holds_nothing_back() -> None:
    flat_calibration()
    waiver = "      # edgewright: ignore[below-floor, drops-too-far] until=2026-12-31 first try\n"
    edit("      int8: {precision", f"{waiver}      int8: {{precision")
    assert main(["model", "quantize", "--variant", "int8"]) == 0
    assert made() == {"model.int8.onnx"}


@pytest.mark.parametrize(
    ("old", "new", "finding"),
    [
        (
            "calibration: {data: models/calibration.npz, method: minmax, perChannel: true}, ",
            "",
            "error[calibration-missing]: nothing says how the ranges of `int8` are found",
        ),
        (
            "data: models/calibration.npz",
            "data: models/none.npz",
            "error[calibration-unreadable]: `none.npz` is no calibration set: there is no such file",
        ),
        (
            "int8: {precision: int8",
            "int8: {precision: bf16",
            "error[cannot-quantise]: no variant can be made out of `model.onnx`: bf16 is not made here",
        ),
    ],
)
def test_what_cannot_be_made_is_told_and_the_rest_is_made(
    old: str, new: str, finding: str, capsys: Shown
) -> None:
    edit(old, new)
    assert main(["model", "quantize"]) == 1
    shown = capsys.readouterr()
    assert finding in shown.err
    assert re.search(r"^fleet\.yaml:\d+:\d+: error", shown.err, re.MULTILINE)
    assert "int8  " in shown.out
    assert made() == {"model.fp16.onnx"}


def test_a_source_that_is_not_there(capsys: Shown) -> None:
    (MODELS / "model.onnx").unlink()
    (MODELS / "model.onnx").symlink_to("nowhere")
    assert main(["model", "quantize"]) == 1
    assert "error[model-" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["quantize", "--model", "other"], "The fleet has no model `other`; it has surface-defects."),
        (["quantize", "--variant", "int4"], "There is no variant `int4`; there are fp16, int8."),
        (["evaluate", "--model", "other"], "The fleet has no model `other`"),
        (["inspect"], "Missing argument 'FILE'"),
    ],
)
def test_misuse(arguments: list[str], said: str, capsys: Shown) -> None:
    assert main(["model", *arguments]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.usefixtures("variants")
def test_the_table_is_that_of_the_docs(capsys: Shown) -> None:
    """All but the latency, which is this machine's."""
    assert main(["model", "evaluate"]) == 0
    page = (ROOT / "docs/models.md").read_text()
    shown = page.partition("    edgewright model evaluate\n\n```text\n")[2].partition("```")[0]
    assert _without_times(capsys.readouterr().out) == _without_times(shown)


def _without_times(text: str) -> list[list[str]]:
    return [re.sub(r"\d+\.\d{3} ms", "", line).split() for line in text.splitlines()]


def test_evaluate_says_what_is_missing_and_makes_nothing(capsys: Shown) -> None:
    assert main(["model", "evaluate"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("not there: `edgewright model quantize`") == 2
    assert made() == set()


@pytest.mark.usefixtures("variants")
def test_evaluate_holds_forms_to_the_floor(capsys: Shown) -> None:
    edit("floor: 90%", "floor: 95.8%")
    assert main(["model", "evaluate"]) == 1
    assert "error[below-floor]: `int8` has an accuracy of 95.7%" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "json"])
def test_inspect(form: str, capsys: Shown, golden: Golden) -> None:
    assert main(["model", "inspect", str(MODELS), "--format", form]) == 0
    golden(f"model/inspect.{'txt' if form == 'text' else form}", capsys.readouterr().out)


def test_inspect_what_is_no_model(capsys: Shown) -> None:
    assert main(["model", "inspect", "fleet.yaml"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "error[model-unreadable]: `fleet.yaml` cannot be used: it is no ONNX file" in shown.err
