"""What a shell offers for a word that is begun; imported when a shell asks, and not before."""

from __future__ import annotations

import re


def boards(begun: str) -> list[str]:
    """The boards of the catalogue whose names begin so."""
    from edgewright.catalogue import load

    return [name for name in load().boards if name.startswith(begun)]


def catalogue_entries(begun: str) -> list[str]:
    """The kinds and entries of the catalogue whose names begin so, each once."""
    from edgewright.catalogue import load
    from edgewright.catalogue.loading import SECTIONS

    names = (name for kind in SECTIONS for name in (kind, *getattr(load(), kind)))
    return list(dict.fromkeys(name for name in names if name.startswith(begun)))


def fields_and_rules(begun: str) -> list[str]:
    """The field paths that begin so, one step at a time; rules too while it may be one."""
    may_be_rule = re.fullmatch(r"[a-z0-9-]*", begun) is not None
    return [*_fields(begun), *(_rules(begun) if begun and may_be_rule else ())]


def _rules(begun: str) -> list[str]:
    from edgewright.commands.rule_pages import rules

    return [rule for rule in rules() if rule.startswith(begun)]


def _fields(begun: str) -> list[str]:
    from edgewright.catalogue import load
    from edgewright.fleet.json_schema import json_schema
    from edgewright.fleet.outline import UnknownField, outline

    above, dot, last = begun.rpartition(".")
    try:
        known = outline(json_schema(load()), above).fields()
    except UnknownField:
        return []
    return [above + dot + name for name in known if name.startswith(last)]
