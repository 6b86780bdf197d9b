"""The objects of a workload, field by field where a slip would hurt a device."""

from __future__ import annotations

from typing import Any

import pytest
from tests.small import plan_of, smallest

from edgewright.render import render

Object = dict[str, Any]
JETSON = {"kiosk": {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}}}


def objects(**changes: Any) -> dict[str, Object]:
    """The objects of `read` by kind."""
    made = render(plan_of(smallest(**changes), texts={"rules/one.py": "RULE\n"}))
    return {each.body["kind"]: each.body for each in made if each.path == "kiosk/manifests/read.yaml"}


def spec_of(**changes: Any) -> Object:
    spec: Object = objects(**changes)["Deployment"]["spec"]["template"]["spec"]
    return spec


def container(**changes: Any) -> Object:
    (one,) = spec_of(**changes)["containers"]
    return dict(one)


def test_resources_are_what_was_written() -> None:
    resources = {"cpu": 1.5, "memory": "1.5Gi", "ephemeralStorage": "700M"}
    limits = container(workloads__read__resources=resources)["resources"]["limits"]
    assert limits == {"cpu": "1500m", "memory": "1536Mi", "ephemeral-storage": "700M"}


def test_a_gpu_is_an_integer_and_needs_the_runtime_class() -> None:
    gpu = {"cpu": 1, "memory": "1Gi", "gpu": 1}
    changes: dict[str, Any] = {"deviceClasses": JETSON, "workloads__read__resources": gpu}
    assert container(**changes)["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert spec_of(**changes)["runtimeClassName"] == "nvidia"
    assert "runtimeClassName" not in spec_of()
    assert "nvidia.com/gpu" not in container()["resources"]["limits"]


GPU = {"cpu": 1, "memory": "1Gi", "gpu": 1}
L4 = {
    "kiosk": {
        "host": {"arch": "amd64", "cpu": 8, "memory": "16Gi", "gpu": "nvidia-l4"},
        "software": {"driver": "580.82.07"},
    }
}


def test_the_gpu_of_a_jetson_belongs_to_the_group_video() -> None:
    asked: dict[str, Any] = {"workloads__read__resources": GPU}
    assert spec_of(deviceClasses=JETSON, **asked)["securityContext"]["supplementalGroups"] == [44]
    assert "supplementalGroups" not in spec_of(deviceClasses=JETSON)["securityContext"]
    assert "supplementalGroups" not in spec_of(deviceClasses=L4, **asked)["securityContext"]


@pytest.mark.parametrize(
    ("classes", "says"),
    [
        (JETSON, "cuda>=12.6"),
        ({"kiosk": {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.0"}}}, "cuda>=12.2"),
        (L4, "cuda>=13.0"),
    ],
)
def test_a_driver_that_is_too_old_is_told_before_the_container_starts(
    classes: dict[str, Any], says: str
) -> None:
    def said(**changes: Any) -> list[str]:
        env = container(**changes)["env"]
        return [each["value"] for each in env if each["name"] == "NVIDIA_REQUIRE_CUDA"]

    assert said(deviceClasses=classes, workloads__read__resources=GPU) == [says]
    assert said(deviceClasses=classes) == []
    assert said() == []


def test_a_start_may_take_as_long_as_the_fleet_says() -> None:
    changes: dict[str, Any] = {
        "workloads__read__latency": {"p99": "40ms"},
        "workloads__read__startup": {"load": "960s", "warmUp": 10},
    }
    probe = container(**changes)["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] == 965
    assert objects(**changes)["Deployment"]["spec"]["progressDeadlineSeconds"] == 30 + 600 + 965
    assert (
        container(workloads__read__startup={"load": "1s", "warmUp": 0})["startupProbe"]["failureThreshold"]
        == 3
    )


def test_a_stop_may_take_as_long_as_the_fleet_says() -> None:
    assert spec_of(workloads__read__shutdown={"grace": "90.5s"})["terminationGracePeriodSeconds"] == 91


def test_an_engine_cache_outlives_the_pod() -> None:
    resources = {"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"}
    made = objects(workloads__read__resources=resources)
    claim = made["PersistentVolumeClaim"]
    assert claim["spec"]["resources"]["requests"] == {"storage": "2Gi"}
    spec = made["Deployment"]["spec"]["template"]["spec"]
    assert {"name": "engines", "persistentVolumeClaim": {"claimName": "read-engines-2gi"}} in spec["volumes"]
    assert "PersistentVolumeClaim" not in objects()


def test_another_size_is_another_volume_and_the_old_one_stays_for_a_roll_back() -> None:
    claims = [
        objects(workloads__read__resources={"cpu": 1, "memory": "1Gi", "engineCache": size})[
            "PersistentVolumeClaim"
        ]["metadata"]
        for size in ("2Gi", "3Gi", "2048Mi")
    ]
    assert [each["name"] for each in claims] == ["read-engines-2gi", "read-engines-3gi", "read-engines-2gi"]
    assert claims[0]["annotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}


def test_inputs_that_are_kept_outlive_the_pod_beside_the_engines() -> None:
    """On a disk of the device, mounted where uid 65532 may write below a read-only root."""
    changes: dict[str, Any] = {
        "workloads__read__resources": {"cpu": 1, "memory": "1Gi", "engineCache": "2Gi"},
        "workloads__read__whenUnsure": {"below": "85%", "keep": "512Mi"},
    }
    made = [each.body for each in render(plan_of(smallest(**changes)))]
    claims = {each["metadata"]["name"]: each for each in made if each["kind"] == "PersistentVolumeClaim"}
    assert list(claims) == ["read-engines-2gi", "read-unsure-512mi"]
    kept = claims["read-unsure-512mi"]
    assert kept["spec"]["resources"]["requests"] == {"storage": "512Mi"}
    assert kept["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    spec = spec_of(**changes)
    assert spec["securityContext"]["fsGroup"] == 65532
    assert {
        "name": "unsure",
        "persistentVolumeClaim": {"claimName": "read-unsure-512mi"},
    } in spec["volumes"]
    (server,) = spec["containers"]
    assert server["securityContext"]["readOnlyRootFilesystem"]
    assert {"name": "unsure", "mountPath": "/var/lib/edgewright/unsure"} in server["volumeMounts"]


def test_a_claim_comes_from_the_field_that_asks_for_it() -> None:
    made = render(plan_of(smallest(workloads__read__whenUnsure={"below": "85%", "keep": "512Mi"})))
    (claim,) = [each for each in made if each.body["kind"] == "PersistentVolumeClaim"]
    assert claim.origin == ("workloads", "read", "whenUnsure", "keep")


def test_grpc_has_a_port_that_whatever_stands_between_can_read() -> None:
    http = {"name": "http", "port": 8080, "protocol": "TCP", "targetPort": "http"}
    exposed: dict[str, Any] = {"workloads__read__expose": "cluster"}
    assert objects(**exposed)["Service"]["spec"]["ports"] == [http]
    made = objects(**exposed, workloads__read__grpc=True)
    assert made["Service"]["spec"]["ports"] == [
        http,
        {
            "name": "grpc",
            "appProtocol": "kubernetes.io/h2c",
            "port": 9000,
            "protocol": "TCP",
            "targetPort": "grpc",
        },
    ]
    ports = container(**exposed, workloads__read__grpc=True)["ports"]
    assert ports[1:] == [{"name": "grpc", "containerPort": 9000, "protocol": "TCP"}]
    assert len(container()["ports"]) == 1


def test_each_form_of_the_model_is_one_read_only_volume() -> None:
    gpu = {"cpu": 1, "memory": "1Gi", "gpu": 1}
    variants = {"half": {"precision": "fp16"}, "small": {"precision": "int8"}}
    changes: dict[str, Any] = {
        "deviceClasses": JETSON,
        "models__digits__variants": variants,
        "workloads__read__resources": gpu,
        "workloads__read__runtime": "tensorrt",
        "workloads__read__tiers": ["tensorrt/half", "onnxruntime-cuda/half", "onnxruntime-cpu"],
    }
    spec = spec_of(**changes)
    images = {each["name"]: each["image"]["reference"] for each in spec["volumes"] if "image" in each}
    assert list(images) == ["model-half", "model-source"]
    assert all(each.startswith("registry.example/tiny/models/digits@sha256:") for each in images.values())
    mounts = {each["name"]: each for each in spec["containers"][0]["volumeMounts"]}
    assert mounts["model-half"] == {"name": "model-half", "mountPath": "/models/half", "readOnly": True}


def test_the_digest_is_the_architectures() -> None:
    def image(board: str) -> str:
        spec = spec_of(deviceClasses={"kiosk": {"board": board}})
        return str(next(each["image"]["reference"] for each in spec["volumes"] if "image" in each))

    assert image("intel-n100-8gb") != image("raspberry-pi-5-8gb")


def test_a_long_variant_has_a_volume_name_that_kubernetes_takes() -> None:
    form = "a" * 63
    spec = spec_of(
        models__digits__variants={form: {"precision": "int8"}, form[:-1] + "b": {"precision": "int8"}},
        workloads__read__runtime="cpu",
        workloads__read__tiers=[f"onnxruntime-cpu/{form}", f"onnxruntime-cpu/{form[:-1]}b"],
    )
    names = [each["name"] for each in spec["volumes"] if "image" in each]
    assert len(set(names)) == 2
    assert all(len(each) == 63 for each in names)


@pytest.mark.parametrize(("expose", "exposed"), [("cluster", True), ("none", False), (None, False)])
def test_a_service_where_it_is_exposed(expose: str | None, exposed: bool) -> None:
    made = objects(**({"workloads__read__expose": expose} if expose else {}))
    assert ("Service" in made) is exposed


def test_a_rule_lies_beside_the_configuration() -> None:
    made = objects(workloads__read__rule="rules/one.py")
    assert made["ConfigMap"]["data"]["rule.py"] == "RULE\n"
    assert "rule.py" not in objects()["ConfigMap"]["data"]


def test_the_configuration_is_kept_for_the_roll_back() -> None:
    config_map = objects()["ConfigMap"]
    assert config_map["metadata"]["annotations"] == {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    assert objects()["ConfigMap"]["metadata"]["name"] == config_map["metadata"]["name"]
    other = objects(workloads__read__batching={"maxBatch": 2})["ConfigMap"]
    assert other["metadata"]["name"] != config_map["metadata"]["name"]


@pytest.mark.parametrize(
    ("version", "label"),
    [
        ("1.0.0+b.c", "1.0.0_b.c"),
        ("1.0.0-" + "a" * 80, "1.0.0-" + "a" * 57),
        ("1.0.0-" + "a" * 56 + ".b", "1.0.0-" + "a" * 56),
    ],
)
def test_a_version_is_a_label_whatever_it_is(version: str, label: str) -> None:
    labels = objects(models__digits__version=version)["Deployment"]["metadata"]["labels"]
    assert labels["app.kubernetes.io/version"] == label


def test_a_device_never_runs_two_at_once() -> None:
    stages = [{"ring": "all", "upTo": "100%"}]
    made = objects(rollouts={"careful": {"stages": stages}}, workloads__read__rollout="careful")
    canary = made["Rollout"]["spec"]["strategy"]["canary"]
    assert (canary["maxSurge"], canary["maxUnavailable"]) == (0, 1)
    assert made["Rollout"]["spec"]["replicas"] == 1
    assert objects()["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}


@pytest.mark.parametrize(
    ("rollout", "label"), [(True, "rollouts-pod-template-hash"), (False, "pod-template-hash")]
)
def test_a_server_knows_its_revision(rollout: bool, label: str) -> None:
    changes: dict[str, Any] = {}
    if rollout:
        changes = {
            "rollouts": {"careful": {"stages": [{"ring": "all", "upTo": "100%"}]}},
            "workloads__read__rollout": "careful",
        }
    made = objects(**changes)["Rollout" if rollout else "Deployment"]
    environment = made["spec"]["template"]["spec"]["containers"][0]["env"]
    revision = next(each for each in environment if each["name"] == "EDGEWRIGHT_REVISION")
    assert label in revision["valueFrom"]["fieldRef"]["fieldPath"]
    assert {"name": "ORT_DISABLE_TELEMETRY", "value": "1"} in environment
