"""The findings of a run as text: for a terminal, a program, a code-scanning service, a CI server.

Every printer is a pure function of the same list: `print_X(findings, sources, …) -> str`. `sources`
maps a file's name, as it is shown, to its text; a file that is not in there has no excerpt. All of
them show a finding once, in the order of `settled`, and what they return can be written as UTF-8.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeAlias

from edgewright.errors import Finding

if TYPE_CHECKING:
    from edgewright.commands.rule_pages import RulePage

Format: TypeAlias = Literal["text", "json", "sarif", "junit", "github"]

FORMATS: tuple[Format, ...] = ("text", "json", "sarif", "junit", "github")


def print_findings(
    form: Format,
    findings: Sequence[Finding],
    sources: Mapping[str, str],
    *,
    colour: bool = False,
    width: int = 100,
    limit: int | None = None,
    strict: bool = False,
    version: str = "",
    rules: Mapping[str, RulePage] | None = None,
) -> str:
    """The findings in one of FORMATS; an argument that a form has no use for is left alone by it.

    `colour`, `width` (cells) and `limit` (findings shown) are for text, `strict` (a warning fails) for
    junit, `version` and `rules` (the page of each rule) for sarif.
    """
    # Each printer is imported when it is asked for: a command that finds nothing starts without XML.
    if form == "json":
        from edgewright.commands.printers.json_report import print_json

        return print_json(findings, sources)
    if form == "sarif":
        from edgewright.commands.printers.sarif import print_sarif

        return print_sarif(findings, sources, version=version, rules=rules)
    if form == "junit":
        from edgewright.commands.printers.junit import print_junit

        return print_junit(findings, sources, strict=strict)
    if form == "github":
        from edgewright.commands.printers.github import print_github

        return print_github(findings, sources)
    from edgewright.commands.printers.text import print_text

    return print_text(findings, sources, colour=colour, width=width, limit=limit)
