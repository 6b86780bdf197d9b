"""What pydantic objects to ⇒ findings that a person can act on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

from edgewright.errors import FieldPath, Finding
from edgewright.fleet.fields import (
    accepts,
    field_at,
    fields_of,
    outline_of,
    part_at,
)
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.rollout import AGAINST_TAGS
from edgewright.fleet.unknown_fields import Vocabulary, has, meant_by, unknown_field
from edgewright.fleet.wording import name_of, plain, scalar, shown, subject
from edgewright.fleet.words import Words, sure

_OUR_RULES: Final = (
    "bad-unit",
    "out-of-range",
    "bad-name",
    "bad-path",
    "bad-cidr",
    "bad-tier",
    "bad-license",
)
_EXPECTED: Final = {
    "string_type": "text",
    "string_unicode": "text of whole characters",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
}
_YES: Final = {"yes": "true", "on": "true", "y": "true", "no": "false", "off": "false", "n": "false"}
_SIMPLE: Final = re.compile(r"[a-z][\w./-]*")


def findings_of(errors: Iterable[Any], value: Any, vocabulary: Vocabulary | None = None) -> list[Finding]:
    """The findings for pydantic's errors over the values that it was given.

    Where two unknown fields may mean the same one, only the first is put right.
    """
    vocabulary = Vocabulary() if vocabulary is None else vocabulary
    made = [_finding_of(error, value, vocabulary) for error in errors]
    found = [finding for finding in made if finding is not None]
    meant: set[FieldPath] = set()
    for index, finding in enumerate(found):
        if finding.rule == "unknown-field" and finding.replacement is not None:
            path = (*finding.path[:-1], finding.replacement)
            if path in meant:
                found[index] = unknown_field(finding.path, None)
            meant.add(path)
    return found


def _finding_of(error: Any, value: Any, vocabulary: Vocabulary) -> Finding | None:
    path, on_key = _path(tuple(error["loc"]), value)
    kind, given, context = error["type"], error["input"], error.get("ctx", {})
    if kind == "missing":
        return _missing(path)
    if kind == "extra_forbidden":
        return unknown_field(path, meant_by(path, value, vocabulary))
    if kind in _OUR_RULES:
        remedy = _with_unit(path, context.get("number")) or context["remedy"]
        return _finding(kind, context["message"], remedy, path, on_key, context.get("replacement"))
    if kind == "literal_error":
        return _not_one_of(path, given, context["expected"])
    if kind == "string_pattern_mismatch":
        return _badly_written(path, given)
    if kind == "too_short" and given:
        return None  # its entries are there, and what is wrong with them is told
    return _limit(path, kind, given, context) or _wrong_type(path, kind, given, on_key)


def _finding(
    rule: str,
    message: str,
    remedy: str,
    path: FieldPath,
    on_key: bool = False,
    replacement: str | None = None,
) -> Finding:
    return Finding(rule, "error", message, remedy, path, on_key, replacement=replacement, waivable=False)


def _path(loc: FieldPath, value: Any) -> tuple[FieldPath, bool]:
    """The field's path, and whether its name is meant: pydantic's own steps are not in the text."""
    on_key = bool(loc) and loc[-1] == "[key]" and not has(value, loc)
    steps = loc[:-1] if on_key else loc
    if len(steps) > 3 and steps[0] == "rollouts" and steps[2] == "against" and steps[3] in AGAINST_TAGS:
        steps = steps[:3] + steps[4:]
    return steps, on_key


def example_of(path: FieldPath) -> str | None:
    """How fleet.yaml writes a good value of the field, or of an item of it."""
    field = field_at(Fleet, path)
    example = field.examples[0] if field and field.examples else None
    if isinstance(example, list) and isinstance(path[-1], int):
        example = example[0]
    return example if example is None or isinstance(example, str) else json.dumps(example)


def _missing(path: FieldPath) -> Finding:
    field = field_at(Fleet, path)
    says = (field.description or "").split(". ")[0].rstrip(".") if field else ""
    if says[1:2].islower() or says[1:2] == " ":  # else it begins with an abbreviation
        says = says[0].lower() + says[1:]
    message = f"{subject(path[:-1])} has no `{path[-1]}`" + (f": {says}" if says else "")
    example = example_of(path)
    remedy = f"add it, such as `{path[-1]}: {example}`" if example else f"add {outline_of(Fleet, path)}"
    return _finding("missing-field", message, remedy, path, True)


def _not_one_of(path: FieldPath, given: Any, expected: str) -> Finding:
    allowed = Words(re.findall(r"'([^']*)'", expected))
    meant = allowed.nearest(given) if isinstance(given, str) else None
    message = f"{shown(given)} is no value of `{name_of(path)}`"
    remedy = f"write `{meant}`" if meant else f"write one of {allowed.listed()}"
    if len(allowed) == 1:
        remedy = f"write `{allowed.listed()}`"
    elif meant:
        message += f"; it has {allowed.listed()}"
    if path[-1] == "against":
        remedy += ", or fixed figures such as `{accuracy: 91%}`"
    replacement = meant if meant and sure(given, meant) else None
    return _finding("bad-value", message, remedy, path, replacement=replacement)


def _limit(path: FieldPath, kind: str, given: Any, context: dict[str, Any]) -> Finding | None:
    name = f"`{name_of(path)}`"
    match kind:
        case "greater_than_equal":
            message = f"{shown(given)} is less than {context['ge']}, the least that {name} can be"
            remedy = f"write {context['ge']} or more"
        case "less_than_equal":
            message = f"{shown(given)} is more than {context['le']}, the most that {name} can be"
            remedy = f"write {context['le']} or less"
        case "too_short":
            message, remedy = f"{name} is empty", "give it at least one entry"
        case "string_too_short":
            message, remedy = f"{name} is empty", "give it a value"
        case "string_too_long":
            message = f"{name} has {len(given)} characters, and {context['max_length']} is the most"
            remedy = "shorten it"
        case _:
            return None
    return _finding("out-of-range", message, remedy, path)


def _with_unit(path: FieldPath, number: str | None) -> str | None:
    """What to do about a bare number, where the field shows which unit is usual."""
    example = example_of(path)
    if number is None or example is None:
        return None
    unit = example.lstrip("0123456789.")
    if unit == "Gi" and len(number.partition(".")[0]) > 2:  # nobody means so much of it
        unit = "Mi" if len(number) < 7 else "B"
    return f"write the unit too, such as `{number}{unit}`"


def _badly_written(path: FieldPath, given: str) -> Finding:
    message = f"{shown(given)} is not how `{name_of(path)}` is written"
    for better in _clean(given):
        if better != given and accepts(Fleet, path, better):
            return _finding("bad-value", message, f"write `{better}`", path, replacement=scalar(better))
    example = example_of(path)
    remedy = f"write it like `{example}`" if example else "see `edgewright explain` for its form"
    return _finding("bad-value", message, remedy, path)


def _clean(given: str) -> tuple[str, ...]:
    """The text without what people add to such values."""
    bare = plain(given).strip()
    name = re.sub(r"^[a-z]+://", "", bare.lower()).rstrip("/")
    return bare, bare.removeprefix("v"), name, re.sub(r"[\s_]+", "-", name)


def _wrong_type(path: FieldPath, kind: str, given: Any, on_key: bool) -> Finding:
    expected = _EXPECTED.get(kind, "of another kind")
    message = f"{subject(path)} has to be {expected}, not {_kind(given)}"
    remedy, replacement = f"write {expected}", None
    match kind:
        case "string_type" if isinstance(given, (int, float)):
            remedy, replacement = _in_quotes(path, given)
        case "string_type" if isinstance(given, list) and len(given) == 1 and isinstance(given[0], str):
            remedy, replacement = f"write `{given[0][:60]}`", scalar(given[0])
        case "bool_type" if isinstance(given, str):
            replacement = _YES.get(given.lower())
            remedy = f"write `{replacement}`" if replacement else remedy
        case "tuple_type" if isinstance(given, str) and given:
            replacement = f"[{given}]" if _SIMPLE.fullmatch(given) else None
            remedy = f"write `[{given[:60]}]`"
        case "int_type":
            replacement = _whole(given)
            remedy = f"write `{replacement}`" if replacement else "write a number without point and unit"
        case "model_type" if part := part_at(Fleet, path):
            remedy = f"write fields below it: {', '.join(fields_of(part))}"
        case "dict_type":
            remedy = "give each entry a name: `name: …`"
    return _finding("wrong-type", message, remedy, path, on_key, replacement)


def _kind(given: Any) -> str:
    if isinstance(given, bool) or given is None or isinstance(given, (dict, list, tuple)):
        return shown(given)
    return f"the {'text' if isinstance(given, str) else 'number'} {shown(given)}"


def _in_quotes(path: FieldPath, given: float) -> tuple[str, str | None]:
    """What to do about a number or a truth value where text is meant."""
    text, example = json.dumps(given), example_of(path)
    if isinstance(given, int) and accepts(Fleet, path, text):
        return f'write `"{text}"`', f'"{text}"'
    # Of a float nobody knows here how it was written: 6.20 is not 6.2.
    return f"write it in quotes, like `{json.dumps(example)}`" if example else "write it in quotes", None


def _whole(given: Any) -> str | None:
    """The whole number that was written as a text or with a point."""
    if isinstance(given, float) and given.is_integer() and abs(given) < 1e15:
        return str(int(given))
    return given if isinstance(given, str) and re.fullmatch(r"0|[1-9][0-9]{0,14}", given) else None
