"""Where an object differs from its kind's schema, each difference in words of our own.

The validator is asked first whether all is well, which it nearly always is; only then for the reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from edgewright.errors import FieldPath
from edgewright.scan.quantities import no_quantity
from edgewright.scan.schemas import Checked, Schema
from edgewright.scan.subject import Problem, listed, mapping_at, shown

if TYPE_CHECKING:
    import jsonschema_rs

_MOST = 50  # differences told of one object; more say nothing new
_LONGEST = 60  # of a field's name, where another is looked for that is like it
_MESSAGE = 200

# What controller-gen writes wherever a quantity stands.
_QUANTITY = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]"
    r"|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"
)

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "null": "nothing",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}

_BOUNDS = {
    "Minimum": ("at least", ""),
    "Maximum": ("at most", ""),
    "ExclusiveMinimum": ("more than", ""),
    "ExclusiveMaximum": ("less than", ""),
    "MinLength": ("at least", " characters"),
    "MaxLength": ("at most", " characters"),
    "MinItems": ("at least", " entries"),
    "MaxItems": ("at most", " entries"),
    "MinProperties": ("at least", " fields"),
    "MaxProperties": ("at most", " fields"),
}


def mismatches(value: Any, checked: Checked, at: FieldPath = ()) -> list[Problem]:
    """The differences between a value and its schema; `at` is where the value lies in its object."""
    try:
        if checked.validator.is_valid(value):
            return []
        errors = list(islice(checked.validator.iter_errors(value), _MOST))
    except (ValueError, TypeError, OverflowError, RecursionError) as reason:
        return [_no_json(reason, at)]
    told = (problem for error in errors for problem in _problems(error, checked.schema, at))
    return list(islice(told, _MOST))


def _no_json(reason: Exception, at: FieldPath) -> Problem:
    return Problem(
        "schema-mismatch",
        at,
        f"cannot be read as JSON: {reason}",
        "Use mappings with text as keys, lists, text, numbers, true and false, not too deep in each other.",
    )


def _problems(error: jsonschema_rs.ValidationError, schema: Schema, at: FieldPath) -> Iterator[Problem]:
    sort = type(error.kind).__name__
    where = (*at, *error.instance_path)
    detail: dict[str, Any] = error.kind.as_dict()
    if sort == "AdditionalProperties":
        known = sorted(mapping_at(_subschema(schema, error), "properties"))
        yield from (_unknown_field((*where, key), key, known) for key in detail["unexpected"])
    elif say := _SAYINGS.get(sort):
        yield say(where, error.instance, detail)
    elif sort in _BOUNDS:
        yield _out_of_bounds(where, error.instance, sort, detail["limit"])
    else:
        yield _combination(where, error, schema)


def _unknown_field(where: FieldPath, key: str, known: list[str]) -> Problem:
    from difflib import get_close_matches

    same = [each for each in known if each.lower() == key.lower()]
    near = same or get_close_matches(key[:_LONGEST], known, n=1)
    remedy = f"Write `{near[0]}`" if near else f"Remove it; known here: {listed(known, 'and') or 'nothing'}"
    return Problem("schema-mismatch", where, "is no field of this kind", remedy + ".")


def _missing(where: FieldPath, _value: object, detail: dict[str, Any]) -> Problem:
    at = (*where, detail["property"])
    return Problem("schema-mismatch", at, "is missing, it has to be there", "Write the field.")


def _wrong_type(where: FieldPath, value: object, detail: dict[str, Any]) -> Problem:
    wanted = listed([_TYPES[each] for each in detail["types"]])
    message = f"is {shown(value)}, {wanted} is needed"
    quoted = isinstance(value, str) and "string" not in detail["types"]
    return Problem(
        "schema-mismatch", where, message, f"Write {wanted}{', without quotes' if quoted else ''}."
    )


def _not_in_set(where: FieldPath, value: object, detail: dict[str, Any]) -> Problem:
    allowed = listed([shown(each) for each in detail["options"]])
    return Problem("bad-enum", where, f"is {shown(value)}, allowed is {allowed}", f"Write {allowed}.")


def _wrong_form(where: FieldPath, value: object, detail: dict[str, Any]) -> Problem:
    if detail["pattern"] == _QUANTITY:
        return no_quantity(where, value)
    return Problem(
        "schema-mismatch",
        where,
        f"is {shown(value)}, which does not have the form {detail['pattern']}",
        "Write it in that form.",
    )


def _out_of_bounds(where: FieldPath, value: object, sort: str, limit: object) -> Problem:
    word, unit = _BOUNDS[sort]
    found = "has to have" if unit else f"is {shown(value)}, it has to be"
    message = f"{found} {word} {limit}{unit}"
    return Problem("schema-mismatch", where, message, f"Write {word} {limit}{unit}.")


def _combination(where: FieldPath, error: jsonschema_rs.ValidationError, schema: Schema) -> Problem:
    """anyOf, oneOf, not and what else there is. Most say which of some fields have to be there."""
    branches = _subschema(schema, error, up=0)
    if isinstance(branches, list) and all(map(_asks_for_one, branches)):
        fields = [each["required"][0] for each in branches]
        message = f"needs exactly one of {listed(fields, 'and')}"
        remedy = f"Write {listed(fields)}, and not more than one of them."
        return Problem("schema-mismatch", where, message, remedy)
    return Problem("schema-mismatch", where, error.message[:_MESSAGE], "Write it as the schema says.")


def _asks_for_one(branch: object) -> bool:
    return isinstance(branch, dict) and set(branch) == {"required"} and len(branch["required"]) == 1


def _subschema(schema: Schema, error: jsonschema_rs.ValidationError, up: int = 1) -> Any:
    """The part of the schema that the error comes from, `up` steps above its keyword."""
    part: Any = schema
    for step in error.schema_path[: len(error.schema_path) - up]:
        part = part[step]
    return part


_SAYINGS: dict[str, Callable[[FieldPath, object, dict[str, Any]], Problem]] = {
    "Enum": _not_in_set,
    "Pattern": _wrong_form,
    "Required": _missing,
    "Type": _wrong_type,
}
