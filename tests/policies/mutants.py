"""A policy with one part of it taken away, for every part: what its good and bad objects have to notice.

CEL is read no deeper than its strings, brackets and the operators that join things: `&&`, `||` and `+`.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

Object: TypeAlias = dict[str, Any]
Span: TypeAlias = tuple[int, int]

_STRING = re.compile(r"""r'[^']*'|'(?:\\.|[^'\\])*'|r"[^"]*"|"(?:\\.|[^"\\])*\"""")


class Mutant(NamedTuple):
    """A policy that lacks something, and what; `validation` is the index of what is touched, if it is one."""

    policy: Object
    what: str
    validation: int | None = None


def mutants(policy: Object) -> Iterator[Mutant]:
    """The policy without each validation, each kind of object that it is about, and each part of an expression."""
    spec = policy["spec"]
    for index in range(len(spec["validations"])):
        lacking = copy.deepcopy(policy)
        lacking["spec"]["validations"][index]["expression"] = "true"
        yield Mutant(lacking, f"validation {index}", index)
    for part in ("variables", "validations"):
        for index, each in enumerate(spec[part]):
            for what, text in lesser(each["expression"]):
                lacking = copy.deepcopy(policy)
                lacking["spec"][part][index]["expression"] = text
                yield Mutant(lacking, f"{part}[{index}]: {what}", index if part == "validations" else None)
    yield from _without_kinds(policy)


def _without_kinds(policy: Object) -> Iterator[Mutant]:
    for index, rule in enumerate(policy["spec"]["matchConstraints"]["resourceRules"]):
        for resource in rule["resources"]:
            if "/" in resource:  # the CLI knows no subresources
                continue
            lacking = copy.deepcopy(policy)
            left = lacking["spec"]["matchConstraints"]["resourceRules"][index]
            left["resources"] = [each for each in rule["resources"] if each != resource] or ["nothing"]
            yield Mutant(lacking, resource)


def lesser(text: str) -> Iterator[tuple[str, str]]:
    """What is taken away ⇒ the expression without it."""
    bare = _STRING.sub(lambda found: "_" * len(found[0]), text)
    seen: set[str] = set()
    for group in _groups(bare):
        for operator in ("||", "&&", " + ", ","):
            for pieces in _joined(bare, group, operator):
                for index, (start, end) in enumerate(pieces):
                    first, second = pieces[0], pieces[1]
                    left = (
                        text[: first[0]] + text[second[0] :]
                        if index == 0
                        else text[: pieces[index - 1][1]] + text[end:]
                    )
                    if left not in seen:
                        seen.add(left)
                        yield text[start:end].strip(), left
    for found in re.finditer(r"!(?!=)", bare):
        yield f"the ! at {found.start()}", f"{text[: found.start()]}true == {text[found.end() :]}"


def _joined(bare: str, group: Span, operator: str) -> Iterator[list[Span]]:
    """The operands of an operator in a group, where there are several; `&&` binds more tightly than `||`."""
    if operator == ",":
        if group[0] and bare[group[0] - 1] == "[" and not re.match(r"[\w.?\])]", bare[group[0] - 2]):
            yield from [pieces] if len(pieces := _split(bare, group, ",")) > 1 else []
        return
    for whole in _split(bare, group, ","):
        for side in _sides(bare, whole):
            outer = _split(bare, side, "||") if operator != "||" else [side]
            for each in outer:
                if len(pieces := _split(bare, each, operator)) > 1:
                    yield pieces


def _sides(bare: str, span: Span) -> Iterator[Span]:
    """The condition and the two outcomes of a conditional; else the expression itself."""
    start, depth = span[0], 0
    for at in range(*span):
        depth += (bare[at] in "([{") - (bare[at] in ")]}")
        if depth == 0 and bare.startswith((" ? ", " : "), at):
            yield start, at
            start = at + 3
    yield start, span[1]


def _groups(bare: str) -> Iterator[Span]:
    """Where each pair of brackets begins and ends, and the whole."""
    starts: list[int] = []
    for at, character in enumerate(bare):
        if character in "([{":
            starts.append(at + 1)
        elif character in ")]}":
            yield starts.pop(), at
    yield 0, len(bare)


def _split(bare: str, span: Span, separator: str) -> list[Span]:
    pieces, start, depth = [], span[0], 0
    for at in range(*span):
        depth += (bare[at] in "([{") - (bare[at] in ")]}")
        if depth == 0 and bare.startswith(separator, at):
            pieces.append((start, at))
            start = at + len(separator)
    return [*pieces, (start, span[1])]
