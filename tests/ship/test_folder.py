from __future__ import annotations

import os
import resource
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgewright.errors import Finding, FleetError
from edgewright.ship import swap
from edgewright.ship.folder import Owned, Written, read_folder, write_folder
from edgewright.ship.ownership import RECORD, Tree, survey

FILES: dict[str, str | bytes] = {"a.yaml": "a: 1\n", "class/b.yaml": "b: 2\n", "class/deep/c.yaml": b"c: 3\n"}


def contents(folder: Path) -> dict[str, bytes | str]:
    """Every file below `folder` but the record; a link is shown by where it leads."""
    found = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*"))}
    return {
        name: str(path.readlink()) if path.is_symlink() else path.read_bytes()
        for name, path in found.items()
        if (path.is_symlink() or path.is_file()) and name != RECORD
    }


def as_bytes(files: dict[str, str | bytes]) -> dict[str, bytes]:
    return {path: text.encode() if isinstance(text, str) else text for path, text in files.items()}


def refused(target: Path, files: dict[str, str | bytes]) -> tuple[Finding, ...]:
    """The findings; and nothing that could be seen has changed, nor is anything left lying about."""
    top = target.parent if target.parent.exists() else target.parent.parent
    before = snapshot(top)
    with pytest.raises(FleetError) as caught:
        write_folder(target, files)
    assert snapshot(top) == before
    for finding in caught.value.findings:
        assert finding.remedy
        assert finding.message.isprintable()
        assert ".edgewright-" not in finding.message
    return caught.value.findings


def snapshot(top: Path) -> dict[str, tuple[int, ...]]:
    """Inode, mode and modification time of all that lies below `top`."""
    found = {path.relative_to(top).as_posix(): path.lstat() for path in top.rglob("*")}
    return {name: (status.st_ino, status.st_mode, status.st_mtime_ns) for name, status in found.items()}


def only(target: Path) -> bool:
    """Whether `target` is alone in its folder."""
    return list(target.parent.iterdir()) == [target]


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "home" / "rendered"


@pytest.fixture(params=["exchanged", "renamed twice"])
def either_way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways to replace a folder: the system's, and the one for systems that have none."""
    if request.param == "renamed twice":

        def missing(one: Path, other: Path) -> None:
            raise OSError(38, "Function not implemented", str(other))

        monkeypatch.setattr(swap, "exchange", missing)


class TestWriting:
    def test_a_folder_and_its_parents_are_made(self, target: Path) -> None:
        assert write_folder(target, FILES) == Written(written=3, unchanged=0, removed=0)
        assert contents(target) == as_bytes(FILES)
        assert only(target)

    @pytest.mark.usefixtures("either_way")
    def test_files_of_an_older_rendering_go(self, target: Path) -> None:
        write_folder(target, FILES)
        newer: dict[str, str | bytes] = {"a.yaml": "a: 1\n", "class/b.yaml": "b: two\n", "new/d.yaml": "d"}
        assert write_folder(target, newer) == Written(written=2, unchanged=1, removed=1)
        assert contents(target) == as_bytes(newer)
        assert not (target / "class/deep").exists()
        assert only(target)

    @pytest.mark.usefixtures("either_way")
    def test_nothing_is_written_where_nothing_changed(self, target: Path) -> None:
        write_folder(target, FILES)
        before = snapshot(target.parent)
        assert write_folder(target, FILES) == Written(written=0, unchanged=3, removed=0)
        assert snapshot(target.parent) == before

    @pytest.mark.usefixtures("either_way")
    def test_an_unchanged_file_keeps_its_inode_and_time(self, target: Path) -> None:
        write_folder(target, FILES)
        before = (target / "a.yaml").stat()
        write_folder(target, {**FILES, "more.yaml": ""})
        after = (target / "a.yaml").stat()
        assert (after.st_ino, after.st_mtime_ns, after.st_nlink) == (before.st_ino, before.st_mtime_ns, 1)

    def test_an_unchanged_file_that_somebody_else_has_a_hold_of_is_written_anew(self, target: Path) -> None:
        write_folder(target, FILES)
        backup = target.parent / "backup"
        os.link(target / "a.yaml", backup)
        write_folder(target, {"a.yaml": "a: 1\n"})
        assert not (target / "a.yaml").samefile(backup)

    def test_the_order_of_files_does_not_matter(self, target: Path, tmp_path: Path) -> None:
        write_folder(target, FILES)
        write_folder(tmp_path / "other", dict(reversed(FILES.items())))
        assert (target / RECORD).read_bytes() == (tmp_path / "other" / RECORD).read_bytes()

    def test_a_file_becomes_a_folder_and_a_folder_a_file(self, target: Path) -> None:
        write_folder(target, {"a": "file", "b/c": "file"})
        write_folder(target, {"a/c": "file", "b": "file"})
        assert contents(target) == {"a/c": b"file", "b": b"file"}

    def test_nothing_at_all_can_be_rendered(self, target: Path) -> None:
        write_folder(target, FILES)
        assert write_folder(target, {}) == Written(0, 0, 3)
        assert contents(target) == {}

    @pytest.mark.parametrize(
        ("mask", "file_mode", "folder_mode"), [(0o022, 0o644, 0o755), (0o077, 0o600, 0o700)]
    )
    def test_modes_follow_the_umask(self, target: Path, mask: int, file_mode: int, folder_mode: int) -> None:
        before = os.umask(mask)
        try:
            write_folder(target, FILES)
        finally:
            os.umask(before)
        assert (target / "class/b.yaml").stat().st_mode & 0o777 == file_mode
        assert (target / "class").stat().st_mode & 0o777 == folder_mode
        assert target.stat().st_mode & 0o777 == folder_mode

    def test_the_mode_that_the_folder_was_given_stays(self, target: Path) -> None:
        write_folder(target, FILES)
        target.chmod(0o2750)
        (target / "class").chmod(0o700)
        write_folder(target, {"class/x": ""})
        assert target.stat().st_mode & 0o7777 == 0o2750
        assert (target / "class").stat().st_mode & 0o7777 == 0o700

    def test_a_file_that_was_edited_by_hand_is_put_right_and_told(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / "a.yaml").write_text("by hand")
        (target / "class/b.yaml").write_text("by hand")
        (target / "class/deep/c.yaml").unlink()
        assert write_folder(target, {"a.yaml": "a: 1\n", "class/deep/c.yaml": "c: 3\n"}) == Written(
            written=2, unchanged=0, removed=1, edited=("a.yaml", "class/b.yaml")
        )
        assert contents(target) == {"a.yaml": b"a: 1\n", "class/deep/c.yaml": b"c: 3\n"}

    def test_a_link_to_the_folder_is_followed(self, target: Path, tmp_path: Path) -> None:
        target.mkdir(parents=True)
        link = tmp_path / "link"
        link.symlink_to(target)
        write_folder(link, FILES)
        assert link.is_symlink()
        assert contents(target) == as_bytes(FILES)

    @settings(max_examples=60, deadline=None)
    @given(
        st.lists(
            st.dictionaries(
                st.sampled_from(["a", "b", "c/d", "c/e", "f/g/h", "f/g/i"]), st.binary(max_size=3), max_size=6
            ),
            min_size=1,
            max_size=4,
        )
    )
    def test_whatever_was_there_before(
        self, tmp_path_factory: pytest.TempPathFactory, renderings: list[dict[str, bytes]]
    ) -> None:
        target = tmp_path_factory.mktemp("any") / "rendered"
        target.mkdir()
        (target / "foreign").write_bytes(b"mine")
        for files in renderings:
            written = write_folder(target, files)
            assert written.written + written.unchanged == len(files)
            assert contents(target) == {"foreign": b"mine", **files}
            assert read_folder(target) == Owned(dict(sorted(files.items())))
        assert only(target)


class TestForeign:
    @pytest.mark.usefixtures("either_way")
    def test_foreign_things_stay_as_they_are(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / "README.md").write_text("mine")
        (target / "README.md").chmod(0o4555)
        (target / "class/deep/notes.txt").write_text("mine")
        (target / "empty/folder").mkdir(parents=True)
        (target / "empty").chmod(0o711)
        os.utime(target / "empty/folder", ns=(1, 1))
        (target / "dangling").symlink_to("nowhere")
        (target / "outside").symlink_to(target.parent.parent)
        os.mkfifo(target / "pipe")
        names = ["README.md", "class/deep/notes.txt", "dangling", "outside", "pipe"]
        before = {name: (target / name).lstat() for name in names}
        write_folder(target, {"class/b.yaml": "changed"})
        for name in names:
            after = (target / name).lstat()
            assert (after.st_ino, after.st_mode, after.st_mtime_ns, after.st_nlink) == (
                before[name].st_ino,
                before[name].st_mode,
                before[name].st_mtime_ns,
                1,
            )
        assert (target / "empty/folder").stat().st_mtime_ns == 1
        assert (target / "empty").stat().st_mode & 0o777 == 0o711
        assert not (target / "class/deep/c.yaml").exists()
        assert only(target)

    def test_a_folder_that_was_never_ours_keeps_its_files(self, target: Path) -> None:
        target.mkdir(parents=True)
        (target / "mine").write_text("mine")
        write_folder(target, FILES)
        write_folder(target, {})
        assert contents(target) == {"mine": b"mine"}

    def test_every_collision_is_told_and_nothing_written(self, target: Path) -> None:
        write_folder(target, {"old": "1"})
        (target / "a.yaml").write_text("a: 1\n")
        (target / "class").symlink_to(target.parent)
        (target / "folder").mkdir()
        (target / "with/d").mkdir(parents=True)
        (target / "with/d/foreign").touch()
        findings = refused(target, {**FILES, "folder": "", "with": "", "fine": ""})
        assert {finding.rule for finding in findings} == {"not-ours"}
        assert [finding.message.split("rendered/")[1].split()[0] for finding in findings] == [
            "a.yaml",
            "class",
            "folder",
            "with",
        ]

    @pytest.mark.parametrize(
        "put",
        [lambda path: path.symlink_to("elsewhere"), lambda path: path.mkdir(), lambda path: os.mkfifo(path)],
    )
    def test_what_took_the_place_of_a_file_of_ours_is_foreign(
        self, target: Path, put: Callable[[Path], None]
    ) -> None:
        write_folder(target, FILES)
        (target / "a.yaml").unlink()
        put(target / "a.yaml")
        assert [finding.rule for finding in refused(target, FILES)] == ["not-ours"]
        assert write_folder(target, {"class/b.yaml": "b: 2\n"}) == Written(0, 1, 1)
        assert os.path.lexists(target / "a.yaml")

    def test_a_folder_of_ours_that_became_a_link_is_not_followed(self, target: Path) -> None:
        write_folder(target, FILES)
        elsewhere = target.parent / "elsewhere"
        (target / "class").rename(elsewhere)
        (target / "class").symlink_to(elsewhere)
        assert [finding.rule for finding in refused(target, FILES)] == ["not-ours"]
        write_folder(target, {"a.yaml": "a: 1\n"})
        assert contents(elsewhere) == {"b.yaml": b"b: 2\n", "deep/c.yaml": b"c: 3\n"}

    def test_a_rendering_inside_a_rendering(self, target: Path) -> None:
        write_folder(target, FILES)
        write_folder(target / "inner", FILES)
        write_folder(target, {"x": ""})
        assert contents(target / "inner") == as_bytes(FILES)
        write_folder(target / "inner", {})
        assert contents(target).keys() == {"x", f"inner/{RECORD}"}

    @pytest.mark.usefixtures("either_way")
    def test_what_changes_while_we_build_is_kept(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_folder(target, FILES)
        for name in ("saved anew", "written in place", "class/x"):
            (target / name).write_text("before")
        put = swap.put

        def meanwhile(folder: Path) -> None:
            (folder / "temporary").write_text("after")
            (folder / "temporary").replace(folder / "saved anew")
            (folder / "written in place").write_text("after")
            (folder / "appeared").write_text("after")
            (folder / "class/deep/appeared").write_text("after")
            (folder / "folder/empty").mkdir(parents=True)
            put(folder)

        monkeypatch.setattr(swap, "put", meanwhile)
        write_folder(target, {"a.yaml": "new"})
        assert contents(target) == {
            "a.yaml": b"new",
            "saved anew": b"after",
            "written in place": b"after",
            "class/x": b"before",
            "appeared": b"after",
            "class/deep/appeared": b"after",
        }
        assert (target / "folder/empty").is_dir()
        assert only(target)

    def test_what_appears_in_a_new_files_place_is_neither_lost_nor_hidden(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_folder(target, FILES)
        put = swap.put

        def meanwhile(folder: Path) -> None:
            (folder / "new.yaml").write_text("foreign")
            put(folder)

        monkeypatch.setattr(swap, "put", meanwhile)
        for _ in range(2):
            with pytest.raises(FleetError) as caught:
                write_folder(target, {"new.yaml": "ours"})
            assert [finding.rule for finding in caught.value.findings] == ["leftover-files"]
            assert contents(target) == {"new.yaml": b"ours"}
        left = target.parent / ".rendered.edgewright-new"
        assert contents(left) == {"new.yaml": b"foreign"}
        shutil.rmtree(left)
        assert write_folder(target, {"new.yaml": "ours"}) == Written(0, 1, 0)
        assert only(target)


class TestRefusals:
    def rule(self, target: Path, files: dict[str, str | bytes] = FILES) -> str:
        (finding,) = refused(target, files)
        return finding.rule

    def test_paths_are_checked_first_and_all_told(self, target: Path) -> None:
        target.mkdir(parents=True)
        findings = refused(target, {"../a": "", "/b": "", "c": "", "C": ""})
        assert [finding.rule for finding in findings] == ["unusable-path"] * 3

    def test_text_that_is_no_text(self, target: Path) -> None:
        target.mkdir(parents=True)
        assert self.rule(target, {"a": "\udcff"}) == "cannot-write"

    def test_a_repository(self, target: Path) -> None:
        (target / ".git").mkdir(parents=True)
        assert self.rule(target) == "folder-is-a-repository"

    def test_a_work_tree_of_a_repository(self, target: Path) -> None:
        target.mkdir(parents=True)
        (target / ".git").write_text("gitdir: elsewhere")
        assert self.rule(target) == "folder-is-a-repository"

    def test_a_file(self, target: Path) -> None:
        target.parent.mkdir()
        target.touch()
        assert self.rule(target) == "unusable-folder"
        assert self.rule(target / "below") == "cannot-write"

    def test_a_link_to_nothing_and_one_to_itself(self, target: Path) -> None:
        target.parent.mkdir()
        target.symlink_to("nothing")
        assert self.rule(target) == "unusable-folder"
        target.unlink()
        target.symlink_to(target)
        assert self.rule(target) == "unusable-folder"

    def test_the_top_of_the_file_system(self) -> None:
        with pytest.raises(FleetError) as caught:
            write_folder(Path("/"), FILES)
        assert caught.value.findings[0].rule in {"unusable-folder", "folder-is-a-repository"}

    def test_names_that_no_path_can_have(self, target: Path) -> None:
        target.mkdir(parents=True)
        assert self.rule(target / "a\0b") == "unusable-folder"
        assert self.rule(target / ("x" * 300)) == "cannot-write"
        assert self.rule(target / "sub", {"y" * 300: ""}) == "cannot-write"

    def test_the_current_folder(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (target / "below").mkdir(parents=True)
        monkeypatch.chdir(target / "below")
        assert self.rule(target) == "unusable-folder"
        write_folder(Path("rendered"), FILES)
        assert contents(target / "below" / "rendered") == as_bytes(FILES)

    def test_a_damaged_record(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / RECORD).write_text("<<<<<<< HEAD")
        assert self.rule(target, {}) == "record-damaged"

    def test_a_record_that_is_a_link(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / RECORD).rename(target / "record")
        (target / RECORD).symlink_to(target / "record")
        assert {finding.rule for finding in refused(target, FILES)} == {"not-ours"}

    def test_a_full_disk(self, target: Path) -> None:
        write_folder(target, FILES)
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        try:
            (finding,) = refused(target, {**FILES, "large.yaml": "x" * 5000})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert finding.rule == "cannot-write"
        assert "rendered/large.yaml cannot be written: File too large" in finding.message

    @pytest.mark.parametrize("code", [16, 18])
    def test_a_folder_that_the_system_will_not_replace(
        self, target: Path, monkeypatch: pytest.MonkeyPatch, code: int
    ) -> None:
        def busy(one: Path, other: Path) -> None:
            raise OSError(code, os.strerror(code), str(other))

        write_folder(target, FILES)
        monkeypatch.setattr(swap, "exchange", busy)
        assert self.rule(target, {}) == "cannot-write"
        assert contents(target) == as_bytes(FILES)

    def test_a_foreign_file_that_cannot_have_a_second_name(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        target.mkdir(parents=True)
        (target / "foreign").touch()

        def refuse(*names: object, **how: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        (finding,) = refused(target, FILES)
        assert finding.rule == "cannot-write"
        assert "rendered/foreign" in finding.message

    def test_where_no_file_can_have_a_second_name_ours_are_written(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_folder(target, FILES)

        def refuse(*names: object, **how: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
        write_folder(target, {**FILES, "x": ""})
        assert contents(target) == {**as_bytes(FILES), "x": b""}


UNPRIVILEGED = """
import os, sys
os.setgid(65534), os.setuid(65534)
os.umask(0o022)
from pathlib import Path
from edgewright.errors import FleetError
from edgewright.ship.folder import write_folder
try:
    print(write_folder(Path(sys.argv[1]), {"a.yaml": sys.argv[2]}).written)
except FleetError as error:
    print(*[f"{finding.rule}: {finding.message}" for finding in error.findings])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user, which only root can")
class TestPermissions:
    @pytest.fixture
    def home(self, tmp_path: Path) -> Iterator[Path]:
        """A folder that another user can reach; pytest's own are closed to them."""
        import tempfile

        with tempfile.TemporaryDirectory() as top:
            Path(top).chmod(0o755)
            (Path(top) / "home").mkdir()
            os.chown(Path(top) / "home", 65534, 65534)
            yield Path(top) / "home"

    def run(self, target: Path, text: str = "new") -> str:
        # The sources may lie where the other user cannot go, so they are read before the change.
        command = [sys.executable, "-c", "import edgewright.ship.folder, shutil, ctypes\n" + UNPRIVILEGED]
        done = subprocess.run([*command, str(target), text], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    def test_an_unwritable_parent(self, home: Path) -> None:
        (home / "rendered").mkdir()
        os.chown(home / "rendered", 65534, 65534)
        os.chown(home, 0, 0)
        assert self.run(home / "rendered").startswith("cannot-write:")
        assert self.run(home / "not there").startswith("cannot-write:")

    @pytest.mark.parametrize("owner", [0, 65534])
    def test_a_folder_of_somebody_else_in_ours(self, home: Path, owner: int) -> None:
        assert self.run(home / "rendered", "old") == "1"
        (home / "rendered" / "theirs").mkdir()
        (home / "rendered" / "theirs" / "file").touch()
        os.chown(home / "rendered" / "theirs" / "file", owner, owner)
        told = self.run(home / "rendered")
        assert told.startswith("cannot-write:")
        assert "rendered/theirs" in told
        assert contents(home / "rendered") == {"a.yaml": b"old", "theirs/file": b""}
        assert only(home / "rendered")

    def test_a_folder_that_cannot_be_read(self, home: Path) -> None:
        assert self.run(home / "rendered", "old") == "1"
        (home / "rendered" / "theirs").mkdir(mode=0o700)
        assert self.run(home / "rendered").startswith("cannot-write:")
        assert only(home / "rendered")

    def test_a_read_only_folder_that_is_current(self, home: Path) -> None:
        assert self.run(home / "rendered") == "1"
        os.chown(home, 0, 0)
        os.chown(home / "rendered", 0, 0)
        assert self.run(home / "rendered") == "0"

    def test_an_unreadable_file_of_ours_is_replaced(self, home: Path) -> None:
        assert self.run(home / "rendered") == "1"
        (home / "rendered/a.yaml").chmod(0)
        assert self.run(home / "rendered") == "1"
        assert contents(home / "rendered") == {"a.yaml": b"new"}


MOUNTED = """
mount -t tmpfs none "$1" && exec "$2" -c '
import sys
from pathlib import Path
from edgewright.errors import FleetError
from edgewright.ship.folder import write_folder
for name in sys.argv[1:]:
    try:
        write_folder(Path(name), {"a": "new"})
    except FleetError as error:
        print(*[finding.rule for finding in error.findings])
' "$3" "$4"
"""


def test_mount_points(target: Path) -> None:
    write_folder(target, {"a": "old"})
    (target / "mounted").mkdir()
    command = ["unshare", "--mount", "--map-root-user", "sh", "-c", MOUNTED, "sh"]
    names = [target / "mounted", sys.executable, target / "mounted", target]
    try:
        done = subprocess.run([*command, *map(str, names)], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.returncode != 0:
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    assert done.stdout.split() == ["unusable-folder", "cannot-write"]
    assert contents(target) == {"a": b"old"}
    assert only(target)


class TestTogether:
    def test_two_runs_at_once_come_one_after_the_other(self, target: Path) -> None:
        renderings = [{f"{name}{number}": name for number in range(60)} for name in "ab"]
        failures: list[BaseException] = []

        def write(files: dict[str, str]) -> None:
            try:
                for _ in range(15):
                    write_folder(target, files)
                    write_folder(target, {**files, "more": ""})
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=write, args=(files,)) for files in renderings]
        for thread in threads:
            thread.start()
        seen: set[str] = set()
        while any(thread.is_alive() for thread in threads):
            files = read_folder(target).files
            seen |= {name[0] for name in files if name != "more"}
            assert len(files) in {0, 60, 61}
            assert len({name[0] for name in files if name != "more"}) <= 1
        for thread in threads:
            thread.join()
        assert failures == []
        assert seen
        assert only(target)

    def test_the_second_waits_only_so_long(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(swap, "WAIT", 0.05)
        target.mkdir(parents=True)
        with swap.locked(target):
            with pytest.raises(FleetError) as caught:
                write_folder(target, FILES)
            assert [finding.rule for finding in caught.value.findings] == ["folder-busy"]
        write_folder(target, FILES)
        assert only(target)


class TestReading:
    def test_what_is_missing_and_what_was_edited(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / "a.yaml").write_text("by hand")
        (target / "class/b.yaml").unlink()
        (target / "foreign").touch()
        assert read_folder(target) == Owned(
            {"a.yaml": b"by hand", "class/deep/c.yaml": b"c: 3\n"}, ("class/b.yaml",), ("a.yaml",)
        )

    def test_a_folder_that_is_replaced_while_it_is_read_is_read_again(
        self, target: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        write_folder(target, FILES)

        def late(folder: Path) -> Tree:
            monkeypatch.undo()
            write_folder(target, {"a.yaml": "new"})
            return survey(folder)

        monkeypatch.setattr("edgewright.ship.folder.survey", late)
        assert read_folder(target) == Owned({"a.yaml": b"new"})

    def test_nothing_is_ours_where_no_record_is(self, target: Path) -> None:
        assert read_folder(target) == Owned({})
        target.mkdir(parents=True)
        (target / "foreign").touch()
        assert read_folder(target) == Owned({})

    def test_a_link_in_a_files_place_is_not_read(self, target: Path) -> None:
        write_folder(target, FILES)
        (target / "a.yaml").unlink()
        (target / "a.yaml").symlink_to("/etc/hostname")
        assert read_folder(target).missing == ("a.yaml",)

    def test_what_cannot_be_read_is_told(self, target: Path) -> None:
        target.parent.mkdir()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(target))
            with pytest.raises(FleetError) as caught:
                read_folder(target)
        assert [finding.rule for finding in caught.value.findings] == ["unusable-folder"]
