"""Models as they lie here against what fleet.lock says: a difference shows both."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.small import found, only, smallest
from tests.strategies import locked_variant

from edgewright.artifact.lock import Lock, LockedCalibration, LockedFile, LockedModel, LockedVariant
from edgewright.artifact.lock_file import lock_values
from edgewright.assembly import Assembled, assemble, models
from edgewright.document.emit import emit

FILES = {
    "models/digits.onnx": b"source",
    "models/digits.small.onnx": b"small",
    "models/w.bin": b"weights",
    "models/golden.npz": b"golden",
    "models/typical.npz": b"typical",
    "models/digits.small.onnx.answers.npz": b"answers",
    "models/digits.small.onnx.sig": b"signed",
}


def exactly(name: str) -> LockedFile:
    raw = FILES[name]
    return LockedFile(name, f"sha256:{hashlib.sha256(raw).hexdigest()}", len(raw))


def variant(name: str, precision: str = "fp32", weights: tuple[LockedFile, ...] = ()) -> LockedVariant:
    file = exactly(name)
    size = file.size + sum(each.size for each in weights)
    return replace(
        locked_variant(name, precision), digest=file.digest, size=size, weights=weights, accuracy=999_000
    )


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """A fleet with its models, and a lock that is true."""
    (tmp_path / "models").mkdir()
    for name, raw in FILES.items():
        (tmp_path / name).write_bytes(raw)
    values = smallest(
        models__digits__evaluation={"golden": "models/golden.npz"},
        models__digits__variants={
            "small": {"precision": "int8", "calibration": {"data": "models/typical.npz"}}
        },
    )
    small = replace(
        variant("models/digits.small.onnx", "int8"),
        calibration=LockedCalibration("minmax", False, exactly("models/typical.npz")),
        answers=exactly("models/digits.small.onnx.answers.npz"),
        signature=exactly("models/digits.small.onnx.sig"),
    )
    variants = {
        "source": variant("models/digits.onnx", weights=(exactly("models/w.bin"),)),
        "small": small,
    }
    lock = Lock({"digits": LockedModel("1.0.0", variants, golden=exactly("models/golden.npz"))})
    (tmp_path / "fleet.yaml").write_text(emit(values))
    (tmp_path / "fleet.lock").write_text(emit(lock_values(lock)))
    return tmp_path / "fleet.yaml"


def check(fleet: Path) -> Assembled:
    return assemble(fleet, today=date(2026, 11, 1), unlocked=True)


def test_what_is_as_it_was_locked(fleet: Path) -> None:
    assert not [each for each in check(fleet).findings if each.level == "error"]


AT = [
    ("models/digits.onnx", ("models", "digits", "source"), "source"),
    ("models/digits.small.onnx", ("models", "digits", "variants", "small"), "small"),
    ("models/w.bin", ("models", "digits", "source"), "source"),
    ("models/golden.npz", ("models", "digits", "evaluation", "golden"), "golden"),
    ("models/digits.small.onnx.answers.npz", ("models", "digits", "variants", "small"), "small"),
    ("models/digits.small.onnx.sig", ("models", "digits", "variants", "small"), "small"),
    ("models/typical.npz", ("models", "digits", "variants", "small", "calibration"), "small"),
]


@pytest.mark.parametrize(("name", "path", "form"), AT)
def test_another_size_shows_both(name: str, path: Any, form: str, fleet: Path) -> None:
    (fleet.parent / name).write_bytes(FILES[name] + b"!")
    assembled = check(fleet)
    finding = only(assembled.findings, "lock-mismatch")
    size = len(FILES[name])
    assert finding.message == f"{name} has {size + 1} bytes, and fleet.lock says {size}"
    assert finding.path == path
    assert finding.level == "error"
    (note,) = finding.notes
    assert note.place is not None
    assert note.place.file.endswith("fleet.lock")
    assert not assembled.manifests


@pytest.mark.parametrize(("name", "path", "form"), AT)
def test_another_content_of_the_same_size_shows_both(name: str, path: Any, form: str, fleet: Path) -> None:
    (fleet.parent / name).write_bytes(FILES[name][:-1] + b"!")
    finding = only(check(fleet).findings, "lock-mismatch")
    assert exactly(name).digest[:19] in finding.message
    assert finding.path == path


def test_large_files_are_compared_by_their_size(fleet: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_HASHED", 5)
    (fleet.parent / "models/digits.onnx").write_bytes(b"sourcE")
    assert not found(check(fleet).findings, "lock-mismatch")
    (fleet.parent / "models/digits.onnx").write_bytes(b"sources")
    assert found(check(fleet).findings, "lock-mismatch")


def test_what_is_not_here_may_be_as_it_was(fleet: Path) -> None:
    for name in FILES:
        (fleet.parent / name).unlink()
    (fleet.parent / "models").rmdir()
    assert not found(check(fleet).findings, "lock-mismatch")


def test_another_version_is_stale_and_nothing_else(fleet: Path) -> None:
    fleet.write_text(fleet.read_text().replace("1.0.0", "1.0.1"))
    (fleet.parent / "models/digits.onnx").write_bytes(b"other")
    assembled = check(fleet)
    assert only(assembled.findings, "lock-stale").path == ("models", "digits", "version")
    assert not found(assembled.findings, "lock-mismatch")
