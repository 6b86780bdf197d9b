"""What `edgewright render` writes is what a server reads: one with everything in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.small import fleet_of, plan_of, smallest
from tests.strategies import PUBLIC_KEY, TEXTS, digest, locked

from edgewright.artifact.lock import LockedFile
from edgewright.render import render
from edgewright_runtime.config import Kept, PromisedFile, Tracing, WhenUnsure, read_config

SIGNED = [{"images": ["registry.example/tiny/**"], "anyOf": [{"key": "keys/one.pub"}]}]
UNSURE = {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits"}
TRACES = "http://collector.monitoring.svc:4318/v1/traces"


def test_what_is_rendered_is_read(tmp_path: Path) -> None:
    values = smallest(
        security__signatures=SIGNED,
        workloads__read__whenUnsure=UNSURE,
        workloads__read__latency={"p99": "40ms"},
        workloads__read__resources={"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"},
    )
    lock = locked(fleet_of(values))
    model = lock.models["digits"]
    answers, signature = LockedFile("a.npz", digest("a"), 7), LockedFile("model.sig", digest("s"), 5)
    source = replace(model.variants["source"], answers=answers, signature=signature)
    plan = plan_of(values, replace(lock, models={"digits": replace(model, variants={"source": source})}))
    rendered = render(replace(plan, texts=TEXTS))
    (written,) = [each.body["data"]["server.json"] for each in rendered if each.body["kind"] == "ConfigMap"]
    file = tmp_path / "server.json"
    file.write_text(written)
    config = read_config(file)
    assert config.promised is not None
    assert config.promised.signed_by == (PUBLIC_KEY,)
    assert config.promised.golden == PromisedFile(Path("/models/source/models/answers.npz"), answers.digest)
    assert (config.response_cache, config.reservoir) == (None, None)
    assert config.when_unsure == WhenUnsure(0.85, UNSURE["escalateTo"], None)
    assert config.p99 == 0.04
    assert config.engine_cache is not None
    assert (config.engine_cache.folder, config.engine_cache.size) == (Path("/var/cache/edgewright"), 2**31)


def test_every_part_that_is_off_by_default_is_read(tmp_path: Path) -> None:
    values = smallest(
        workloads__read__grpc=True,
        workloads__read__threads=1,
        workloads__read__batching={"concurrency": 2},
        workloads__read__responseCache="64Mi",
        workloads__read__whenUnsure={"below": "85%", "keep": "512Mi"},
        workloads__read__resources={"cpu": 2, "memory": "512Mi"},
        monitoring={"requestLog": {"sample": "0.1%"}, "tracing": {"endpoint": TRACES, "sample": "1%"}},
    )
    (written,) = [
        each.body["data"]["server.json"]
        for each in render(plan_of(values))
        if each.body["kind"] == "ConfigMap"
    ]
    file = tmp_path / "server.json"
    file.write_text(written)
    config = read_config(file)
    assert (config.grpc_port, config.threads, config.concurrency) == (9000, 1, 2)
    assert (config.response_cache, config.log_sample) == (64 << 20, 1000)
    assert config.reservoir == Kept(Path("/var/lib/edgewright/unsure"), 512 << 20, 0.85)
    assert config.tracing == Tracing(TRACES, 10_000)
    assert config.when_unsure is None
