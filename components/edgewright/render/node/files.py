"""The node files of every class, in one order."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.plan import ClassPlan, Plan
from edgewright.render.node.device_plugin import device_plugin
from edgewright.render.node.file import NodeFile
from edgewright.render.node.k3s import k3s_config, registries
from edgewright.render.node.power_mode import power_mode


def node_files(plan: Plan) -> list[NodeFile]:
    """The node files of every class that something runs on."""
    return [file for planned in plan.classes if planned.workloads for file in class_node_files(plan, planned)]


def class_node_files(plan: Plan, planned: ClassPlan) -> Iterator[NodeFile]:
    """The files that are the same on each device of a class."""
    yield k3s_config(plan, planned)
    yield registries(plan, planned)
    yield from device_plugin(planned)
    yield from power_mode(planned)
