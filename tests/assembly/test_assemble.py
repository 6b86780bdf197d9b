"""The floors in order: everything at once, at exact places, waived in time; and nothing ever raises."""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from tests.small import ROOT, SMALLEST, found, only
from tests.strategies import CATALOGUE, PUBLIC_KEY

from edgewright.artifact.lock import Lock
from edgewright.assembly import Assembled, assemble, plan_and_render
from edgewright.errors import Finding, Note
from edgewright.render import files_of

TODAY = date(2026, 11, 1)
Check = Callable[..., Assembled]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """`check(text)` assembles a fleet.yaml with this text; other files by keyword, `fleet_lock="…"`."""

    def run(text: str = SMALLEST, *, unlocked: bool = True, today: date = TODAY, **files: str) -> Assembled:
        (tmp_path / "fleet.yaml").write_text(text)
        for name, content in files.items():
            (tmp_path / name.replace("_", ".")).write_text(content)
        return assemble(tmp_path / "fleet.yaml", today=today, unlocked=unlocked)

    return run


def errors(assembled: Assembled) -> list[Finding]:
    return [each for each in assembled.findings if each.level == "error"]


def marked(assembled: Assembled, finding: Finding | Note) -> str:
    """The text that a finding points at."""
    place = finding.place
    assert place is not None
    lines = assembled.sources[place.file].splitlines()
    assert place.line == place.end_line
    return lines[place.line - 1][place.column - 1 : place.end_column - 1]


def test_the_smallest_fleet_checks_and_renders(check: Check) -> None:
    assembled = check()
    assert not errors(assembled)
    assert {each.body["kind"] for each in assembled.manifests} >= {"Namespace", "Deployment", "ConfigMap"}
    assert not assembled.has_errors
    assert assembled.plan is not None
    assert files_of(assembled.plan, assembled.manifests)["kiosk/index.json"]


def test_a_fleet_in_python_has_the_same_objects(check: Check) -> None:
    fleet = check().fleet
    assert fleet is not None
    ours = plan_and_render(fleet, CATALOGUE, Lock(), {}, {}, unlocked=True)
    assert ours.manifests == check().manifests
    assert plan_and_render(fleet, CATALOGUE, Lock(), {}, {}, unlocked=False).manifests == ()


def test_unlocked_is_a_warning_for_a_check_and_an_error_for_what_shall_run(check: Check) -> None:
    soft, hard = check(), check(unlocked=False)
    assert {each.level for each in found(soft.findings, "not-locked")} == {"warning"}
    assert {each.level for each in found(hard.findings, "not-locked")} == {"error"}
    assert soft.manifests
    assert not hard.manifests


def test_findings_of_every_floor_come_at_once(check: Check) -> None:
    text = SMALLEST.replace("fleet: tiny", "fleet: tiny\nfleets: x").replace(
        "memory: 512Mi", "memory: 512Mi, gpu: 1"
    )
    rules = {each.rule for each in check(text + "rollouts: {careful: {stages: []}}\n").findings}
    assert {"unknown-field", "gpu-over-capacity", "out-of-range", "not-locked"} <= rules


@pytest.mark.parametrize("where", ["security", "images", "workload", "elsewhere"])
def test_missing_files_are_told_beside_a_mistake_anywhere(check: Check, where: str) -> None:
    cidr = "10.20.0.7/16" if where == "security" else "10.20.0.0/16"
    images = "7" if where == "images" else "'*'"
    text = (
        SMALLEST.replace("512Mi", "512MB" if where == "workload" else "512Mi")
        .replace("tiny\nregistry", "Tiny\nregistry" if where == "elsewhere" else "tiny\nregistry")
        .replace("model: digits\n", "model: digits\n    rule: gone.py\n")
    )
    text += f"""\
security:
  signatures: [{{images: [{images}], anyOf: [{{key: k.pub}}, {{key: gone.pub}}]}}]
  network: {{allow: {{egress: [{{cidr: {cidr}}}]}}}}
"""
    assembled = check(text, k_pub=PUBLIC_KEY)
    missing = found(assembled.findings, "cannot-read")
    assert sorted(marked(assembled, each) for each in missing) == ["gone.pub", "gone.py"]
    assert len(errors(assembled)) == 3


def test_what_only_follows_from_a_mistake_is_not_told(check: Check) -> None:
    unsigned = check(SMALLEST + "security: {network: {allow: {egress: [{cidr: x}]}}}\n")
    assert found(unsigned.findings, "nothing-is-signed")
    for broken in ("{signatures: 7}", "{anything: []}", "{signatures: [{images: [7]}]}"):
        assert not found(check(SMALLEST + f"security: {broken}\n").findings, "nothing-is-signed")
    assert found(check(SMALLEST + "security: {Pods: restricted}\n").findings, "nothing-is-signed")


def test_places_are_exact_on_both_ends(check: Check) -> None:
    assembled = check(SMALLEST.replace("memory: 512Mi", "memory: 8Gi"))
    finding = only(assembled.findings, "memory-over-capacity")
    assert marked(assembled, finding) == "8Gi"
    assert finding.place is not None
    assert (finding.place.line, finding.place.column) == (11, 33)
    assert [marked(assembled, note) for note in finding.notes] == [
        "intel-n100-8gb",
        "{board: intel-n100-8gb}",
    ]


WAIVED = SMALLEST.replace(
    "memory: 512Mi}", "memory: 8Gi}  # edgewright: ignore[memory-over-capacity] until=2026-12-31 a bench unit"
)


def test_a_waived_error_does_not_stand_in_the_way(check: Check) -> None:
    assembled = check(WAIVED)
    assert not errors(assembled)
    assert assembled.manifests
    assert not found(assembled.findings, "waiver-unused")


def test_an_expired_waiver_does_not_waive(check: Check) -> None:
    assembled = check(WAIVED, today=date(2027, 1, 1))
    assert {each.rule for each in errors(assembled)} == {"memory-over-capacity", "waiver-expired"}
    assert not assembled.manifests


def test_nobody_calls_a_waiver_unused_before_every_rule_was_tried(check: Check) -> None:
    waiver = "  # edgewright: ignore[bad-probe] until=2026-12-31 why not"
    assert found(check(SMALLEST.replace("fleet: tiny", f"fleet: tiny{waiver}")).findings, "waiver-unused")
    broken = SMALLEST.replace("fleet: tiny", f"fleet: tiny{waiver}\nfleets: x")
    assert not found(check(broken).findings, "waiver-unused")


_TRUSTED = "security: {pods: none, signatures: [{images: ['*'], anyOf: [{key: k.pub}]}]}\n"
_ELSEWHERE = "security: {registries: [a.example/*]}\n"
_RUNTIME = "runtimes: {mine: {backends: [onnxruntime-cpu], images: {amd64: x}, label: y}}\n"
_BY_ARGOCD = "delivery: {engine: argocd}\nsecurity: {signatures: [{images: ['*'], anyOf: [{key: k.pub}]}]}\n"
_BOARD = "{board: intel-n100-8gb}"
_DRONE = "{board: intel-n100-8gb, power: {idle: 1W, peak: 9W}, battery: {capacity: 1Wh, lasts: 8h}}"


@pytest.mark.parametrize(
    ("text", "echoes"),
    [
        (
            SMALLEST.replace("model: digits\n", "model: digits\n    replicas: 3\n"),
            {"class-without-workload", "no-effect"},
        ),
        (SMALLEST + _TRUSTED, {"nothing-is-signed"}),
        (
            SMALLEST.replace("registry: registry.example/tiny", "registry: Nope") + _ELSEWHERE,
            {"registry-not-allowed"},
        ),
        (SMALLEST + _RUNTIME, {"no-image-for-class", "no-effect"}),
        (
            SMALLEST.replace(_BOARD, "{board: intel-n100-8gb, boards: x}") + "inventory: inventory.csv\n",
            {"unknown-reference", "inventory-differs"},
        ),
        (
            SMALLEST.replace(_BOARD, "{board: intel-n100-8gb, power: {budget: 9W, rest: 8W, pek: 9W}}"),
            {"power-not-known", "power-over-budget"},
        ),
        (
            SMALLEST.replace(_BOARD, _DRONE).replace("model: digits\n", "model: digits\n    watts: 9W\n"),
            {"battery-too-small", "power-not-known"},
        ),
    ],
    ids=["workload", "security", "registry", "runtime", "class", "power", "draw"],
)
def test_a_mistake_has_no_echoes(text: str, echoes: set[str], check: Check) -> None:
    assembled = check(text, inventory_csv="name,class\na,kiosk\n")
    assert errors(assembled)
    assert not {each.rule for each in assembled.findings} & echoes
    assert not assembled.manifests


def test_what_a_mistake_elsewhere_does_not_change_is_told(check: Check) -> None:
    """The engine checks no signature, whoever is meant to have signed."""
    broken = _BY_ARGOCD.replace("delivery", "registries: x\ndelivery")
    assert found(check(SMALLEST + broken).findings, "engine-cannot")


@pytest.mark.parametrize(
    ("old", "new", "rule", "text"),
    [
        ("interval: 5m", "interval: 64Mb", "bad-unit", "64Mb"),
        ("engine: argocd", "engine: ~", "empty-field", "~"),
        ('"2001:db8::/32"', '"\\ud800"', "yaml-syntax", "\\ud800"),
        ("{load: 2m, warmUp: 0, engineBuild: 1s}", '"\\ud800"', "yaml-syntax", "\\ud800"),
        ("gpu: nvidia-a30", "gpu: ~", "empty-field", "~"),
        ('jetpack: "6.2"', "jetpack: ~", "empty-field", "~"),
        ('jetpack: "6.2"', "jetpack: *x", "yaml-alias", "*x"),
        ("runtime: cpu", "runtime: *x", "yaml-alias", "*x"),
        ('{cpu: "2", memory: 1.5Gi, ephemeralStorage: 512Mi}', "~", "empty-field", "~"),
    ],
)
def test_nothing_follows_from_what_is_empty_or_lost(
    old: str, new: str, rule: str, text: str, check: Check
) -> None:
    every = (ROOT / "tests/fleets/every_field.yaml").read_text().replace("stacks/inventory.csv", "i.csv")
    assert old in every
    checked = check(every.replace(old, new, 1))
    aside = ("cannot-read", "not-locked")
    (finding,) = (each for each in errors(checked) if each.rule not in aside)
    assert (finding.rule, marked(checked, finding)) == (rule, text)


def test_a_file_that_is_no_fleet(check: Check) -> None:
    for text in ("", "a: b\n", "- 1\n", "just text\n", "a: [\n", "\t\n", "%YAML 1.1\n---\n{}\n", "null\n"):
        assembled = check(text)
        assert errors(assembled), text
        assert not assembled.manifests
        assert all(each.place for each in assembled.findings)


def test_a_missing_file_shows_the_way(tmp_path: Path) -> None:
    (finding,) = assemble(tmp_path / "fleet.yaml", today=TODAY, unlocked=True).findings
    assert finding.rule == "cannot-read"
    assert "edgewright init" in finding.remedy


# Cheap mutations of the example, thousands of them: whatever a text says, only findings come out.

SEEDS = range(4)
BYTES = [bytes([each]) for each in range(256)]
TOKENS = (
    *(b"&a", b"*a", b"<<: ", b"!!str", b"\t", b"- ", b": ", b"{", b"}", b"[", b"]", b"#", b"'", b'"', b"|\n"),
    *(b">-\n", b"~", b"null", b"0", b"-1", b"1e999", b".nan", b"0x1F", b"9" * 30, b"\xff", b"\xef\xbb\xbf"),
    *(b"\xe2\x80\xa8", b"---\n", b"...\n", b"? "),
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example fleet's folder, its inventory cut short so that thousands of questions are quick."""
    folder = tmp_path_factory.mktemp("mutants")
    for name in ("fleet.lock", "keys", "rules"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    (folder / "stacks").mkdir()
    lines = (ROOT / "stacks/inventory.csv").read_text().splitlines(keepends=True)
    (folder / "stacks/inventory.csv").write_text("".join([lines[0], *lines[1::100]]))
    return folder


def told(folder: Path, raw: bytes, name: str = "fleet.yaml") -> None:
    (folder / name).write_bytes(raw)
    assembled = assemble(folder / "fleet.yaml", today=TODAY, unlocked=True)
    for finding in assembled.findings:
        place = finding.place
        assert place is not None
        assert (1, 1) <= (place.line, place.column) <= (place.end_line, place.end_column)
        assert finding.message
        assert finding.remedy


def mutants(raw: bytes, seed: int, number: int) -> Any:
    chance = random.Random(seed)
    lines = raw.splitlines(keepends=True)
    for _ in range(number):
        kind, at = chance.randrange(8), chance.randrange(len(raw))
        some = chance.sample(range(len(lines)), 2)
        if kind == 0:
            yield raw[:at] + chance.choice(BYTES) + raw[at + 1 :]
        elif kind == 1:
            yield raw[:at] + raw[at + chance.randrange(1, 40) :]
        elif kind == 2:
            yield raw[:at] + chance.choice(TOKENS) + raw[at:]
        elif kind == 3:
            yield raw[:at]
        elif kind == 4:
            yield b"".join(line for index, line in enumerate(lines) if index not in some)
        elif kind == 5:
            changed = list(lines)
            changed[some[0]], changed[some[1]] = changed[some[1]], changed[some[0]]
            yield b"".join(changed)
        elif kind == 6:
            yield b"".join([*lines[: some[0]], lines[some[1]], *lines[some[0] :]])
        else:
            yield b"".join(
                [*lines[: some[0]], b"  " * chance.randrange(1, 4) + lines[some[0]], *lines[some[0] + 1 :]]
            )


@pytest.mark.parametrize("seed", SEEDS)
def test_no_mutation_of_a_fleet_raises(seed: int, copied: Path) -> None:
    for raw in mutants((ROOT / "fleet.yaml").read_bytes(), seed, 250):
        told(copied, raw)


@pytest.mark.parametrize(
    "name", ["fleet.lock", "stacks/inventory.csv", "keys/fleet.pub", "rules/surface_defects.py"]
)
def test_no_mutation_of_a_file_beside_it_raises(name: str, copied: Path) -> None:
    (copied / "fleet.yaml").write_bytes((ROOT / "fleet.yaml").read_bytes())
    before = (copied / name).read_bytes()
    try:
        for raw in mutants(before, 1, 60):
            told(copied, raw, name)
    finally:
        (copied / name).write_bytes(before)


TOKEN = "ghp" + "_" + "aB3" * 12


@pytest.mark.rule("plain-secret", "border")
@pytest.mark.parametrize(
    "url", [f"https://hub.example/v2/{TOKEN}", f"https://user:{TOKEN}@hub.example/v2"], ids=["path", "user"]
)
def test_a_secret_is_found_and_shown_nowhere(url: str, check: Check) -> None:
    from edgewright.commands.printers import print_findings

    text = SMALLEST + f'    whenUnsure: {{below: 85%, escalateTo: "{url}"}}\n'
    assembled = check(text)
    finding = only(assembled.findings, "plain-secret")
    assert marked(assembled, finding) == f'"{url}"'
    for form in ("text", "json", "sarif", "junit", "github"):
        shown = print_findings(
            form,
            assembled.findings,
            assembled.sources,
            colour=False,
            width=200,
            limit=99,
            strict=False,
            version="1",
            rules=None,
        )
        assert "plain-secret" in shown
        assert "aB3aB3" not in shown


def test_a_secret_in_a_rule_that_is_rendered(check: Check, tmp_path: Path) -> None:
    (tmp_path / "rule.py").write_text(f"TOKEN = '{TOKEN}'\n")
    text = SMALLEST + "    rule: rule.py\n    tiers: [onnxruntime-cpu, rule]\n"
    finding = only(check(text).findings, "plain-secret")
    assert finding.message.startswith("rule.py holds a GitHub token")
    assert TOKEN not in finding.message


@pytest.mark.rule("plain-secret", "waived")
def test_a_secret_may_stay_where_somebody_says_why(check: Check) -> None:
    waiver = "  # edgewright: ignore[plain-secret] until=2026-12-31 the account of the bench"
    text = (
        SMALLEST + f'    whenUnsure: {{below: 85%, escalateTo: "https://hub.example/v2/{TOKEN}"}}{waiver}\n'
    )
    rules = {each.rule for each in check(text).findings}
    assert not rules & {"plain-secret", "waiver-unused"}
