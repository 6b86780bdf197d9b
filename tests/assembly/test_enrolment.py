"""One device of the inventory: its class, the ring that the whole class gives it, and its labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.small import plan_of, smallest

from edgewright.assembly.enrolment import Enrolment, enrolment
from edgewright.errors import Finding, FleetError
from edgewright.plan import assign

ROLLOUT = {
    "careful": {"stages": [{"ring": "canary", "upTo": "10%", "soak": "1h"}, {"ring": "rest", "upTo": "100%"}]}
}
CLASSES = {"kiosk": {"board": "intel-n100-8gb"}, "desk": {"board": "intel-n100-16gb"}}
ROWS = "name,class,site,labels\n" + "".join(f"k{index},kiosk,halle,line={index}\n" for index in range(30))


def values() -> dict[str, Any]:
    return smallest(
        deviceClasses=CLASSES, inventory="devices.csv", rollouts=ROLLOUT, workloads__read__rollout="careful"
    )


def enrolled(folder: Path, name: str, rows: str = ROWS, fleet: dict[str, Any] | None = None) -> Enrolment:
    (folder / "devices.csv").write_text(rows)
    return enrolment(plan_of(fleet or values()), folder, name)


def refused(folder: Path, name: str, rows: str = ROWS, fleet: dict[str, Any] | None = None) -> list[Finding]:
    with pytest.raises(FleetError) as caught:
        enrolled(folder, name, rows, fleet)
    return list(caught.value.findings)


def test_every_device_is_in_the_ring_that_assign_gives_it(tmp_path: Path) -> None:
    names = [f"k{index}" for index in range(30)]
    rings = assign("tiny", "careful", [100_000, 1_000_000], names)
    for ring, members in zip(("canary", "rest"), rings, strict=True):
        assert members
        assert {enrolled(tmp_path, name).ring.name for name in members} == {ring}


def test_the_one_canary_of_a_small_class_is_chosen_among_all_of_it(tmp_path: Path) -> None:
    fleet = values()
    fleet["rollouts"]["careful"]["stages"][0]["upTo"] = "0.01%"
    rings = [enrolled(tmp_path, f"k{index}", fleet=fleet).ring.name for index in range(30)]
    assert rings.count("canary") == 1


def test_a_class_without_a_rollout_has_one_ring(tmp_path: Path) -> None:
    fleet = smallest(inventory="devices.csv", deviceClasses=CLASSES)
    assert enrolled(tmp_path, "k3", fleet=fleet).ring.name == "everyone"


def test_labels_of_the_row(tmp_path: Path) -> None:
    found = enrolled(tmp_path, "k7", ROWS.replace("line=7", "line=7; acme.example/hall=h-2"))
    assert found.planned.name == "kiosk"
    assert found.labels == {"edgewright.dev/site": "halle", "line": "7", "acme.example/hall": "h-2"}
    assert enrolled(tmp_path, "a", "name,class\na,desk\n").labels == {}


def test_a_device_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = refused(tmp_path, "k77")
    assert (finding.rule, finding.waivable) == ("unknown-device", False)
    assert "devices.csv has no such device; did you mean `k7`?" in finding.message
    (finding,) = refused(tmp_path, "k7", fleet=smallest())
    assert "no inventory" in finding.message


def test_a_class_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = refused(tmp_path, "a", "name,class\na,other\n")
    assert finding.rule == "unknown-reference"
    assert finding.place is not None
    assert finding.place.line == 2


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("a,kiosk,halle,line", ""),
        ("a,kiosk,two words,", "(the site)"),
        ("a,kiosk,,=1", "no key of a label"),
        ("a,kiosk,,k=a b", "(the label `k`)"),
        ("a,kiosk,,kubernetes.io/role=x", "no node may give itself"),
        ("a,kiosk,,node.k8s.io/role=x", "no node may give itself"),
        (f"{'a' * 64},kiosk,,", "has 64 characters"),
        (f"{'a' * 63},kiosk,,", ""),
    ],
)
def test_labels_that_a_node_cannot_have(row: str, says: str, tmp_path: Path) -> None:
    name, rows = row.split(",")[0], f"name,class,site,labels\n{row}\n"
    if not says:
        assert enrolled(tmp_path, name, rows).name == name
        return
    (finding,) = refused(tmp_path, name, rows)
    assert finding.rule == "bad-label"
    assert says in finding.message
