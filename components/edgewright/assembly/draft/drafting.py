"""Workloads ⇒ the text of a fleet.yaml, and everything that somebody still has to decide."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Final

from edgewright.assembly.draft.objects import Found
from edgewright.assembly.draft.pods import WORKLOADS, Drawn, drawn, label, not_mapped, readable
from edgewright.errors import Finding

_REPLACED: Final = {
    "Namespace", "NetworkPolicy", "PriorityClass", "ServiceAccount", "ImageValidatingPolicy",
    "ValidatingPolicy", "AnalysisTemplate", "PodDisruptionBudget", "ResourceQuota", "RuntimeClass",
    "Kustomization",
}  # fmt: skip
"""Kinds that Edgewright writes itself for what the draft has."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft: its text, and what of the manifests it does not have. Empty text where there is nothing."""

    text: str
    workloads: tuple[str, ...]
    findings: tuple[Finding, ...]


def draft(objects: Sequence[Found]) -> Drafted:
    """A fleet.yaml of the workloads among some objects; the same objects give the same text."""
    all_ = [each for found in objects if found.kind in WORKLOADS and (each := drawn(found))]
    workloads = list({each.name: each for each in reversed(all_)}.values())[::-1]
    findings = [finding for each in workloads for finding in each.findings]
    findings += _others(objects, workloads)
    if not workloads:
        return Drafted("", (), tuple(findings))
    exposed = {name for each in objects if each.kind == "Service" for name in _served(each, workloads)}
    lines = [*_head(workloads), *_classes(workloads), *_models(workloads), *_workloads(workloads, exposed)]
    return Drafted("\n".join(lines) + "\n", tuple(each.name for each in workloads), tuple(findings))


def _others(objects: Sequence[Found], workloads: Sequence[Drawn]) -> Iterator[Finding]:
    """Objects that the draft has nothing of."""
    kept = {id(each.found) for each in workloads}
    for found in objects:
        if found.kind in WORKLOADS and id(found) not in kept:
            message = (
                f"{found.kind} `{found.name}` has no container, or a name that another one has in the draft"
            )
            yield not_mapped(found, ("metadata", "name"), message, "write it by hand, if it serves a model")
        elif found.kind not in {*WORKLOADS, *_REPLACED, "Service"}:
            yield not_mapped(
                found,
                ("kind",),
                f"{found.kind} `{found.name}` has no counterpart in a fleet",
                "keep it beside the fleet's manifests, if something needs it",
            )


def _served(service: Found, workloads: Sequence[Drawn]) -> Iterator[str]:
    """The workloads that a service leads to."""
    spec = service.body.get("spec")
    selector = spec.get("selector") if isinstance(spec, dict) else None
    for each in workloads:
        labels = _pod_labels(each.found)
        if isinstance(selector, dict) and selector and selector.items() <= labels.items():
            yield each.name


def _pod_labels(found: Found) -> dict[str, str]:
    body = found.body if found.kind == "Pod" else found.body.get("spec", {}).get("template", {})
    labels = body.get("metadata", {}).get("labels") if isinstance(body.get("metadata"), dict) else None
    return labels if isinstance(labels, dict) else {}


def _head(workloads: Sequence[Drawn]) -> Iterator[str]:
    namespaces = Counter(str(each.found.body["metadata"].get("namespace") or "fleet") for each in workloads)
    name = label(namespaces.most_common(1)[0][0])
    folders = Counter(_registry(each.image) for each in workloads)
    yield "# Drafted by `edgewright import`. Read it, and decide what `decide:` stands at; then `edgewright check`."
    yield "apiVersion: edgewright.dev/v1alpha1"
    yield f"fleet: {name}"
    yield f"registry: {folders.most_common(1)[0][0]}"
    yield ""


def _registry(image: str) -> str:
    """The registry and path of an image; a stand-in where it names none, or one that needs no name."""
    path = image.partition("@")[0].rpartition("/")[0]
    host = path.partition("/")[0]
    plain = re.fullmatch(r"[a-z0-9][a-z0-9.-]*(:[0-9]{1,4})?(/[a-z0-9]+([._-][a-z0-9]+)*)*", path)
    return path if plain and ("." in host or ":" in host) else "registry.example/edge"


def _file(found: Found) -> str:
    """The file's name as a comment can hold it."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", Path(found.file).name)


def _shown(image: str) -> str:
    """The image as a comment can hold it: nothing that ends a line, and no password before a host."""
    return (
        image
        if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/:-]*(@sha256:[0-9a-f]{64})?", image)
        else "of no usual form"
    )


def _classes(workloads: Sequence[Drawn]) -> Iterator[str]:
    yield "# decide: what the devices are. `board:` names one that Edgewright knows; these hosts are as large as what"
    yield "# runs on them needs. `edgewright explain deviceClasses.board` lists boards."
    yield "deviceClasses:"
    for name, mine in _by_class(workloads).items():
        arch = "arm64" if dict(mine[0].selector).get("kubernetes.io/arch") == "arm64" else "amd64"
        cores = _least_power(sum(map(_cpu, mine)) // 1000 + 2)
        memory = _least_power(sum(map(_memory, mine)) // 2**30 + 3)
        gpus = sum(each.gpu for each in mine)
        host = f"arch: {arch}, cpu: {cores}, memory: {memory}Gi"
        yield f"  {name}:"
        if gpus and arch == "arm64" and cores <= 8 and memory <= 32:
            yield "    board: jetson-agx-orin-64gb  # decide: which Jetson, and its JetPack"
            yield '    software: {jetpack: "6.2"}'
        elif gpus:
            yield f"    host: {{{host}, gpu: nvidia-l4}}  # decide: which GPU and driver the devices have"
            yield '    software: {driver: "580.82.07"}'
        else:
            yield f"    host: {{{host}}}"
        if gpus > 1:
            yield f"    gpuSharing: {{strategy: time-slicing, replicas: {min(gpus, 64)}}}  # decide: one, or several"
        yield "    devices: 1  # decide"
    yield ""


def _by_class(workloads: Sequence[Drawn]) -> dict[str, list[Drawn]]:
    """The workloads by the nodes that they select: what runs on the same nodes is one class."""
    groups: dict[tuple[tuple[str, str], ...], list[Drawn]] = {}
    for each in workloads:
        groups.setdefault(each.selector, []).append(each)
    named: dict[str, list[Drawn]] = {}
    for selector, mine in groups.items():
        wanted = [value for key, value in selector if key not in ("kubernetes.io/arch", "kubernetes.io/os")]
        name = label(wanted[0] if wanted else dict(selector).get("kubernetes.io/arch", "device"))
        numbered = (f"{name[:35]}-{number}" for number in count(2))
        named[name if name not in named else next(each for each in numbered if each not in named)] = mine
    return named


def _models(workloads: Sequence[Drawn]) -> Iterator[str]:
    yield "# decide: where the models lie; `edgewright lock` reads and pins them."
    yield "models:"
    for each in workloads:
        tag = re.search(r":v?([0-9]+\.[0-9]+\.[0-9]+)$", each.image.partition("@")[0])
        yield f"  {each.name}: {{version: {tag[1] if tag else '1.0.0'}, source: models/{each.name}.onnx}}"
    yield ""


def _workloads(workloads: Sequence[Drawn], exposed: Iterable[str]) -> Iterator[str]:
    classes = {id(each): name for name, mine in _by_class(workloads).items() for each in mine}
    several = len(set(classes.values())) > 1
    yield "workloads:"
    for each in workloads:
        yield f"  {each.name}:  # from {_file(each.found)}, image {_shown(each.image)}"
        yield f"    model: {each.name}"
        if each.name in exposed:
            yield "    expose: cluster"
        if each.start:
            yield f"    startup: {{load: {each.start}s}}"
        if each.grace:
            yield f"    shutdown: {{grace: {each.grace}s}}"
        yield f"    resources: {_resources(each)}"
        if several:
            yield f"    on: {{{classes[id(each)]}: {{}}}}"


def _resources(each: Drawn) -> str:
    cpu, memory = _cpu(each), _memory(each)
    parts = [f"cpu: {cpu // 1000 if cpu % 1000 == 0 else f'{cpu}m'}", f"memory: {-(-memory // 2**20)}Mi"]
    if each.gpu:
        parts.append(f"gpu: {each.gpu}")
    if storage := -(-readable("ephemeral-storage", each.storage) // 10**9):
        parts.append(f"ephemeralStorage: {-(-storage // 2**20)}Mi")
    missing = [name for name, amount in (("cpu", each.cpu), ("memory", each.memory)) if amount is None]
    note = f"  # decide: the manifest limits no {' and no '.join(missing)}" if missing else ""
    return "{" + ", ".join(parts) + "}" + note


def _cpu(each: Drawn) -> int:
    """Millicores, rounded up; one core where the manifest limits none."""
    return -(-readable("cpu", each.cpu) // 10**6) or 1000


def _memory(each: Drawn) -> int:
    """Bytes, rounded up; 1 GiB where the manifest limits none."""
    return -(-readable("memory", each.memory) // 10**9) or 2**30


def _least_power(least: int) -> int:
    """The smallest power of two that is at least so many."""
    return 1 << max(least - 1, 0).bit_length()
