"""What fleet.lock says of how a form came to be: licence, calibration, signature; and locks that say nothing."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from tests.artifact.cards import LEAST, MODEL, SMALL_FORM

from edgewright.artifact.lock import Lock, LockedCalibration
from edgewright.artifact.lock_file import lock_values, read_lock
from edgewright.document.document import parse_document
from edgewright.document.emit import emit
from edgewright.document.source import Source
from edgewright.errors import Finding


def read(values: Any) -> tuple[Lock, tuple[Finding, ...]]:
    return read_lock(parse_document(Source("fleet.lock", json.dumps(values))))


def test_it_comes_back() -> None:
    lock = Lock({"surface-defects": MODEL})
    assert read_lock(parse_document(Source("fleet.lock", emit(lock_values(lock))))) == (lock, ())


def test_calibration_without_its_data_comes_back() -> None:
    form = replace(SMALL_FORM, calibration=LockedCalibration("entropy", False))
    lock = Lock({"m": replace(MODEL, variants={"int8": form})})
    assert read(lock_values(lock)) == (lock, ())


def test_a_lock_of_before_has_none_of_it() -> None:
    values = lock_values(Lock({"digits": LEAST.model}))
    (model,) = values["models"].values()
    assert "license" not in model
    assert {"answers", "calibration", "signature"}.isdisjoint(model["variants"]["source"])
    lock, findings = read(values)
    assert findings == ()
    assert lock.models["digits"] == LEAST.model


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("answers", None),
        ("answers", {"file": "m/a.npz", "digest": "sha256:1", "size": 1}),
        ("signature", None),
        ("signature", {"file": "../model.sig", "digest": SMALL_FORM.digest, "size": 1}),
        ("calibration", None),
        ("calibration", {"method": "minmax"}),
        ("calibration", {"method": "minmax", "perChannel": 1}),
        ("calibration", {"method": 3, "perChannel": True}),
        ("calibration", {"method": "minmax", "perChannel": True, "data": "m/typical.npz"}),
    ],
)
def test_what_is_broken_is_left_out(field: str, value: Any) -> None:
    values = lock_values(Lock({"m": MODEL}))
    values["models"]["m"]["variants"]["int8"][field] = value
    lock, (finding,) = read(values)
    assert (finding.rule, finding.path) == ("lock-unreadable", ("models", "m", "variants", "int8"))
    assert "int8" not in lock.models["m"].variants


def test_a_licence_that_is_no_text() -> None:
    values = lock_values(Lock({"m": MODEL}))
    values["models"]["m"]["license"] = ["MIT"]
    lock, (finding,) = read(values)
    assert (finding.rule, finding.path) == ("lock-unreadable", ("models", "m", "license"))
    assert lock.models["m"].license is None
