"""Proves that files of YAML hold the same Deployments: python same.py COUNT REFERENCE FILE….

Every field of every object is compared. The one difference that is allowed is the hash of a ConfigMap's
content at the end of its name, which only Edgewright writes; the others are spared computing it.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any, Final

import yaml

_HASH: Final = re.compile(r"-[0-9a-f]{10}")
_REQUIRED: Final = ("apiVersion", "kind", "metadata", "spec")


def deployments(path: Path) -> dict[str, Any]:
    """Name ⇒ Deployment of every document of that kind in a file. Exits where a name is there twice."""
    found: dict[str, Any] = {}
    for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader):
        if document["kind"] == "Deployment":
            name = document["metadata"]["name"]
            if name in found:
                sys.exit(f"{path}: {name} is there twice")
            found[name] = _without_hash(document, name)
    return found


def _without_hash(deployment: dict[str, Any], name: str) -> dict[str, Any]:
    for volume in deployment["spec"]["template"]["spec"]["volumes"]:
        mounted = volume.get("configMap")
        if mounted and _HASH.fullmatch(mounted["name"].removeprefix(name)):
            mounted["name"] = name
    return deployment


def difference(expected: Any, found: Any, at: str = "") -> str | None:
    """The first place where two values differ, None where they are the same, types included."""
    if type(expected) is not type(found):
        return f"{at}: {expected!r} and {found!r}"
    if isinstance(expected, dict):
        if expected.keys() != found.keys():
            return f"{at}: {sorted(expected.keys() ^ found.keys())} only in one"
        pairs = ((f"{at}.{key}", value, found[key]) for key, value in expected.items())
    elif isinstance(expected, list):
        if len(expected) != len(found):
            return f"{at}: {len(expected)} and {len(found)} items"
        pairs = ((f"{at}[{index}]", *both) for index, both in enumerate(zip(expected, found, strict=True)))
    else:
        return None if expected == found else f"{at}: {expected!r} and {found!r}"
    differences = (difference(one, other, step) for step, one, other in pairs)
    return next(filter(None, differences), None)


def main(count: int, reference: Path, others: list[Path]) -> None:
    expected = deployments(reference)
    if len(expected) != count or not all(key in each for each in expected.values() for key in _REQUIRED):
        sys.exit(f"{reference}: {len(expected)} whole Deployments, not {count}")
    for path in others:
        differs = difference(expected, deployments(path))
        if differs:
            sys.exit(f"{path} is not the same as {reference}: {differs}")


main(int(sys.argv[1]), Path(sys.argv[2]), [Path(each) for each in sys.argv[3:]])
