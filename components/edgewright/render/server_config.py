"""The configuration of the inference server, as the ConfigMap of a workload carries it.

Its form is runtime_images/edgewright_runtime/server_config.schema.json, which the server reads by too.
"""

from __future__ import annotations

from typing import Any, Final

from edgewright.artifact.card import ANSWERS_FILE, MODEL_FILE, beside
from edgewright.artifact.lock import Tensor
from edgewright.artifact.model import ROOT
from edgewright.plan import ClassPlan, Deployed, Plan, PlannedTier
from edgewright.plan.destinations import escalation_of, reaches, tracing_of
from edgewright.plan.signing import model_repository, signers_of
from edgewright.render.json_text import indented

HTTP_PORT: Final = 8080
GRPC_PORT: Final = 9000
CONFIG_FOLDER: Final = "/etc/edgewright"
ENGINE_FOLDER: Final = "/var/cache/edgewright"
UNSURE_FOLDER: Final = "/var/lib/edgewright/unsure"
MODEL_FOLDER: Final = "/models"
RULE_FILE: Final = "rule.py"


def server_config(plan: Plan, planned: ClassPlan, deployed: Deployed) -> dict[str, Any]:
    """What the server needs to know; durations are whole milliseconds."""
    keys = _model_keys(plan, deployed.model)
    config: dict[str, Any] = {
        "schemaVersion": 1,
        "fleet": plan.fleet.fleet,
        "deviceClass": planned.name,
        "workload": deployed.name,
        "model": {"name": deployed.model, "version": deployed.model_version},
        "http": {"port": HTTP_PORT},
        "tiers": [_tier(tier, keys) for tier in deployed.tiers],
        "batching": {
            "maxBatch": deployed.batching.max_batch,
            "windowMilliseconds": int(deployed.batching.window),
        },
        "warmUpRequests": deployed.startup.warm_up,
        "graceMilliseconds": int(deployed.shutdown.grace),
    }
    if deployed.p99 is not None:
        config["latencyP99Milliseconds"] = int(deployed.p99)
    if deployed.resources.engine_cache is not None:
        config["engineCache"] = {"folder": ENGINE_FOLDER, "bytes": int(deployed.resources.engine_cache)}
    return config | _optional(plan, planned, deployed)


def _optional(plan: Plan, planned: ClassPlan, deployed: Deployed) -> dict[str, Any]:
    """What is off unless the fleet asks for it."""
    config: dict[str, Any] = {}
    if deployed.grpc:
        config["grpc"] = {"port": GRPC_PORT}
    if deployed.threads is not None:
        config["threads"] = deployed.threads
    if deployed.batching.concurrency > 1:
        config["concurrency"] = deployed.batching.concurrency
    if deployed.response_cache is not None:
        config["responseCache"] = {"bytes": int(deployed.response_cache)}
    return config | _unsure(planned, deployed) | _telling(plan, planned)


def _unsure(planned: ClassPlan, deployed: Deployed) -> dict[str, Any]:
    unsure, asked = deployed.when_unsure, escalation_of(deployed)
    if unsure is None:
        return {}
    below, config = {"belowMillionths": int(unsure.below)}, dict[str, Any]()
    if asked is not None and reaches(planned, asked):
        config["whenUnsure"] = below | {"escalateTo": asked.url}
    if unsure.keep is not None:
        config["reservoir"] = {"folder": UNSURE_FOLDER, "bytes": int(unsure.keep)} | below
    return config


def _telling(plan: Plan, planned: ClassPlan) -> dict[str, Any]:
    monitoring, collector = plan.fleet.monitoring, tracing_of(plan.fleet)
    config: dict[str, Any] = {}
    if monitoring.request_log is not None:
        config["log"] = {"sampleMillionths": int(monitoring.request_log.sample)}
    if monitoring.tracing is not None and collector is not None and reaches(planned, collector):
        sample = int(monitoring.tracing.sample)
        config["tracing"] = {"endpoint": collector.url, "sampleMillionths": sample}
    return config


def config_text(config: dict[str, Any]) -> str:
    """The configuration as a person reads it in a pull request."""
    return indented(config) + "\n"


def model_mount(form: str) -> str:
    """Where a form of the model is mounted."""
    return f"{MODEL_FOLDER}/{form}"


def _model_keys(plan: Plan, model: str) -> list[str]:
    """The public keys of which one must have signed a model; none where an identity may have instead, for a
    device cannot ask who that was."""
    found = signers_of(plan.fleet, model_repository(plan.fleet, model))
    if found is None or any(signer.keyless for signer in found[1].any_of):
        return []
    return [text for signer in found[1].any_of if (text := plan.texts.get(signer.key or ""))]


def _tier(tier: PlannedTier, keys: list[str]) -> dict[str, Any]:
    values: dict[str, Any] = {"name": tier.tier, "backend": tier.backend}
    if tier.variant is None:
        return values | {"rule": f"{CONFIG_FOLDER}/{RULE_FILE}"}
    if tier.locked is None:
        return values | {"model": {"folder": model_mount(tier.variant)}}
    locked = tier.locked
    folder = f"{model_mount(tier.variant)}/{ROOT}"
    model: dict[str, Any] = {
        "folder": model_mount(tier.variant),
        "file": f"{folder}/{MODEL_FILE}",
        "digest": locked.digest,
        "precision": locked.precision,
        "inputs": [_tensor(tensor) for tensor in locked.inputs],
        "outputs": [_tensor(tensor) for tensor in locked.outputs],
    }
    if locked.weights:
        model["weights"] = [
            {"file": f"{folder}/{beside(each.file, locked.file)}", "digest": each.digest}
            for each in locked.weights
        ]
    if locked.answers:
        model["golden"] = {"file": f"{folder}/{ANSWERS_FILE}", "digest": locked.answers.digest}
    if locked.signature and keys:
        model["signedBy"] = keys
    return values | {"model": model}


def _tensor(tensor: Tensor) -> dict[str, Any]:
    return {"name": tensor.name, "datatype": tensor.datatype, "shape": list(tensor.shape)}
