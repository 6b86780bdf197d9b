"""The bill of materials of an image: Debian packages and Python wheels, in CycloneDX.

It is read off the trees that go into the image, and names no time and no chance number.
Source: CycloneDX 1.6 (ECMA-424), bom-1.6.schema.json; purl-spec, types `deb` and `pypi`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from email.message import Message
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from edgewright.artifact.oci import canonical_json, sha256
from edgewright.catalogue import Architecture
from edgewright.workshop.building.debian import STATUS
from edgewright.workshop.building.recipe import SUITE, Recipe
from edgewright.workshop.building.wheels import PACKAGES

PLACE: Final = "usr/share/edgewright/sbom.cdx.json"
"""Where the image carries its bill."""

_SPDX: Final = re.compile(r"[A-Za-z0-9.+() -]{1,200}")


def bill(recipe: Recipe, architecture: Architecture, *trees: Path) -> bytes:
    """The bill of what lies in the trees."""
    components = sorted(
        (component for tree in trees for component in (*_debian(tree), *_python(tree))),
        key=lambda component: str(component["purl"]),
    )
    serial = uuid.uuid5(uuid.NAMESPACE_URL, sha256(canonical_json([recipe.name, architecture, components])))
    image = {
        "type": "container",
        "bom-ref": recipe.name,
        "name": recipe.name,
        "version": recipe.version,
        "properties": [{"name": "dev.edgewright:architecture", "value": architecture}],
    }
    return canonical_json(
        {
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "serialNumber": f"urn:uuid:{serial}",
            "version": 1,
            "metadata": {"component": image},
            "components": components,
            "dependencies": [{"ref": recipe.name, "dependsOn": [each["bom-ref"] for each in components]}],
        }
    )


def _debian(tree: Path) -> Iterator[dict[str, Any]]:
    status = tree / STATUS
    text = status.read_text(encoding="utf-8") if status.is_file() else ""
    for paragraph in filter(None, text.split("\n\n")):
        fields = HeaderParser().parsestr(paragraph)
        name, version, built_for = (str(fields[each]) for each in ("Package", "Version", "Architecture"))
        yield _component(
            f"pkg:deb/debian/{quote(name)}@{quote(version)}?arch={built_for}&distro={SUITE}", name, version
        )


def _python(tree: Path) -> Iterator[dict[str, Any]]:
    for file in (tree / PACKAGES).glob("*.dist-info/METADATA"):
        fields = HeaderParser().parsestr(file.read_text(encoding="utf-8"))
        name, version = re.sub(r"[-_.]+", "-", str(fields["Name"])).lower(), str(fields["Version"])
        yield _component(f"pkg:pypi/{name}@{quote(version)}", name, version) | _license(fields)


def _component(purl: str, name: str, version: str) -> dict[str, Any]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def _license(fields: Message) -> dict[str, Any]:
    """The licence where the wheel says it as an SPDX expression; older wheels say it in prose."""
    said = fields["License-Expression"]
    return {"licenses": [{"expression": said}]} if said and _SPDX.fullmatch(said) else {}
