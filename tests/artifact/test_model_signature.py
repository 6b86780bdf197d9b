"""The statement about a model's files, held against the library of OpenSSF model signing elsewhere."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.artifact.cards import WHOLE

from edgewright.artifact.bundle import PAYLOAD_TYPE, Envelope, Statement, bundle, read_statement
from edgewright.artifact.model_signature import differences, fault, files_of, model_statement, signed_files

A, B = (f"sha256:{sign * 64}" for sign in "ab")
FILES = {"model.onnx": A, "weights/1.bin": B}


def statement(content: bytes) -> Statement:
    found = read_statement(Envelope(PAYLOAD_TYPE, content, ()))
    assert found is not None
    return found


def test_the_files_come_back() -> None:
    assert signed_files(statement(model_statement("x", FILES))) == FILES


def test_the_order_of_the_files_is_no_matter() -> None:
    assert model_statement("x", FILES) == model_statement("x", dict(reversed(FILES.items())))
    assert model_statement("x", FILES) != model_statement("x", FILES | {"model.onnx": B})


def changed(**changes: Any) -> Statement:
    value = json.loads(model_statement("x", FILES))
    value["predicate"] |= changes
    return statement(json.dumps(value).encode())


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (changed(resources=[]), "do not add up"),
        (changed(resources=[{"algorithm": "sha1", "digest": "aa", "name": "x"}]), "SHA-256"),
        (changed(serialization={"method": "shards"}), "whole files"),
        (changed(serialization={}), "does not list"),
        (changed(resources=None), "does not list"),
        (changed(resources=[1]), "does not list"),
        (changed(resources=[{"algorithm": "sha256", "digest": "zz", "name": "x"}]), "fromhex"),
        (Statement("x", (), {}), "no signature of a model"),
    ],
)
def test_a_statement_that_contradicts_itself(said: Statement, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        signed_files(said)


def test_differences_are_named() -> None:
    assert differences(FILES, FILES) == ""
    there = {"model.onnx": B, "new.bin": A}
    assert differences(FILES, there) == "changed: model.onnx; not signed: new.bin; missing: weights/1.bin"


def test_of_many_differences_some_are_named() -> None:
    there = {f"{number}.bin": A for number in range(9)}
    assert differences({}, there) == "not signed: 0.bin, 1.bin, 2.bin, 3.bin, 4.bin and 4 more"


def test_the_signature_itself_is_not_signed() -> None:
    assert WHOLE.locked.signature is not None
    assert "model.sig" not in files_of(WHOLE)
    assert files_of(WHOLE)["model.onnx"] == WHOLE.locked.digest


def test_what_is_wrong_with_a_signature() -> None:
    good = bundle(model_statement("x", FILES), b"", "")
    assert fault(good, FILES) == ""
    assert fault(good, {"model.onnx": B}) != ""
    assert fault(b"", FILES) == fault(bundle(b"x", b"", ""), FILES) == "it is no signature of a model"
