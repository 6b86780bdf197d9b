"""`edgewright lock`: the lock of the example, and what keeps it from being written."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.real import free_port
from tests.server_images import for_both, image, sizes_of, write_layout

from edgewright.commands.main import main
from edgewright.ship.registry import Access, Client, Repository

ROOT = Path(__file__).parents[2]
Shown = pytest.CaptureFixture[str]


SMALL = """\
apiVersion: edgewright.dev/v1alpha1
fleet: tiny
registry: registry.example/tiny
deviceClasses:
  kiosk: {board: intel-n100-8gb}
models:
  digits:
    version: 1.0.0
    source: model.onnx
    variants: {small: {precision: int8}}
workloads:
  read:
    model: digits
    resources: {cpu: 1, memory: 512Mi}
"""


@pytest.fixture
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1793491200")


@pytest.fixture
def example(surroundings: None) -> None:
    """The example fleet in the current folder: three forms of its model, each looked at and evaluated."""
    for name in ("keys", "rules", "stacks", "models"):
        Path(name).symlink_to(ROOT / name)
    for name in ("fleet.yaml", "fleet.lock"):
        shutil.copy(ROOT / name, name)


@pytest.fixture
def small(surroundings: None, capsys: Shown) -> None:
    """A fleet of one model without figures, which is locked."""
    Path("fleet.yaml").write_text(SMALL)
    shutil.copy(ROOT / "models/surface-defects/model.onnx", "model.onnx")
    assert main(["lock", "--offline"]) == 0
    capsys.readouterr()


def edit(name: str, old: str, new: str) -> None:
    text = Path(name).read_text()
    assert old in text
    Path(name).write_text(text.replace(old, new))


@pytest.mark.usefixtures("example")
def test_the_lock_of_the_example_is_made_from_nothing(capsys: Shown) -> None:
    Path("fleet.lock").unlink()
    assert main(["lock", "--offline"]) == 0
    assert Path("fleet.lock").read_bytes() == (ROOT / "fleet.lock").read_bytes()
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.endswith("fleet.lock written\n")
    for form in ("", ".fp16", ".int8"):
        digest = hashlib.sha256(Path(f"models/surface-defects/model{form}.onnx").read_bytes()).hexdigest()
        assert f"sha256:{digest[:12]}" in shown.out
        assert f"digest: sha256:{digest}" in Path("fleet.lock").read_text()


@pytest.mark.usefixtures("example")
def test_the_floor_keeps_a_lock_from_being_written_unless_it_is_waived(capsys: Shown) -> None:
    edit("fleet.yaml", "floor: 90%", "floor: 95.8%")
    Path("fleet.lock").write_text("lockVersion: 1\nmodels: {}\nimages: {}\n")
    assert main(["lock", "--offline"]) == 1
    shown = capsys.readouterr()
    assert "error[below-floor]: `int8` has an accuracy of 95.7%" in shown.err
    assert shown.err.endswith("fleet.lock was not written\n")
    assert "models: {}" in Path("fleet.lock").read_text()
    waiver = "# edgewright: ignore[below-floor] until=2026-12-31 first try\n"
    edit("fleet.yaml", "      int8: {precision", f"      {waiver}      int8: {{precision")
    assert main(["lock", "--offline"]) == 0


@pytest.mark.usefixtures("small")
def test_a_second_run_changes_nothing(capsys: Shown) -> None:
    before = Path("fleet.lock").stat()
    assert main(["lock", "--offline"]) == 0
    assert capsys.readouterr().out.endswith("fleet.lock is up to date\n")
    assert Path("fleet.lock").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.usefixtures("small")
def test_check_writes_nothing(capsys: Shown) -> None:
    assert main(["lock", "--check"]) == 0
    assert capsys.readouterr() == ("fleet.lock is up to date\n", "")
    lock = Path("fleet.lock")
    lock.write_text(lock.read_text() + "# mine\n")
    assert main(["lock", "--check"]) == 1
    assert "error[lock-stale]: fleet.lock is not what models and images say" in capsys.readouterr().err
    assert lock.read_text().endswith("# mine\n")
    lock.unlink()
    assert main(["lock", "--check"]) == 1
    assert "fleet.lock is not there" in capsys.readouterr().err
    assert not lock.exists()


@pytest.mark.usefixtures("small")
def test_golden_answers_are_written_once_and_named(capsys: Shown) -> None:
    shutil.copy(ROOT / "models/surface-defects.golden.npz", "golden.npz")
    edit("fleet.yaml", "source: model.onnx", "source: model.onnx\n    evaluation: {golden: golden.npz}")
    answers, told = Path("model.onnx.answers.npz"), "model.onnx.answers.npz: golden answers, to be committed"
    assert main(["lock", "--check"]) == 1
    assert "error[lock-stale]: model.onnx has no golden answers yet" in capsys.readouterr().err
    assert not answers.exists()
    assert main(["lock", "--offline"]) == 0
    assert told in capsys.readouterr().out
    assert main(["lock", "--offline"]) == 0
    assert told not in capsys.readouterr().out
    content = answers.read_bytes()
    answers.write_bytes(content[:9999] + bytes([content[9999] ^ 1]) + content[10_000:])
    assert main(["check"]) == 1
    assert "lock-mismatch]: model.onnx.answers.npz is sha256:" in capsys.readouterr().out
    answers.unlink()
    assert main(["lock", "--offline"]) == 1
    assert "error[model-missing]: model.onnx.answers.npz is not there" in capsys.readouterr().err
    answers.write_bytes(content)
    assert main(["lock", "--check"]) == 0


@pytest.mark.usefixtures("small")
def test_a_changed_model_is_a_mismatch_until_it_is_locked(capsys: Shown) -> None:
    shutil.copy(ROOT / "models/surface-defects/model.fp16.onnx", "model.onnx")
    assert main(["check"]) == 1
    assert "error[lock-mismatch]" in capsys.readouterr().out
    assert main(["lock", "--offline"]) == 0
    assert main(["check"]) == 0


@pytest.mark.usefixtures("small")
def test_another_version_is_stale_until_it_is_locked(capsys: Shown) -> None:
    edit("fleet.yaml", "version: 1.0.0", "version: 1.1.0")
    assert main(["check"]) == 0
    assert "fleet.yaml:8:14: warning[lock-stale]" in capsys.readouterr().out
    assert main(["render", "--out", "out"]) == 1
    assert "error[lock-stale]" in capsys.readouterr().err
    assert main(["lock", "--offline"]) == 0
    assert main(["check"]) == 0
    assert "lock-stale" not in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_a_corrupt_lock_is_written_anew() -> None:
    before = Path("fleet.lock").read_bytes()
    for text in ("lockVersion: 7\n", "a: [\n", "\x00"):
        Path("fleet.lock").write_text(text)
        assert main(["check"]) == 1
        assert main(["lock", "--offline"]) == 0
        assert Path("fleet.lock").read_bytes() == before


@pytest.mark.usefixtures("small")
def test_a_fleet_that_cannot_be_read_is_not_locked(capsys: Shown) -> None:
    edit("fleet.yaml", "source:", "sauces:")
    assert main(["lock", "--offline"]) == 1
    shown = capsys.readouterr()
    assert "error[unknown-field]" in shown.err
    assert shown.err.endswith("fleet.lock was not written\n")
    assert shown.out == ""


@pytest.mark.usefixtures("small")
def test_a_fleet_that_does_not_fit_is_locked_all_the_same() -> None:
    edit("fleet.yaml", "memory: 512Mi", "memory: 60Gi")
    assert main(["check"]) == 1
    assert main(["lock", "--offline"]) == 0
    edit("fleet.yaml", "memory: 60Gi", "memory: 0Gi")  # which no waiver would help
    assert main(["check"]) == 1
    assert main(["lock", "--offline"]) == 0


@pytest.mark.usefixtures("small")
def test_what_is_not_there_is_named(capsys: Shown) -> None:
    assert main(["lock", "--offline"]) == 0
    assert "digits 1.0.0 small: not locked, model.small.onnx is not there\n" in capsys.readouterr().out
    assert "notLocked: model.small.onnx is not there" in Path("fleet.lock").read_text()
    assert main(["check"]) == 0
    told = "fleet.lock has no digest for `digits/small`: model.small.onnx is not there"
    assert told in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_a_model_that_is_not_there_is_an_error(capsys: Shown) -> None:
    Path("model.onnx").unlink()
    assert main(["lock", "--offline"]) == 1
    assert "fleet.yaml:9:13: error[model-missing]: model.onnx is not there" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
def test_digests_of_images_are_kept() -> None:
    locked = f"runtime-cpu:\n    digest: sha256:{'1' * 64}"
    edit("fleet.lock", "runtime-cpu:\n    notLocked: its image has not been built", locked)
    before = Path("fleet.lock").read_bytes()
    assert main(["lock", "--offline"]) == 0
    assert Path("fleet.lock").read_bytes() == before


@pytest.mark.usefixtures("small")
def test_a_lock_that_cannot_be_written(capsys: Shown) -> None:
    Path("fleet.lock").unlink()
    Path("fleet.lock").mkdir()
    assert main(["lock", "--offline"]) == 1
    assert "error[cannot-" in capsys.readouterr().err


@pytest.fixture
def published(registry: str, small: None, request: pytest.FixtureRequest) -> Iterator[Repository]:
    """The small fleet with a real registry, and the repository of the image that it needs there."""
    prefix = f"{registry}/{request.node.originalname.replace('_', '-')}"
    edit("fleet.yaml", "registry.example/tiny", prefix)
    with Client(Access(pause=0.01)) as client:
        yield client.repository(f"{prefix}/runtime-cpu")


def test_an_image_is_pinned_as_the_registry_has_it_and_stays(published: Repository, capsys: Shown) -> None:
    both = for_both()
    published.push(both, ["latest"])
    assert main(["lock"]) == 0
    shown = capsys.readouterr()
    assert f"runtime-cpu: {sizes_of(both)['amd64']:,} bytes for amd64, " in shown.out
    assert f"{both.digest[:19]}\n" in shown.out
    assert shown.err == ""
    text = Path("fleet.lock").read_text()
    assert f"  runtime-cpu:\n    digest: {both.digest}\n    tag: latest\n    sizes:\n      amd64: " in text
    assert main(["check"]) == 0
    capsys.readouterr()

    newer = published.push(image("amd64", b"newer"), ["latest"]).digest
    for arguments in ([], ["--offline"], ["--check"], ["--check", "--verify"]):
        assert main(["lock", *arguments]) == 0
    assert "warning[tag-moved]" in capsys.readouterr().err
    assert Path("fleet.lock").read_text() == text
    assert main(["lock", "--check", "--upgrade"]) == 1
    assert main(["lock", "--upgrade-image", "runtime-cpu"]) == 0
    assert f"digest: {newer}" in Path("fleet.lock").read_text()


def test_a_class_that_the_image_is_not_for_is_told_before_it_is_locked(
    published: Repository, capsys: Shown
) -> None:
    before = Path("fleet.lock").read_bytes()
    published.push(image("arm64"), ["latest"])
    assert main(["lock"]) == 1
    shown = capsys.readouterr().err
    assert "error[image-lacks-platform]: `runtime-cpu` is for arm64, and `kiosk` is amd64" in shown
    assert shown.endswith("fleet.lock was not written\n")
    assert Path("fleet.lock").read_bytes() == before


def test_what_was_built_here_is_pinned_without_a_registry(published: Repository, capsys: Shown) -> None:
    one, other = image("amd64"), image("amd64", b"other")
    write_layout(Path("build/images/runtime-cpu"), (one, None))
    write_layout(Path("elsewhere/runtime-cpu"), (other, None))
    assert main(["lock", "--offline"]) == 0
    assert f"digest: {one.digest}\n    sizes:" in Path("fleet.lock").read_text()
    assert main(["lock", "--offline", "--images", "elsewhere"]) == 1
    shown = capsys.readouterr().err
    assert "error[lock-mismatch]" in shown
    assert one.digest in shown
    assert other.digest in shown
    assert main(["lock", "--check", "--images", "elsewhere"]) == 1
    assert main(["lock", "--verify"]) == 0  # it is here: the registry need not have it yet


@pytest.mark.usefixtures("small")
def test_a_registry_that_does_not_answer_takes_nothing_away(capsys: Shown) -> None:
    edit("fleet.yaml", "registry.example/tiny", f"127.0.0.1:{free_port()}/tiny")
    before = Path("fleet.lock").read_bytes()
    assert main(["lock"]) == 0
    assert "fleet.yaml:3:11: warning[registry-unreachable]: " in capsys.readouterr().err
    assert Path("fleet.lock").read_bytes() == before
    assert main(["lock", "--strict"]) == 1
    assert main(["lock", "--check"]) == 0
    edit(
        "fleet.lock",
        "notLocked: its image has not been built\n  runtime-t",
        f"digest: sha256:{'1' * 64}\n  runtime-t",
    )
    assert main(["lock", "--verify"]) == 1
    assert "error[registry-unreachable]" in capsys.readouterr().err
    assert "1" * 64 in Path("fleet.lock").read_text()


@pytest.mark.usefixtures("small")
def test_what_is_no_use_is_misuse(capsys: Shown) -> None:
    assert main(["lock", "--offline", "--verify"]) == 2
    assert main(["lock", "--upgrade-image", "runtime-gpu"]) == 2
    assert "no runtime has an image `runtime-gpu`" in capsys.readouterr().err


@pytest.mark.usefixtures("small")
def test_a_pointer_of_git_lfs_is_as_good_as_the_model(capsys: Shown) -> None:
    content = Path("model.onnx").read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n"
    Path("model.onnx").write_text(pointer)
    edit("fleet.yaml", "    variants: {small: {precision: int8}}\n", "")
    edit("fleet.lock", "      small:\n        notLocked: model.small.onnx is not there\n", "")
    assert main(["check"]) == 0
    assert main(["lock", "--check"]) == 0
    Path("model.onnx").write_text(pointer.replace(digest, "1" * 64))
    assert main(["check"]) == 1
    assert "error[lock-mismatch]: model.onnx is sha256:111111111111…" in capsys.readouterr().out


@pytest.mark.usefixtures("small")
def test_without_the_packages_that_ask_a_registry_the_rest_is_locked(
    capsys: Shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "edgewright.ship.registry", None)
    before = Path("fleet.lock").read_bytes()
    assert main(["lock"]) == 0
    shown = capsys.readouterr().err
    assert (
        "fleet.yaml:3:11: warning[tool-missing]: asking a registry for `registry.example/tiny/runtime-cpu`"
        in shown
    )
    assert "pip install 'edgewright[publish]'" in shown
    assert Path("fleet.lock").read_bytes() == before
