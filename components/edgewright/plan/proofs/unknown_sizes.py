"""What a comparison leaves out because nobody knows how large it is: named, so that nobody takes a sum for all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgewright.errors import Finding
from edgewright.plan.case import Case


def unknown_sizes(
    case: Case, field: str, names: Sequence[str], more: Sequence[str] = ()
) -> Iterator[Finding]:
    """The finding at a field of the class that is held against sizes, where some of them are unknown.

    `names` are images and forms of models that fleet.lock has no size of; `more` is said in words.
    """
    listed = [f"`{name}`" for name in names[:3]] + ([f"{len(names) - 3} more"] if len(names) > 3 else [])
    listed += more
    if listed:
        yield Finding(
            "size-unknown",
            "info",
            f"fleet.lock has no size of {', '.join(listed)}: `{field}` is held against the rest of what "
            f"`{case.planned.name}` gets",
            "leave room for it, or run `edgewright lock --verify`, which asks the registry what images take",
            (*case.planned.path, field),
            on_key=True,
        )
