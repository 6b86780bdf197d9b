"""EdgeFleet: what it registers is what render writes, and what was found is told where it belongs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pulumi
import pytest
from tests.program.mocked import Registered, run
from tests.small import ROOT, SMALLEST, fleet_of, smallest

from edgewright.assembly import assemble
from edgewright.program import EdgeFleet
from edgewright.render import files_of


@pytest.fixture(autouse=True)
def the_same_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")  # 2026-11-01


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "fleet.yaml").write_text(SMALLEST)
    return tmp_path


def registered(base: Path, *, preview: bool = False, **settings: Any) -> Registered:
    def program() -> Any:
        fleet = EdgeFleet("fleet", unlocked=True, **settings)
        return pulumi.Output.all(fleet.folders, fleet.digests, fleet.findings)

    return run(base, program, preview=preview)


def test_the_folders_hold_what_render_writes() -> None:
    seen = registered(ROOT)
    assert seen.error is None
    assembled = assemble(ROOT / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)
    assert assembled.plan is not None
    folders = seen.of("Folder")
    assert sorted(folders) == ["rendered/gateway", "rendered/kiosk", "rendered/line-camera"]
    written: dict[str, str] = {}
    for each in folders.values():
        written |= each["files"] | _opened(each["hidden"])
    assert written == files_of(assembled.plan, assembled.manifests)


def _opened(value: dict[str, Any]) -> dict[str, str]:
    """What was registered as a secret is in an envelope."""
    opened: dict[str, str] = value.get("value", value)
    return opened


def test_a_preview_registers_the_same(project: Path) -> None:
    assert registered(project, preview=True).of("Folder") == registered(project).of("Folder")


def test_outputs(project: Path) -> None:
    folders, digests, findings = registered(project).value
    assert folders == {"kiosk": "rendered/kiosk"}
    assert list(digests) == ["kiosk"]
    assert any(each.startswith("[not-locked] ") for each in findings)


def test_a_folder_of_another_name_and_none(project: Path) -> None:
    assert list(registered(project, folder="./out/").of("Folder")) == ["out/kiosk"]
    assert not registered(project, folder=None).of("Folder")


def test_a_fleet_in_python_is_the_same(project: Path) -> None:
    fleet = fleet_of(smallest())
    assert registered(project, fleet=fleet).of("Folder") == registered(project).of("Folder")


def test_no_part_of_the_state_names_the_machine(project: Path) -> None:
    for inputs in registered(project).of("Folder").values():
        assert str(project) not in repr(inputs)


def test_the_component_can_be_renamed_and_the_folders_stay(project: Path) -> None:
    def named(name: str) -> Registered:
        return run(project, lambda: EdgeFleet(name, unlocked=True).folders)

    assert named("one").of("Folder") == named("another").of("Folder")


# --- A cluster


def test_the_objects_of_a_class_are_exactly_renders(project: Path) -> None:
    seen = registered(project, folder=None, cluster="kiosk")
    assembled = assemble(project / "fleet.yaml", today=date(2026, 11, 1), unlocked=True)
    objects = [each.inputs for each in seen.resources if each.typ.startswith("kubernetes:")]
    expected = [each.body for each in assembled.manifests if "/delivery/" not in each.path]
    assert sorted(map(repr, map(_sorted, objects))) == sorted(map(repr, map(_sorted, expected)))


def _sorted(value: Any) -> Any:
    """The same for mappings of the same entries; numbers come back as floats."""
    if isinstance(value, dict):
        return {key: _sorted(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sorted(each) for each in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def test_what_is_needed_comes_first() -> None:
    seen = registered(ROOT, folder=None, cluster="gateway")
    kinds = [each.typ.rpartition(":")[2] for each in seen.resources if each.typ.startswith("kubernetes:")]
    assert kinds[0] in ("Namespace", "PriorityClass")
    last = max(index for index, kind in enumerate(kinds) if kind in ("Namespace", "PriorityClass"))
    gates = [index for index, kind in enumerate(kinds) if kind.endswith("Policy")]
    assert last < min(gates)
    assert max(gates) < kinds.index("Rollout")
    assert "Kustomization" not in kinds
    assert "OCIRepository" not in kinds


def test_what_would_take_a_fleet_down_is_protected() -> None:
    seen = registered(ROOT, folder=None, cluster="gateway")
    protected = {name.partition("/")[0] for name, is_so in seen.protected.items() if is_so}
    assert protected == {"Namespace", "ImageValidatingPolicy", "ValidatingPolicy"}


def test_objects_have_explicit_names_and_namespaces(project: Path) -> None:
    names = [each.name for each in registered(project, folder=None, cluster="kiosk").resources]
    assert "Namespace/tiny" in names
    assert "Deployment/tiny/read" in names


def test_a_class_that_the_fleet_lacks(project: Path) -> None:
    seen = registered(project, cluster="kisok")
    assert isinstance(seen.error, pulumi.RunError)
    assert [text.splitlines()[0] for text in seen.texts("error")] == [
        "[unknown-reference] the cluster is to get the objects of `kisok`, and the fleet has no such device class"
    ]


# --- Diagnostics


def test_errors_stop_before_anything_is_registered(project: Path) -> None:
    text = SMALLEST.replace("memory: 512Mi", "memory: 64Gi, gpu: 1")
    (project / "fleet.yaml").write_text(text)
    seen = registered(project)
    assert isinstance(seen.error, pulumi.RunError)
    assert "the fleet has 2 errors: nothing was changed" in str(seen.error)
    assert [each.typ for each in seen.resources if "EdgeFleet" not in each.typ] == []
    errors = seen.texts("error")
    assert len(errors) == 2
    assert errors[0].startswith("fleet.yaml:11:33: [memory-over-capacity] ")
    assert "\n  help: " in errors[0]


def test_warnings_are_told_on_the_class_that_they_are_about() -> None:
    seen = registered(ROOT)
    assert any(
        "[not-locked]" in text and urn.endswith("EdgeFleet::fleet")
        for level, text, urn in seen.said
        if level == "warning"
    )


def test_a_warning_about_a_class_is_on_its_folder(project: Path) -> None:
    text = SMALLEST.replace(
        "kiosk: {board: intel-n100-8gb}", "kiosk: {board: intel-n100-8gb}\n  idle: {board: intel-n100-8gb}"
    )
    text = text.replace("    model: digits\n", "    model: digits\n    on: {kiosk: {}}\n")
    (project / "fleet.yaml").write_text(text)
    seen = registered(project)
    assert any("class-without-workload" in text for text in seen.texts("warning"))


def test_a_missing_fleet_is_one_line(project: Path) -> None:
    seen = registered(project, fleet="missing.yaml")
    assert isinstance(seen.error, pulumi.RunError)
    (error,) = seen.texts("error")
    assert "[cannot-read]" in error
    assert str(project) not in error


def test_secrets_are_marked() -> None:
    folder = registered(ROOT).of("Folder")["rendered/line-camera"]
    assert folder["hidden"].keys() == {"4dabf18193072939515e22adb298388d", "value"}
    assert _opened(folder["hidden"]).keys() == {
        f"line-camera/delivery/{ring}/flux.yaml" for ring in ("canary", "early-access", "everyone")
    }
    assert not [text for text in folder["files"].values() if "\nkind: Secret\n" in text]
