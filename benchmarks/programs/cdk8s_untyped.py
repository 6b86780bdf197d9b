"""The Deployments by cdk8s out of plain mappings, its cheapest way: python cdk8s_untyped.py COUNT FOLDER."""

from __future__ import annotations

import sys
from typing import Any

from cdk8s import ApiObject, App, Chart, JsonPatch  # type: ignore[import-not-found]

DIGEST = "sha256:" + "ab" * 32
FLEET = "acme"
REGISTRY = "registry.acme.example/edge"


def labels(name: str) -> dict[str, str]:
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": "inference",
        "app.kubernetes.io/version": "1.0.0",
        "app.kubernetes.io/managed-by": "edgewright",
        "app.kubernetes.io/part-of": FLEET,
        "edgewright.dev/device-class": "gateway",
    }


def probe(path: str, period: int, failures: int) -> dict[str, Any]:
    ask = {"path": path, "port": "http"}
    return {"httpGet": ask, "periodSeconds": period, "timeoutSeconds": 3, "failureThreshold": failures}


def container(amounts: dict[str, str]) -> dict[str, Any]:
    revision = {"fieldRef": {"fieldPath": "metadata.labels['pod-template-hash']"}}
    return {
        "name": "server",
        "image": f"{REGISTRY}/runtime-cpu@{DIGEST}",
        "imagePullPolicy": "IfNotPresent",
        "args": ["--config", "/etc/edgewright/server.json"],
        "env": [
            {"name": "ORT_DISABLE_TELEMETRY", "value": "1"},
            {"name": "EDGEWRIGHT_REVISION", "valueFrom": revision},
        ],
        "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
        "resources": {"limits": amounts, "requests": amounts},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "startupProbe": probe("/v2/health/ready", 5, 12),
        "readinessProbe": probe("/v2/health/ready", 5, 2),
        "livenessProbe": probe("/v2/health/live", 10, 3),
        "volumeMounts": [
            {"name": "config", "mountPath": "/etc/edgewright", "readOnly": True},
            {"name": "model-source", "mountPath": "/models/source", "readOnly": True},
            {"name": "scratch", "mountPath": "/tmp"},
        ],
    }


def pod(name: str, amounts: dict[str, str]) -> dict[str, Any]:
    model = {"reference": f"{REGISTRY}/models/defects@{DIGEST}", "pullPolicy": "IfNotPresent"}
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "priorityClassName": FLEET,
        "securityContext": {
            "fsGroup": 65532,
            "runAsGroup": 65532,
            "runAsNonRoot": True,
            "runAsUser": 65532,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "serviceAccountName": name,
        "terminationGracePeriodSeconds": 30,
        "containers": [container(amounts)],
        "volumes": [
            {"name": "config", "configMap": {"name": name}},
            {"name": "model-source", "image": model},
            {"name": "scratch", "emptyDir": {"sizeLimit": "1Gi"}},
        ],
    }


def deployment(chart: Chart, index: int) -> None:
    name = f"inspect-{index:04}"
    amounts = {
        "cpu": f"{100 + 50 * (index % 8)}m",
        "memory": f"{256 + 64 * (index % 8)}Mi",
        "ephemeral-storage": "1Gi",
    }
    metadata = {"name": name, "namespace": FLEET, "labels": labels(name)}
    made = ApiObject(chart, name, api_version="apps/v1", kind="Deployment", metadata=metadata)
    spec = {
        "replicas": 1,
        "revisionHistoryLimit": 2,
        "progressDeadlineSeconds": 660,
        "selector": {"matchLabels": {"app.kubernetes.io/name": name}},
        "strategy": {"type": "Recreate"},
        "template": {"metadata": {"labels": labels(name)}, "spec": pod(name, amounts)},
    }
    made.add_json_patch(JsonPatch.add("/spec", spec))


app = App(outdir=sys.argv[2])
chart = Chart(app, "deployments")
for number in range(int(sys.argv[1])):
    deployment(chart, number)
app.synth()
