"""The rendering as a whole: pure, right by every schema and standard, and word for word the golden."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from tests.small import ROOT, plan_of, smallest
from tests.strategies import Drawn, drawn_fleets, first_rollout

from edgewright.assembly import assemble
from edgewright.assembly.assemble import scan_manifests
from edgewright.document.document import read_document
from edgewright.render import INDEX, Manifest, files_of, render

Object = dict[str, Any]
some = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
TODAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def example() -> dict[str, str]:
    """The files of the example fleet's rendering."""
    assembled = assemble(ROOT / "fleet.yaml", today=TODAY, unlocked=True)
    assert assembled.plan is not None
    assert assembled.manifests, assembled.findings
    return files_of(assembled.plan, assembled.manifests)


def test_the_example_is_the_golden(example: dict[str, str], golden: Callable[[str, str], None]) -> None:
    for path, text in example.items():
        golden(f"rendered/{path}", text)


def test_the_golden_has_no_file_beside(example: dict[str, str]) -> None:
    folder = ROOT / "tests" / "goldens" / "rendered"
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    assert there == set(example)


_SHOW = """
import sys, json
from datetime import date
from pathlib import Path
from edgewright.assembly import assemble
from edgewright.render import files_of
assembled = assemble(Path(sys.argv[1]), today=date(2026, 11, 1), unlocked=True)
print(json.dumps(files_of(assembled.plan, assembled.manifests)))
"""


@pytest.mark.parametrize("seed", ["0", "1"])
def test_the_same_bytes_in_any_process_and_folder(example: dict[str, str], seed: str, tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", _SHOW, str(ROOT / "fleet.yaml")]
    shown = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=True).stdout
    assert json.loads(shown) == example


def test_comments_and_formatting_change_nothing(example: dict[str, str], tmp_path: Path) -> None:
    values = read_document(ROOT / "fleet.yaml").value
    for name in ("fleet.lock", "keys", "rules", "stacks", "models"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / "fleet.yaml").write_text(
        "# other words\n" + json.dumps(values, indent=7) + "\n# at the end\n"
    )
    assembled = assemble(tmp_path / "fleet.yaml", today=TODAY, unlocked=True)
    assert assembled.plan is not None
    assert assembled.manifests, assembled.findings
    assert files_of(assembled.plan, assembled.manifests) == example


def of_kind(manifests: list[Manifest], *kinds: str) -> list[Object]:
    return [each.body for each in manifests if each.body["kind"] in kinds]


def pods(manifests: list[Manifest]) -> list[Object]:
    return [each["spec"]["template"] for each in of_kind(manifests, "Rollout", "Deployment")]


@some
@given(drawn_fleets())
def test_any_right_fleet_has_objects_that_a_cluster_takes(drawn: Drawn) -> None:
    plan = drawn.plan
    manifests = render(plan)
    assert scan_manifests(plan.classes, manifests) == []
    assert files_of(plan, manifests) == files_of(drawn.plan, render(drawn.plan))


@some
@given(drawn_fleets())
def test_pods_are_guaranteed_restricted_and_by_digest(drawn: Drawn) -> None:
    for template in pods(render(drawn.plan)):
        spec = template["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        images = [volume["image"]["reference"] for volume in spec["volumes"] if "image" in volume]
        for container in spec["containers"]:
            images.append(container["image"])
            assert container["resources"]["limits"] == container["resources"]["requests"]
            assert {"cpu", "memory", "ephemeral-storage"} <= container["resources"]["limits"].keys()
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "capabilities": {"drop": ["ALL"]},
                "readOnlyRootFilesystem": True,
            }
            assert {"startupProbe", "readinessProbe", "livenessProbe"} <= container.keys()
        for image in images:
            repository, _, digest = image.partition("@sha256:")
            assert repository.startswith(f"{drawn.values['registry']}/")
            assert len(digest) == 64


@some
@given(drawn_fleets())
def test_selectors_meet_their_pods_and_nobody_elses(drawn: Drawn) -> None:
    plan = drawn.plan
    manifests = render(plan)
    for planned in plan.classes:
        mine = [each for each in manifests if each.path.startswith(f"{planned.name}/")]
        labels = [template["metadata"]["labels"] for template in pods(mine)]
        selectors = [each["spec"]["selector"] for each in of_kind(mine, "Service")]
        selectors += [
            each["spec"]["selector"]["matchLabels"] for each in of_kind(mine, "Rollout", "Deployment")
        ]
        policies = [each["spec"]["podSelector"] for each in of_kind(mine, "NetworkPolicy")]
        selectors += [each["matchLabels"] for each in policies if each]
        for selector in selectors:
            assert sum(selector.items() <= each.items() for each in labels) == 1


@some
@given(drawn_fleets())
def test_every_object_says_what_it_belongs_to_and_where_it_comes_from(drawn: Drawn) -> None:
    plan = drawn.plan
    manifests = render(plan)
    for manifest in manifests:
        labels = manifest.body["metadata"]["labels"]
        assert labels["app.kubernetes.io/managed-by"] == "edgewright"
        assert labels["app.kubernetes.io/part-of"] == plan.fleet.fleet
        assert labels["edgewright.dev/device-class"] == manifest.path.partition("/")[0]
        assert manifest.origin
    files = files_of(plan, manifests)
    indexes = [json.loads(files[path]) for path in files if path.endswith(f"/{INDEX}")]
    objects = [each for index in indexes for each in index["objects"]]
    assert len(objects) == len(manifests)
    assert {name for index in indexes for name in index["notLocked"]} <= plan.not_locked.keys()
    assert all(each["from"] for each in objects)


@some
@given(drawn_fleets())
def test_what_is_not_locked_is_marked(drawn: Drawn) -> None:
    plan = drawn.plan
    zeros = "sha256:" + "0" * 64
    for template in pods(render(plan)):
        marked = template["metadata"].get("annotations", {}).get("edgewright.dev/not-locked")
        assert (marked is not None) == (zeros in json.dumps(template))
        assert set((marked or "").split(", ")) - {""} <= set(plan.not_locked)


@some
@given(drawn_fleets())
def test_a_configuration_has_another_name_when_its_content_changes(drawn: Drawn) -> None:
    """And only then: a pod is replaced when its configuration changes, and not for a label."""
    plan = drawn.plan
    maps = of_kind(render(plan), "ConfigMap")
    by_name: dict[str, Object] = {}
    for each in maps:
        name = each["metadata"]["name"]
        assert by_name.setdefault(name, each["data"]) == each["data"]
        assert each["immutable"] is True
    volumes = [volume for pod in pods(render(plan)) for volume in pod["spec"]["volumes"]]
    mounted = [each["configMap"]["name"] for each in volumes if "configMap" in each]
    assert sorted(mounted) == sorted(each["metadata"]["name"] for each in maps)


@some
@given(drawn_fleets())
def test_a_rollout_where_one_is_asked_for_and_a_deployment_elsewhere(drawn: Drawn) -> None:
    plan = drawn.plan
    rollout = first_rollout(plan.fleet)
    for each in of_kind(render(plan), "Rollout", "Deployment"):
        asked = drawn.values["workloads"][each["metadata"]["name"]].get("rollout")
        assert (each["kind"] == "Rollout") == (asked is not None)
        assert each["spec"]["replicas"] == 1
        assert rollout is not None or each["spec"]["strategy"] == {"type": "Recreate"}


def test_a_class_that_nothing_runs_on_has_no_objects() -> None:
    values = smallest(
        deviceClasses={"kiosk": {"board": "intel-n100-8gb"}, "spare": {"board": "raspberry-pi-5-8gb"}},
        workloads__read__on={"kiosk": {}},
    )
    assert {each.path.partition("/")[0] for each in render(plan_of(values))} == {"kiosk"}


def test_the_smallest_fleet_has_what_it_needs_and_no_more() -> None:
    kinds = [each.body["kind"] for each in render(plan_of(smallest()))]
    assert kinds == [
        "Namespace",
        "PriorityClass",
        "ResourceQuota",
        "NetworkPolicy",
        "ServiceAccount",
        "ConfigMap",
        "NetworkPolicy",
        "Deployment",
        "OCIRepository",
        "Kustomization",
        "Kustomization",
    ]
