"""The language as a reader asks for it: the field at a path, and what it is in words.

It reads the JSON Schema of `json_schema`, so what an editor shows and what `explain` prints are one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from edgewright.catalogue.nearest import did_you_mean

_STEPS: Final = re.compile(r"[^.\[\]\"']+")
_LONGEST_EXAMPLE: Final = 60
_INDEX: Final = re.compile(r"[0-9]+|\*")
_NAME: Final = re.compile(r"[a-z0-9][-a-z0-9]{0,62}|\*|<.*>")


@dataclass(frozen=True, slots=True)
class Outline:
    """A field of the language: where it stands, its schema with the type's own words, and if it must be.

    `path` has `*` for names of the user's and `[*]` for indices; the top has none.
    """

    schema: Mapping[str, Any]
    root: Mapping[str, Any]
    path: str = ""
    required: bool = False

    def to(self, schema: Mapping[str, Any], step: str = "", required: bool = False) -> Outline:
        """What stands one step below, with the definition that its schema refers to laid under it."""
        if (reference := schema.get("$ref")) is not None:
            schema = {**self.root["$defs"][reference.rpartition("/")[2]], **schema}
        path = f"{self.path}.{step}" if self.path and step and step != "[*]" else self.path + step
        return Outline(schema, self.root, path, required)

    def fields(self) -> dict[str, Outline]:
        """The fields right below, those of a mapping's values or a list's items for one of these."""
        schema = self.inner().schema
        required = schema.get("required", ())
        kids = schema.get("properties", {})
        return {name: self.inner().to(kid, name, name in required) for name, kid in kids.items()}

    def inner(self) -> Outline:
        """What a list or a mapping holds, and what a value of several forms is when it has fields."""
        if "items" in self.schema:
            return self.to(self.schema["items"], "[*]").inner()
        if isinstance(self.schema.get("additionalProperties"), dict):
            return self.to(self.schema["additionalProperties"], "*").inner()
        for form in self.schema.get("oneOf", ()):
            if (inner := self.to(form)).schema.get("properties"):
                return inner
        return self

    def definition(self) -> str | None:
        """The name of the type in the schema, if it has one."""
        reference = self.schema.get("$ref")
        return None if reference is None else str(reference).rpartition("/")[2]

    def readable(self) -> str:
        """The path as a person reads it: `rollouts.<name>.stages[].upTo`."""
        return self.path.replace("[*]", "[]").replace("*", "<name>") or "fleet.yaml"


class UnknownField(Exception):
    """Raised for a path that leads nowhere; `step` is where it leaves the language."""

    def __init__(self, at: Outline, step: str) -> None:
        known = at.fields()
        self.step, self.meant, self.known = step, did_you_mean(step, known), tuple(known)
        super().__init__(
            f"`{at.readable()}` has no field `{step[:60]}`"
            + (f"; did you mean `{self.meant}`?" if self.meant else ".")
            + (f" It has {', '.join(known)}." if known and not self.meant else "")
        )


def outline(schema: Mapping[str, Any], path: str = "") -> Outline:
    """The field at a path such as `rollouts.careful.stages[0].upTo`, with or without names and indices.

    Raises UnknownField.
    """
    return _find(Outline(schema, schema), _STEPS.findall(path))


def _find(at: Outline, steps: list[str]) -> Outline:
    if not steps:
        return at
    schema = at.schema
    if "items" in schema:
        return _find(at.to(schema["items"], "[*]"), steps[1:] if _INDEX.fullmatch(steps[0]) else steps)
    if isinstance(schema.get("additionalProperties"), dict):
        return _named(at.to(schema["additionalProperties"], "*"), steps)
    kid = at.fields().get(steps[0])
    if kid is None:
        raise UnknownField(at, steps[0])
    return _find(kid, steps[1:])


def _named(value: Outline, steps: list[str]) -> Outline:
    """A step below a mapping is a field of its values or, failing that, a name that the user gave one."""
    try:
        return _find(value, steps)
    except UnknownField as as_field:
        misspelt = as_field.step == steps[0] and as_field.meant is not None
        if not _NAME.fullmatch(steps[0]) or (misspelt and len(steps) == 1):
            raise
        try:
            return _find(value, steps[1:])
        except UnknownField as as_name:
            raise (as_field if misspelt else as_name) from None


def type_words(at: Outline) -> str:
    """The field's type as people say it: "amount of memory, such as 6Gi", "name ⇒ device class"."""
    schema = at.schema
    if "items" in schema:
        return f"list of {_plural(_kind(at.to(schema['items'])))}"
    if isinstance(schema.get("additionalProperties"), dict):
        return f"{_kind(at.to(schema['propertyNames']))} ⇒ {_kind(at.to(schema['additionalProperties']))}"
    if "oneOf" in schema:
        return ", or ".join(_kind(at.to(form)) for form in schema["oneOf"])
    if "properties" in schema:
        return "mapping"
    example = next((each for each in schema.get("examples", ()) if isinstance(each, str | int)), None)
    if "title" in schema and "enum" in schema:
        return f"one of {len(schema['enum'])} {_plural(_kind(at))}"
    plain = example is None or len(str(example)) > _LONGEST_EXAMPLE or {"enum", "minimum"} & schema.keys()
    return _kind(at) + ("" if plain else f", such as {example}")


def _kind(at: Outline) -> str:
    schema = at.schema
    if title := schema.get("title"):
        return str(title)
    if "enum" in schema:
        return " | ".join(schema["enum"])
    if schema["type"] == "integer":
        return f"whole number, {schema['minimum']:,} to {schema['maximum']:,}"
    return "true or false" if schema["type"] == "boolean" else "text"


def _plural(words: str) -> str:
    return f"{words[:-1]}ies" if words.endswith("y") else words if words.endswith("traffic") else f"{words}s"
