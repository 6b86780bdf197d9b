"""Artifacts as resources: what is registered, what the provider does to a real registry, and what no state holds."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.dynamic.dynamic import serialize_provider
from tests.program.mocked import Registered, run
from tests.shipped import PASSWORD, Shipped
from tests.small import fleet_of, smallest

from edgewright.assembly import assemble
from edgewright.assembly.day import today
from edgewright.assembly.publication import shipment
from edgewright.commands.main import main
from edgewright.program import EdgeFleet
from edgewright.program.published_artifacts import ArtifactsNotPublished, ArtifactsProvider, references
from edgewright.ship.registry import Access, Client

PROVIDER = ArtifactsProvider()


@pytest.fixture
def project(shipped: Shipped, monkeypatch: pytest.MonkeyPatch) -> Shipped:
    """A project around a fleet, whose program lies in a folder below it, where providers are run."""
    (shipped.folder / "Pulumi.yaml").write_text("name: x\n")
    monkeypatch.chdir(shipped.folder / "stacks")
    return shipped


def registered(project: Shipped, *, preview: bool = False, **settings: Any) -> Registered:
    arguments = {"publish": True, "key": "private/fleet.key", "folder": None, **settings}
    return run(project.folder, lambda: EdgeFleet("fleet", **arguments).published, preview=preview)


def props(project: Shipped, part: str = "kiosk", **changes: Any) -> dict[str, Any]:
    """What the program registers of a class."""
    found = shipment(assemble(Path(project.fleet), today=today())).of(part)
    values = {"fleet": "fleet.yaml", "part": part, "artifacts": references(found), "rings": {}}
    return {**values, "key": "private/fleet.key", "ca": None, "digests": None, **changes}


def there(project: Shipped, name: str) -> list[str]:
    with Client(Access()) as client:
        return client.repository(f"{project.registry}/{project.prefix}/{name}").tags()


def test_one_resource_for_each_class_by_digest(project: Shipped) -> None:
    seen = registered(project)
    assert seen.error is None
    found = seen.of("Artifacts")
    assert list(found) == ["fleet.yaml/kiosk", "fleet.yaml/gate"]
    assert found["fleet.yaml/gate"]["artifacts"].keys() == {
        "defects 1.2.0 int8 arm64", "server", "gate node files", "gate manifests",
    }  # fmt: skip
    assert found["fleet.yaml/gate"]["rings"] == {}
    assert seen.retained == {"fleet.yaml/kiosk", "fleet.yaml/gate"}
    assert all("@sha256:" in each for each in found["fleet.yaml/kiosk"]["artifacts"].values())


def test_no_key_and_no_path_of_the_machine_is_in_the_state(project: Shipped) -> None:
    for inputs in registered(project, key=project.key()).of("Artifacts").values():
        assert inputs["key"] == "private/fleet.key"
        assert "PRIVATE KEY" not in repr(inputs)
        assert PASSWORD not in repr(inputs)
        assert str(project.folder) not in repr(inputs)
    text = serialize_provider(PROVIDER)
    assert len(text) < 400
    assert b"edgewright.program.published_artifacts" in base64.b64decode(text)


def test_a_program_and_its_preview_push_nothing(project: Shipped) -> None:
    assert registered(project, preview=True).of("Artifacts") == registered(project).of("Artifacts")
    assert there(project, "models/defects") == []


def test_what_is_unsigned_is_told_in_the_preview(project: Shipped) -> None:
    seen = registered(project, preview=True, key=None)
    assert isinstance(seen.error, pulumi.RunError)
    assert ["no-signing-key" in text for text in seen.texts("error")] == [True]
    assert not seen.of("Artifacts")


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"unlocked": True}, "contradiction"),
        ({"publish": "true"}, "wrong-type"),
        ({"key": 7}, "wrong-type"),
        ({"publish": False}, "nothing-to-do"),
        ({"fleet": fleet_of(smallest())}, "contradiction"),
    ],
)
def test_what_was_given_is_told(project: Shipped, changes: dict[str, Any], rule: str) -> None:
    seen = registered(project, **changes)
    assert isinstance(seen.error, pulumi.RunError)
    assert rule in seen.texts("error")[0]


# --- The provider, and a registry


def test_create_publishes_one_class(project: Shipped) -> None:
    made = PROVIDER.create(props(project))
    assert made.id == "fleet.yaml/kiosk"
    assert made.outs is not None
    assert made.outs["digests"] == {
        title: each.partition("@")[2] for title, each in props(project)["artifacts"].items()
    }
    assert there(project, "manifests/kiosk")
    assert there(project, "manifests/gate") == []


def test_all_classes_make_what_publish_makes(project: Shipped, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("kiosk", "gate"):
        PROVIDER.create(props(project, part))
    assert main(["verify", project.fleet, "--deep"]) == 0
    capsys.readouterr()
    assert project.publish() == 0
    assert "7 there already" in capsys.readouterr().out


def test_tags_of_the_class_follow(project: Shipped) -> None:
    assert main(["promote", "careful", "canary", project.fleet]) == 0
    inputs = registered(project).of("Artifacts")["fleet.yaml/kiosk"]
    assert inputs["rings"] == {"canary": inputs["artifacts"]["kiosk manifests"].partition("@")[2]}
    PROVIDER.create(props(project))
    assert "canary" in there(project, "manifests/kiosk")


def test_what_is_unchanged_is_no_change(project: Shipped) -> None:
    made = PROVIDER.create(props(project))
    diff = PROVIDER.diff(made.id or "", made.outs or {}, props(project))
    assert (diff.changes, diff.replaces) == (False, [])


@pytest.mark.parametrize(
    ("changes", "replaces"),
    [
        ({"key": "private/next.key"}, []),
        ({"artifacts": {}}, []),
        ({"rings": {"canary": "sha256:0"}}, []),
        ({"fleet": "other.yaml"}, ["fleet"]),
        ({"part": "gate"}, ["part"]),
    ],
)
def test_what_is_a_change(project: Shipped, changes: dict[str, Any], replaces: list[str]) -> None:
    old = props(project) | {"digests": {}}
    diff = PROVIDER.diff("id", old, old | changes)
    assert (diff.changes, diff.replaces) == (True, replaces)


def test_what_somebody_removed_is_seen_and_comes_back(project: Shipped) -> None:
    made = PROVIDER.create(props(project))
    assert made.outs is not None
    gone = f"{project.registry}/{project.prefix}/server@sha256:{'0' * 64}"
    read = PROVIDER.read("id", made.outs | {"artifacts": {**made.outs["artifacts"], "server": gone}})
    assert read.outs is not None
    assert "server" not in read.outs["digests"]
    lost = made.outs | {"digests": read.outs["digests"]}
    assert PROVIDER.diff("id", lost, props(project)).changes
    assert PROVIDER.update("id", lost, props(project)).outs == made.outs


def test_delete_leaves_what_devices_run(project: Shipped) -> None:
    made = PROVIDER.create(props(project))
    before = there(project, "manifests/kiosk")
    PROVIDER.delete(made.id or "", made.outs or {})
    assert there(project, "manifests/kiosk") == before


def test_a_key_that_no_device_trusts_publishes_nothing(project: Shipped) -> None:
    with pytest.raises(ArtifactsNotPublished, match=r"\[no-signing-key\] .*\[key-not-trusted\]"):
        PROVIDER.create(props(project, key="private/other.key"))
    assert there(project, "models/defects") == []


def test_a_fleet_that_has_changed_meanwhile(project: Shipped) -> None:
    planned = props(project)
    project.edit("memory: 1Gi, ephemeral", "memory: 900Mi, ephemeral")
    with pytest.raises(ArtifactsNotPublished, match="run `pulumi up` again"):
        PROVIDER.create(planned)
