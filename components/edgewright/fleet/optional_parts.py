"""What is off by default, and cannot be meant as it is turned on."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath, Finding
from edgewright.fleet.quantities import Memory
from edgewright.fleet.scope import Scope, contradiction
from edgewright.fleet.workload import WorkloadFields


def optional_findings(fields: WorkloadFields, path: FieldPath, scope: Scope) -> Iterator[Finding]:
    """Room for nothing, and unsure answers of which nothing follows."""
    unsure = fields.when_unsure
    rooms: dict[FieldPath, Memory | None] = {(*path, "responseCache"): fields.response_cache}
    if unsure is not None:
        below = (*path, "whenUnsure")
        rooms[*below, "keep"] = unsure.keep
        follows = (unsure.escalate_to, unsure.keep) != (None, None)
        if not follows and not any(scope.is_written((*below, name)) for name in ("escalateTo", "keep")):
            yield contradiction(
                "`whenUnsure` says when an answer is unsure, and not what happens then",
                "add `escalateTo: https://…/v2/models/<name>`, or `keep: 512Mi` to keep such inputs for labelling",
                below,
            )
    for room, size in rooms.items():
        if size is not None and not size:
            message = f"`{room[-1]}` is zero, and nothing can be kept"
            yield Finding(
                "out-of-range",
                "error",
                message,
                "write `64Mi` or what there is, or remove it",
                room,
                waivable=False,
            )
