"""A fleet's plain values with others at some paths: what if this were so?

A path is written as findings write it: `workloads.inspect.on.gateway.resources.memory`,
`rollouts.careful.stages[0].upTo`. It leads to a field of the language, whether it is written or not;
entries that the fleet does not have are not made up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from edgewright.errors import FieldPath, Finding, FleetError
from edgewright.fleet.fields import field_at, fields_of, is_entry, is_list, part_at
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.scope import unknown
from edgewright.fleet.unknown_fields import Vocabulary, meant_by, unknown_field
from edgewright.fleet.words import Words
from edgewright.fleet.workload import Resources, WorkloadFields

_STEP: Final = re.compile(r"""(?:^|\.)([^.\[\]"]+)|\[([0-9]{1,6})\]|\["([^"]*)"\]""")
_MOST_STEPS: Final = 20
_NOUNS: Final = {"deviceClasses": "class", "workloads": "workload", "models": "model", "rollouts": "rollout"}
RESOURCES: Final = tuple(fields_of(Resources))
"""What the short form of a path may name."""


def path_of(text: str) -> FieldPath | None:
    """The path that a text writes; None where it writes none."""
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        match = _STEP.match(text, at)
        if match is None or len(steps) == _MOST_STEPS:
            return None
        name, index, quoted = match.groups()
        steps.append(int(index) if index is not None else name if name is not None else quoted)
        at = match.end()
    return tuple(steps) or None


def override(values: Mapping[str, Any], path: FieldPath, value: Any) -> dict[str, Any]:
    """The values with another one at the path; the given ones are left alone.

    What a class does not say of a workload it has from the workload, and keeps. Raises FleetError
    (`unknown-field`, `unknown-reference`) for a path that leads nowhere.
    """
    new = dict(values)
    holder: Any = new
    for depth, step in enumerate(path):
        _check(values, path[: depth + 1], holder)
        if depth + 1 == len(path):
            holder[step] = value
            break
        inner = holder[step] if isinstance(step, int) else holder.get(step)
        if inner is None:
            inner = _inherited(new, path[: depth + 1])
        # What an override before this one has put there may be of another kind than what leads on.
        kind = list if isinstance(path[depth + 1], int) else dict
        holder[step] = holder = inner.copy() if isinstance(inner, kind) else {}
    return new


def _inherited(values: Mapping[str, Any], path: FieldPath) -> Any:
    """What a field that is not written has all the same: on a class, that of the workload."""
    if len(path) == 3 and path[0] == "workloads" and path[2] == "on":
        classes = values.get("deviceClasses")
        return {name: {} for name in classes} if isinstance(classes, dict) else None
    if len(path) == 5 and path[0] == "workloads" and path[2] == "on" and path[4] in fields_of(WorkloadFields):
        workload = values["workloads"][path[1]]
        return workload.get(path[4]) if isinstance(workload, dict) else None
    return None


def _check(values: Mapping[str, Any], path: FieldPath, holder: Any) -> None:
    """Raises FleetError where nothing is called like the last step of a path, or can be."""
    step, above = path[-1], path[:-1]
    if is_entry(Fleet, path):
        if step not in holder:
            raise FleetError([_no_entry(path, holder)])
    elif _holds_items(above):
        items = holder if isinstance(holder, list) else []
        if not isinstance(step, int) or step >= len(items):
            raise FleetError([_no_item(path, len(items))])
    else:
        part = part_at(Fleet, above)
        if isinstance(step, int) or part is None or step not in fields_of(part):
            raise FleetError([unknown_field(path, meant_by((*above, str(step)), {}, Vocabulary()))])


def _holds_items(path: FieldPath) -> bool:
    """Whether a list stands at the path, or would."""
    field = field_at(Fleet, path) if path else None
    return field is not None and is_list(field.annotation) and not isinstance(path[-1], int)


def _no_entry(path: FieldPath, holder: Mapping[str, Any]) -> Finding:
    section = path[-2]
    noun = "class of this workload" if section == "on" else _NOUNS.get(str(section), f"entry of `{section}`")
    found = unknown(noun, str(path[-1]), Words(map(str, holder)), path)
    return replace(found, on_key=True)


def _no_item(path: FieldPath, length: int) -> Finding:
    return Finding(
        "unknown-reference",
        "error",
        f"`{path[-2]}` has no item {path[-1]}: it has {length}",
        f"write a number from 0 to {length - 1}, such as `{path[-2]}[0]`"
        if length
        else "write it in the fleet",
        path,
        waivable=False,
    )


def resource_paths(
    fleet: Fleet, resource: str, classes: Sequence[str], workloads: Sequence[str]
) -> list[FieldPath]:
    """Every path at which a resource of the workloads is decided on the classes; all of them where none is named."""
    paths: dict[FieldPath, None] = {}
    for name, workload in fleet.workloads.items():
        if workloads and name not in workloads:
            continue
        for class_name in workload.on or fleet.device_classes:
            if not classes or class_name in classes:
                paths[_decided(name, workload.on, class_name, resource, of_class=bool(classes))] = None
    return list(paths)


def _decided(
    name: str, on: Mapping[str, WorkloadFields], class_name: str, resource: str, *, of_class: bool
) -> FieldPath:
    """Where the resource is written; on the class itself where only some classes are meant."""
    there = on.get(class_name)
    if of_class or (there is not None and there.resources is not None):
        return ("workloads", name, "on", class_name, "resources", resource)
    return ("workloads", name, "resources", resource)
