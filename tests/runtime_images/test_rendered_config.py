"""What `edgewright render` writes is what a server reads: one with everything in it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.small import fleet_of, plan_of, smallest
from tests.strategies import PUBLIC_KEY, TEXTS, digest, locked

from edgewright.artifact.lock import LockedFile
from edgewright.render import render
from edgewright_runtime.config import WhenUnsure, read_config

SIGNED = [{"images": ["registry.example/tiny/**"], "anyOf": [{"key": "keys/one.pub"}]}]
UNSURE = {"below": "85%", "escalateTo": "https://hub.example/v2/models/digits"}


def test_what_is_rendered_is_read(tmp_path: Path) -> None:
    values = smallest(
        security__signatures=SIGNED,
        workloads__read__whenUnsure=UNSURE,
        workloads__read__latency={"p99": "40ms"},
        workloads__read__resources={"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"},
    )
    lock = locked(fleet_of(values))
    model = lock.models["digits"]
    source = replace(model.variants["source"], signature=LockedFile("model.sig", digest("s"), 5))
    plan = plan_of(values, replace(lock, models={"digits": replace(model, variants={"source": source})}))
    rendered = render(replace(plan, texts=TEXTS))
    (written,) = [each.body["data"]["server.json"] for each in rendered if each.body["kind"] == "ConfigMap"]
    file = tmp_path / "server.json"
    file.write_text(written)
    config = read_config(file)
    assert config.promised is not None
    assert config.promised.signed_by == (PUBLIC_KEY,)
    assert (config.promised.golden, config.response_cache, config.reservoir) == (None, None, None)
    assert config.when_unsure == WhenUnsure(0.85, UNSURE["escalateTo"], None)
    assert config.p99 == 0.04
    assert config.engine_cache is not None
    assert (config.engine_cache.folder, config.engine_cache.size) == (Path("/var/cache/edgewright"), 2**31)
