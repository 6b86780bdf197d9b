"""Models whose files lie elsewhere: their pins are kept where nothing speaks against them, and else an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.real import free_port
from tests.small import fleet_of, smallest

from edgewright.artifact.card import Card
from edgewright.artifact.lock import Lock
from edgewright.artifact.model import model_artifact, model_layer
from edgewright.assembly.publication.chunks import chunks_of
from edgewright.catalogue import load
from edgewright.errors import Finding
from edgewright.ship.registry import Access, Client
from edgewright.workshop.locking import lock_fleet
from edgewright.workshop.sources import Registry, Sources

Write = Callable[..., Path]
SOURCE, SMALL = ("models", "digits", "source"), ("models", "digits", "variants", "small")


@dataclass
class Bench:
    """A folder with a model in two forms, which are locked, and a registry that may have their artifacts."""

    folder: Path
    client: Client
    prefix: str
    before: Lock

    def lock(self, *, offline: bool = False, **model: Any) -> tuple[Lock, tuple[Finding, ...]]:
        registry = None if offline else Registry(self.client.repository)
        sources = Sources(self.folder / "none", registry)
        fleet = fleet_of(_values(self.prefix, **model))
        made, found = lock_fleet(fleet, self.folder, load(), self.before, lambda _what: None, sources)
        return made, tuple(each for each in found if each.level != "info")  # the image has not been built

    def publish(self, *forms: str) -> None:
        model = self.before.models["digits"]
        for form in forms:
            card = Card("digits", model, form)
            layer = model_layer(card, partial(chunks_of, self.folder))
            for architecture in ("amd64", "arm64"):
                artifact = model_artifact(card, layer, architecture)
                self.client.repository(f"{self.prefix}/models/digits").push(artifact)

    def point(self, file: str) -> None:
        """Put a pointer of Git LFS in a file's place."""
        variant = next(each for each in self.before.models["digits"].variants.values() if each.file == file)
        text = f"version https://git-lfs.github.com/spec/v1\noid {variant.digest}\nsize {variant.files[0].size}\n"
        (self.folder / file).write_text(text)


def _values(prefix: str, **model: Any) -> dict[str, Any]:
    digits = {"version": "1.0.0", "source": "model.onnx", "variants": {"small": {"precision": "fp32"}}}
    return smallest(registry=prefix, models__digits=digits | model)


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(Access(retries=0, pause=0.01)) as client:
        yield client


@pytest.fixture
def bench(
    registry: str, client: Client, tmp_path: Path, write_model: Write, request: pytest.FixtureRequest
) -> Bench:
    for name in ("model.onnx", "model.small.onnx"):
        write_model(name)
    name = "".join(each if each.isalnum() else "-" for each in request.node.originalname.lower())
    bench = Bench(tmp_path, client, f"{registry}/{name}", Lock())
    bench.before, found = bench.lock(offline=True)
    assert found == ()
    assert set(bench.before.models["digits"].variants) == {"source", "small"}
    return bench


def test_pointers_that_name_the_locked_files_are_enough(bench: Bench) -> None:
    bench.point("model.onnx")
    bench.point("model.small.onnx")
    assert bench.lock(offline=True) == (bench.before, ())
    bench.point("model.small.onnx")
    (bench.folder / "model.onnx").write_text("anything else")
    _, (finding,) = bench.lock(offline=True)
    assert (finding.rule, finding.path) == ("lock-mismatch", SOURCE)


def test_a_pointer_to_another_file_is_a_mismatch(bench: Bench) -> None:
    bench.point("model.onnx")
    text = (bench.folder / "model.onnx").read_text()
    digest = bench.before.models["digits"].variants["source"].digest
    (bench.folder / "model.onnx").write_text(text.replace(digest, "sha256:" + "1" * 64))
    made, (finding,) = bench.lock(offline=True)
    assert made == bench.before
    assert (finding.rule, finding.level, finding.path) == ("lock-mismatch", "error", SOURCE)
    assert "model.onnx is sha256:111111111111…, and fleet.lock says " in finding.message


def test_what_the_registry_has_need_not_be_here(bench: Bench) -> None:
    bench.publish("source", "small")
    (bench.folder / "model.onnx").unlink()
    assert bench.lock() == (bench.before, ())
    (bench.folder / "model.small.onnx").unlink()
    assert bench.lock() == (bench.before, ())


@pytest.mark.parametrize(("file", "path"), [("model.onnx", SOURCE), ("model.small.onnx", SMALL)])
def test_what_is_neither_here_nor_there_is_an_error_and_stays_locked(
    file: str, path: tuple[str, ...], bench: Bench
) -> None:
    (bench.folder / file).unlink()
    made, found = bench.lock()
    assert made == bench.before
    assert [(each.rule, each.level, each.path) for each in found] == [("model-missing", "error", path)] * 2
    assert "locked for amd64" in found[0].message


def test_offline_it_is_an_error_with_the_way_out(bench: Bench) -> None:
    bench.publish("source", "small")
    (bench.folder / "model.small.onnx").unlink()
    made, (finding,) = bench.lock(offline=True)
    assert made == bench.before
    assert (finding.rule, finding.path) == ("model-missing", SMALL)
    assert "no registry was asked" in finding.message
    assert "let `edgewright lock` ask the registry" in finding.remedy


def test_a_registry_that_does_not_answer_is_an_error(bench: Bench) -> None:
    bench.prefix = f"127.0.0.1:{free_port()}/edge"
    (bench.folder / "model.onnx").unlink()
    made, found = bench.lock()
    assert made == bench.before
    assert {(each.rule, each.level, each.path) for each in found} == {
        ("registry-unreachable", "error", ("registry",)),
        ("model-missing", "error", SOURCE),
    }


def test_what_lies_here_has_to_be_what_was_locked_beside_it(bench: Bench, write_model: Write) -> None:
    bench.publish("source", "small")
    (bench.folder / "model.onnx").unlink()
    (bench.folder / "model.small.onnx").write_bytes(b"another")
    made, (finding,) = bench.lock()
    assert made == bench.before
    assert (finding.rule, finding.path) == ("lock-mismatch", SMALL)


def test_another_version_has_to_be_here(bench: Bench) -> None:
    bench.publish("source", "small")
    (bench.folder / "model.onnx").unlink()
    made, (finding,) = bench.lock(version="1.0.1")
    assert "source" not in made.models["digits"].variants
    assert (finding.rule, finding.path) == ("model-missing", SOURCE)


def test_a_form_that_was_never_locked_is_named_as_before(bench: Bench) -> None:
    forms = {"small": {"precision": "fp32"}, "tiny": {"precision": "int8"}}
    made, found = bench.lock(variants=forms)
    assert found == ()
    assert made.models["digits"].missing == {"tiny": "model.tiny.onnx is not there"}
    assert set(made.models["digits"].variants) == {"source", "small"}
