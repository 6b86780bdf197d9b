"""`edgewright explain`: what a field of fleet.yaml means, or a rule that a finding names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from edgewright.fleet.outline import Outline

_WIDTH = 100
_INDENT = "    "
_RULE = re.compile(r"[a-z][a-z0-9-]*")


def _completions(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    from edgewright.commands.completions import fields_and_rules

    return fields_and_rules(begun)


@click.command("explain")
@click.argument("what", default="", metavar="[FIELD|RULE]", shell_complete=_completions)
@click.option("--recursive", is_flag=True, help="Show all the fields below, as a tree.")
@click.option("--rules", is_flag=True, help="List the rules, with what each one finds.")
def command(what: str, recursive: bool, rules: bool) -> None:
    """Show what a field of fleet.yaml means, or a rule that a finding names.

    FIELD is a path such as `deviceClasses.gpuSharing`; names and indices of yours may stand in it
    (`rollouts.careful.stages[0].upTo`). Its type, default, allowed values, examples and the fields below
    are shown; without one, the top is.

    RULE is what stands in the brackets of a finding, such as `bad-unit`: what it finds, why that matters,
    an example, how to fix it and whether it can be waived.
    """
    if rules:
        for line in _listed():
            click.echo(line)
    elif (page := _rule(what)) is not None:
        click.echo("\n".join(page))
    else:
        _explain_field(what, recursive=recursive)


def _listed() -> Iterator[str]:
    """Each rule with its level and what it finds."""
    from edgewright.commands.rule_pages import rule_page, rules

    pages = [page for page in map(rule_page, rules()) if page]
    width = max(len(page.name) for page in pages)
    for page in pages:
        yield f"{page.name:<{width}}  {page.level:<7}  {page.sentence}"


def _rule(name: str) -> list[str] | None:
    """The page of a rule; None where it is a field that is asked for. Raises UsageError for no rule at all."""
    if not _RULE.fullmatch(name):
        return None
    from edgewright.commands.rule_pages import for_terminal, rule_page, rules

    page = rule_page(name)
    if page is not None:
        return [*for_terminal(page, _WIDTH)]
    if "-" not in name:
        return None
    from edgewright.catalogue.nearest import did_you_mean

    meant = did_you_mean(name, rules())
    said = f"did you mean `{meant}`?" if meant else "`edgewright explain --rules` lists them."
    raise click.UsageError(f"There is no rule `{name[:60]}`{'; ' if meant else '. '}{said}")


def _explain_field(field: str, *, recursive: bool) -> None:
    from pathlib import Path

    from edgewright.assembly import catalogue_beside
    from edgewright.commands.reporting import FLEET_FILE
    from edgewright.fleet.json_schema import json_schema
    from edgewright.fleet.outline import UnknownField, outline

    try:
        found = outline(json_schema(catalogue_beside(Path(FLEET_FILE))), field)
    except UnknownField as unknown:
        from edgewright.commands.printers.visible import visible

        raise click.UsageError(visible(str(unknown))) from None
    tree = [*_tree(found)] if recursive else []
    click.echo("\n".join(tree or _page(found)))


def _page(at: Outline) -> Iterator[str]:
    """The lines about one field."""
    from edgewright.fleet.outline import type_words

    yield f"FIELD     {at.readable()}"
    yield f"TYPE      {type_words(at)}"
    if at.path:
        yield f"REQUIRED  {'yes' if at.required else 'no'}"
    yield ""
    for text in _described(at):
        yield from _wrapped(text, _INDENT)
    for title, lines in _sections(at):
        if lines:
            yield from ("", title, *lines)


def _described(at: Outline) -> Iterator[str]:
    """What the field is for, and how its type is written."""
    said = at.schema.get("description", "")
    yield said
    kind = (at.to(at.schema["items"]) if "items" in at.schema else at).definition()
    definition = at.root["$defs"][kind] if kind else {}
    if not definition.keys() & {"properties", "enum"} and definition.get("description", said) != said:
        yield definition["description"]


def _sections(at: Outline) -> Iterator[tuple[str, list[str]]]:
    schema, name = at.schema, at.path.rpartition(".")[2].strip("[*]")
    rules = [each["description"] for each in at.inner().schema.get("allOf", ())]
    yield "DEFAULT", _yaml(schema["default"], name) if schema.get("default") else []
    yield "ALLOWED", [_INDENT + str(each) for each in _allowed(at)]
    examples = schema.get("examples", ()) if name else ()
    yield "EXAMPLES", [line for example in examples for line in _yaml(example, name)]
    yield "FIELDS", [line for field, kid in at.fields().items() for line in _field(field, kid)]
    yield "RULES", [line for rule in (*rules, *_proved(at)) for line in _wrapped(rule, _INDENT)]


def _yaml(value: Any, name: str, indent: str = _INDENT) -> list[str]:
    """The field as fleet.yaml has it: on one line where that is short, else one line a field or item."""
    line = f"{indent}{name}: {_flow(value)}"
    if len(line) <= _WIDTH or not isinstance(value, dict):
        return [line]
    below = indent + "  "
    return [f"{indent}{name}:", *(line for key, kid in value.items() for line in _yaml(kid, key, below))]


def _flow(value: Any) -> str:
    from edgewright.document.scalars import resolve

    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}: {_flow(kid)}' for key, kid in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_flow, value))}]"
    if isinstance(value, str) and isinstance(resolve(value), str):
        return value
    import json

    return json.dumps(value)


def _allowed(at: Outline) -> list[Any]:
    """The words that a field can have, or its list's items, or the names of its mapping."""
    schema = at.schema
    for part in (schema.get("items"), schema.get("propertyNames")):
        if part is not None and (words := _allowed(at.to(part))):
            return words
    forms = (*schema.get("oneOf", ()), *schema.get("anyOf", ()))
    return [*schema.get("enum", ()), *(word for form in forms for word in at.to(form).schema.get("enum", ()))]


def _proved(at: Outline) -> Iterator[str]:
    """What `check` proves of the field beyond its form."""
    from edgewright.fleet.beyond_schema import BEYOND_SCHEMA

    paths, types = (at.path, f"{at.path}[*]", f"{at.path}.*"), (at.definition(), at.schema.get("type"))
    for rule in BEYOND_SCHEMA:
        if any(path in rule.fields for path in paths) or any(kind in rule.types for kind in types):
            yield f"{rule.asks[0].upper()}{rule.asks[1:]} (`{rule.rule}`)."


def _field(name: str, kid: Outline) -> Iterator[str]:
    from edgewright.fleet.outline import type_words

    default = kid.schema.get("default")
    also = "" if default is None or isinstance(default, dict | list) else f", default {_flow(default)}"
    yield f"{_INDENT}{name}  {type_words(kid)}{', required' if kid.required else also}"
    yield from _wrapped(kid.schema.get("description", ""), _INDENT * 2)


def _wrapped(text: str, indent: str) -> list[str]:
    import textwrap

    lines = textwrap.wrap(text, _WIDTH - len(indent), break_on_hyphens=False, break_long_words=False)
    return [indent + line for line in lines]


def _tree(at: Outline, indent: str = "") -> Iterator[str]:
    """The fields below, shaped like the YAML that would hold them."""
    from edgewright.fleet.outline import type_words

    for name, kid in at.fields().items():
        required = "  (required)" if kid.required else ""
        below = [*_tree(kid, indent + _INDENT)]
        words = "" if below and "oneOf" not in kid.schema else f" {type_words(kid)}"
        yield f"{indent}{name}:{words}{required}"
        if below and "items" in kid.schema:
            below[0] = f"{indent}  - {below[0].lstrip()}"
        elif below and kid.inner().path.endswith("*"):
            yield f"{indent}  <name>:"
        else:
            below = [line.removeprefix("  ") for line in below]
        yield from below
