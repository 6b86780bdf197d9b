"""A draft is a fleet in which nothing is wrong by itself, and tells at its line what it does not have."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edgewright.assembly import assemble
from edgewright.assembly.draft import Drafted, draft, read_objects
from edgewright.commands.main import main

MANIFESTS = Path(__file__).parent / "manifests"


def drafted(*objects: Any) -> Drafted:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "all.yaml").write_text(yaml.safe_dump_all(objects))
        found, broken = read_objects(Path(folder))
        assert not broken
        return draft(found)


def deployment(name: str = "a", pod: dict[str, Any] | None = None, **container: Any) -> dict[str, Any]:
    spec = {"containers": [{"name": "c", "image": "registry.example/x/y:1.2.3", **container}], **(pod or {})}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "ns"},
        "spec": {"template": {"metadata": {"labels": {"app": name}}, "spec": spec}},
    }


def errors(text: str) -> list[str]:
    """What is wrong with a fleet."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fleet.yaml"
        path.write_text(text)
        found = assemble(path, today=date(2026, 11, 1), unlocked=True).findings
    return [f"{each.rule}: {each.message}" for each in found if each.level == "error"]


def test_the_command(
    tmp_path: Path,
    golden: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.chdir(MANIFESTS)
    out = tmp_path / "fleet.yaml"
    assert main(["import", ".", "--out", str(out)]) == 0
    golden("import/fleet.yaml", out.read_text())
    golden("import/shown.txt", capsys.readouterr().out.replace(str(out), "fleet.yaml"))
    assert errors(out.read_text()) == []
    assert main(["import", ".", "--out", str(out)]) == 2
    assert main(["import", ".", "--out", str(out), "--force"]) == 0


def test_a_folder_without_workloads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    assert main(["import", str(tmp_path), "--out", str(tmp_path / "fleet.yaml")]) == 1
    assert "nothing-to-import" in capsys.readouterr().out
    assert not (tmp_path / "fleet.yaml").exists()


def test_a_template_is_told_and_the_rest_is_drafted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.yaml").write_text("a: {{ .Values.x }}: }\n")
    (tmp_path / "b.yaml").write_text(yaml.safe_dump(deployment()))
    assert main(["import", str(tmp_path), "--out", str(tmp_path / "fleet.yaml")]) == 1
    assert "yaml-syntax" in capsys.readouterr().out
    assert (tmp_path / "fleet.yaml").exists()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"env": [{"name": "A"}]}, ["env"]),
        ({"volumeMounts": [{}], "command": ["x"]}, ["command", "volumeMounts"]),
        ({"pod": {"affinity": {"x": 1}, "hostNetwork": True}}, ["affinity", "hostNetwork"]),
        ({"pod": {"hostNetwork": False, "volumes": []}}, []),
        ({"securityContext": {"x": 1}, "livenessProbe": {"x": 1}}, []),
    ],
)
def test_what_has_no_counterpart_is_told(changes: dict[str, Any], told: list[str]) -> None:
    found = drafted(deployment(**changes)).findings
    assert sorted(each.message.split("`")[1] for each in found) == told


def test_amounts() -> None:
    text = drafted(
        deployment(resources={"limits": {"cpu": "1.5", "memory": "1000M", "ephemeral-storage": "3Gi"}})
    ).text
    assert "resources: {cpu: 1500m, memory: 954Mi, ephemeralStorage: 3072Mi}" in text


def test_classes_are_what_pods_select() -> None:
    text = drafted(
        deployment("a", {"nodeSelector": {"role": "camera"}}),
        deployment("b", {"nodeSelector": {"role": "hub"}}),
    ).text
    assert "on: {camera: {}}" in text
    assert "on: {hub: {}}" in text


def test_a_line_of_a_manifest_stays_a_line() -> None:
    evil = "x:1.0\n    whenUnsure: {below: 99%}\n  evil:"
    text = drafted(deployment(image=evil)).text
    assert yaml.safe_load(text)["workloads"].keys() == {"a"}
    assert "whenUnsure" not in text
    assert "hunter2" not in drafted(deployment(image="user:hunter2@registry.example/x/y:1.2.3")).text


def test_classes_whose_names_begin_alike_are_told_apart() -> None:
    long = "edge-device-with-a-rather-long-host-name-"
    objects = [deployment(f"w{n}", {"nodeSelector": {"host": f"{long}{n}"}}) for n in range(4)]
    assert len(yaml.safe_load(drafted(*objects).text)["deviceClasses"]) == 4


@pytest.mark.parametrize(
    "limits",
    [
        {"memory": "0"}, {"memory": "1Pi2"}, {"cpu": "-1"}, {"cpu": "many"}, {"nvidia.com/gpu": "1.5"},
        {"nvidia.com/gpu": "\u00b2"}, {"nvidia.com/mig-1g.5gb": 1}, {"amd.com/gpu": 2}, {"nvidia.com/gpu": 100},
    ],
)  # fmt: skip
def test_an_amount_that_no_fleet_has_is_told(limits: dict[str, Any]) -> None:
    found = drafted(deployment(resources={"limits": limits}))
    assert [each.rule for each in found.findings] == ["not-mapped"]
    assert errors(found.text) == []


@pytest.mark.parametrize(("memory", "mebibytes"), [("2.5Gi", 2560), ("1e9", 954), ("1500M", 1431)])
def test_amounts_of_every_form(memory: str, mebibytes: int) -> None:
    assert f"memory: {mebibytes}Mi" in drafted(deployment(resources={"limits": {"memory": memory}})).text


@pytest.mark.parametrize("grace", [-5, 10**20, True, "30"])
def test_a_grace_that_is_no_time_is_told(grace: Any) -> None:
    found = drafted(deployment(pod={"terminationGracePeriodSeconds": grace}))
    assert [each.rule for each in found.findings] == ["not-mapped"]
    assert errors(found.text) == []


def test_no_value_of_a_manifest_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_text(json.dumps(deployment(env=[{"name": "PASSWORD", "value": "hunter2"}])))
    main(["import", str(tmp_path), "--out", str(tmp_path / "fleet.yaml")])
    assert "hunter2" not in capsys.readouterr().out


names = st.text("abcXYZ019.-_", min_size=1, max_size=50)
amounts = st.sampled_from(["1", "250m", "1.5", "2", "junk", "", "512Mi", "2Gi", "1e3"])
pods = st.fixed_dictionaries(
    {},
    optional={
        "nodeSelector": st.dictionaries(st.sampled_from(["kubernetes.io/arch", "role"]), names, max_size=2),
        "terminationGracePeriodSeconds": st.integers(0, 900),
        "volumes": st.lists(st.just({"name": "v"}), max_size=1),
    },
)
resources = st.dictionaries(
    st.sampled_from(["requests", "limits"]),
    st.dictionaries(st.sampled_from(["cpu", "memory", "nvidia.com/gpu"]), amounts, max_size=3),
)


@settings(max_examples=30)
@given(st.lists(st.builds(deployment, names, pods, resources=resources), min_size=1, max_size=4))
def test_whatever_is_drafted_has_no_error(objects: list[dict[str, Any]]) -> None:
    text = drafted(*objects).text
    assert errors(text) == []
    assert drafted(*objects).text == text


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text("ab\n", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(
            st.sampled_from(
                ["spec", "template", "containers", "metadata", "kind", "labels", "selector", "items"]
            ),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)


@given(junk, st.sampled_from(["Deployment", "Service", "Pod", "List", "Secret"]))
def test_no_object_of_any_shape_ends_it(body: Any, kind: str) -> None:
    value = {**body, "kind": kind, "apiVersion": "v1"} if isinstance(body, dict) else body
    drafted(value)
