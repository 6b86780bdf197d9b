"""Plan ⇒ every object of every class, and the files that they make. Pure: same plan, same objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from edgewright.document.emit import emit_documents
from edgewright.document.garbage import no_collection
from edgewright.errors import path_text
from edgewright.plan import ClassPlan, Plan
from edgewright.render.analysis import analysis_manifests
from edgewright.render.delivery import delivery_manifests
from edgewright.render.device_class import class_manifests
from edgewright.render.json_text import indented, one_line
from edgewright.render.manifest import Manifest
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
    """Path ⇒ text of each file of a rendering, with the index of what comes from where."""
    by_path: dict[str, list[Manifest]] = {}
    for manifest in manifests:
        by_path.setdefault(manifest.path, []).append(manifest)
    files = {path: emit_documents(each.body for each in group) for path, group in by_path.items()}
    return files | {INDEX: _index(plan, by_path)}


def _index(plan: Plan, by_path: dict[str, list[Manifest]]) -> str:
    """For each object the field of the fleet that it comes from, and what stands in for a digest."""
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
    head = indented({"fleet": plan.fleet.fleet, "notLocked": sorted(plan.not_locked)})
    return f'{head[:-2]},\n  "objects": [\n{lines}\n  ]\n}}\n'
