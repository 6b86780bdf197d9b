from __future__ import annotations

from typing import Any

import pytest

from edgewright.scan.difference import Named, Step, Through, difference
from edgewright.scan.explanation import explain, step_text


def thing(kind: str = "ConfigMap", version: str = "v1", **fields: Any) -> dict[str, Any]:
    return {"apiVersion": version, "kind": kind, "metadata": {"name": "x", "namespace": "inspect"}, **fields}


def told(old: dict[str, Any] | None, new: dict[str, Any] | None, to: str = "a.yaml") -> list[str]:
    (change,) = difference([("a.yaml", old)] if old else [], [(to, new)] if new else [])
    return explain(change)


def test_what_became_of_an_object() -> None:
    assert told(None, thing()) == ["added ConfigMap inspect/x in a.yaml"]
    assert told(thing(), None) == ["removed ConfigMap inspect/x from a.yaml"]
    assert told(thing(), thing(), "b.yaml") == ["moved ConfigMap inspect/x from a.yaml to b.yaml"]
    assert told(thing(a=1), thing(a=2), "b.yaml") == [
        "changed ConfigMap inspect/x, moved from a.yaml to b.yaml",
        "  a: 1 → 2",
    ]


def test_a_group_is_told_where_a_kind_alone_could_be_anybodys() -> None:
    assert told(None, thing("Rollout", "argoproj.io/v1alpha1"))[0].startswith("added Rollout.argoproj.io ")
    assert told(None, thing("Role", "rbac.authorization.k8s.io/v1"))[0].startswith("added Role ")
    assert told(None, thing("Deployment", "apps/v1"))[0].startswith("added Deployment ")


def test_what_is_known_by_its_file_has_no_other_name() -> None:
    assert told({"a": 1}, {"a": 2}) == ["changed a.yaml", "  a: 1 → 2"]
    assert told({"a": 1}, None) == ["removed a.yaml"]


def test_each_field_has_its_line() -> None:
    old = thing(
        data={"server.json": '{"tiers": ["a"], "size": 8}'}, env=[{"name": "A", "value": "1"}], gone={}
    )
    new = thing(
        data={"server.json": '{"tiers": ["b"], "size": 8}'}, env=[{"name": "A", "value": "2"}], came=[1]
    )
    assert told(old, new) == [
        "changed ConfigMap inspect/x in a.yaml",
        "  came: [1] added",
        '  data["server.json"]:tiers[0]: "a" → "b"',
        '  env[name=A].value: "1" → "2"',
        "  gone: {} removed",
    ]


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (("spec", "containers", Named("server"), "args", 0), "spec.containers[name=server].args[0]"),
        (("metadata", "labels", "app.kubernetes.io/name"), 'metadata.labels["app.kubernetes.io/name"]'),
        (("spec", "ports", Through.ORDER), "spec.ports in order"),
        (("data", "a", Through.JSON, 0, "b"), "data.a:[0].b"),
        (("data", "a", Through.JSON), "data.a:"),
        (("",), '[""]'),
        ((), ""),
    ],
)
def test_a_path_in_one_line(path: tuple[Step, ...], text: str) -> None:
    assert step_text(path) == text


def test_long_texts_are_shown_around_where_they_differ() -> None:
    (line,) = told(thing(data={"k": "x" * 500 + "old"}), thing(data={"k": "x" * 500 + "new"}))[1:]
    assert line == f'  data.k: …"{"x" * 20}old" → …"{"x" * 20}new"'
    (line,) = told(thing(data={"k": "y" + "x" * 500}), thing(data={"k": "x" * 500}))[1:]
    assert line == f'  data.k: "y{"x" * 59}"… → "{"x" * 60}"…'


def test_of_several_lines_the_first_that_differs_is_named() -> None:
    (line,) = told(thing(data={"k": "one\ntwo\n"}), thing(data={"k": "one\nthree\n"}))[1:]
    assert line == r'  data.k: line 2: "one\ntwo\n" → "one\nthree\n"'


def test_an_order_and_a_large_value() -> None:
    ab: list[dict[str, Any]] = [{"name": "a"}, {"name": "b"}]
    assert told(thing(env=ab), thing(env=ab[::-1]))[1:] == ['  env in order: ["a", "b"] → ["b", "a"]']
    (line,) = told(thing(), thing(large=list(range(100_000))))[1:]
    assert len(line) < 100


def test_a_secret_is_not_shown() -> None:
    lines = told(thing("Secret", stringData={"k": "hunter1"}), thing("Secret", stringData={"k": "hunter2"}))
    assert lines[1:] == ["  stringData.k: changed (not shown)"]


def test_no_line_steers_a_terminal() -> None:
    evil = "\x1b[2J\u202e\x9b\u2028\ud800"
    old = thing(data={"k": "a"})
    new = thing(data={"k": evil, evil: evil}, env=[{"name": evil}])
    for line in told(old, new, f"{evil}.yaml"):
        assert line.isprintable()
        line.encode()
