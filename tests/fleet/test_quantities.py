"""Amounts are exact, write themselves back, and say what was meant where a text is none."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from pydantic_core import PydanticCustomError

from edgewright.fleet import AbortWhen, Resources
from edgewright.fleet.quantities import (
    Bandwidth,
    Cpu,
    Duration,
    Energy,
    Memory,
    Points,
    Power,
    Quantity,
    Rate,
    Ratio,
    Share,
    Temperature,
)

KINDS: tuple[type[Quantity], ...] = (
    Bandwidth, Cpu, Duration, Energy, Memory, Points, Power, Rate, Ratio, Share, Temperature,
)  # fmt: skip


def refusal(kind: type[Quantity], value: Any) -> tuple[str, str, str, str | None]:
    with pytest.raises(PydanticCustomError) as error:
        kind.parse(value)
    context = error.value.context or {}
    return error.value.type, context["message"], context["remedy"], context.get("replacement")


@given(st.data())
def test_amounts_are_exact(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    unit, factor = data.draw(st.sampled_from(sorted(kind.units.items())))
    whole = data.draw(st.integers(0, 10**18 - 1) | st.integers(0, 1000))
    digits = data.draw(st.text(st.sampled_from("0123456789"), max_size=9))
    number = f"{whole}.{digits}" if digits else str(whole)
    exact = Fraction(number) * factor
    try:
        found = kind.parse(number + unit)
    except PydanticCustomError as error:
        fits = exact.denominator == 1 and (kind.greatest is None or exact <= kind.greatest)
        assert (error.type, fits) == ("out-of-range", False)  # noqa: PT017
    else:
        assert type(found) is kind
        assert int(found) == exact


@given(st.data())
def test_what_is_written_is_read_back(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(KINDS))
    most = min(kind.greatest or 10**12, 10**18 - 1)  # a number has 18 digits at most
    amount = kind(data.draw(st.integers(0, most) | st.integers(0, 10_000)))
    assert kind(str(amount)) == amount
    assert repr(amount) == f"{kind.__name__}('{amount}')"
    assert f"{amount}" == str(amount)
    for other in (pickle.loads(pickle.dumps(amount)), copy.deepcopy(amount)):
        assert (type(other), other) == (kind, amount)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (Memory("6Gi"), "6Gi"), (Memory("6.5Gi"), "6656Mi"), (Memory("1000M"), "1G"), (Memory(0), "0B"),
        (Memory("1500B"), "1500B"), (Memory(-(2**30)), "-1Gi"),
        (Cpu("2"), "2"), (Cpu("0.5"), "500m"), (Cpu(2), "2m"), (Cpu(0), "0m"),
        (Duration("90s"), "90s"), (Duration("1.5h"), "90m"), (Duration("48h"), "2d"), (Duration(0), "0ms"),
        (Power("0.5W"), "500mW"), (Energy("0.1kWh"), "100Wh"), (Energy("1.5Wh"), "1500mWh"),
        (Energy(0), "0mWh"), (Ratio("150%"), "150%"), (Share("0.1%"), "0.1%"), (Share(1), "0.0001%"),
        (Share(0), "0%"), (Points("1.5pp"), "1.5pp"), (Rate("300/min"), "5/s"), (Rate("7/d"), "7/d"),
        (Temperature("83.5C"), "83.5C"), (Temperature(1), "0.001C"), (Temperature(-1500), "-1.5C"),
    ],
)  # fmt: skip
def test_the_largest_unit_that_leaves_it_whole(amount: Quantity, text: str) -> None:
    assert str(amount) == text


def test_units_of_others() -> None:
    assert Memory("6Gi") == 6 * 2**30
    assert [Memory(text).kubernetes for text in ("1500B", "6Gi", "1k")] == ["1500", "6Gi", "1k"]
    assert [Duration(text).seconds for text in ("0s", "1ms", "1s", "1001ms", "2m")] == [0, 1, 1, 2, 120]
    assert Rate("5/s") == 5 * 86_400
    assert int(Points("3pp")) == int(Share("3%"))


@pytest.mark.parametrize("value", [1.5, True, None, [], b"6Gi"])
def test_a_quantity_is_made_of_text_or_a_whole_number(value: Any) -> None:
    with pytest.raises(TypeError, match="is made of a str with a unit or of an int"):
        Memory(value)
    with pytest.raises(ValueError, match="is not an amount of memory"):
        Memory("6 apples")


@pytest.mark.parametrize(
    ("value", "millicores"), [(2, 2000), (0.5, 500), (1e3, 10**6), (0, 0), (-0.0, 0), (1.0, 1000)]
)
def test_a_bare_number_is_cores(value: float, millicores: int) -> None:
    assert Cpu.parse(value) == millicores


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not Cpu])
def test_a_bare_number_is_nothing_else(kind: type[Quantity]) -> None:
    for number in (3, "3", 2.5):
        rule, message, remedy, replacement = refusal(kind, number)
        assert (rule, replacement) == ("bad-unit", None)
        assert message.startswith(f"`{number}` has no unit, and a")
        assert f"`{number}{kind.example.lstrip('0123456789')}`" in remedy


def test_a_share_may_have_been_meant_as_a_fraction() -> None:
    assert refusal(Share, 0.05)[2] == "write `0.05%`, or `5%` if it is a fraction of one"
    assert refusal(Ratio, "0.005")[2] == "write `0.005%`, or `0.5%` if it is a fraction of one"
    assert refusal(Share, 1)[2] == "write `1%`, or `100%` if it is a fraction of one"


NO_AMOUNTS: tuple[Any, ...] = (
    True, False, None, [], {}, [6], "", " ", "Gi", "six", "6Gi6", "1e3Gi", "6..5Gi", "0x6Gi", ".inf", "-",
    "\u0666Gi6", float("inf"), float("-inf"), float("nan"),
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", NO_AMOUNTS, ids=repr)
def test_what_is_no_amount(kind: type[Quantity], value: Any) -> None:
    rule, message, remedy, replacement = refusal(kind, value)
    assert (rule, replacement) == ("bad-unit", None)
    assert message
    assert kind.example in remedy


@pytest.mark.parametrize(
    ("kind", "value"), [(Memory, "-6Gi"), (Cpu, -2), (Cpu, -0.5), (Cpu, "-500m"), (Duration, "-1s")]
)
def test_negative_amounts(kind: type[Quantity], value: Any) -> None:
    assert refusal(kind, value)[:2] == ("bad-unit", f"`{value}` is negative")


@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        (Memory, "0.5B", "`0.5B` is no multiple of 1B, the finest there is"),
        (Cpu, "0.0001", "`0.0001` is no multiple of 1m, the finest there is"),
        (Cpu, 1e-05, "`0.00001` is no multiple of 1m, the finest there is"),
        (Cpu, 4097, "`4097` is more than 4096"),
        (Share, "100.0001%", "`100.0001%` is more than 100%"),
        (Share, "0.00005%", "`0.00005%` is no multiple of 0.0001%, the finest there is"),
        (Temperature, "0.0001C", "`0.0001C` is no multiple of 0.001C, the finest there is"),
        (Duration, "3661d", "`3661d` is more than 3660d"),
        (Memory, "1048577Ti", "`1048577Ti` is more than 1048576Ti"),
        (Memory, "1" * 19 + "B", f"`{'1' * 19}B` has too many digits"),
        (Memory, "1.0000000000Gi", "`1.0000000000Gi` has too many digits"),
        (Cpu, 1e30, f"`1{'0' * 30}` has too many digits"),
    ],
)
def test_too_fine_and_too_much(kind: type[Quantity], value: Any, message: str) -> None:
    rule, says, remedy, replacement = refusal(kind, value)
    assert (rule, says, replacement) == ("out-of-range", message, None)
    assert remedy


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        (Memory, "6gib", "6Gi"), (Memory, "6 Gi", "6Gi"), (Memory, "6GI", "6Gi"), (Memory, " 6Gi", "6Gi"),
        (Memory, "6Gi\n", "6Gi"),
        (Memory, "+6Gi", "6Gi"), (Memory, "1_000Mi", "1000Mi"), (Memory, "6,5Gi", "6.5Gi"),
        (Memory, ".5Gi", "0.5Gi"),
        (Memory, "\uff16Gi", "6Gi"), (Memory, "6\xa0Gi", "6Gi"), (Memory, "6G\u0456", "6Gi"),
        (Memory, "512 bytes", "512B"),
        (Cpu, "2 cores", "2"), (Cpu, "1500M", "1500m"), (Cpu, "500 mCPU", "500m"),
        (Duration, "90 sec", "90s"), (Duration, "5M", "5m"), (Duration, "2 Hours", "2h"),
        (Duration, "1h30m", "90m"), (Duration, "24h0m0s", "1d"),
        (Power, "25w", "25W"), (Power, "25 watts", "25W"),
        (Energy, "100 wh", "100Wh"), (Energy, "2KWH", "2kWh"), (Share, "5 %", "5%"), (Share, "3pp", "3%"),
        (Ratio, "50percent", "50%"),
        (Points, "3%", "3pp"), (Points, "3 points", "3pp"), (Rate, "5rps", "5/s"), (Rate, "5Hz", "5/s"),
        (Rate, "300/m", "300/min"), (Rate, "5 / s", "5/s"),
        (Bandwidth, "20 Mbps", "20Mbit/s"), (Bandwidth, "1Gbps", "1Gbit/s"), (Bandwidth, "20mbit/s", "20Mbit/s"),
        (Temperature, "83°C", "83C"), (Temperature, "83 \u2103", "83C"), (Temperature, "83c", "83C"),
    ],
)  # fmt: skip
def test_what_only_one_thing_can_have_been_meant_by(kind: type[Quantity], text: str, meant: str) -> None:
    rule, _, remedy, replacement = refusal(kind, text)
    assert (rule, replacement, remedy) == ("bad-unit", meant, f"write `{meant}`")
    kind.parse(meant)


@pytest.mark.parametrize("text", ["6GB", "6gb", "6g", "6 Gb", "6.0GB"])
def test_gigabytes_may_be_powers_of_two_or_of_ten(text: str) -> None:
    number = text.rstrip("GgBb ")
    _, _, remedy, replacement = refusal(Memory, text)
    assert replacement is None
    assert remedy == f"write `{number}Gi` (6,442,450,944 bytes) or `{number}G` (6,000,000,000 bytes)"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (Memory, "512m"), (Duration, "5ns"), (Duration, "5us"), (Duration, "PT5M"), (Power, "25MW"),
        (Power, "25mw"), (Power, "25kW"), (Energy, "500mwh"), (Energy, "2MWh"), (Energy, "20Ah"),
        (Temperature, "181F"), (Memory, "6,000Mi"), (Memory, "1.5.5Gi"),
        (Memory, "6E"), (Rate, "5"), (Bandwidth, "20MB/s"), (Bandwidth, "20"), (Share, "one %"),
    ],
)  # fmt: skip
def test_what_may_mean_several_things_or_another_size_is_not_put_right(
    kind: type[Quantity], text: str
) -> None:
    assert refusal(kind, text)[3] is None


def test_characters_that_look_like_others_are_named() -> None:
    assert refusal(Memory, "6G\u0430")[1] == (
        "`6G\u0430` (it has U+0430 CYRILLIC SMALL LETTER A in it) is not an amount of memory"
    )


@given(st.text(max_size=20) | st.from_regex(r"[-+]?[0-9.,_ ]{0,6}[a-zA-Z%/° ]{0,4}", fullmatch=True))
def test_any_text_is_an_amount_or_refused_with_words(text: str) -> None:
    for kind in KINDS:
        try:
            found = kind.parse(text)
        except PydanticCustomError as error:
            context = error.context or {}
            assert context["message"]
            assert context["remedy"]
            if "replacement" in context:
                kind.parse(context["replacement"])
        else:
            assert kind(str(found)) == found


@given(st.integers() | st.floats())
def test_any_number_is_cores_or_refused(number: float) -> None:
    try:
        found = Cpu.parse(number)
    except PydanticCustomError as error:
        assert error.type in ("bad-unit", "out-of-range")  # noqa: PT017
    else:
        assert found == Fraction(number).limit_denominator(10**9) * 1000


def test_one_kind_is_not_another() -> None:
    assert refusal(Memory, Duration("90s"))[1] == "`90s` is not an amount of memory"
    assert refusal(Ratio, Points("3pp"))[3] == "3%"
    found = Ratio.parse(Share("3%"))
    assert (type(found), found) == (Ratio, 30_000)
    assert type(AbortWhen(latency_increase=Share("3%")).latency_increase) is Ratio
    with pytest.raises(ValidationError, match="`90s` is not an amount of memory"):
        Resources(cpu=1, memory=Duration("90s"))
