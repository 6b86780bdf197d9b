"""One run's findings of every kind, and the files that they are in."""

from __future__ import annotations

import pytest

from edgewright.errors import Finding, Note, Place

FLEET = """\
apiVersion: edgewright.dev/v1alpha1
fleet: 検査ライン   # a comment that, with wide characters before it, is longer than a terminal shows…
deviceClasses:
  line-camera:
    board: jetson-orin-nx-16gb
    powerMod: 25W
  gateway: {host: {arch: amd64}}
  kiosk:
    board: intel-n100-8gb
    reserve: {cpu: 500m,
              memory: 7900Mi}
  gateway: {board: dgx}
registry: "検査\u202e/edge"
\tinventory: inventory.csv
"""
INVENTORY = "name,class\ncam-0001,line-camera\ncam-0002,line-cam\n"


def _at(line: int, column: int, end_line: int, end_column: int) -> Place:
    return Place("fleet.yaml", line, column, end_line, end_column)


@pytest.fixture
def sources() -> dict[str, str]:
    return {"fleet.yaml": FLEET, "stacks/inventory.csv": INVENTORY}


@pytest.fixture
def findings() -> list[Finding]:
    first = Note("first given here", ("deviceClasses", "gateway"), _at(7, 3, 7, 10))
    classes = Note("the classes are these", ("deviceClasses",), _at(4, 3, 4, 14))
    typo = Finding(
        rule="unknown-field",
        level="error",
        message="`powerMod` is not a field of a device class",
        remedy="write `powerMode`",
        path=("deviceClasses", "line-camera", "powerMod"),
        on_key=True,
        place=_at(6, 5, 6, 13),
        replacement="powerMode",
    )
    return [
        Finding(
            rule="unknown-device-class",
            level="error",
            message="device cam-0002 is of class line-cam, which the fleet does not have",
            remedy="write `line-camera`, or add a class of that name",
            path=(1, "class"),
            place=Place("stacks/inventory.csv", 3, 10, 3, 18),
            notes=(classes,),
            replacement="line-camera",
        ),
        typo,
        Finding(
            rule="duplicate-key",
            level="error",
            message="`gateway` is given twice",
            remedy="rename one of the two, or remove it",
            path=("deviceClasses", "gateway"),
            on_key=True,
            place=_at(12, 3, 12, 10),
            notes=(first,),
        ),
        Finding(
            rule="invalid-name",
            level="error",
            message="\x1b[31m検査ライン\x1b[0m is no name that Kubernetes takes:\nletters a-z, digits and -",
            remedy="take another name, such as inspection-line",
            path=("fleet",),
            place=_at(2, 8, 2, 13),
        ),
        Finding(
            rule="hidden-character",
            level="error",
            message="the registry's name has U+202E in it, which turns the reading direction",
            remedy="remove it",
            path=("registry",),
            place=_at(13, 14, 13, 15),
        ),
        Finding(
            rule="tab-indent",
            level="error",
            message="a tab cannot indent YAML",
            remedy="use spaces",
            place=_at(14, 1, 14, 2),
        ),
        Finding(
            rule="memory-head-room",
            level="warning",
            message="3% of a kiosk's memory is left for workloads, 100% is 8Gi",
            remedy="reserve less, or take a larger board",
            path=("deviceClasses", "kiosk", "reserve"),
            place=_at(10, 14, 11, 30),
        ),
        Finding(
            rule="not-rendered-yet",
            level="info",
            message="monitoring is read and checked; no alert is rendered from it yet",
            remedy="nothing to do",
            path=("monitoring", "alerts"),
        ),
        typo,
    ]
