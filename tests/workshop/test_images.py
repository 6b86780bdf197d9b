"""Images in fleet.lock, against a real registry: what pins them, when that moves, and what is wrong with them."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from tests.lying import lying
from tests.real import free_port, running_registry
from tests.server_images import (
    DOCKER,
    OCI,
    attestation,
    for_both,
    image,
    index,
    pulled,
    sizes_of,
    write_layout,
)
from tests.small import fleet_of, smallest

from edgewright.artifact.lock import Lock, LockedImage
from edgewright.artifact.oci import Artifact
from edgewright.catalogue import load
from edgewright.errors import Finding
from edgewright.ship.registry import Access, Client
from edgewright.workshop.images import lock_images
from edgewright.workshop.sources import Registry, Sources

NAME = "server"
AT = ("runtimes", "ours", "images", "amd64")
CATALOGUE = load()


@dataclass
class Bench:
    """A fleet with one image of its own, a registry with what is pushed there, and a folder of layouts."""

    client: Client
    prefix: str
    layouts: Path
    before: Lock = field(default_factory=Lock)

    def push(self, artifact: Artifact, *tags: str) -> str:
        """The digest of an image that the registry has by now."""
        return self.client.repository(f"{self.prefix}/{NAME}").push(artifact, tags or ["latest"]).digest

    def lock(
        self, tag: str | None = None, *, offline: bool = False, needed: bool = True, **more: Any
    ) -> tuple[LockedImage | None, list[Finding]]:
        """What is locked of the image, and what is wrong; it is the lock of before the next time."""
        runtime = {"backends": ["onnxruntime-cpu"], "images": {"amd64": NAME}} | ({"tag": tag} if tag else {})
        fleet = fleet_of(smallest(registry=self.prefix, runtimes={"ours": runtime}))
        sources = Sources(self.layouts, None if offline else Registry(self.client.repository), **more)
        where = {NAME: ("workloads", "read")} if needed else {}
        images, missing, found = lock_images(
            fleet, CATALOGUE, self.before, sources, where, lambda _what: None
        )
        assert (NAME in images) != (NAME in missing)
        self.before = Lock(images=images, missing=missing)
        return images.get(NAME), found

    def pin(self, digest: str, **fields: Any) -> LockedImage:
        """What the lock has of the image from here on."""
        self.before = Lock(images={NAME: LockedImage(digest, **fields)})
        return self.before.images[NAME]


IMPATIENT = Access(
    retries=1, pause=0.01, longest_pause=0.01, answer_timeout=0.5, slowest=2**16, patience=0.01
)
UPGRADE: dict[str, Any] = {"upgrade": frozenset({NAME})}


@pytest.fixture
def client() -> Iterator[Client]:
    with Client(Access(retries=0, pause=0.01)) as client:
        yield client


@pytest.fixture
def bench(registry: str, client: Client, tmp_path: Path, request: pytest.FixtureRequest) -> Bench:
    name = "".join(each if each.isalnum() else "-" for each in request.node.name.lower()).strip("-")
    return Bench(client, f"{registry}/{name.replace('--', '-')}", tmp_path)


@pytest.mark.parametrize("types", [OCI, DOCKER], ids=["oci", "docker"])
def test_a_new_image_is_found_by_its_tag(types: tuple[str, ...], bench: Bench) -> None:
    both = for_both(types=types)
    digest = bench.push(both)
    assert bench.lock() == (LockedImage(digest, sizes_of(both), "latest"), [])


def test_an_image_of_one_platform_is_found_by_the_tag_that_the_fleet_has(bench: Bench) -> None:
    one = image("amd64")
    bench.push(image("amd64", b"another"), "latest")
    digest = bench.push(one, "1.4")
    assert bench.lock("1.4") == (LockedImage(digest, {"amd64": pulled(one)}, "1.4"), [])


def test_what_nobody_has_pushed_is_not_locked(bench: Bench) -> None:
    assert bench.lock() == (None, [])
    assert bench.before.missing[NAME] == "its image has not been built"


def test_a_pinned_image_stays_where_it_is_when_its_tag_moves(bench: Bench) -> None:
    bench.push(image("amd64"))
    first, _ = bench.lock()
    second = bench.push(image("amd64", b"newer"))
    assert bench.lock() == (first, [])
    kept, (finding,) = bench.lock(verify=True)
    assert kept == first
    assert (finding.rule, finding.level, finding.path) == ("tag-moved", "warning", AT)
    assert first is not None
    assert first.digest[:19] in finding.message
    assert second[:19] in finding.message
    moved, found = bench.lock(**UPGRADE)
    assert (moved.digest if moved else None, found) == (second, [])
    assert bench.lock(verify=True) == (moved, [])


def test_another_tag_in_the_fleet_moves_it(bench: Bench) -> None:
    bench.push(image("amd64"), "1.4")
    second = bench.push(image("amd64", b"newer"), "1.5")
    bench.lock("1.4")
    moved, _ = bench.lock("1.5")
    assert moved is not None
    assert (moved.digest, moved.tag) == (second, "1.5")


def test_a_tag_that_is_not_there_is_an_error_and_loses_nothing(bench: Bench) -> None:
    bench.push(image("amd64"), "1.4")
    before, _ = bench.lock("1.4")
    kept, (finding,) = bench.lock("1.5")
    assert kept == before
    assert (finding.rule, finding.level, finding.path) == ("tag-moved", "error", AT)
    assert "the tag `1.5`" in finding.message
    assert bench.lock("1.5", offline=True) == (before, [])


def test_a_tag_that_is_gone_is_a_warning(bench: Bench) -> None:
    digest = bench.push(image("amd64"), "1.4")
    before = bench.pin(digest, tag="latest")
    for more in ({"verify": True}, UPGRADE):
        kept, (finding,) = bench.lock(**more)
        assert kept is not None
        assert kept.digest == before.digest
        assert (finding.rule, finding.level) == ("tag-moved", "warning")


def test_a_pinned_image_that_is_not_there_is_a_mismatch(bench: Bench) -> None:
    bench.push(image("amd64"))
    before = bench.pin("sha256:" + "1" * 64, sizes={"amd64": 5})
    assert bench.lock() == (before, [])
    kept, (finding,) = bench.lock(verify=True)
    assert kept == before
    assert (finding.rule, finding.level, finding.path) == ("lock-mismatch", "error", AT)
    assert finding.message == (
        f"fleet.lock has `{bench.prefix}/{NAME}` as sha256:{'1' * 64}, and the registry has no such image"
    )


def test_sizes_that_differ_are_a_mismatch_with_both(bench: Bench) -> None:
    both = for_both()
    bench.push(both)
    before, _ = bench.lock()
    assert before is not None
    bench.pin(before.digest, sizes={**before.sizes, "arm64": 7})
    _, (finding,) = bench.lock(verify=True)
    assert finding.rule == "lock-mismatch"
    assert "7 bytes for arm64" in finding.message
    assert f"{before.sizes['arm64']:,} bytes for arm64" in finding.message


def test_a_lock_of_before_gets_its_sizes_when_it_is_verified(bench: Bench) -> None:
    both = for_both()
    digest = bench.push(both)
    before = bench.pin(digest, size=100)
    assert bench.lock() == (before, [])
    assert bench.lock(verify=True) == (LockedImage(digest, sizes_of(both)), [])


def test_a_layout_comes_before_the_registry(bench: Bench) -> None:
    both = for_both()
    bench.push(image("amd64"))
    write_layout(bench.layouts / NAME, (both, None))
    assert bench.lock() == (LockedImage(both.digest, sizes_of(both)), [])
    assert bench.lock(offline=True) == bench.lock(verify=True)


def test_a_layout_that_is_not_the_locked_one_is_a_mismatch_until_it_is_asked_for(bench: Bench) -> None:
    built, old = image("amd64"), "sha256:" + "1" * 64
    before = bench.pin(old, tag="latest")
    write_layout(bench.layouts / NAME, (built, None))
    kept, (finding,) = bench.lock(offline=True)
    assert kept == before
    assert (finding.rule, finding.level, finding.path) == ("lock-mismatch", "error", AT)
    assert old in finding.message
    assert built.digest in finding.message
    assert f"--upgrade-image {NAME}" in finding.remedy
    assert bench.lock(offline=True, **UPGRADE) == (LockedImage(built.digest, {"amd64": pulled(built)}), [])


def test_of_several_in_a_layout_the_one_called_by_the_tag_is_meant(bench: Bench) -> None:
    one, other = image("amd64"), image("amd64", b"other")
    write_layout(bench.layouts / NAME, (one, "1.4"), (other, "1.5"))
    found, _ = bench.lock("1.5")
    assert found is not None
    assert found.digest == other.digest
    bench.before = Lock()
    nothing, (finding,) = bench.lock("1.6")
    assert (nothing, finding.rule, finding.path) == (None, "layout-damaged", AT)
    assert "holds 1.4, 1.5, and none is called `1.6`" in finding.message


def test_a_damaged_layout_is_an_error(bench: Bench) -> None:
    write_layout(bench.layouts / NAME, (for_both(), None))
    (bench.layouts / NAME / "blobs/sha256" / for_both().children[0].digest[7:]).write_bytes(b"{}")
    _, (finding,) = bench.lock(offline=True)
    assert (finding.rule, finding.level, finding.path) == ("layout-damaged", "error", AT)


def test_half_a_layout_is_an_error_and_not_nothing(bench: Bench) -> None:
    bench.push(for_both())
    (bench.layouts / NAME / "blobs").mkdir(parents=True)
    _, (finding,) = bench.lock()
    assert (finding.rule, finding.path) == ("layout-damaged", AT)


def test_no_image_is_an_error(bench: Bench) -> None:
    bench.push(index((image("amd64", os="windows"), {"os": "windows", "architecture": "amd64"})))
    _, (finding,) = bench.lock()
    assert (finding.rule, finding.level, finding.path) == ("image-unreadable", "error", AT)
    assert finding.message == f"`{bench.prefix}/{NAME}` has nothing for Linux"


@pytest.fixture
def silent(client: Client, tmp_path: Path) -> Bench:
    return Bench(client, f"127.0.0.1:{free_port()}/edge", tmp_path)


def test_a_registry_that_does_not_answer_leaves_a_new_image_unlocked(silent: Bench) -> None:
    """It is said at the field that names it, and not aloud where no class needs the image."""
    for needed, level in ((True, "warning"), (False, "info")):
        found, (finding,) = silent.lock(needed=needed)
        assert found is None
        assert (finding.rule, finding.level, finding.path) == ("registry-unreachable", level, ("registry",))


@pytest.mark.parametrize("more", [{"verify": True}, UPGRADE])
def test_what_was_pinned_is_kept_where_the_registry_does_not_answer(silent: Bench, more: Any) -> None:
    before = silent.pin("sha256:" + "1" * 64)
    assert silent.lock() == (before, [])
    kept, (finding,) = silent.lock(**more)
    assert kept == before
    assert (finding.rule, finding.level, finding.path) == ("registry-unreachable", "error", ("registry",))


def asked_for(
    bench: Bench, before: Lock, *needed: str, **more: Any
) -> tuple[dict[str, LockedImage], list[str]]:
    """What is locked of a fleet without runtimes of its own, and for which images the registry was asked."""
    asked: list[str] = []

    def repository(name: str) -> Any:
        asked.append(name.rpartition("/")[2])
        return bench.client.repository(name)

    fleet = fleet_of(smallest(registry=bench.prefix))
    sources = Sources(bench.layouts, Registry(repository), **more)
    where = dict.fromkeys(needed, ("workloads", "read"))
    return lock_images(fleet, CATALOGUE, before, sources, where, lambda _what: None)[0], asked


def test_a_registry_that_does_not_answer_is_asked_once(silent: Bench) -> None:
    images, asked = asked_for(silent, Lock(), "runtime-cpu", "runtime-tensorrt-cuda13")
    assert images == {}
    assert asked == ["runtime-cpu"]


def test_nobody_is_asked_for_what_is_pinned_or_what_nobody_uses(bench: Bench) -> None:
    bench.client.repository(f"{bench.prefix}/runtime-cpu").push(for_both(), ["latest"])
    first, asked = asked_for(bench, Lock(), "runtime-cpu")
    assert set(first) == set(asked) == {"runtime-cpu"}
    assert asked_for(bench, Lock(images=first), "runtime-cpu") == (first, [])
    again, asked = asked_for(bench, Lock(images=first), "runtime-cpu", verify=True)
    assert (again, set(asked)) == (first, {"runtime-cpu"})


def test_images_of_built_in_runtimes_are_named_where_a_class_needs_them(bench: Bench) -> None:
    fleet = fleet_of(smallest(registry=bench.prefix))
    repository = bench.client.repository(f"{bench.prefix}/runtime-cpu")
    repository.push(image("amd64", os="windows"), ["latest"])
    sources = Sources(bench.layouts, Registry(bench.client.repository))
    told: list[str] = []
    _, _, (finding,) = lock_images(
        fleet, CATALOGUE, Lock(), sources, {"runtime-cpu": ("workloads", "read")}, told.append
    )
    assert (finding.rule, finding.path) == ("image-unreadable", ("workloads", "read"))
    assert told == sorted(told)
    assert f"{bench.prefix}/runtime-cpu" in told


def test_reasons_of_before_stay_as_they_were(bench: Bench) -> None:
    bench.before = replace(bench.before, missing={NAME: "the machine that builds it is broken"})
    bench.lock(offline=True)
    assert bench.before.missing[NAME] == "the machine that builds it is broken"


def test_a_registry_that_lies_is_an_error_and_nothing_of_it_is_locked(tmp_path: Path, client: Client) -> None:
    """Its storage is damaged, so that it sends another config than the digest names."""
    one = image("amd64")
    config = one.blobs[0]
    with running_registry(tmp_path / "registry") as address:
        bench = Bench(client, f"{address}/edge", tmp_path / "layouts")
        digest = bench.push(one)
        stored = tmp_path / "registry/storage/docker/registry/v2/blobs/sha256" / config.digest[7:9]
        (stored / config.digest[7:] / "data").write_bytes(
            b"".join(config.chunks()).replace(b"amd64", b"arm64")
        )
        found, (finding,) = bench.lock()
        assert found is None
        assert (finding.rule, finding.level, finding.path) == ("registry-lies", "error", ("registry",))
        before = bench.pin(digest, sizes={"amd64": pulled(one)})
        assert bench.lock(verify=True)[0] == before


@pytest.mark.skipif(not shutil.which("skopeo"), reason="skopeo is not installed: apt-get install skopeo")
def test_what_skopeo_brings_here_is_what_the_registry_has(bench: Bench) -> None:
    both = for_both(extra=[attestation()])
    bench.push(both)
    from_registry, _ = bench.lock()
    source, target = f"docker://{bench.prefix}/{NAME}:latest", f"oci:{bench.layouts / NAME}"
    bench.layouts.mkdir(exist_ok=True)
    options = ["--all", "--preserve-digests", "--src-tls-verify=false", "--insecure-policy", "--quiet"]
    subprocess.run(["skopeo", "copy", *options, source, target], check=True, capture_output=True)
    bench.before = Lock()
    from_layout, found = bench.lock(offline=True)
    assert found == []
    assert from_registry is not None
    assert from_layout == replace(from_registry, tag=None)


@pytest.mark.parametrize("seed", range(20))
def test_behind_a_registry_that_lies_nothing_wrong_is_locked(seed: int, bench: Bench) -> None:
    """A proxy with faults by chance: what is locked in the end is the image, or nothing."""
    both = for_both()
    bench.push(both)
    right = LockedImage(both.digest, sizes_of(both), "latest")
    with lying(bench.prefix.partition("/")[0], seed) as proxy, Client(IMPATIENT) as client:
        behind = Bench(client, f"{proxy.address}/{bench.prefix.partition('/')[2]}", bench.layouts)
        assert behind.lock()[0] in (None, right)
        behind.before = Lock(images={NAME: right})
        kept, found = behind.lock(verify=True)
        assert kept == right
        assert {each.rule for each in found} <= {
            "lock-mismatch", "tag-moved", "image-unreadable", "registry-failed", "registry-lies", "registry-refused",
            "registry-unreachable",
        }  # fmt: skip
