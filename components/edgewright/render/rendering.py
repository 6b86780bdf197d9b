"""Plan ⇒ every object of every class, and the files that they make. Pure: same plan, same objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from edgewright.document.emit import emit_documents
from edgewright.document.garbage import no_collection
from edgewright.errors import path_text
from edgewright.plan import ClassPlan, Plan
from edgewright.render.analysis import analysis_manifests
from edgewright.render.delivery import delivery_manifests
from edgewright.render.device_class import class_manifests
from edgewright.render.json_text import indented, one_line
from edgewright.render.manifest import Manifest
from edgewright.render.node import NodeFile
from edgewright.render.node.files import class_node_files
from edgewright.render.policies import policy_manifests
from edgewright.render.workload import workload_manifests

INDEX = "index.json"


def render(plan: Plan) -> list[Manifest]:
    """The objects of every class in the order in which they are applied."""
    with no_collection():  # whatever is made here is kept: looking through it took half of the time
        return [manifest for planned in plan.classes for manifest in render_class(plan, planned)]


def render_class(plan: Plan, planned: ClassPlan) -> Iterator[Manifest]:
    """The objects of one class; none where nothing runs on it."""
    if not planned.workloads:
        return
    yield from class_manifests(plan, planned)
    yield from policy_manifests(plan, planned)
    if any(deployed.rollout for deployed in planned.workloads):
        yield from analysis_manifests(plan, planned)
    for deployed in planned.workloads:
        yield from workload_manifests(plan, planned, deployed)
    yield from delivery_manifests(plan, planned)


def files_of(plan: Plan, manifests: Iterable[Manifest]) -> dict[str, str]:
    """Path ⇒ text of each file of a rendering, with an index for each class of what comes from where."""
    by_path: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        by_path.setdefault(manifest.path, []).append(manifest)
    files = {path: emit_documents(each.body for each in group) for path, group in by_path.items()}
    for planned in plan.classes:
        mine = {path: group for path, group in by_path.items() if path.startswith(f"{planned.name}/")}
        if mine:
            nodes = list(class_node_files(plan, planned))
            files |= {each.path: each.text for each in nodes}
            files[f"{planned.name}/{INDEX}"] = _index(plan, planned, mine, nodes)
    return files


def _index(
    plan: Plan, planned: ClassPlan, by_path: dict[str, list[Manifest]], nodes: Sequence[NodeFile]
) -> str:
    """For each object and node file the field that it comes from, and what stands in for a digest."""
    objects = [
        {
            "file": path,
            "apiVersion": manifest.body["apiVersion"],
            "kind": manifest.body["kind"],
            "namespace": manifest.body["metadata"].get("namespace"),
            "name": manifest.body["metadata"]["name"],
            "from": path_text(manifest.origin),
        }
        for path, group in sorted(by_path.items())
        for manifest in group
    ]
    lines = ",\n".join(f"    {one_line(each)}" for each in objects)
    lacking = {name for deployed in planned.workloads for name in deployed.not_locked}
    head = indented({"fleet": plan.fleet.fleet, "class": planned.name, "notLocked": sorted(lacking)})
    of_nodes = [{"file": each.path, "from": path_text(each.origin)} for each in nodes]
    more = ",\n".join(f"    {one_line(each)}" for each in sorted(of_nodes, key=lambda each: each["file"]))
    return f'{head[:-2]},\n  "objects": [\n{lines}\n  ],\n  "nodeFiles": [\n{more}\n  ]\n}}\n'
