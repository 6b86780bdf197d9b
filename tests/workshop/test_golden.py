"""Golden sets, and files that are none."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edgewright.workshop import arrays
from edgewright.workshop.fault import Fault
from edgewright.workshop.golden import read_golden

EXAMPLE = Path(__file__).parents[2] / "models/surface-defects.golden.npz"

Write = Callable[..., Path]


def refusal(path: Path) -> str:
    with pytest.raises(Fault) as raised:
        read_golden(path)
    assert raised.value.kind == "golden"
    return str(raised.value)


def test_the_examples_golden_set() -> None:
    found = read_golden(EXAMPLE)
    assert found.inputs.shape == (1000, 1, 32, 32)
    assert np.bincount(found.labels).tolist() == [125] * 8
    some = found.stretch(0, 10)
    assert (some.dtype.name, some.shape) == ("float32", (10, 1, 32, 32))
    assert 0 <= some.min() < some.max() <= 1


def test_without_a_scale_inputs_are_what_they_are(write_golden: Write) -> None:
    assert read_golden(write_golden()).stretch(8, 12).dtype == np.float32
    assert len(read_golden(write_golden()).stretch(8, 12)) == 2


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"inputs": None}, "it has no array `inputs`"),
        ({"labels": None}, "it has no array `labels`"),
        ({"labels": np.zeros((10, 1), int)}, "`labels` are int64 (10, 1), and should be integers (count,)"),
        ({"labels": np.zeros(10)}, "`labels` are float64 (10), and should be integers (count,)"),
        ({"labels": np.zeros(0, int)}, "`labels` are int64 (0), and should be integers (count,)"),
        ({"inputs": np.zeros((9, 4))}, "`inputs` are float64 (9, 4), and should be 10 tensors of numbers"),
        ({"inputs": np.array(["a"] * 10)}, "`inputs` are <U1 (10), and should be 10 tensors of numbers"),
        ({"inputs": np.array(1)}, "`inputs` are int64 (), and should be 10 tensors of numbers"),
        ({"scale": np.array([1.0, 2.0])}, "`scale` is float64 (2), and should be one float"),
        ({"scale": np.array(2)}, "`scale` is int64 (), and should be one float"),
    ],
)
def test_arrays_that_are_no_golden_set(write_golden: Write, arrays: dict[str, Any], message: str) -> None:
    assert refusal(write_golden(**arrays)) == message


def test_pickles_are_not_opened(write_golden: Write) -> None:
    path = write_golden(inputs=np.array([{"a": 1}] * 10, dtype=object))
    assert "Object arrays cannot be loaded" in refusal(path)


def test_what_is_no_archive(tmp_path: Path) -> None:
    path = tmp_path / "golden.npz"
    assert refusal(path) == "there is no such file"
    path.write_bytes(b"")
    assert refusal(path).startswith("it is no .npz file of plain arrays, or is cut short")
    np.save(tmp_path / "golden.npy", np.zeros(3))
    assert refusal(tmp_path / "golden.npy").startswith("it is no .npz file of plain arrays")


def test_an_archive_that_unpacks_to_more_than_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "MOST_BYTES", (1 << 24) - 1)
    path = tmp_path / "golden.npz"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("inputs.npy", "w") as member,
    ):
        member.write(bytes(1 << 24))
    assert path.stat().st_size < arrays.MOST_BYTES // 500
    assert refusal(path) == "it unpacks to 16,777,216 bytes, and 16,777,215 are the most"


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 1200), byte=st.integers(0, 255), cut=st.booleans())
def test_an_archive_with_a_byte_changed(
    tmp_path: Path, write_golden: Write, at: int, byte: int, cut: bool
) -> None:
    content = write_golden().read_bytes()
    at %= len(content)
    broken = tmp_path / "broken.npz"
    broken.write_bytes(content[:at] + bytes([byte]) + (b"" if cut else content[at + 1 :]))
    with suppress(Fault):
        read_golden(broken)
