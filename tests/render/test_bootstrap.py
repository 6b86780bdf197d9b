"""A device's bootstrap: the class's files, its own, one ring's source, and scripts that a shell reads."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.small import plan_of, smallest
from tests.strategies import PUBLIC_KEY

from edgewright.render import node_files
from edgewright.render.bootstrap import bootstrap
from edgewright.render.node.file import MANIFESTS, on_device

STAGES = [{"ring": "canary", "upTo": "1%", "soak": "1h"}, {"ring": "everyone", "upTo": "100%"}]
CAMERA = {"board": "jetson-orin-nx-16gb", "software": {"jetpack": "6.2"}, "powerMode": "25W"}
SIGNED = {"signatures": [{"images": ["registry.example/**"], "anyOf": [{"key": "keys/one.pub"}]}]}


def made(ring: str = "canary", labels: dict[str, str] | None = None, **changes: Any) -> dict[str, str]:
    values = smallest(
        deviceClasses={"cam": {**CAMERA, **changes}},
        rollouts={"careful": {"stages": STAGES}},
        security=SIGNED,
    )
    values["workloads"]["read"]["rollout"] = "careful"
    plan = plan_of(values, texts={"keys/one.pub": PUBLIC_KEY})
    (planned,) = plan.classes
    chosen = next(each for each in planned.rings if each.name == ring)
    files = bootstrap(plan, planned, chosen, "cam-1", labels or {})
    assert {on_device(each.path): each.text for each in node_files(plan)}.items() <= files.items()
    return files


def test_the_device_adds_its_name_and_labels_to_those_of_its_class() -> None:
    config = yaml.safe_load(made(labels={"b": "2", "a": "1"})["etc/rancher/k3s/config.yaml.d/50-device.yaml"])
    assert config == {"node-name": "cam-1", "node-label+": ["a=1", "b=2"]}
    assert yaml.safe_load(made()["etc/rancher/k3s/config.yaml.d/50-device.yaml"]) == {"node-name": "cam-1"}


@pytest.mark.parametrize("ring", ["canary", "everyone"])
def test_it_follows_its_own_ring_and_no_other(ring: str) -> None:
    objects = list(yaml.safe_load_all(made(ring)["delivery.yaml"]))
    assert [each["kind"] for each in objects] == ["Secret", "OCIRepository", "Kustomization", "Kustomization"]
    assert objects[1]["spec"]["ref"] == {"tag": ring}
    assert objects[1]["spec"]["verify"]["provider"] == "cosign"
    assert objects[2]["spec"]["path"] == f"./delivery/{ring}"


def test_k3s_does_not_bring_back_what_the_ring_has_changed() -> None:
    """It applies what lies in its folder at each start: nothing there may be what Flux changes later."""
    there = [path for path in made() if path.startswith(MANIFESTS)]
    assert [path.rpartition("/")[2] for path in there] == ["nvidia-device-plugin.yaml"]


def test_without_a_network_nothing_is_followed() -> None:
    files = made(offline=True, signatureGate="bundle")
    assert not [path for path in files if "delivery" in path]
    assert "flux" not in files["fetch.sh"] + files["install.sh"]


def test_everything_is_fetched_by_its_version() -> None:
    fetch = made()["fetch.sh"]
    assert "/v1.36.2%2Bk3s1/k3s-arm64\n" in fetch
    assert "argo-rollouts/releases/download/v1.10.1/install.yaml" in fetch
    assert "flux install --version v2.9.5 --components source-controller,kustomize-controller" in fetch
    assert "latest" not in fetch
    assert "kyverno" not in fetch
    assert (
        "kyverno/releases/download/v1.19.0/install.yaml"
        in made(signatureGate="admission", reserve={"cpu": 1, "memory": "2Gi"})["fetch.sh"]
    )


def test_what_is_fetched_is_what_is_installed() -> None:
    files = made()
    fetched = {line.split()[1] for line in files["fetch.sh"].splitlines() if line.startswith("get ")}
    fetched |= {
        line.rpartition("> ")[2] for line in files["fetch.sh"].splitlines() if line.startswith("flux ")
    }
    applied = {line.rpartition("-f ")[2] for line in files["install.sh"].splitlines() if " apply " in line}
    assert applied == {"platform/argoRollouts.yaml", "platform/flux.yaml", "delivery.yaml"}
    assert (applied - {"delivery.yaml"}) | {"install-k3s.sh", "usr/local/bin/k3s"} <= fetched
    *_, last = files["install.sh"].splitlines()
    assert "systemctl enable edgewright-power-mode.service" in files["install.sh"]
    assert files["install.sh"].index("install-k3s.sh") < files["install.sh"].index(
        "systemctl start edgewright"
    )
    assert last == "systemctl restart k3s"


@pytest.mark.parametrize("script", ["fetch.sh", "install.sh"])
def test_a_shell_reads_the_scripts(script: str, tmp_path: Path) -> None:
    (tmp_path / script).write_text(made()[script])
    subprocess.run(["/bin/sh", "-n", tmp_path / script], check=True)


def test_a_download_that_is_another_one_stops_the_script(tmp_path: Path) -> None:
    """The lines that compare with the release's sums, run against a right file and a wrong one."""
    lines = [line for line in made()["fetch.sh"].splitlines() if line.startswith("grep ' k3s-arm64$'")]
    (tmp_path / "usr/local/bin").mkdir(parents=True)
    (tmp_path / "usr/local/bin/k3s").write_text("k3s\n")
    right = "da8ef5a1a3bba0a8e3a32e4ed8a9e0ef" * 2
    done = subprocess.run(
        ["sha256sum", "usr/local/bin/k3s"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    for digest, code in ((done.stdout.split()[0], 0), (right, 1)):
        (tmp_path / "k3s.sums").write_text(f"{digest}  k3s-arm64\n{right}  k3s-airgap-images-arm64.tar.zst\n")
        ran = subprocess.run(["/bin/sh", "-c", lines[0]], cwd=tmp_path, capture_output=True, check=False)
        assert ran.returncode == code


def test_the_record_says_what_is_left_to_do() -> None:
    record = json.loads(made()["device.json"])
    assert record["ring"] == "canary"
    assert record["byHand"] == ["prometheus"]
    assert record["platform"]["flux"] == "2.9.5"


def test_a_policy_of_before_does_not_keep_the_kubelet_down() -> None:
    install = made(cpuManager={"policy": "static"})["install.sh"]
    assert install.index("rm -f /var/lib/kubelet/cpu_manager_state") < install.index("sh install-k3s.sh")
    assert "cpu_manager_state" not in made()["install.sh"]
