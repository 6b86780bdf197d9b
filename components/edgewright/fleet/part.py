"""What every part of a fleet is: frozen, camel case in YAML, snake case in Python; numbers are strict.

The parts themselves are not: pydantic's plugin for mypy would refuse `memory="6Gi"` in Python then.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, Strict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from edgewright.fleet.wording import plain, shown

T = TypeVar("T")


@cache
def camel(name: str) -> str:
    """A field's name as fleet.yaml writes it: deviceClasses for device_classes."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


class Part(BaseModel):
    """A frozen value of a fleet; a field that it does not know is refused."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=camel,
        validate_by_name=True,
        validate_by_alias=True,
        serialize_by_alias=True,
        defer_build=True,
    )


Item = TypeVar("Item")


class Entries(dict[str, Item]):
    """A mapping that cannot change and has a hash, as what holds it."""

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[type, tuple[dict[str, Item]]]:
        return type(self), (dict(self),)

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a fleet does not change; `model_copy(update=…)` gives another one")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class PartWithEntries(Part):
    """A part with mappings from names of the user's; these are frozen too."""

    def model_post_init(self, context: Any, /) -> None:
        """Freeze the mappings."""
        values = self.__dict__
        for name, value in values.items():
            if type(value) is dict:
                values[name] = Entries(value)


Whole = Annotated[int, Strict()]
"""A whole number, and no text or point that could be made into one."""

Flag = Annotated[bool, Strict()]
"""True or false, and nothing else: not `yes`, not 1."""

Many = tuple[T, ...]
"""A list in YAML, a tuple in Python: what is frozen must not grow."""

NAME: Final = r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$"
_NAME: Final = re.compile(NAME)


def better_name(text: str) -> str:
    """The text if it is a name, else the nearest that is one; empty where nothing of it is left."""
    if _NAME.fullmatch(text):
        return text
    return re.sub(r"[^a-z0-9]+", "-", plain(text[:200]).lower())[:63].strip("-")


def _name(text: str) -> str:
    if _NAME.fullmatch(text):
        return text
    better = better_name(text)
    context: dict[str, Any] = {
        "message": f"{shown(text)} is no name that Kubernetes accepts",
        "remedy": "write at most 63 lower-case letters, digits and `-`, with a letter or digit at both ends",
    }
    if better:
        context["remedy"] += f", such as `{better}`"
    raise PydanticCustomError("bad-name", "{message}", context)


_NAME_SCHEMA: Final[dict[str, Any]] = {
    "description": "At most 63 lower-case letters, digits and `-`, with a letter or digit at both ends.",
    "type": "string",
    "pattern": NAME,
}

Name = Annotated[str, AfterValidator(_name), WithJsonSchema(_NAME_SCHEMA), Field(title="name")]
"""An RFC 1123 label: it becomes a part of the names of Kubernetes objects."""

_STEP: Final = r"\.?[^./\x00-\x1f\x7f\\][^/\x00-\x1f\x7f\\]*|\.\.[^/\x00-\x1f\x7f\\]+"
# Without looking ahead, so that readers of the schema in any language know it: no step is `..`, and the
# first is not empty.
LOCAL_PATH: Final = rf"(\.|{_STEP})(/(\.?|{_STEP}))*"
_PATH: Final = re.compile(LOCAL_PATH)
_LONGEST_PATH: Final = 500


def local_path(text: str) -> str:
    """The path as it was given. Raises PydanticCustomError (`bad-path`) where it leaves the folder."""
    if len(text) <= _LONGEST_PATH and _PATH.fullmatch(text):
        return text
    raise PydanticCustomError(
        "bad-path",
        "{message}",
        {
            "message": f"{shown(text)} leaves the folder of fleet.yaml, or is no path",
            "remedy": "write a path below the folder of fleet.yaml, with `/` between its parts",
        },
    )


_PATH_SCHEMA: Final[dict[str, Any]] = {
    "description": "A path below the folder of fleet.yaml, with `/` between its parts.",
    "type": "string",
    "pattern": f"^({LOCAL_PATH})$",
    "maxLength": _LONGEST_PATH,
}

LocalPath = Annotated[str, AfterValidator(local_path), WithJsonSchema(_PATH_SCHEMA), Field(title="path")]
"""A path below the folder of fleet.yaml."""

_PORT: Final = r"([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
"""From 1 to 65535, as editors can tell it too."""

HTTP_ADDRESS: Final = rf"https?://[A-Za-z0-9.-]{{1,253}}(:{_PORT})?"
"""The pattern of a server's address, without the path behind it."""

Version = Annotated[
    str,
    StringConstraints(pattern=r"^v?[0-9]{1,9}(\.[0-9]{1,9}){0,3}([-+][0-9A-Za-z.-]{1,60})?$"),
    Field(title="version"),
]
"""A version of some software, as its makers write it."""

Count = Annotated[Whole, Field(ge=1, le=100_000_000)]
