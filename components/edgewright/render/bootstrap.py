"""What one device is set up with: its files as they will lie on it, and two scripts.

`fetch.sh` runs at the desk and brings what is installed, each thing by its version, into the same folder;
`install.sh` runs on the device and needs no network for K3s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from shlex import quote
from typing import Final

from edgewright.document.emit import emit, emit_documents
from edgewright.plan import ClassPlan, Plan, PlannedRing
from edgewright.plan.platform_parts import DNS, PlannedPart
from edgewright.render.delivery import NAMESPACE, delivery_manifests, delivery_path
from edgewright.render.json_text import indented
from edgewright.render.node.device_plugin import PART as DEVICE_PLUGIN
from edgewright.render.node.file import on_device
from edgewright.render.node.files import class_node_files
from edgewright.render.node.power_mode import UNIT

_FLUX: Final = "flux"
_FLUX_PARTS: Final = "source-controller,kustomize-controller"
_NAMESPACES: Final = {"argoRollouts": "argo-rollouts"}
"""Parts whose published objects name no namespace, and the one that their own documentation gives them.
https://argo-rollouts.readthedocs.io/en/stable/installation/"""
_DELIVERY: Final = "delivery.yaml"
"""What follows the ring. Not where K3s applies things by itself: it does so at each of its starts, and would bring
back the keys of the day of enrolment, which the ring has changed since.
https://docs.k3s.io/installation/packaged-components#auto-deploying-manifests-addons"""
_IMAGES: Final = "var/lib/rancher/k3s/agent/images"
"""Images that lie here, K3s imports. https://docs.k3s.io/installation/airgap"""


def bootstrap(
    plan: Plan, planned: ClassPlan, ring: PlannedRing, name: str, labels: Mapping[str, str]
) -> dict[str, str]:
    """Path ⇒ text of each file; `labels` are those of this one device."""
    files = {on_device(each.path): each.text for each in class_node_files(plan, planned)}
    files["etc/rancher/k3s/config.yaml.d/50-device.yaml"] = _device_config(name, labels)
    delivered = [
        each.body for each in delivery_manifests(plan, planned) if each.path == delivery_path(planned, ring)
    ]
    if delivered:
        files[_DELIVERY] = emit_documents(delivered)
    files["fetch.sh"] = "\n".join(_fetch(planned)) + "\n"
    files["install.sh"] = "\n".join(_install(planned, delivered=bool(delivered))) + "\n"
    files["device.json"] = _record(plan, planned, ring, name)
    return dict(sorted(files.items()))


def by_hand(planned: ClassPlan) -> tuple[PlannedPart, ...]:
    """The parts of the platform that the scripts do not install: nobody publishes their objects as a file."""
    done = (DNS, DEVICE_PLUGIN, _FLUX)
    return tuple(part for part in planned.parts if part.manifest is None and part.name not in done)


def _device_config(name: str, labels: Mapping[str, str]) -> str:
    config: dict[str, object] = {"node-name": name}
    if labels:  # with `+`, K3s adds to the labels of the class
        config["node-label+"] = [f"{key}={value}" for key, value in sorted(labels.items())]
    return emit(config)


def _record(plan: Plan, planned: ClassPlan, ring: PlannedRing, name: str) -> str:
    parts = {part.name: part.version for part in planned.parts if part.name != DNS}
    values = {
        "fleet": plan.fleet.fleet,
        "device": name,
        "deviceClass": planned.name,
        "ring": ring.name,
        "k3s": planned.device_class.software.k3s,
        "platform": parts,
        "byHand": [part.name for part in by_hand(planned)],
    }
    return indented(values) + "\n"


def _fetch(planned: ClassPlan) -> Iterator[str]:
    version, arch = planned.device_class.software.k3s, planned.architecture
    suffix = "" if arch == "amd64" else f"-{arch}"
    release = f"https://github.com/k3s-io/k3s/releases/download/{version.replace('+', '%2B')}"
    source = f"https://raw.githubusercontent.com/k3s-io/k3s/{version.replace('+', '%2B')}"
    yield "#!/bin/sh"
    yield "# Run at the desk: brings what this device installs into this folder, each thing by its version."
    yield "# K3s is checked against the sums of its release; what else comes is not checked against digests."
    yield "set -eu"
    yield 'cd "$(dirname "$0")"'
    yield 'get() { mkdir -p "$(dirname "$1")"; curl -fsSL --retry 3 -o "$1.part" "$2"; mv "$1.part" "$1"; }'
    yield f"get usr/local/bin/k3s {release}/k3s{suffix}"
    yield f"get {_IMAGES}/k3s-airgap-images-{arch}.tar.zst {release}/k3s-airgap-images-{arch}.tar.zst"
    yield f"get k3s.sums {release}/sha256sum-{arch}.txt"
    yield from _check(f"k3s{suffix}", "usr/local/bin/k3s")
    yield from _check(f"k3s-airgap-images-{arch}.tar.zst", f"{_IMAGES}/k3s-airgap-images-{arch}.tar.zst")
    yield f"get install-k3s.sh {source}/install.sh"
    for part in planned.parts:
        if part.manifest is not None and part.name != _FLUX:
            yield f"get platform/{part.name}.yaml {quote(part.manifest)}"
        elif part.name == _FLUX:
            yield "mkdir -p platform"
            options = f"--version v{part.version} --components {_FLUX_PARTS} --export"
            yield f"flux install {options} > platform/{part.name}.yaml"


def _check(name: str, path: str) -> Iterator[str]:
    """Compares a file with the sum that the release has for it."""
    yield f"grep ' {name}$' k3s.sums | sed 's# .*#  {path}#' | sha256sum -c -"


def _install(planned: ClassPlan, *, delivered: bool) -> Iterator[str]:
    yield "#!/bin/sh"
    yield "# Run on the device as root, in this folder, after fetch.sh has run at the desk."
    yield "set -eu"
    yield 'cd "$(dirname "$0")"'
    yield "[ -f usr/local/bin/k3s ] || { echo 'run fetch.sh at the desk first' >&2; exit 1; }"
    yield "cp -R etc usr var /"
    yield "chmod 755 /usr/local/bin/k3s"
    if planned.device_class.power_mode is not None:
        yield "systemctl daemon-reload"
        yield f"systemctl enable {UNIT}"
    pinning = planned.device_class.cpu_manager
    if pinning is not None:
        # https://kubernetes.io/docs/tasks/administer-cluster/cpu-management-policies/#changing-the-cpu-manager-policy
        yield "# A state that another policy has left behind would keep the kubelet down."
        yield "if [ -e /var/lib/kubelet/cpu_manager_state ]; then systemctl stop k3s || true; fi"
        yield "rm -f /var/lib/kubelet/cpu_manager_state"
    yield "INSTALL_K3S_SKIP_DOWNLOAD=true sh install-k3s.sh server"
    yield "until k3s kubectl get --raw /readyz > /dev/null 2>&1; do sleep 2; done"
    for part in planned.parts:
        if part.manifest is not None or part.name == _FLUX:
            yield from _apply(part)
    if delivered:
        yield from _follow()
    for part in by_hand(planned):
        yield f"echo 'still to be installed by hand: {part.title} {part.version}'"
    if planned.device_class.power_mode is not None:
        yield "# Last, for some changes of the power mode restart the board; K3s counts its cores when it starts."
        yield f"systemctl start {UNIT}"
        yield "systemctl restart k3s"


def _follow() -> Iterator[str]:
    """Once, and then it is the artifact's: where somebody enrols the device anew, what is here wins once more."""
    kinds = ("kustomizations.kustomize", "ocirepositories.source")
    crds = " ".join(f"crd/{kind}.toolkit.fluxcd.io" for kind in kinds)
    yield f"k3s kubectl wait --for=condition=Established --timeout=120s {crds}"
    yield f"k3s kubectl apply --server-side --force-conflicts -n {NAMESPACE} -f {_DELIVERY}"


def _apply(part: PlannedPart) -> Iterator[str]:
    """On the server's side: a policy engine's definitions are too long for an annotation."""
    namespace, into = _NAMESPACES.get(part.name), ""
    if namespace:
        into = f" -n {namespace}"
        yield f"k3s kubectl get namespace {namespace} || k3s kubectl create namespace {namespace}"
    yield f"k3s kubectl apply --server-side{into} -f platform/{part.name}.yaml"
