"""fleet.lock as a file: what is written is read back, and what is broken is a finding at its place."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.lock import (
    Figure,
    Lock,
    LockedFile,
    LockedImage,
    LockedMemory,
    LockedModel,
    LockedVariant,
    Tensor,
)
from edgewright.artifact.lock_file import lock_values, read_lock
from edgewright.document.document import parse_document
from edgewright.document.emit import emit
from edgewright.document.source import Source
from edgewright.errors import Finding

DIGEST = "sha256:" + "ab" * 32
names = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True)
digests = st.from_regex(r"sha256:[0-9a-f]{64}", fullmatch=True)
sizes = st.integers(0, 2**40)
texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), min_size=1, max_size=20)
tensors = st.lists(
    st.builds(Tensor, texts, st.sampled_from(["FP32", "INT8"]), st.lists(st.integers(-1, 99)).map(tuple)),
    min_size=1, max_size=2,
).map(tuple)  # fmt: skip
weights = st.lists(
    st.builds(LockedFile, names.map("m/{}".format), digests, sizes),
    max_size=2,
    unique_by=lambda each: each.file,
)
memories = st.builds(LockedMemory, sizes, sizes, sizes) | st.builds(
    LockedMemory, sizes, sizes, sizes, sizes, sizes
)
variants = st.builds(
    LockedVariant,
    file=st.just("m/model.onnx"),
    digest=digests,
    size=sizes,
    artifacts=st.dictionaries(st.sampled_from(["amd64", "arm64"]), digests),
    precision=st.sampled_from(["fp32", "fp16", "int8"]),
    inputs=tensors,
    outputs=tensors,
    accuracy=st.none() | st.integers(0, 1_000_000),
    weights=weights.map(tuple),
    memory=st.none() | memories,
)
figures = st.builds(
    Figure,
    device_class=names,
    tier=st.sampled_from(["rule", "tensorrt/fp16"]),
    batch=st.integers(1, 64),
    p99=sizes,
    power=st.none() | sizes,
)
measured = st.tuples(st.none(), st.just(())) | st.tuples(
    st.builds(LockedFile, st.just("m/measured.csv"), digests, sizes),
    st.lists(figures, max_size=3).map(tuple),
)
plain_models = st.builds(
    LockedModel,
    version=st.sampled_from(["1.0.0", "3.4.0-rc.1+b.7"]),
    variants=st.dictionaries(names.map("v{}".format), variants, max_size=2),
    missing=st.dictionaries(names.map("m{}".format), texts, max_size=2),
    golden=st.none() | st.builds(LockedFile, st.just("m/golden.npz"), digests, sizes),
)
models = st.builds(
    lambda model, both: replace(model, measured=both[0], figures=both[1]), plain_models, measured
)
images = st.builds(
    LockedImage,
    digest=digests,
    sizes=st.dictionaries(st.sampled_from(["amd64", "arm64", "riscv64"]), sizes),
    tag=st.none() | st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True),
    size=st.none() | sizes,
)
locks = st.builds(
    Lock,
    models=st.dictionaries(names, models, max_size=2),
    images=st.dictionaries(names.map("i{}".format), images, max_size=2),
    missing=st.dictionaries(names.map("m{}".format), texts, max_size=2),
)


def read(text: str) -> tuple[Lock, tuple[Finding, ...]]:
    return read_lock(parse_document(Source("fleet.lock", text)))


@given(locks)
def test_what_is_written_is_read_back(lock: Lock) -> None:
    assert read(emit(lock_values(lock))) == (lock, ())


def test_a_lock_of_before_has_no_figures_of_memory() -> None:
    made = LockedVariant("m.onnx", DIGEST, 1, {}, "fp32", (), ())
    values = lock_values(Lock({"m": LockedModel("1.0.0", {"source": made})}))
    assert "memory" not in values["models"]["m"]["variants"]["source"]
    assert read(emit(values))[0].models["m"].variants["source"].memory is None


@pytest.mark.parametrize(
    "memory",
    [
        None,
        {},
        {"weights": 1, "loading": 1},
        {"weights": -1, "loading": 1, "held": 1},
        {"weights": 1, "loading": 1, "held": 1, "activations": {"fixed": 1}},
        {"weights": 1, "loading": 1, "held": 1, "activations": {"fixed": 1, "perItem": "1"}},
    ],
)
def test_figures_of_memory_that_are_none(memory: Any) -> None:
    made = LockedVariant("m.onnx", DIGEST, 1, {}, "fp32", (), (), memory=LockedMemory(1, 1, 1))
    values = lock_values(Lock({"m": LockedModel("1.0.0", {"source": made})}))
    values["models"]["m"]["variants"]["source"]["memory"] = memory
    _, (finding,) = read(json.dumps(values))
    assert (finding.rule, finding.path) == ("lock-unreadable", ("models", "m", "variants", "source"))


def test_order_does_not_matter_to_the_bytes() -> None:
    one = Lock(
        {"a": LockedModel("1.0.0"), "b": LockedModel("1.0.0")},
        {"x": LockedImage(DIGEST), "y": LockedImage(DIGEST)},
    )
    other = Lock(
        {"b": LockedModel("1.0.0"), "a": LockedModel("1.0.0")},
        {"y": LockedImage(DIGEST), "x": LockedImage(DIGEST)},
    )
    assert emit(lock_values(one)) == emit(lock_values(other))


GOOD: dict[str, Any] = {
    "lockVersion": 1,
    "models": {
        "digits": {
            "version": "1.0.0",
            "golden": {"file": "m/golden.npz", "digest": DIGEST, "size": 5},
            "measured": {
                "file": "m/measured.csv",
                "digest": DIGEST,
                "size": 5,
                "figures": [{"class": "kiosk", "tier": "rule", "batch": 1, "p99Microseconds": 900}],
            },
            "variants": {
                "source": {
                    "file": "m/model.onnx",
                    "digest": DIGEST,
                    "size": 10,
                    "artifacts": {"amd64": DIGEST},
                    "precision": "fp32",
                    "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 4]}],
                    "outputs": [{"name": "y", "datatype": "FP32", "shape": [-1, 3]}],
                    "weights": [{"file": "m/w.bin", "digest": DIGEST, "size": 4}],
                    "metrics": {"accuracyMillionths": 900_000},
                },
                "small": {"notLocked": "it is not there"},
            },
        }
    },
    "images": {
        "runtime-cpu": {"digest": DIGEST, "tag": "1.0", "sizes": {"amd64": 7}},
        "runtime-old": {"digest": DIGEST, "size": 7},
        "runtime-gpu": {"notLocked": "its image has not been built"},
    },
}
SOURCE = ("models", "digits", "variants", "source")
MEASURED = ("models", "digits", "measured")
WRONG: list[tuple[tuple[str | int, ...], Any, tuple[str, ...]]] = [
    (("lockVersion",), 2, ("lockVersion",)),
    (("lockVersion",), "1", ("lockVersion",)),
    (("models",), [], ("models",)),
    (("models",), None, ("models",)),
    (("images",), "x", ("images",)),
    (("models", "digits"), 3, ("models", "digits")),
    (("models", "digits", "version"), 3.4, ("models", "digits", "version")),
    (("models", "digits", "variants"), [], ("models", "digits", "variants")),
    (("models", "digits", "golden"), "m/golden.npz", ("models", "digits", "golden")),
    (("models", "digits", "golden", "size"), -1, ("models", "digits", "golden")),
    (("models", "digits", "golden", "file"), "../golden.npz", ("models", "digits", "golden")),
    (MEASURED, "m/measured.csv", MEASURED),
    ((*MEASURED, "size"), "5", MEASURED),
    ((*MEASURED, "figures"), {}, MEASURED),
    ((*MEASURED, "figures", 0), "x", MEASURED),
    ((*MEASURED, "figures", 0, "class"), 3, MEASURED),
    ((*MEASURED, "figures", 0, "batch"), 0, MEASURED),
    ((*MEASURED, "figures", 0, "p99Microseconds"), 0.9, MEASURED),
    ((*MEASURED, "figures", 0, "powerMilliwatts"), "5W", MEASURED),
    (SOURCE, "x", SOURCE),
    (SOURCE, [], SOURCE),
    ((*SOURCE, "digest"), "sha256:abc", SOURCE),
    ((*SOURCE, "digest"), 5, SOURCE),
    ((*SOURCE, "digest"), DIGEST.upper(), SOURCE),
    ((*SOURCE, "file"), "/etc/passwd", SOURCE),
    ((*SOURCE, "file"), "a/../b", SOURCE),
    ((*SOURCE, "size"), "10", SOURCE),
    ((*SOURCE, "size"), 1.5, SOURCE),
    ((*SOURCE, "size"), True, SOURCE),
    ((*SOURCE, "artifacts"), [], SOURCE),
    ((*SOURCE, "artifacts", "amd64"), "latest", SOURCE),
    ((*SOURCE, "inputs"), {}, SOURCE),
    ((*SOURCE, "inputs", 0, "shape"), ["n"], SOURCE),
    ((*SOURCE, "inputs", 0, "shape", 0), -2, SOURCE),
    ((*SOURCE, "inputs", 0), "x", SOURCE),
    ((*SOURCE, "weights", 0, "file"), "elsewhere/w.bin", SOURCE),
    ((*SOURCE, "weights"), 5, SOURCE),
    ((*SOURCE, "metrics"), [], SOURCE),
    ((*SOURCE, "metrics", "accuracyMillionths"), 0.9, SOURCE),
    (("images", "runtime-cpu"), DIGEST, ("images", "runtime-cpu")),
    (("images", "runtime-cpu", "digest"), "latest", ("images", "runtime-cpu")),
    (("images", "runtime-cpu", "tag"), 1.0, ("images", "runtime-cpu", "tag")),
    (("images", "runtime-cpu", "sizes"), [7], ("images", "runtime-cpu", "sizes")),
    (("images", "runtime-cpu", "sizes", "amd64"), -7, ("images", "runtime-cpu", "sizes")),
    (("images", "runtime-old", "size"), "7", ("images", "runtime-old", "size")),
    (("images", "runtime-gpu", "notLocked"), 3, ("images", "runtime-gpu")),
]


@pytest.mark.parametrize(("path", "value", "at"), WRONG, ids=[f"{path}={value}" for path, value, _ in WRONG])
def test_what_is_broken_is_named_and_left_out(path: Any, value: Any, at: tuple[str, ...]) -> None:
    broken = copy.deepcopy(GOOD)
    holder: Any = broken
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = value
    document = parse_document(Source("fleet.lock", json.dumps(broken, indent=1)))
    lock, (finding,) = read_lock(document)
    assert (finding.rule, finding.level, finding.path) == ("lock-unreadable", "error", at)
    assert finding.place == document.place(at)
    assert "edgewright lock" in finding.remedy
    assert (
        lock.variant("digits", "1.0.0", "source") is None
        or at[0] == "images"
        or at[-1] in ("golden", "measured")
    )


def test_what_is_right_is_read() -> None:
    lock, findings = read(json.dumps(GOOD))
    assert findings == ()
    assert lock.images == {
        "runtime-cpu": LockedImage(DIGEST, {"amd64": 7}, "1.0"),
        "runtime-old": LockedImage(DIGEST, size=7),
    }
    assert lock.missing == {"runtime-gpu": "its image has not been built"}
    assert lock.models["digits"].missing == {"small": "it is not there"}


def test_text_that_is_no_yaml_is_not_read() -> None:
    lock, findings = read("lockVersion: [\n")
    assert lock == Lock()
    assert findings


KEYS = (
    "lockVersion",
    "models",
    "images",
    "variants",
    "digest",
    "source",
    "golden",
    "weights",
    "metrics",
    "x",
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda kids: st.lists(kids, max_size=3) | st.dictionaries(st.sampled_from(KEYS), kids, max_size=4),
    max_leaves=12,
)


@given(anything)
def test_no_values_raise(value: Any) -> None:
    model = {"version": "1.0.0", "variants": {"source": value}, "golden": value}
    read(json.dumps({"lockVersion": 1, "models": {"digits": model}, "images": value}))
    read(json.dumps(value))
