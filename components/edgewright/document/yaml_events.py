"""YAML text ⇒ plain values and the offsets they stand at, by libyaml's events.

The loop keeps its own stack, so nesting costs no C stack, and what makes YAML dangerous or unclear
(anchors, aliases, merge keys, tags, further documents) is refused where it stands instead of being
resolved: a reviewer reads the value where it applies, and no text can grow on being read.
"""

from __future__ import annotations

from typing import Any, Final

from yaml._yaml import CParser
from yaml.error import YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from edgewright.document import refusals
from edgewright.document.scalars import resolve
from edgewright.document.source import Source
from edgewright.document.syntax import syntax
from edgewright.document.tree import Level, Reading, path_of, torn
from edgewright.errors import Finding

MOST_DEPTH: Final = 40
MOST_NODES: Final = 1_000_000
MOST_DIRECTIVES: Final = 4
_MOST_FINDINGS: Final = 200
_TAGGED: Final = (False, False)  # by a tag: neither a plain nor a quoted scalar's type follows from it


def read_events(source: Source) -> Reading:
    """The one document in a text. What cannot be parsed at all ends the reading with a finding."""
    reading = Reading(len(source.text))
    builder = _Builder(source, reading)
    try:
        refusals.stop_at_directives(source, MOST_DIRECTIVES)
        builder.run()
    except (YAMLError, UnicodeError) as error:
        builder.stop(syntax(source, error, builder.last))
    except refusals.Stop as stop:
        builder.stop(stop.finding)
    if builder.root.values:
        reading.value, reading.tree = builder.root.values[0], builder.root.kids[0]
    return reading


class _Builder:
    """Puts each value that libyaml announces where it belongs."""

    def __init__(self, source: Source, reading: Reading) -> None:
        self.source = source
        self.reading = reading
        self.root = self.top = Level([], [], -1, flow=False, merged=False)
        self.stack = [self.root]
        self.nodes = 0
        self.documents = 0
        self.anchors: dict[str, tuple[int, int]] = {}
        self.last = (0, 0)
        """Where the last scalar, alias or bracket stands."""

    def run(self) -> None:
        next_event = CParser(self.source.text).get_event
        while (event := next_event()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                self.scalar(event)
            elif kind is MappingStartEvent:
                self.start(event, {}, {})
            elif kind is SequenceStartEvent:
                self.start(event, [], [])
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.end(event)
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentStartEvent:
                self.document(event)

    def scalar(self, event: Any) -> None:
        start, end, style, value = event.start_mark.index, event.end_mark.index, event.style, event.value
        if style:
            end = self.text(start, end, style, value)
        if end > start:
            self.last = start, end
        # libyaml does not tell the tag `!` apart from none, except by where the scalar begins.
        bare = (
            event.anchor is None and event.implicit != _TAGGED and not self.source.text.startswith("!", start)
        )
        top = self.top
        if top.is_mapping and top.key is None:
            if not bare:
                self.properties(event, value)
            elif value == "<<" and not style:
                self.merge(top, start, end)
            top.key, top.key_start, top.key_end = value, start, end
            return
        if not bare:
            self.properties(event)
        self.place(value if style else resolve(value), None, start, end)

    def text(self, start: int, end: int, style: str, value: str) -> int:
        """The end of a quoted text or of a block of text, without the empty lines behind it."""
        block = style in "|>"
        if block:
            end = start + len(self.source.text[start:end].rstrip(" \t\r\n"))
        if "#" in value:  # which begins no comment there; behind the `|` of a block, one can stand
            self.reading.quoted.append((self.source.end_of_line(start) if block else start, end))
        return end

    def start(self, event: Any, values: Any, kids: Any) -> None:
        offset, top = event.start_mark.index, self.top
        if top.awaits_key:
            raise refusals.Stop(refusals.key_not_text(self.source, offset, path_of(self.stack)))
        if event.anchor is not None or not event.implicit:
            self.properties(event)
        if len(self.stack) > MOST_DEPTH:
            raise refusals.Stop(refusals.too_deep(self.source, offset, MOST_DEPTH))
        merged = top.drops
        self.last = offset, offset
        node = self.place(values, kids, offset, offset)
        self.top = Level(values, kids, node, event.flow_style, merged)
        self.stack.append(self.top)

    def end(self, event: Any) -> None:
        done = self.stack.pop()
        self.top = self.stack[-1]
        start, end = event.start_mark.index, event.end_mark.index
        if end > start:  # `}` or `]`: the end of a block is empty
            self.last = start, end
        if done.flow:  # …and so is that of the pair in `[a: b]`
            self.reading.spans[4 * done.node + 3] = self.last[1]

    def alias(self, event: Any) -> None:
        start, end = self.last = event.start_mark.index, event.end_mark.index
        path = path_of(self.stack)
        finding = refusals.alias(self.source, event, path, self.anchors.get(event.anchor))
        if self.top.awaits_key:
            raise refusals.Stop(finding)
        if not self.top.drops:
            self.reading.lost.append(path)
            self.refuse(finding)
        self.place(None, None, start, end)

    def merge(self, top: Level, start: int, end: int) -> None:
        """`<<`: what comes behind it is read and belongs nowhere."""
        if not top.merged:
            path = path_of(self.stack)
            self.reading.partial.append(path)
            self.refuse(refusals.merge_key(self.source, start, end, path))
        top.merging = True

    def properties(self, event: Any, key: str | None = None) -> None:
        """The anchor and the tag in front of a value, or of the key."""
        if self.top.drops:
            return
        path = path_of(self.stack) if key is None else (*path_of(self.stack), key)
        start, on_key = event.start_mark.index, key is not None
        if event.anchor is not None:
            self.anchors[event.anchor] = (start, event.end_mark.index)
            self.refuse(refusals.anchor(self.source, event.anchor, start, path, on_key))
        tag = refusals.tag(self.source, start, path, on_key)
        if tag is not None:
            self.reading.lost.append(path)
            self.refuse(tag)

    def document(self, event: Any) -> None:
        self.documents += 1
        if self.documents > 1:
            raise refusals.Stop(refusals.second_document(self.source, event.start_mark.index))
        if event.version not in (None, (1, 2)) or event.tags:
            self.refuse(refusals.directive(self.source, event.start_mark.index))

    def place(self, value: Any, kids: Any, start: int, end: int) -> int:
        """Add a node to what is open and give its number back."""
        node = self.nodes
        if node >= MOST_NODES:
            raise refusals.Stop(refusals.too_many_nodes(self.source, start, MOST_NODES))
        self.nodes += 1
        branch = node if kids is None else (node, kids)
        top = self.top
        if not top.is_mapping:
            top.step = len(top.kids)
            top.values.append(value)
            top.kids.append(branch)
            self.reading.spans.extend((-1, -1, start, end))
            return node
        key = top.key
        if top.merging:
            top.merging = False
        elif key in top.values:
            self.refuse_duplicate(top)
        else:
            top.values[key] = value
            top.kids[key] = branch
        self.reading.spans.extend((top.key_start, top.key_end, start, end))
        top.step, top.key = key, None
        return node

    def refuse_duplicate(self, top: Level) -> None:
        assert top.key is not None
        first = top.kids[top.key]
        node = first if type(first) is int else first[0]
        before = (self.reading.spans[4 * node], self.reading.spans[4 * node + 1])
        again = (top.key_start, top.key_end)
        path = path_of(self.stack)
        self.reading.partial.append(path)
        self.refuse(refusals.duplicate_key(self.source, top.key, before, again, path))

    def refuse(self, finding: Finding) -> None:
        if len(self.reading.findings) >= _MOST_FINDINGS:
            raise refusals.Stop(finding)
        self.reading.findings.append(finding)

    def stop(self, finding: Finding) -> None:
        """The last finding; behind it nothing is known, and what is open stays incomplete."""
        lost, partial = torn(self.stack)
        self.reading.findings.append(finding)
        self.reading.lost += lost
        self.reading.partial += partial
        self.reading.end = self.source.end_of_line(self.last[1])
