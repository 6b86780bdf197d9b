"""Amounts with their units, read once into exact whole numbers.

Each type is an int in its smallest unit (`Memory("6Gi")` is 6442450944 bytes), so that sums and
comparisons are exact, and writes itself back as the largest unit that leaves it whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from edgewright.fleet.quantity import Quantity

__all__ = [
    "Bandwidth", "Cpu", "Duration", "Energy", "Memory", "Points", "Power", "Quantity", "Rate", "Ratio", "Share",
    "Temperature",
]  # fmt: skip


class Memory(Quantity):
    """Bytes: 6Gi, 512Mi, 2G."""

    what = "amount of memory"
    units: ClassVar[Mapping[str, int]] = {
        "Ti": 2**40, "T": 10**12, "Gi": 2**30, "G": 10**9,
        "Mi": 2**20, "M": 10**6, "Ki": 2**10, "k": 10**3, "B": 1,
    }  # fmt: skip
    example = "6Gi"
    # Some mean powers of two by GB and some of ten, and Kubernetes takes `m` for thousandths.
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "gb": ("Gi", "G"), "g": ("Gi", "G"), "gib": ("Gi",), "gi": ("Gi",),
        "mb": ("Mi", "M"), "m": ("Mi", "M"), "mib": ("Mi",), "mi": ("Mi",),
        "kb": ("Ki", "k"), "k": ("Ki", "k"), "kib": ("Ki",), "ki": ("Ki",),
        "tb": ("Ti", "T"), "t": ("Ti", "T"), "tib": ("Ti",), "ti": ("Ti",), "bytes": ("B",), "byte": ("B",),
    }  # fmt: skip
    greatest = 2**60

    @property
    def kubernetes(self) -> str:
        """The amount as a Kubernetes quantity, where plain bytes have no unit."""
        return str(self).removesuffix("B")

    @classmethod
    def _explained(cls, text: str) -> str:
        return f"`{text}` ({int(cls(text)):,} bytes)"


class Bandwidth(Quantity):
    """Bits a second: 20Mbit/s, 64kbit/s."""

    what = "bandwidth"
    units: ClassVar[Mapping[str, int]] = {"Gbit/s": 10**9, "Mbit/s": 10**6, "kbit/s": 1000, "bit/s": 1}
    example = "20Mbit/s"
    # MB/s is bytes to some and a slip to others: nothing is guessed there.
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = (
        dict.fromkeys(("gbps", "gbit", "gb"), ("Gbit/s",))
        | dict.fromkeys(("mbps", "mbit", "mb"), ("Mbit/s",))
        | dict.fromkeys(("kbps", "kbit", "kb"), ("kbit/s",))
        | dict.fromkeys(("bps", "bit"), ("bit/s",))
    )
    greatest = 10**15


class Cpu(Quantity):
    """Thousandths of a core: 1500m; a bare number is cores."""

    what = "amount of CPU"
    units: ClassVar[Mapping[str, int]] = {"": 1000, "m": 1}
    example = "1500m"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
        ("cores", "core", "cpu", "cpus"), ("",)
    ) | dict.fromkeys(("millicores", "mcpu"), ("m",))
    greatest = 4096 * 1000


class Duration(Quantity):
    """Milliseconds: 2ms, 90s, 15m, 24h, 3d."""

    what = "duration"
    units: ClassVar[Mapping[str, int]] = {"d": 86_400_000, "h": 3_600_000, "m": 60_000, "s": 1000, "ms": 1}
    example = "90s"
    compound = True
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = (
        dict.fromkeys(("sec", "secs", "second", "seconds"), ("s",))
        | dict.fromkeys(("min", "mins", "minute", "minutes"), ("m",))
        | dict.fromkeys(("hr", "hrs", "hour", "hours"), ("h",))
        | dict.fromkeys(("day", "days"), ("d",))
        | dict.fromkeys(("msec", "millisecond", "milliseconds"), ("ms",))
    )
    greatest = 3660 * 86_400_000

    @property
    def seconds(self) -> int:
        """Whole seconds, rounded up: Kubernetes counts in them, and less would cut something short."""
        return -(-self // 1000)


class Power(Quantity):
    """Milliwatts: 25W, 500mW."""

    what = "power"
    units: ClassVar[Mapping[str, int]] = {"W": 1000, "mW": 1}
    example = "25W"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "watt": ("W",),
        "watts": ("W",),
        "w": ("W",),
        "milliwatt": ("mW",),
        "milliwatts": ("mW",),
        "mw": (),
    }
    greatest = 10**7


class Energy(Quantity):
    """Milliwatt hours: 100Wh, 500mWh."""

    what = "amount of energy"
    units: ClassVar[Mapping[str, int]] = {"kWh": 10**6, "Wh": 1000, "mWh": 1}
    example = "100Wh"
    # Ah would need a voltage, and with mwh some mean thousandths and some millions.
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "wh": ("Wh",), "watthours": ("Wh",), "watthour": ("Wh",), "kwh": ("kWh",), "mwh": (),
    }  # fmt: skip
    greatest = 10**12


class Ratio(Quantity):
    """Millionths, written in per cent: 0.1% is 1000; it may be more than 100%."""

    what = "ratio"
    units: ClassVar[Mapping[str, int]] = {"%": 10_000}
    example = "50%"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = {"percent": ("%",), "pct": ("%",), "pp": ("%",)}
    greatest = 10**10


class Share(Ratio):
    """Millionths of a whole, written in per cent: at most 100%."""

    what = "share"
    example = "1%"
    greatest = 1_000_000


class Points(Quantity):
    """Millionths, written as percentage points, a difference of two shares: 3pp is 30,000."""

    what = "difference in percentage points"
    units: ClassVar[Mapping[str, int]] = {"pp": 10_000}
    example = "3pp"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(
        ("%", "percent", "pct", "points", "p"), ("pp",)
    )
    greatest = 1_000_000


class Rate(Quantity):
    """Events a day: 5/s is 432,000."""

    what = "rate"
    units: ClassVar[Mapping[str, int]] = {"/s": 86_400, "/min": 1440, "/h": 24, "/d": 1}
    example = "5/s"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = (
        dict.fromkeys(("/sec", "/second", "rps", "qps", "hz"), ("/s",))
        | dict.fromkeys(("/m", "/minute", "rpm"), ("/min",))
        | dict.fromkeys(("/hr", "/hour"), ("/h",))
        | {"/day": ("/d",)}
    )
    greatest = 10**12


class Temperature(Quantity):
    """Thousandths of a degree Celsius: 83C."""

    what = "temperature"
    units: ClassVar[Mapping[str, int]] = {"C": 1000}
    example = "83C"
    aliases: ClassVar[Mapping[str, tuple[str, ...]]] = dict.fromkeys(("°c", "celsius", "°", "degc"), ("C",))
    greatest = 1_000_000
