"""What every amount is: text with a unit ⇔ an exact whole number, and what was meant where neither fits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import isfinite
from typing import Any, ClassVar, Final, Self

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from edgewright.fleet.wording import plain, shown

_NUMBER: Final = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,9}))?")
_LONG_NUMBER: Final = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_PARTS: Final = re.compile(r"([0-9]+(?:\.[0-9]+)?)([^0-9.,]*)")


class Quantity(int):
    """A whole number of the smallest unit. Subclasses are tables: what it is, units, an example."""

    what: ClassVar[str]
    units: ClassVar[Mapping[str, int]]
    """A unit ⇒ how many of the smallest it is, the largest first; the unit "" is a bare number."""
    example: ClassVar[str]
    greatest: ClassVar[int | None] = None
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """What people write, in lower case ⇒ the units that they may mean by it."""
    compound: ClassVar[bool] = False
    """Whether people add units up, as in 1h30m."""

    def __new__(cls, value: str | int) -> Self:
        """The quantity of a text with its unit, or of a count of the *smallest* unit.

        `Cpu("2")` is two cores and `Cpu(2)` two thousandths of one. Raises ValueError for a text that
        is no such quantity, TypeError for anything but a str or an int.
        """
        if isinstance(value, str):
            return cls.parse(value)
        if isinstance(value, bool) or not isinstance(value, int):
            raise TypeError(f"{cls.__name__} is made of a str with a unit or of an int, not of {value!r}")
        return int.__new__(cls, value)

    @classmethod
    def parse(cls, value: object) -> Self:
        """The quantity that a text states, or a number where the type has a unit for it.

        Raises PydanticCustomError (`bad-unit`, `out-of-range`; a ValueError), whose context has a
        `remedy` and, where only one thing can have been meant, a `replacement`.
        """
        if isinstance(value, Quantity):
            value = str(value)
        elif (
            isinstance(value, (int, float))
            and not isinstance(value, bool)
            and "" in cls.units
            and isfinite(value)
        ):
            value = _decimal(value)
        if isinstance(value, str) and (match := cls._match(value)):
            return cls._exact(value, *match)
        raise cls._refuse(value)

    @classmethod
    def _match(cls, text: str) -> tuple[re.Match[str], int] | None:
        """The number in a text, and how many of the smallest unit its unit is."""
        for unit, factor in cls.units.items():
            if text.endswith(unit) and (match := _NUMBER.fullmatch(text, 0, len(text) - len(unit))):
                return match, factor
        return None

    @classmethod
    def _exact(cls, text: str, match: re.Match[str], factor: int) -> Self:
        whole, fraction = match[1], match[2] or ""
        value, rest = divmod(int(whole + fraction) * factor, 10 ** len(fraction))
        if rest:
            raise _out_of_range(
                f"`{text}` is no multiple of {cls(1)}, the finest there is", f"round it to {cls(1)}"
            )
        if cls.greatest is not None and value > cls.greatest:
            most = cls(cls.greatest)
            raise _out_of_range(f"`{text}` is more than {most}", f"write at most {most}")
        return int.__new__(cls, value)

    @classmethod
    def _refuse(cls, value: object) -> PydanticCustomError:
        text = value if isinstance(value, str) else ""
        context: dict[str, Any] = {
            "message": f"{shown(value)} is not {_a(cls.what)}",
            "remedy": f"write a number {'alone or ' if '' in cls.units else ''}with its unit "
            f"({', '.join(filter(None, cls.units))}), such as `{cls.example}`",
        }
        if meant := cls._meant(text):
            context["remedy"] = "write " + " or ".join(map(cls._explained if meant[1:] else _ticked, meant))
            if len(meant) == 1:
                context["replacement"] = meant[0]
        elif text.startswith("-") or (isinstance(value, (int, float)) and value < 0):
            context["message"] = f"{shown(value)} is negative"
            context["remedy"] = f"write {_a(cls.what)} of zero or more, such as `{cls.example}`"
        elif any(
            _LONG_NUMBER.fullmatch(text.removesuffix(unit)) for unit in cls.units if text.endswith(unit)
        ):
            return _out_of_range(
                f"{shown(value)} has too many digits", "write at most 18, and 9 behind the point"
            )
        elif "" not in cls.units and (number := _bare(value)):
            context["message"] = f"{shown(value)} has no unit, and {_a(cls.what)} needs one"
            context |= cls._with_unit(number)
        return PydanticCustomError("bad-unit", "{message}", context)

    @classmethod
    def _with_unit(cls, number: str) -> dict[str, str]:
        """What to do about a bare number; the number itself, where its field knows the usual unit."""
        unit, share = cls.example.lstrip("0123456789"), float(number)
        if unit == "%" and 0 < share <= 1:
            percent = _decimal(round(share * 100, 9))
            return {"remedy": f"write `{number}%`, or `{percent}%` if it is a fraction of one"}
        return {"remedy": f"write the unit too, such as `{number}{unit}`", "number": number}

    @classmethod
    def _meant(cls, text: str) -> tuple[str, ...]:
        """What a text may have been meant to be, in the form that is read."""
        if not 0 < len(text) <= 40:
            return ()
        flat = re.sub(r"[\s_]", "", plain(text)).removeprefix("+")
        if re.fullmatch(r"[0-9]+,[0-9]{1,2}\D*", flat):  # with three digits it may be thousands
            flat = flat.replace(",", ".")
        flat = f"0{flat}" if flat.startswith(".") else flat
        parts = _PARTS.fullmatch(flat)
        if parts is None:
            return cls._sum(flat)
        number, unit = parts[1], parts[2]
        units = (unit,) if unit in cls.units else cls._units_like(unit)
        return tuple(number + each for each in units if cls._can_be(number + each))

    @classmethod
    def _units_like(cls, unit: str) -> tuple[str, ...]:
        if not unit:
            return ()
        same = tuple(each for each in cls.units if each.lower() == unit.lower())
        return cls.aliases.get(unit.lower(), same)

    @classmethod
    def _sum(cls, text: str) -> tuple[str, ...]:
        units = "|".join(sorted(filter(None, cls.units), key=len, reverse=True))
        if not cls.compound or not re.fullmatch(rf"(?:[0-9]{{1,9}}(?:{units}))+", text):
            return ()
        total = sum(int(number) * cls.units[unit] for number, unit in re.findall(rf"([0-9]+)({units})", text))
        return (str(cls(total)),) if cls._can_be(str(cls(total))) else ()

    @classmethod
    def _can_be(cls, text: str) -> bool:
        match = cls._match(text)
        try:
            return match is not None and cls._exact(text, *match) >= 0
        except ValueError:
            return False

    @classmethod
    def _explained(cls, text: str) -> str:
        """A text beside others that may have been meant."""
        return _ticked(text)

    def __str__(self) -> str:
        sign, size = ("-", -int(self)) if self < 0 else ("", int(self))
        for unit, factor in self.units.items():
            if size and size % factor == 0:
                return f"{sign}{size // factor}{unit}"
        unit = min(self.units, key=lambda unit: self.units[unit])
        whole, rest = divmod(size, self.units[unit])
        digits = len(str(self.units[unit])) - 1  # the finest unit is a power of ten
        fraction = f".{rest:0{digits}}".rstrip("0") if rest else ""
        return f"{sign}{whole}{fraction}{unit}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self}')"

    @classmethod
    def json_schema(cls) -> dict[str, Any]:
        """The form as JSON Schema; how fine and how much, no schema can say."""
        units = [unit for unit in cls.units if unit]
        unit = f"({'|'.join(map(re.escape, units))})" + ("?" if "" in cls.units else "")
        text = rf"^[0-9]{{1,18}}(\.[0-9]{{1,9}})?{unit}$"
        schema: dict[str, Any] = {"type": "string", "pattern": text}
        if "" in cls.units:
            number: dict[str, Any] = {"type": "number", "minimum": 0}
            if cls.greatest is not None:
                number["maximum"] = cls.greatest // cls.units[""]
            schema = {"anyOf": [number, schema]}
        words = f"A number and its unit: {', '.join(units)}" + (
            "; or a number alone." if "" in cls.units else "."
        )
        return {"title": cls.what, "description": words, **schema, "examples": [cls.example]}

    @classmethod
    def __get_pydantic_core_schema__(
        cls, source: type[Any], handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        def read(value: object) -> Quantity:
            if type(value) is str:
                return _read_text(cls, value)  # type: ignore[arg-type]
            return value if type(value) is cls else cls.parse(value)

        return core_schema.no_info_plain_validator_function(
            read, serialization=core_schema.plain_serializer_function_ser_schema(str, when_used="always")
        )

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return cls.json_schema()


@lru_cache(4096)
def _read_text(kind: type[Quantity], text: str) -> Quantity:
    """The quantity of a text: in a large fleet most amounts are written many times."""
    return kind.parse(text)


def _decimal(number: int | float) -> str:
    """The number without an exponent; -0.0 is 0."""
    text = repr(number or 0)
    if "e" not in text:
        return text.removesuffix(".0")
    from decimal import Decimal

    return format(Decimal(text), "f")


def _bare(value: object) -> str | None:
    """A number without a unit as text; None where it is something else."""
    if isinstance(value, str):
        return value if _NUMBER.fullmatch(value) else None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not isfinite(value):
        return None
    return _decimal(value) if abs(value) < 1e18 else None


def _ticked(text: str) -> str:
    return f"`{text}`"


def _a(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _out_of_range(message: str, remedy: str) -> PydanticCustomError:
    return PydanticCustomError("out-of-range", "{message}", {"message": message, "remedy": remedy})
