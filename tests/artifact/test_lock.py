"""What fleet.lock pins, as values."""

from __future__ import annotations

from edgewright.artifact.lock import Lock, LockedFile, LockedModel, LockedVariant

VARIANT = LockedVariant("m/model.onnx", "sha256:" + "0" * 64, 30, {}, "fp32", (), ())


def test_a_variant_is_pinned_at_its_version_only() -> None:
    lock = Lock({"digits": LockedModel("1.0.0", {"source": VARIANT})})
    assert lock.variant("digits", "1.0.0", "source") is VARIANT
    assert lock.variant("digits", "1.0.1", "source") is None
    assert lock.variant("digits", "1.0.0", "small") is None
    assert lock.variant("other", "1.0.0", "source") is None


def test_the_files_of_a_form_share_its_size() -> None:
    weights = LockedFile("m/w.bin", "sha256:" + "1" * 64, 20)
    heavy = LockedVariant("m/model.onnx", VARIANT.digest, 30, {}, "fp32", (), (), weights=(weights,))
    assert heavy.files == (LockedFile("m/model.onnx", VARIANT.digest, 10), weights)
    assert VARIANT.files == (LockedFile("m/model.onnx", VARIANT.digest, 30),)
