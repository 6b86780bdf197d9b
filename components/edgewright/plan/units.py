"""Units of amounts that are compared: their name for machines, and how people read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from edgewright.fleet import Cpu, Duration, Energy, Power, Ratio


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest unit that amounts of a kind count in.

    `write` rounds where nobody would read what `exact` writes; `of` stands between an amount and what
    it is an amount of.
    """

    name: str
    write: Callable[[int], str]
    exact: Callable[[int], str]
    of: str = " of "


def _memory(amount: int) -> str:
    """Bytes in at most four digits: 6Gi, 512Mi, 7.3Gi."""
    for unit, size in (("Gi", 2**30), ("Mi", 2**20), ("Ki", 2**10)):
        if abs(amount) >= size:
            text = f"{amount / size:.1f}".removesuffix(".0")
            return f"{text}{unit}"
    return f"{amount}B"


def _milliseconds(amount: int) -> str:
    """Up to ten seconds to the millisecond; what is longer in the two largest units that it has."""
    if amount < 10_000:
        return str(Duration(amount))
    parts, rest = [], -(-amount // 1000)
    for unit, size in (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2])


def _microseconds(amount: int) -> str:
    """Milliseconds with what is behind the point, up to ten seconds: 7.33ms."""
    if amount >= 10_000_000:
        return _milliseconds(-(-amount // 1000))
    whole, rest = divmod(amount, 1000)
    return f"{whole}.{rest:03}".rstrip("0").rstrip(".") + "ms"


def _cores(amount: int) -> str:
    if amount % 1000:
        return str(Cpu(amount))
    return f"{amount // 1000:,} core{'s' if amount != 1000 else ''}"


def _watts(amount: int) -> str:
    """Milliwatts, or milliwatt hours, in at most four digits: 25, 7.3, 0.512."""
    return f"{amount / 1000:.1f}".removesuffix(".0") if amount >= 10_000 else f"{amount / 1000:.3g}"


def _count(amount: int) -> str:
    return f"{amount:,}" if amount else "none"


BYTES: Final = Unit("bytes", _memory, lambda amount: f"{amount:,} bytes")
MILLICORES: Final = Unit("millicores", _cores, _cores)
COUNT: Final = Unit("count", _count, _count, of=" ")
MILLISECONDS: Final = Unit("milliseconds", _milliseconds, lambda amount: f"{amount:,}ms")
MICROSECONDS: Final = Unit("microseconds", _microseconds, lambda amount: f"{amount:,}µs")
MILLIWATTS: Final = Unit("milliwatts", lambda amount: str(Power(amount)), lambda amount: str(Power(amount)))
MILLIWATT_HOURS: Final = Unit(
    "milliwatt hours", lambda amount: f"{_watts(amount)}Wh", lambda amount: str(Energy(amount))
)
MILLIONTHS: Final = Unit("millionths", lambda amount: str(Ratio(amount)), lambda amount: str(Ratio(amount)))
