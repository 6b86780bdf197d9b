"""The Deployments by cdk8s with its typed Kubernetes objects: python cdk8s_typed.py COUNT FOLDER."""

from __future__ import annotations

import sys

from cdk8s import App, Chart  # type: ignore[import-not-found]
from cdk8s_plus_32 import k8s  # type: ignore[import-not-found]

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


def probe(path: str, period: int, failures: int) -> k8s.Probe:
    return k8s.Probe(
        http_get=k8s.HttpGetAction(path=path, port=k8s.IntOrString.from_string("http")),
        period_seconds=period,
        timeout_seconds=3,
        failure_threshold=failures,
    )


def container(amounts: dict[str, k8s.Quantity]) -> k8s.Container:
    revision = k8s.ObjectFieldSelector(field_path="metadata.labels['pod-template-hash']")
    return k8s.Container(
        name="server",
        image=f"{REGISTRY}/runtime-cpu@{DIGEST}",
        image_pull_policy="IfNotPresent",
        args=["--config", "/etc/edgewright/server.json"],
        env=[
            k8s.EnvVar(name="ORT_DISABLE_TELEMETRY", value="1"),
            k8s.EnvVar(name="EDGEWRIGHT_REVISION", value_from=k8s.EnvVarSource(field_ref=revision)),
        ],
        ports=[k8s.ContainerPort(name="http", container_port=8080, protocol="TCP")],
        resources=k8s.ResourceRequirements(limits=amounts, requests=amounts),
        security_context=k8s.SecurityContext(
            allow_privilege_escalation=False,
            capabilities=k8s.Capabilities(drop=["ALL"]),
            read_only_root_filesystem=True,
        ),
        startup_probe=probe("/v2/health/ready", 5, 12),
        readiness_probe=probe("/v2/health/ready", 5, 2),
        liveness_probe=probe("/v2/health/live", 10, 3),
        volume_mounts=[
            k8s.VolumeMount(name="config", mount_path="/etc/edgewright", read_only=True),
            k8s.VolumeMount(name="model-source", mount_path="/models/source", read_only=True),
            k8s.VolumeMount(name="scratch", mount_path="/tmp"),
        ],
    )


def pod(name: str, amounts: dict[str, k8s.Quantity]) -> k8s.PodSpec:
    model = k8s.ImageVolumeSource(reference=f"{REGISTRY}/models/defects@{DIGEST}", pull_policy="IfNotPresent")
    scratch = k8s.EmptyDirVolumeSource(size_limit=k8s.Quantity.from_string("1Gi"))
    return k8s.PodSpec(
        automount_service_account_token=False,
        enable_service_links=False,
        priority_class_name=FLEET,
        security_context=k8s.PodSecurityContext(
            fs_group=65532,
            run_as_group=65532,
            run_as_non_root=True,
            run_as_user=65532,
            seccomp_profile=k8s.SeccompProfile(type="RuntimeDefault"),
        ),
        service_account_name=name,
        termination_grace_period_seconds=30,
        containers=[container(amounts)],
        volumes=[
            k8s.Volume(name="config", config_map=k8s.ConfigMapVolumeSource(name=name)),
            k8s.Volume(name="model-source", image=model),
            k8s.Volume(name="scratch", empty_dir=scratch),
        ],
    )


def deployment(chart: Chart, index: int) -> None:
    name = f"inspect-{index:04}"
    amounts = {
        "cpu": k8s.Quantity.from_string(f"{100 + 50 * (index % 8)}m"),
        "memory": k8s.Quantity.from_string(f"{256 + 64 * (index % 8)}Mi"),
        "ephemeral-storage": k8s.Quantity.from_string("1Gi"),
    }
    k8s.KubeDeployment(
        chart,
        name,
        metadata=k8s.ObjectMeta(name=name, namespace=FLEET, labels=labels(name)),
        spec=k8s.DeploymentSpec(
            replicas=1,
            revision_history_limit=2,
            progress_deadline_seconds=660,
            selector=k8s.LabelSelector(match_labels={"app.kubernetes.io/name": name}),
            strategy=k8s.DeploymentStrategy(type="Recreate"),
            template=k8s.PodTemplateSpec(
                metadata=k8s.ObjectMeta(labels=labels(name)), spec=pod(name, amounts)
            ),
        ),
    )


app = App(outdir=sys.argv[2])
chart = Chart(app, "deployments")
for number in range(int(sys.argv[1])):
    deployment(chart, number)
app.synth()
