"""`edgewright explain` finds a field by any way to write its path, and says what it is."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from edgewright.commands.main import main
from edgewright.fleet import Fleet
from edgewright.fleet.fields import walk

Golden = Callable[[str, str], None]


def explained(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("top", ()),
        ("part", ("deviceClasses.gpuSharing",)),
        ("names", ("deviceClasses",)),
        ("quantity", ("workloads.inspect.resources.memory",)),
        ("list", ("workloads.inspect.tiers",)),
        ("catalogue", ("deviceClasses.board",)),
        ("platforms", ("runtimes.images",)),
        ("forms", ("rollouts.careful.against",)),
        ("default", ("monitoring",)),
        ("tree", ("--recursive",)),
        ("subtree", ("rollouts", "--recursive")),
    ],
)
def test_goldens(
    name: str, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str], golden: Golden
) -> None:
    golden(f"explain/{name}.txt", explained(capsys, *arguments))


@pytest.mark.parametrize(
    "path",
    [
        "rollouts.stages.upTo",
        "rollouts.careful.stages.upTo",
        "rollouts.careful.stages[0].upTo",
        "rollouts.careful.stages.0.upTo",
        "rollouts.*.stages[*].upTo",
        "rollouts.<name>.stages[].upTo",
        'rollouts["careful"].stages[12].upTo',
        "rollouts.stages.stages.upTo",
        "rollouts.7.stages.upTo",
    ],
)
def test_names_and_indices_may_stand_in_a_path(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert explained(capsys, path).startswith("FIELD     rollouts.<name>.stages[].upTo\n")


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("deviceClasses.line-camera", "deviceClasses"),
        ("deviceClasses.host", "deviceClasses.<name>.host"),
        ("deviceClasses.host.board", "deviceClasses.<name>.board"),
        ("deviceClasses.host.host.cpu", "deviceClasses.<name>.host.cpu"),
        ("workloads.model.resources", "workloads.<name>.resources"),
        ("workloads.inspect.on.kiosk.rule", "workloads.<name>.on.<name>.rule"),
        ("runtimes.cpu.images.amd64", "runtimes.<name>.images.<name>"),
        ("rollouts.careful.against.p99", "rollouts.<name>.against.p99"),
        ("security.signatures[0].anyOf[1].keyless.issuer", "security.signatures[].anyOf[].keyless.issuer"),
    ],
)
def test_a_name_of_the_users_is_told_from_a_field(
    path: str, field: str, capsys: pytest.CaptureFixture[str]
) -> None:
    shown = explained(capsys, path).splitlines()[0].removeprefix("FIELD     ")
    assert shown.removesuffix(".<name>") == field.removesuffix(".<name>")


def test_every_field_has_a_page_with_a_description(capsys: pytest.CaptureFixture[str]) -> None:
    for path, field in walk(Fleet):
        page = explained(capsys, ".".join(map(str, path)))
        first = (field.description or "").split()[:4]
        assert first
        assert " ".join(first) in page
        assert f"REQUIRED  {'yes' if field.is_required() or path == ('apiVersion',) else 'no'}\n" in page
        assert "null" not in page


def test_no_line_is_wider_than_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    for path, _ in walk(Fleet):
        page = explained(capsys, ".".join(map(str, path)))
        assert not [line for line in page.splitlines() if len(line) > 100 and "://" not in line]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("deviceClass", "`fleet.yaml` has no field `deviceClass`; did you mean `deviceClasses`?"),
        ("deviceClasses.gpuSharin", "did you mean `gpuSharing`?"),
        ("deviceClasses.softwre", "did you mean `software`?"),
        ("deviceClasses.softwre.k3s", "did you mean `software`?"),
        ("deviceClasses.line-camera.gpuSharin.strategy", "did you mean `gpuSharing`?"),
        ("deviceClasses.line-camera.gpu_sharing", "did you mean `gpuSharing`?"),
        ("workloads.inspect.wings", "has no field `wings`. It has"),
        ("fleet.name", "`fleet` has no field `name`."),
        ("\x1b[31m", "has no field"),
    ],
)
def test_an_unknown_field_is_misuse(path: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", path]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert says in printed.err
    assert "\x1b" not in printed.err
