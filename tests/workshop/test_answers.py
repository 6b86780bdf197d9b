"""Golden answers beside a form: made once, kept as a variant is, and never made anew by themselves."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.small import fleet_of, smallest

from edgewright.artifact.lock import Lock, LockedFile
from edgewright.catalogue import load
from edgewright.errors import Finding
from edgewright.workshop.arrays import archived, read_arrays
from edgewright.workshop.locking import lock_fleet

Write = Callable[..., Path]
FILE = "model.onnx.answers.npz"


@dataclass
class Bench:
    """A folder with a model and its golden set, and what was locked of it last."""

    folder: Path
    before: Lock = Lock()  # noqa: RUF009 - it cannot change

    def lock(self, *, write: bool = True, **model: Any) -> tuple[Finding, ...]:
        digits = {"version": "1.0.0", "source": "model.onnx", "evaluation": {"golden": "golden.npz"}} | model
        fleet = fleet_of(smallest(models__digits={name: each for name, each in digits.items() if each}))
        made, found = lock_fleet(fleet, self.folder, load(), self.before, lambda _what: None, write=write)
        findings = tuple(each for each in found if each.level != "info")  # the image has not been built
        if not findings:
            self.before = made
        return findings

    def answers(self, form: str = "source") -> LockedFile | None:
        return self.before.models["digits"].variants[form].answers

    @property
    def content(self) -> bytes:
        return (self.folder / FILE).read_bytes()


@pytest.fixture
def bench(tmp_path: Path, write_model: Write, write_golden: Write) -> Bench:
    write_model()
    write_golden()
    return Bench(tmp_path)


def test_every_form_has_answers_of_its_own(bench: Bench, write_model: Write, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    for name in ("model.small.onnx", "mine/other.onnx"):
        write_model(name, weights=np.eye(4, 3, dtype=np.float16))
    forms = {"small": {"precision": "fp16"}, "other": {"precision": "fp16", "source": "mine/other.onnx"}}
    assert bench.lock(variants=forms) == ()
    found = [bench.answers(form) for form in ("source", "small", "other")]
    names = [FILE, "model.small.onnx.answers.npz", "mine/other.onnx.answers.npz"]
    assert [each and each.file for each in found] == names
    with np.load(tmp_path / names[1]) as arrays:
        assert {name: str(arrays[name].dtype) for name in arrays} == {
            "input:x": "float16",
            "output:y": "float16",
        }
    assert bench.lock(variants=forms, write=False) == ()


def test_without_a_golden_set_there_are_none(bench: Bench) -> None:
    assert bench.lock(evaluation=None) == ()
    assert bench.answers() is None
    assert not (bench.folder / FILE).exists()


def test_where_nothing_is_answered_rightly_there_are_none(bench: Bench, write_golden: Write) -> None:
    write_golden(labels=(np.arange(10) + 1) % 3)
    assert bench.lock() == ()
    assert bench.answers() is None


def test_the_same_files_give_the_same_bytes(bench: Bench) -> None:
    bench.lock()
    before, content = bench.before, bench.content
    (bench.folder / FILE).unlink()
    bench.before = Lock()
    bench.lock()
    assert (bench.before, bench.content) == (before, content)


def test_answers_of_another_processor_are_kept(bench: Bench) -> None:
    """They say whose they are, so that a machine which would answer otherwise takes them, locked or not."""
    bench.lock()
    with zipfile.ZipFile(bench.folder / FILE) as archive:
        origin = archive.comment.decode()
    arrays = read_arrays(bench.folder / FILE, "model")
    other = archived({name: array + (array == 1) * 1e-7 for name, array in arrays.items()}, origin)
    assert other != bench.content
    for before in (bench.before, Lock()):
        (bench.folder / FILE).write_bytes(other)
        bench.before = before
        assert bench.lock() == ()
        assert bench.content == other


def test_another_model_has_other_answers(bench: Bench, write_model: Write) -> None:
    bench.lock()
    before, content = bench.answers(), bench.content
    write_model(weights=2 * np.eye(4, 3, dtype=np.float32))
    assert bench.lock() == ()
    assert bench.content != content
    assert bench.answers() != before


def test_other_weights_beside_it_have_other_answers(bench: Bench, write_model: Write) -> None:
    outside = {"save_as_external_data": True, "location": "w.bin", "size_threshold": 0}
    write_model(**outside)
    bench.lock()
    content, graph = bench.content, (bench.folder / "model.onnx").read_bytes()
    (bench.folder / "w.bin").unlink()
    write_model(weights=2 * np.eye(4, 3, dtype=np.float32), **outside)
    assert (bench.folder / "model.onnx").read_bytes() == graph
    assert bench.lock() == ()
    assert bench.content != content


@pytest.mark.parametrize("content", [None, b"", b"PK", b"another"])
def test_what_is_pinned_and_gone_is_not_made_anew(content: bytes | None, bench: Bench) -> None:
    bench.lock()
    (bench.folder / FILE).unlink()
    if content is not None:
        (bench.folder / FILE).write_bytes(content)
    (finding,) = bench.lock()
    assert (finding.rule, finding.level, finding.path) == (
        "model-missing",
        "error",
        ("models", "digits", "source"),
    )
    assert f"{FILE} is not there" in finding.message
    bench.before = Lock()
    assert bench.lock() == ()


def test_what_a_disk_has_damaged_is_not_pinned(bench: Bench) -> None:
    bench.lock()
    whole = bench.content
    at = whole.index(np.float32(1).tobytes())
    (bench.folder / FILE).write_bytes(whole[:at] + bytes(4) + whole[at + 4 :])
    (finding,) = bench.lock()
    assert finding.rule == "model-missing"
    assert f"{FILE} is not there, is damaged" in finding.message
    bench.before = Lock()
    assert bench.lock() == ()
    assert bench.content == whole


def test_a_pointer_of_git_lfs_is_enough(bench: Bench) -> None:
    bench.lock()
    before, answers = bench.before, bench.answers()
    assert answers is not None
    text = f"version https://git-lfs.github.com/spec/v1\noid {answers.digest}\nsize {answers.size}\n"
    (bench.folder / FILE).write_text(text)
    assert bench.lock() == ()
    assert bench.before == before


def test_a_check_writes_nothing_and_says_so(bench: Bench) -> None:
    (finding,) = bench.lock(write=False)
    assert (finding.rule, finding.level, finding.waivable) == ("lock-stale", "error", False)
    assert not (bench.folder / FILE).exists()


def test_a_folder_that_cannot_be_written_to_is_an_error(bench: Bench) -> None:
    (bench.folder / FILE).mkdir()
    (finding,) = bench.lock()
    assert (finding.rule, finding.level) == ("cannot-write", "error")
