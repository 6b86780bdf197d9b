"""A Document: the values of a file, and for any field path the line and column it stands at."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from edgewright.document.garbage import no_collection
from edgewright.document.source import Source, read_source
from edgewright.document.waivers import Waiver, find_waivers
from edgewright.document.yaml_events import read_events
from edgewright.errors import FieldPath, Finding, Note, Place


@dataclass(frozen=True, eq=False)
class Document:
    """What was read, where it stands, and what could not be read.

    `value` is plain: dict, list, str, int, float, bool, None. It is incomplete where `findings`
    has errors: `lost` are the paths of values that could not be read, `partial` those of mappings
    and lists that lack members. `waivers` are the comments that waive findings.
    """

    source: Source
    value: Any = field(repr=False)
    findings: tuple[Finding, ...]
    waivers: tuple[Waiver, ...]
    lost: frozenset[FieldPath]
    partial: frozenset[FieldPath]
    _tree: Any = field(repr=False)
    _spans: array[int] = field(repr=False)

    @property
    def file(self) -> str:
        """The file's name as a person knows it."""
        return self.source.file

    def place(self, path: FieldPath, *, on_key: bool = False) -> Place:
        """Where the field stands: its value, or its name where asked or where the value is a block.

        A path that leaves the document ends at the last field on it that exists, and then at its
        name: that is where a missing field has to be added. An empty document has its beginning.
        """
        branch, rest = self._descend(path)
        if branch is None:
            return Place(self.file, 1, 1, 1, 1)
        node = branch if isinstance(branch, int) else branch[0]
        key_start, key_end, start, end = self._spans[4 * node : 4 * node + 4]
        if key_start >= 0 and (on_key or rest or start == end):
            return self.source.place(key_start, key_end)
        if start < end:
            return self.source.place(start, end)
        if isinstance(branch, int):  # an item of a list that has nothing but its dash
            return self.source.place(max(start - 1, 0), start)
        return self.source.place(start, self.source.end_of_line(start))

    def has(self, path: FieldPath) -> bool:
        """Whether the field is written in the file."""
        branch, rest = self._descend(path)
        return branch is not None and not rest

    def locate(self, finding: Finding) -> Finding:
        """The finding with places where it and its notes have only paths.

        A note about a field that the file does not have is left out.
        """
        notes = tuple(self._located(note) for note in finding.notes if note.place or self.has(note.path))
        place = finding.place or self.place(finding.path, on_key=finding.on_key)
        return replace(finding, place=place, notes=notes)

    def without_echoes(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings less those that only repeat that this document could not be read.

        An alias leaves a field without its value, a merge key leaves a mapping without fields: what
        is said of such a value, of what such a mapping lacks, and of names that it may well have
        had, is no news beside the document's own finding.
        """
        if not self.lost and not self.partial:
            return tuple(findings)
        return tuple(finding for finding in findings if not self._echoes(finding))

    def _echoes(self, finding: Finding) -> bool:
        path = finding.path
        if any(path[:depth] in self.lost for depth in range(len(path) + 1)):
            return True
        return self._may_lack(path) or any(self._may_lack(note.path) for note in finding.notes if note.path)

    def _may_lack(self, path: FieldPath) -> bool:
        """Whether the path leads to what is not whole, or into what it has lost."""
        if path in self.partial:
            return True
        branch, rest = self._descend(path)
        return bool(branch is None or rest) and path[: len(path) - len(rest)] in self.partial

    def _located(self, note: Note) -> Note:
        return note if note.place is not None else replace(note, place=self.place(note.path))

    def _descend(self, path: FieldPath) -> tuple[Any, FieldPath]:
        """The branch at the path, or the last one before it with what was left to go."""
        branch = self._tree
        for depth, step in enumerate(path):
            kids: Any = branch[1] if isinstance(branch, tuple) else None
            if isinstance(kids, dict):
                found = step in kids
            else:
                found = isinstance(kids, list) and isinstance(step, int) and 0 <= step < len(kids)
            if not found:
                return branch, path[depth:]
            branch = kids[step]
        return branch, ()


def read_document(path: Path, name: str | None = None) -> Document:
    """The document in a file. Raises FleetError where there is no readable text."""
    return parse_document(read_source(path, name))


def parse_document(source: Source) -> Document:
    """The document in a text; whatever is wrong with the YAML is in its findings."""
    with no_collection():
        reading = read_events(source)
    waivers, findings = find_waivers(source, reading.quoted, reading.end)
    return Document(
        source,
        reading.value,
        (*reading.findings, *findings),
        waivers,
        frozenset(reading.lost),
        frozenset(reading.partial),
        reading.tree,
        reading.spans,
    )
