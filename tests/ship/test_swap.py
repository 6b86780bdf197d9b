"""A run is ended at every line of ship/, by kill -9, by Ctrl-C and by a failing disk."""

from __future__ import annotations

import errno
import inspect
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

import pytest

from edgewright.errors import FleetError
from edgewright.ship import swap
from edgewright.ship.folder import write_folder
from edgewright.ship.ownership import RECORD

OLD = {"a": "old", "class/b": "old", "gone/c": "old", "same": "same"}
NEW = {"a": "new", "class/b": "new", "more/d": "new", "same": "same"}
FOREIGN = {"README": "mine", "gone/notes": "mine", "folder/x": "mine"}
SHIP = str(Path(swap.__file__).parent)


def prepare(top: Path) -> Path:
    """A folder as an earlier run left it, with foreign files in it."""
    target = top / "rendered"
    write_folder(target, OLD)
    for name, text in FOREIGN.items():
        (target / name).parent.mkdir(exist_ok=True)
        (target / name).write_text(text)
    return target


def held(folder: Path) -> dict[str, str]:
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_text() for name, path in found.items() if name != RECORD}


def check_whole(target: Path) -> str:
    """Which of the two renderings stands there, whole and with every foreign file; else AssertionError."""
    files = held(target)
    for name, text in FOREIGN.items():
        assert files.pop(name) == text, name
    assert files in (OLD, NEW), files
    return "old" if files == OLD else "new"


def check_recovered(target: Path, inodes: dict[str, int]) -> None:
    """The next run, whatever it finds, leaves the new rendering, the foreign files, and nothing else."""
    write_folder(target, NEW)
    assert check_whole(target) == "new"
    assert list(target.parent.iterdir()) == [target]
    for name, inode in inodes.items():
        status = (target / name).stat()
        assert (status.st_ino, status.st_nlink) == (inode, 1), name


def foreign_inodes(target: Path) -> dict[str, int]:
    return {name: (target / name).stat().st_ino for name in FOREIGN}


def without_exchange(one: Path, other: Path) -> None:
    raise OSError(errno.ENOSYS, "renameat2 is not there", str(other))


def at_line(number: int, act: Callable[[], object]) -> Callable[[], list[tuple[str, int]]]:
    """Do `act` just before a line of ship/ is executed: the one of that number in the order of execution.

    The function returned stops the count and says which lines there were.
    """
    lines: list[tuple[str, int]] = []

    def trace(frame: FrameType, event: str, argument: object) -> object:
        if not frame.f_code.co_filename.startswith(SHIP):
            return None
        if event == "line":
            lines.append((frame.f_code.co_filename, frame.f_lineno))
            if len(lines) == number:
                act()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)  # type: ignore[arg-type]

    def stop() -> list[tuple[str, int]]:
        sys.settrace(before)
        return lines

    return stop


def moments(top: Path, step: int) -> list[int]:
    """Numbers for `at_line`: the first and the second time that each line of ship/ is executed.

    Of every `step` of them one is taken, and each that is in the midst of showing the new tree.
    """
    target = prepare(top)
    stop = at_line(0, list)
    write_folder(target, NEW)
    times: Counter[tuple[str, int]] = Counter()
    text, first = inspect.getsourcelines(swap.put)
    showing = {(swap.__file__, first + offset) for offset in range(len(text))}
    chosen = []
    for number, line in enumerate(stop(), start=1):
        times[line] += 1
        if times[line] <= 2 and (line in showing or number % step == 0):
            chosen.append(number)
    return chosen


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def killed(target: Path, moment: int) -> None:
    """Write the new rendering in a child process that is killed at that moment, if it lives to see it."""
    child = os.fork()
    if child == 0:
        at_line(moment, die)
        write_folder(target, NEW)
        os._exit(0)
    status = os.waitpid(child, 0)[1]
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0


def crash_at_every_line(top: Path, *, exchanging: bool) -> None:
    """Kill a run at each line in turn; and some of the runs that recover from that as well."""
    chance = random.Random(20)
    seen: Counter[str] = Counter()
    every = moments(top / "count", step=1 if exchanging else 2)
    for moment in every:
        target = prepare(top / str(moment))
        inodes = foreign_inodes(target)
        killed(target, moment)
        seen[check_shown(target, exchanging)] += 1
        if chance.random() < 0.3:
            killed(target, chance.choice(every))
            check_shown(target, exchanging)
        check_recovered(target, inodes)
    assert min(seen["old"], seen["new"]) > 30
    assert sum(seen.values()) > 150
    assert bool(seen["aside"]) != exchanging


def check_shown(target: Path, exchanging: bool) -> str:
    """What a reader sees; where nothing can be exchanged, the old tree may be aside for a moment."""
    if not exchanging and not target.exists():
        assert check_whole(swap.beside(target, "old")) == "old"
        assert check_whole(swap.beside(target, "new")) == "new"
        return "aside"
    return check_whole(target)


def kill_at_random_moments(top: Path) -> None:
    """Kill from outside, whenever, a child that goes to and fro between the two renderings."""
    chance = random.Random(60)
    target = prepare(top)
    inodes = foreign_inodes(target)
    for _ in range(80):
        child = os.fork()
        while child == 0:
            write_folder(target, NEW)
            write_folder(target, OLD)
        time.sleep(chance.uniform(0.001, 0.03))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        check_whole(target)
        if chance.random() < 0.5:
            check_recovered(target, inodes)
    check_recovered(target, inodes)


def in_a_process_of_its_own(what: str, top: Path) -> str:
    """Forking a process that has threads is not safe, and a test runner may have some."""
    command = [sys.executable, __file__, what, str(top)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("what", ["exchanged", "renamed twice"])
def test_killed_at_every_line(tmp_path: Path, what: str) -> None:
    in_a_process_of_its_own(what, tmp_path)


def test_killed_at_random_moments(tmp_path: Path) -> None:
    in_a_process_of_its_own("random", tmp_path)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # of a file just being closed
@pytest.mark.parametrize("exchanging", [True, False])
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError])
def test_interrupted_at_every_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException], exchanging: bool
) -> None:
    """Unlike a kill, an exception leaves the time to clear up, unless it comes while that is done."""
    if not exchanging:
        monkeypatch.setattr(swap, "exchange", without_exchange)
    clean = Counter[bool]()

    def fail() -> None:
        raise OSError(errno.ENOSPC, "No space left on device") if error is OSError else error

    for moment in moments(tmp_path / "count", step=2 if exchanging else 5):
        target = prepare(tmp_path / str(moment))
        inodes = foreign_inodes(target)
        stop = at_line(moment, fail)
        with suppress(FleetError, error):
            write_folder(target, NEW)
        stop()
        assert check_shown(target, exchanging)
        clean[list(target.parent.iterdir()) == [target]] += 1
        check_recovered(target, inodes)
    assert clean[True] > 2 * clean[False]


def test_a_first_run_that_was_killed_leaves_no_folder(tmp_path: Path) -> None:
    target = tmp_path / "rendered"
    new = swap.beside(target, "new")
    with swap.locked(target) as lock:
        swap.begin(target, lock)
        (new / "a").write_text("half")
        assert new.exists()
        assert not target.exists()
    assert swap.unsettled(target)
    write_folder(target, NEW)
    assert held(target) == NEW
    assert list(tmp_path.iterdir()) == [target]


def test_a_killed_run_does_not_bring_back_what_was_deleted_or_saved_since(tmp_path: Path) -> None:
    target = prepare(tmp_path)
    with swap.locked(target) as lock:
        new = swap.begin(target, lock)
        for name in ("README", "folder"):
            (new / name).parent.mkdir(exist_ok=True)
        os.link(target / "README", new / "README")
        (new / "folder").mkdir()
        os.link(target / "folder/x", new / "folder/x")
    (target / "README").unlink()
    (target / "x").write_text("saved anew")
    (target / "x").replace(target / "folder/x")
    write_folder(target, NEW)
    assert held(target) == {**NEW, "gone/notes": "mine", "folder/x": "saved anew"}
    assert list(tmp_path.iterdir()) == [target]


def test_a_run_killed_before_it_swept_keeps_what_was_saved_since(tmp_path: Path) -> None:
    target = prepare(tmp_path)
    new = swap.beside(target, "new")
    with swap.locked(target) as lock:
        swap.begin(target, lock)
        (new / "README").write_text("mine")
        swap.put(target)
    for _ in range(2):
        with pytest.raises(FleetError) as caught:
            write_folder(target, NEW)
        assert [finding.rule for finding in caught.value.findings] == ["leftover-files"]
        assert held(new) == {"README": "mine"}
    (new / "README").unlink()
    write_folder(target, NEW)
    assert held(target) == {**NEW, **FOREIGN}
    assert list(tmp_path.iterdir()) == [target]


def test_nothing_is_moved_through_a_link(tmp_path: Path) -> None:
    """A folder that a killed run left to be swept is a link to elsewhere in the meantime."""
    target = prepare(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    with swap.locked(target) as lock:
        swap.begin(target, lock)
        swap.put(target)
    (target / "gone").symlink_to(elsewhere)
    with pytest.raises(FleetError) as caught:
        write_folder(target, NEW)
    assert [finding.rule for finding in caught.value.findings] == ["leftover-files"]
    assert list(elsewhere.iterdir()) == []
    assert (swap.beside(target, "new") / "gone/notes").read_text() == "mine"


def test_the_record_is_the_last_of_our_files_to_be_swept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "rendered"
    write_folder(target, {f"{number}/x": "" for number in range(20)})
    swept: list[str] = []
    unlink = Path.unlink

    def noted(path: Path, missing_ok: bool = False) -> None:
        swept.append(path.name)
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", noted)
    write_folder(target, {})
    assert swept == ["x"] * 20 + ["owned.json", ".rendered.edgewright-lock"]


@pytest.mark.parametrize("what", ["new", "old"])
def test_a_name_of_ours_that_somebody_else_took_is_left_alone(tmp_path: Path, what: str) -> None:
    target = prepare(tmp_path)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "file").touch()
    swap.beside(target, what).symlink_to(elsewhere)
    with pytest.raises(FleetError) as caught:
        write_folder(target, NEW)
    assert [finding.rule for finding in caught.value.findings] == ["leftover-files"]
    assert (elsewhere / "file").exists()
    assert check_whole(target) == "old"


def test_a_lock_on_a_file_that_its_last_holder_deleted_is_none(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with path.open("wb") as lock:
        path.unlink()
        assert not swap._is_held(lock.fileno(), path)
        path.touch()
        assert not swap._is_held(lock.fileno(), path)


def test_never_are_two_inside_the_lock(tmp_path: Path) -> None:
    target, inside, most = tmp_path / "rendered", 0, 0

    def enter() -> None:
        nonlocal inside, most
        for _ in range(20):
            with swap.locked(target):
                inside += 1
                most = max(most, inside)
                time.sleep(0.0001)
                inside -= 1

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert list(tmp_path.iterdir()) == []


def main(what: str, top: Path) -> None:
    if what == "random":
        kill_at_random_moments(top)
        return
    if what == "renamed twice":
        swap.exchange = without_exchange
    crash_at_every_line(top, exchanging=what == "exchanged")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
