"""apiVersion: the current one, none, a slip, another one, and one that is led to the next."""

from __future__ import annotations

from typing import Any

import pytest
from tests.fleet.texts import BASE, changed, told

from edgewright.fleet import migrations
from edgewright.fleet.fleet import Fleet
from edgewright.fleet.migrations import CURRENT, migrate


def test_the_current_version_is_read_as_it_is() -> None:
    value = {"apiVersion": CURRENT, "fleet": "a"}
    assert migrate(value) == (value, ())


def test_the_models_are_of_the_current_version() -> None:
    assert Fleet.model_fields["api_version"].default == CURRENT


def test_without_a_version_the_rest_is_read_too() -> None:
    values, (finding,) = migrate({"fleet": "a"})
    assert values == {"apiVersion": CURRENT, "fleet": "a"}
    assert (finding.rule, finding.path, finding.waivable) == ("missing-field", ("apiVersion",), False)
    assert finding.remedy == f"add `apiVersion: {CURRENT}` as the first line"
    text = changed((f"apiVersion: {CURRENT}\n", ""), ("p99: 40ms", "p99: 40"))
    assert [each.rule for each in told(text)] == ["missing-field", "bad-unit"]


@pytest.mark.parametrize(
    "version", ["edgewright.dev/v1", "edgewright.dev/v1alpha2", "edgewright.dev/v2beta1"]
)
def test_another_version_may_mean_other_things(version: str) -> None:
    values, (finding,) = migrate({"apiVersion": version, "nonsense": 1})
    assert values is None
    assert (finding.rule, finding.replacement) == ("unknown-api-version", None)
    text = BASE.replace(CURRENT, version).replace("p99: 40ms", "p99: 40")
    assert [(each.rule, each.underlined) for each in told(text)] == [("unknown-api-version", version)]


@pytest.mark.parametrize(
    ("version", "replacement"),
    [
        ("edgewright.dev/v1alpah1", CURRENT),
        ("edgwright.dev/v1alpha1", CURRENT),
        ("Edgewright.dev/v1alpha1", CURRENT),
        ("edgewright/v1alpha1", CURRENT),
        ("v1", None),
        ("apps/v1", None),
        (1, None),
        (True, None),
        ([CURRENT], None),
        ({}, None),
        ("", None),
    ],
)
def test_what_is_no_version_is_read_as_the_current_one(version: Any, replacement: str | None) -> None:
    values, (finding,) = migrate({"apiVersion": version, "fleet": "a"})
    assert values == {"apiVersion": CURRENT, "fleet": "a"}
    assert (finding.rule, finding.replacement) == ("unknown-api-version", replacement)
    assert CURRENT in finding.remedy


def test_an_empty_version_is_an_empty_field() -> None:
    assert migrate({"apiVersion": None}) == ({"apiVersion": CURRENT}, ())


def test_older_versions_are_led_to_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "apiVersion": "edgewright.dev/v0alpha2", "steps": [1]}

    def second(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "apiVersion": CURRENT, "steps": [*value["steps"], 2]}

    way = {"edgewright.dev/v0alpha1": first, "edgewright.dev/v0alpha2": second}
    monkeypatch.setattr(migrations, "_TO_NEXT", way)
    assert migrate({"apiVersion": "edgewright.dev/v0alpha1"}) == (
        {"apiVersion": CURRENT, "steps": [1, 2]},
        (),
    )
