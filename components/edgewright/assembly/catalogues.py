"""The catalogue of a fleet: the built-in one, with the entries of the fleet's own file on top."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from edgewright.assembly.files import FLEET_FILE
from edgewright.assembly.named import named_paths
from edgewright.catalogue import Catalogue, load, merge
from edgewright.document.document import Document, parse_document, read_document
from edgewright.document.source import read_source
from edgewright.errors import Finding, FleetError

FIELD: Final = ("catalogue",)
_NAMING: Final = ("board", "gpu", "powerMode", "backends", "images", "tiers")
"""Fields of a fleet that name an entry of a catalogue, or hold names of entries."""


@dataclass(frozen=True, slots=True)
class FleetCatalogue:
    """The catalogue that counts for a fleet, what is to be said of the fleet's file, and its text.

    `broken` says that the file could not be read as it was meant: entries may be missing.
    """

    catalogue: Catalogue = field(default_factory=load)
    findings: tuple[Finding, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    broken: bool = False

    def without_echoes(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings less those of names that the file may well have had."""
        return [each for each in findings if not (self.broken and _names_an_entry(each))]


def read_catalogue(values: object, folder: Path) -> FleetCatalogue:
    """The catalogue of a fleet with these plain values, whose files lie below the folder."""
    named = list(named_paths(values, [FIELD])) if isinstance(values, dict) else []
    if not named:
        # A path that cannot be one is told, and what it would have held is not known either.
        return FleetCatalogue(broken=isinstance(values, dict) and FIELD[0] in values)
    path = folder / named[0][0]
    try:
        document = read_document(path, str(path))
    except FleetError as error:
        return FleetCatalogue(findings=tuple(map(_of_file, error.findings)), broken=True)
    merged = merge(document.value)
    findings = (*document.findings, *document.without_echoes(merged.findings))
    return FleetCatalogue(
        merged.catalogue,
        tuple(_located(each, document) for each in findings),
        {document.file: document.source.text},
        merged.broken or any(each.level == "error" for each in document.findings),
    )


def catalogue_beside(fleet: Path) -> Catalogue:
    """The catalogue of the fleet in a file, for whoever only looks something up: mistakes are not told."""
    return own_catalogue(fleet).catalogue


def own_catalogue(fleet: Path) -> FleetCatalogue:
    """The catalogue of the fleet in a file, and what is wrong with it; the built-in one where no file is."""
    try:
        source = read_source(fleet, str(fleet))
    except FleetError as error:
        return FleetCatalogue(findings=error.findings if fleet.name != FLEET_FILE or fleet.exists() else ())
    values: Any = parse_document(source).value if FIELD[0] in source.text else None
    return read_catalogue(values, fleet.parent)


def _of_file(finding: Finding) -> Finding:
    """Of a file that cannot be read, the place that matters is where it is named."""
    place = None if finding.rule == "cannot-read" else finding.place
    return replace(finding, path=FIELD, place=place, replacement=None, waivable=False)


def _located(finding: Finding, document: Document) -> Finding:
    """The finding in the catalogue's file; a fleet's own text has no replacement for it, and no waiver."""
    place = finding.place or document.place(finding.path, on_key=finding.on_key)
    notes = document.locate(finding).notes
    return replace(finding, path=FIELD, place=place, notes=notes, replacement=None, waivable=False)


def _names_an_entry(finding: Finding) -> bool:
    return finding.rule == "unknown-reference" and not set(_NAMING).isdisjoint(finding.path)
