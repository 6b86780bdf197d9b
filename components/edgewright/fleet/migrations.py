"""`apiVersion` is a promise: what it once meant it means for ever.

A change of the language that old files would feel gets a new version, and a function here that turns
the values of the version before into those of the next. There is one version so far, so none yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from edgewright.errors import Finding
from edgewright.fleet.wording import shown
from edgewright.fleet.words import sure

CURRENT: Final = "edgewright.dev/v1alpha1"

_TO_NEXT: Final[dict[str, Callable[[dict[str, Any]], dict[str, Any]]]] = {}
"""A version ⇒ the function that makes the values of the version after it, `apiVersion` included."""

_VERSION: Final = re.compile(r"edgewright\.dev/v[0-9]+(?:(?:alpha|beta)[0-9]+)?")


def migrate(value: dict[str, Any]) -> tuple[dict[str, Any] | None, tuple[Finding, ...]]:
    """The values as the current version has them, and what is wrong with the version.

    None for what another edgewright may understand; what names no version at all is read as the
    current one, so that the rest of what is wrong is told too.
    """
    if "apiVersion" not in value:
        return {"apiVersion": CURRENT, **value}, (_missing(),)
    version = value["apiVersion"]
    if version is None:  # an empty field, which is told as one
        return {**value, "apiVersion": CURRENT}, ()
    while isinstance(version, str) and version in _TO_NEXT:
        value = _TO_NEXT[version](value)
        version = value["apiVersion"]
    if version == CURRENT:
        return value, ()
    other = isinstance(version, str) and _VERSION.fullmatch(version)
    return None if other else {**value, "apiVersion": CURRENT}, (_unknown(version),)


def _missing() -> Finding:
    return Finding(
        rule="missing-field",
        level="error",
        message="a fleet has no `apiVersion`: it says which version of the language this is",
        remedy=f"add `apiVersion: {CURRENT}` as the first line",
        path=("apiVersion",),
        waivable=False,
    )


def _unknown(version: object) -> Finding:
    slip = isinstance(version, str) and not _VERSION.fullmatch(version) and sure(version, CURRENT)
    return Finding(
        rule="unknown-api-version",
        level="error",
        message=f"{shown(version)} is no version of the language that this edgewright knows",
        remedy=f"write `{CURRENT}`, or use the edgewright that this file was written for",
        path=("apiVersion",),
        replacement=CURRENT if slip else None,
        waivable=False,
    )
