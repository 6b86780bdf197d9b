"""What a reference is checked against: the fleet, the catalogue, and every name that the text gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from edgewright.errors import FieldPath, Finding, Note
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.part import better_name
from edgewright.fleet.runtime import Runtime
from edgewright.fleet.wording import scalar, shown
from edgewright.fleet.words import Words, sure

if TYPE_CHECKING:
    from edgewright.catalogue import Catalogue

_MOST_LISTED: Final = 8  # of what could be meant as well
_SECTIONS: Final = {
    "deviceClasses": "device_classes",
    "models": "models",
    "rollouts": "rollouts",
    "runtimes": "runtimes",
}


_NOTHING: Final = object()


@dataclass(frozen=True)
class Scope:
    """A fleet that is whole, or what remains of one, and the text it comes from.

    A name counts as known where the text gives it, whether what it names could be read or not; and a
    field as written, whether its value is one or not: nobody is told that something is missing which
    stands there with a mistake in it. A name that Kubernetes would not accept is known as the one that
    mends it: what refers to that is right.
    """

    fleet: Fleet
    catalogue: Catalogue
    text: Mapping[str, Any] | None = None
    """The values that the fleet was read from; None where it was written in Python."""

    @cached_property
    def runtimes(self) -> Mapping[str, Runtime]:
        """The fleet's runtimes and the catalogue's."""
        return runtimes_of(self.fleet, self.catalogue)

    def runtime(self, name: str) -> Runtime | None:
        """A runtime that can be read; a broken one of the text hides the catalogue's."""
        if name not in self.fleet.runtimes and self.is_written(("runtimes", name)):
            return None
        return self.runtimes.get(name)

    def is_written(self, path: FieldPath) -> bool:
        """Whether something stands at a path of the text."""
        return self._at(path) is not _NOTHING

    def names(self, section: str) -> Words | None:
        """The names that a section of the text gives; None where it is there and cannot be read."""
        return self._names[section]

    def variants(self, model: str) -> Words | None:
        """The variants of a model; None where they or the model cannot be read."""
        return self._variants[model] if model in self._variants else self._read_variants(model)

    @cached_property
    def _names(self) -> dict[str, Words | None]:
        return {section: self._section(section, field) for section, field in _SECTIONS.items()}

    def _section(self, section: str, field: str) -> Words | None:
        needed = section in ("deviceClasses", "models")
        if self.text is not None and needed and self._at((section,)) in (_NOTHING, {}):
            return None  # that it is missing or empty is told, and every reference to it would say so again
        return self._words((section,), getattr(self.fleet, field))

    @cached_property
    def _variants(self) -> dict[str, Words | None]:
        return {}

    def _read_variants(self, name: str) -> Words | None:
        model = self.fleet.models.get(name)
        if model is None and (self.text is None or not isinstance(self._at(("models", name)), dict)):
            found = None
        else:
            found = self._words(("models", name, "variants"), model.variants if model else {})
        self._variants[name] = found
        return found

    def _words(self, path: FieldPath, readable: Mapping[str, Any]) -> Words | None:
        if self.text is None:
            return Words(readable)
        written = self._at(path)
        if written is _NOTHING:
            return Words(())
        return Words(map(better_name, map(str, written))) if isinstance(written, dict) else None

    def _at(self, path: FieldPath) -> Any:
        value: Any = self.text
        for step in path:
            if isinstance(value, dict):
                value = value.get(step, _NOTHING)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return _NOTHING
        return value


def runtimes_of(fleet: Fleet, catalogue: Catalogue) -> Mapping[str, Runtime]:
    """The fleet's runtimes and those of the catalogue that it does not redefine."""
    built_in = {
        name: Runtime.model_construct(backends=tuple(entry.backends), images=dict(entry.images))
        for name, entry in catalogue.runtimes.items()
    }
    return built_in | fleet.runtimes


def unknown(
    what: str, word: str, known: Words, path: FieldPath, section: FieldPath = (), *, on_key: bool = False
) -> Finding:
    """A name that nothing has; `section` is where it would have to stand."""
    meant = known.nearest(word)
    if meant:
        remedy = f"write `{meant}`" + (f", or add `{word[:60]}` to `{section[0]}`" if section else "")
        if not section and not sure(word, meant) and 1 < len(known) <= _MOST_LISTED:
            remedy += f", or another one: {', '.join(each for each in known if each != meant)}"
    elif section:
        remedy = f"add it to `{section[0]}`" + (f", or write one of {known.listed()}" if known else "")
    else:
        remedy = f"write one of {known.listed()}" if known else "remove it"
    return Finding(
        rule="unknown-reference",
        level="error",
        message=f"there is no {what} {shown(word)}" + (f"; did you mean `{meant}`?" if meant else ""),
        remedy=remedy,
        path=path,
        on_key=on_key,
        notes=(Note(f"the {plural(what)} of this fleet", path=section),) if section else (),
        replacement=(meant if on_key else scalar(meant)) if meant and sure(word, meant) else None,
        waivable=False,
    )


def contradiction(message: str, remedy: str, path: FieldPath, *notes: Note, on_key: bool = False) -> Finding:
    """Two fields of a part that cannot both be meant, or one that needs another."""
    return Finding(
        "contradiction", "error", message, remedy, path, on_key=on_key, notes=notes, waivable=False
    )


def plural(noun: str) -> str:
    """More than one of it."""
    return noun + ("es" if noun.endswith("s") else "s")
