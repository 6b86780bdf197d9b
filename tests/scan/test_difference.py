from __future__ import annotations

import copy
import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.effort import lines_run

from edgewright.scan.difference import (
    ABSENT,
    Change,
    FieldChange,
    Identity,
    Located,
    Named,
    Step,
    Through,
    difference,
)

DEPLOYMENT = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: inspect, namespace: inspect}
spec:
  replicas: 1
  template:
    spec:
      containers:
        - name: server
          image: registry.example/server@sha256:1
          args: [--model, /model, --port, "8000"]
          env: [{name: MODE, value: fast}, {name: LEVEL, value: info}]
        - name: exporter
          image: registry.example/exporter@sha256:1
"""


def deployment() -> dict[str, Any]:
    body: dict[str, Any] = yaml.safe_load(DEPLOYMENT)
    return body


def thing(name: str, kind: str = "ConfigMap", version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": name, "namespace": "inspect"}, **fields}


def fields_of(old: dict[str, Any], new: dict[str, Any]) -> tuple[FieldChange, ...]:
    changes = difference([("a.yaml", old)], [("a.yaml", new)])
    assert [change.kind for change in changes] == ["changed"] * bool(changes)
    return changes[0].fields if changes else ()


class TestObjects:
    def test_added_removed_changed_and_moved(self) -> None:
        old = [("a.yaml", thing("stays")), ("a.yaml", thing("goes")), ("a.yaml", thing("moves"))]
        new = [("a.yaml", thing("stays", data={})), ("a.yaml", thing("comes")), ("b.yaml", thing("moves"))]
        changes = difference(old, new)
        assert [(change.kind, change.identity.name) for change in changes] == [
            ("added", "comes"),
            ("removed", "goes"),
            ("changed", "stays"),
            ("moved", "moves"),
        ]
        assert (changes[3].old_path, changes[3].new_path, changes[3].fields) == ("a.yaml", "b.yaml", ())

    def test_what_changed_and_moved_is_one_change(self) -> None:
        (change,) = difference([("a.yaml", thing("x"))], [("b.yaml", thing("x", data={"k": "v"}))])
        assert change == Change(
            "changed",
            Identity("", "ConfigMap", "inspect", "x"),
            "a.yaml",
            "b.yaml",
            (FieldChange(("data",), ABSENT, {"k": "v"}),),
        )

    def test_a_new_version_of_an_api_is_a_changed_field_and_another_group_another_object(self) -> None:
        old = thing("x", "Policy", "kyverno.io/v1")
        assert fields_of(old, thing("x", "Policy", "kyverno.io/v2")) == (
            FieldChange(("apiVersion",), "kyverno.io/v1", "kyverno.io/v2"),
        )
        kinds = [c.kind for c in difference([("a", old)], [("a", thing("x", "Policy", "other.io/v1"))])]
        assert kinds == ["removed", "added"]

    def test_a_namespace_and_a_kind_tell_objects_apart(self) -> None:
        old = thing("x")
        elsewhere = copy.deepcopy(old)
        elsewhere["metadata"]["namespace"] = "elsewhere"
        assert len(difference([("a", old)], [("a", elsewhere)])) == 2
        assert len(difference([("a", old)], [("a", thing("x", "Secret"))])) == 2

    def test_the_same_object_in_several_files_is_compared_file_by_file(self) -> None:
        classes = ["gateway", "kiosk", "line-camera"]
        old = [(f"{name}/namespace.yaml", thing("ns", labels={"class": name})) for name in classes]
        assert difference(old, old[::-1]) == []
        new = [*old[1:], ("added/namespace.yaml", old[0][1])]
        (change,) = difference(old, new)
        assert (change.kind, change.old_path, change.new_path) == (
            "moved",
            "gateway/namespace.yaml",
            "added/namespace.yaml",
        )
        assert [change.kind for change in difference(old, old[:1])] == ["removed", "removed"]

    def test_of_two_that_moved_each_finds_its_like(self) -> None:
        old = [("a", thing("x", data={"n": "1"})), ("b", thing("x", data={"n": "2"}))]
        new = [("c", thing("x", data={"n": "2"})), ("d", thing("x", data={"n": "1"}))]
        assert [(change.kind, change.old_path, change.new_path) for change in difference(old, new)] == [
            ("moved", "b", "c"),
            ("moved", "a", "d"),
        ]

    def test_what_is_no_kubernetes_object_is_known_by_its_file(self) -> None:
        (change,) = difference([("index.json", {"a": 1})], [("index.json", {"a": 2})])
        assert change.identity == Identity("", "", "", "index.json")
        odd: list[Located] = [("a", {"metadata": None}), ("b", {"metadata": {"name": 1}}), ("c", {})]
        assert difference(odd, odd) == []
        assert len(difference(odd, [])) == 3


class TestFields:
    def test_the_order_of_keys_and_the_way_of_writing_never_count(self) -> None:
        text = json.dumps(deployment(), indent=3, sort_keys=True)
        assert fields_of(deployment(), yaml.safe_load("# a comment\n" + text)) == ()

    def test_items_with_names_are_compared_by_them(self) -> None:
        new = deployment()
        containers = new["spec"]["template"]["spec"]["containers"]
        containers[0]["env"][1]["value"] = "debug"
        containers[1]["image"] = "registry.example/exporter@sha256:2"
        del containers[0]["env"][0]
        way: tuple[Step, ...] = ("spec", "template", "spec", "containers")
        assert fields_of(deployment(), new) == (
            FieldChange(
                (*way, Named("server"), "env", Named("MODE")), {"name": "MODE", "value": "fast"}, ABSENT
            ),
            FieldChange((*way, Named("server"), "env", Named("LEVEL"), "value"), "info", "debug"),
            FieldChange(
                (*way, Named("exporter"), "image"),
                "registry.example/exporter@sha256:1",
                "registry.example/exporter@sha256:2",
            ),
        )

    def test_an_order_that_changed_is_told_for_it_can_matter(self) -> None:
        new = deployment()
        new["spec"]["template"]["spec"]["containers"].reverse()
        (change,) = fields_of(deployment(), new)
        assert change.path[-2:] == ("containers", Through.ORDER)
        assert (change.old, change.new) == (("server", "exporter"), ("exporter", "server"))

    def test_an_item_that_came_in_between_is_the_only_change(self) -> None:
        new = deployment()
        new["spec"]["template"]["spec"]["containers"][0]["args"].insert(2, "--verbose")
        (change,) = fields_of(deployment(), new)
        assert (change.path[-2:], change.old, change.new) == (("args", 2), ABSENT, "--verbose")

    @pytest.mark.parametrize(
        ("old", "new", "differs"),
        [
            (1, 1.0, False),
            (1, True, True),
            (0, False, True),
            (1, "1", True),
            (None, ABSENT, True),
            (None, "", True),
            ({}, [], True),
            ({}, None, True),
            ([], ABSENT, True),
            (float("nan"), float("nan"), False),
            ([True], [1], True),
            ([{"name": "a"}, {"name": "a"}], [{"name": "a"}, {"name": "b"}], True),
        ],
    )
    def test_what_is_equal(self, old: Any, new: Any, differs: bool) -> None:
        sides = [thing("x", **({} if value is ABSENT else {"value": value})) for value in (old, new)]
        assert bool(fields_of(*sides)) is differs
        assert bool(fields_of(*sides[::-1])) is differs

    def test_json_in_a_config_map_is_compared_by_what_it_says(self) -> None:
        server = {"tiers": ["tensorrt/fp16", "rule"], "limits": {"queue": 8}}
        old = thing("x", data={"server.json": json.dumps(server), "text": "{not: json"})
        same = thing("x", data={"server.json": json.dumps(server, indent=2), "text": "{not: json"})
        assert fields_of(old, same) == ()
        server["limits"] = {"queue": 9}
        new = thing("x", data={"server.json": json.dumps(server), "text": "{not json"})
        assert fields_of(old, new) == (
            FieldChange(("data", "server.json", Through.JSON, "limits", "queue"), 8, 9),
            FieldChange(("data", "text"), "{not: json", "{not json"),
        )

    @pytest.mark.parametrize(("old", "new"), [("{}", "x"), ("1", "1.0"), ("[" * 100_000, "{}"), ("null", "")])
    def test_text_that_is_not_json_on_both_sides_is_text(self, old: str, new: str) -> None:
        (change,) = fields_of(thing("x", data={"k": old}), thing("x", data={"k": new}))
        assert change == FieldChange(("data", "k"), old, new)

    def test_json_anywhere_else_is_text(self) -> None:
        assert fields_of(thing("x", "Secret", data={"k": "{}"}), thing("x", "Secret", data={"k": "{ }"}))
        assert fields_of(thing("x", more={"k": "{}"}), thing("x", more={"k": "{ }"}))

    @pytest.mark.parametrize(
        "wrap", [lambda inner: [inner], lambda inner: [1, inner, 2], lambda inner: {"k": inner}]
    )
    def test_deep_nesting_takes_neither_the_stack_nor_the_day(self, wrap: Any) -> None:
        old, new = 1, 2
        for _ in range(400):
            old, new = wrap(old), wrap(new)
        changes: list[FieldChange] = []
        lines_run(
            lambda: changes.extend(fields_of(thing("x", deep=old), thing("x", deep=new))), most=1_000_000
        )
        assert len(changes) == 1

    def test_ten_thousand_objects(self) -> None:
        template = deployment()

        def side(image: str) -> list[Located]:
            found: list[Located] = []
            for number in range(10_000):
                body = copy.deepcopy(template)
                body["metadata"]["name"] = f"d{number}"
                body["spec"]["template"]["spec"]["containers"][0]["image"] = image
                found.append((f"{number % 10}.yaml", body))
            return found

        old, new = side("a"), side("b")
        few = lines_run(lambda: difference(old[:100], new[:100]), most=1_000_000)
        lines_run(lambda: difference(old, new), most=110 * few)
        assert len(difference(old, new)) == 10_000


# What a rendered object can hold; names are few, so that lists with names meet.
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "{}", '{"a": 1}', "1"])
NAMED = st.lists(st.fixed_dictionaries({"name": st.sampled_from("abcd")}, optional={"v": LEAVES}), max_size=4)
VALUES = st.recursive(
    LEAVES | NAMED,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)
DATA = st.dictionaries(st.sampled_from(["a", "b"]), LEAVES | VALUES.map(json.dumps), max_size=2)
OBJECTS = st.builds(
    lambda kind, spec, data: thing("x", kind, spec=spec, data=data),
    st.just("ConfigMap"),
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    DATA,
)


def applied(value: Any, changes: list[tuple[tuple[Step, ...], FieldChange]]) -> Any:
    """The value with changes made in it, each of which is given with the rest of its way."""
    for way, change in changes:
        if not way:
            return change.new
    if isinstance(value, str):
        inner = [(way[1:], change) for way, change in changes]
        return json.dumps(applied(json.loads(value), inner))
    steps = dict.fromkeys(way[0] for way, _ in changes)
    below = {step: [(way[1:], change) for way, change in changes if way[0] == step] for step in steps}
    return into_mapping(value, below) if isinstance(value, dict) else into_list(value, below)


Below = dict[Step, list[tuple[tuple[Step, ...], FieldChange]]]


def into_mapping(value: dict[Any, Any], below: Below) -> dict[Any, Any]:
    out = dict(value)
    for key, inner in below.items():
        out[key] = applied(value.get(key, ABSENT), inner)
    return {key: item for key, item in out.items() if item is not ABSENT}


def into_list(value: list[Any], below: Below) -> list[Any]:
    if any(isinstance(step, (Named, Through)) for step in below):
        return into_named(value, below)
    old = {at: inner for at, inner in below.items() if isinstance(at, int) and inner_is_old(inner)}
    out = [applied(item, old[at]) if at in old else item for at, item in enumerate(value)]
    out = [item for item in out if item is not ABSENT]
    for at in sorted(at for at in below if isinstance(at, int)):
        for way, change in below[at]:
            if not way and change.old is ABSENT:
                out.insert(at, change.new)
    return out


def inner_is_old(inner: list[tuple[tuple[Step, ...], FieldChange]]) -> bool:
    return not any(not way and change.old is ABSENT for way, change in inner)


def into_named(value: list[Any], below: Below) -> list[Any]:
    items = {item["name"]: item for item in value}
    for step, inner in below.items():
        if isinstance(step, Named):
            items[step.name] = applied(items.get(step.name, ABSENT), inner)
    order = [name for name, item in items.items() if item is not ABSENT]
    for _, change in below.get(Through.ORDER, []):
        order = list(change.new)
    return [items[name] for name in order]


def meaning(value: Any) -> Any:
    """A value in which text that is a JSON mapping or list is what it says, and true is not 1."""
    if isinstance(value, str) and value[:1] in {"{", "["}:
        return ("json", meaning(json.loads(value)))
    if isinstance(value, dict):
        return {key: meaning(item) for key, item in value.items()}
    if isinstance(value, list):
        return [meaning(item) for item in value]
    return (isinstance(value, bool), value)


class TestProperties:
    @given(OBJECTS)
    def test_nothing_differs_from_itself(self, body: dict[str, Any]) -> None:
        assert difference([("a", body)], [("a", copy.deepcopy(body))]) == []
        assert difference([("a", body)], [("a", yaml.safe_load(yaml.safe_dump(body)))]) == []

    @settings(max_examples=600, deadline=None)
    @given(OBJECTS, OBJECTS)
    def test_the_changes_make_the_old_into_the_new(self, old: dict[str, Any], new: dict[str, Any]) -> None:
        changes = [(change.path, change) for change in fields_of(old, new)]
        assert meaning(applied(old, changes)) == meaning(new)

    @given(
        st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), LEAVES), max_size=6), st.randoms()
    )
    def test_the_order_of_objects_does_not_matter(
        self, drawn: list[tuple[str, str, Any]], chance: Any
    ) -> None:
        old: list[Located] = [(path, thing(name, value=leaf)) for path, name, leaf in drawn]
        new = old[: len(old) // 2]
        shuffled = list(new)
        chance.shuffle(shuffled)
        assert {c.kind for c in difference(new, shuffled)} <= {"changed"}
        counts = [len(difference(old, side)) for side in (new, shuffled)]
        assert len(old) - len(new) <= min(counts)

    @given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), unique=True))
    def test_the_changes_come_in_the_order_of_files_and_names(self, drawn: list[tuple[str, str]]) -> None:
        new: list[Located] = [(path, thing(name)) for path, name in drawn]
        changes = difference([], new)
        assert [(change.new_path, change.identity.name) for change in changes] == sorted(drawn)
        assert difference([], new[::-1]) == changes
