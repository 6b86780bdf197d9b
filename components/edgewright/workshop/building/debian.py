"""The files of Debian packages as a tree, without running anything of theirs: an arm64 tree on an amd64 machine.

mmdebstrap resolves, downloads and checks the packages against Debian's keys; its variant `extract` unpacks them
and runs no script of theirs. So nothing has made the list of certificates, and no package manager comes in.
"""

from __future__ import annotations

import os
import re
import shutil
import tarfile
from fnmatch import translate
from functools import lru_cache
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import Final

from edgewright.catalogue import Architecture
from edgewright.workshop.building.authorities import CERTIFICATES
from edgewright.workshop.building.programs import needed, not_built, run
from edgewright.workshop.building.recipe import SUITE, Recipe

STATUS: Final = "var/lib/dpkg/status"
"""Where dpkg keeps what is installed, and where scanners look for it."""

_LISTS: Final = "var/lib/dpkg/info"
_USER: Final = 65532

# Debian's own words about each package, and its files: dpkg would write both, and does not run.
_HOOK: Final = """\
cd "$1"/var/cache/apt/archives && for deb in *.deb; do
  name=$(dpkg-deb --field "$deb" Package)
  { dpkg-deb --field "$deb"; echo "Status: install ok installed"; echo; } >> "$1"/var/lib/dpkg/status
  dpkg-deb --fsys-tarfile "$deb" | tar --list > "$1"/var/lib/dpkg/info/"$name".list
done"""


def lay_debian(recipe: Recipe, architecture: Architecture, target: Path, mirror: str | None) -> None:
    """The tree of the recipe's packages in `target`, less what it leaves out. Raises FleetError."""
    target.mkdir(parents=True)
    archive = target.with_name(f"{target.name}.tar")
    mmdebstrap = needed(
        ["mmdebstrap"],
        "building an image out of Debian packages",
        "install it: apt install mmdebstrap debian-archive-keyring",
    )
    run(
        [
            mmdebstrap,
            "--variant=extract",
            f"--architectures={architecture}",
            f"--include={','.join(recipe.packages)}",
            f"--extract-hook={_HOOK}",
            SUITE,
            str(archive),
            *([mirror] if mirror else []),
        ],
        f"unpacking Debian packages for {architecture}",
        {"SOURCE_DATE_EPOCH": "0"},
    )
    _unpack(archive, target, recipe.left_out)
    archive.unlink()
    _write_certificates(target)
    _write_accounts(target)
    _keep_packages_that_left_files(target)


def is_left_out(path: str, patterns: tuple[str, ...]) -> bool:
    """Whether a path, or a folder above it, is of a pattern; one with a `!` in front brings back."""
    left = False
    for leaves, pattern in _joined(patterns):
        if pattern.fullmatch(path):
            left = leaves
    return left


@lru_cache(8)
def _joined(patterns: tuple[str, ...]) -> list[tuple[bool, re.Pattern[str]]]:
    """Patterns in their order, neighbours of one kind as one: thousands of paths are asked about."""
    return [
        (
            leaves,
            re.compile("|".join(f"(?:{translate(each.removeprefix('!'))[:-2]})(?:/.*)?" for each in group)),
        )
        for leaves, group in groupby(patterns, lambda each: not each.startswith("!"))
    ]


def _unpack(archive: Path, target: Path, left_out: tuple[str, ...]) -> None:
    """The files, folders and links of an archive; the builder gives them to root."""
    with tarfile.open(archive) as entries:
        for entry in entries:
            path = PurePosixPath(entry.name).as_posix()
            if is_left_out(path, left_out) or ".." in PurePosixPath(path).parts:
                continue
            _unpack_entry(entries, entry, target, target / path)


def _unpack_entry(entries: tarfile.TarFile, entry: tarfile.TarInfo, target: Path, place: Path) -> None:
    if entry.isdir():
        place.mkdir(parents=True, exist_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    if entry.issym():
        place.symlink_to(entry.linkname)
    elif entry.islnk():
        shutil.copy(target / entry.linkname, place)
    elif entry.isfile() and (content := entries.extractfile(entry)):
        with content, place.open("wb") as file:
            shutil.copyfileobj(content, file)
        place.chmod(entry.mode & 0o700)  # no setuid; what others may do is set in the end


def _write_certificates(tree: Path) -> None:
    """What Debian's `update-ca-certificates` makes of the certificates of its package."""
    sources = sorted((tree / "usr/share/ca-certificates").rglob("*.crt"))
    if not sources:
        return
    target = tree / CERTIFICATES
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(f"{each.read_text().strip()}\n" for each in sources))


def _write_accounts(tree: Path) -> None:
    """The names of two users: root, who owns the files, and the one that runs."""
    (tree / "etc/passwd").write_text(
        f"root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:{_USER}:{_USER}:nonroot:/nonexistent:/sbin/nologin\n"
    )
    (tree / "etc/group").write_text(f"root:x:0:\nnonroot:x:{_USER}:\n")


def _keep_packages_that_left_files(tree: Path) -> None:
    """Say of no package that it is installed when all but its licence was left out."""
    status, lists = tree / STATUS, tree / _LISTS
    if not status.is_file() or not status.read_text(encoding="utf-8").strip():
        raise not_built(
            "mmdebstrap did not say what it unpacked", "use a mirror behind http:// or https://, not a folder"
        )
    kept = [
        paragraph
        for paragraph in status.read_text(encoding="utf-8").strip().split("\n\n")
        if _left_files(tree, lists / f"{paragraph.partition(chr(10))[0].removeprefix('Package: ')}.list")
    ]
    status.write_text("\n\n".join(kept) + "\n", encoding="utf-8")
    shutil.rmtree(lists)


def _left_files(tree: Path, listed: Path) -> bool:
    paths = (line.removeprefix("./") for line in listed.read_text(encoding="utf-8").splitlines())
    return any(
        os.path.lexists(tree / path)
        for path in paths
        if path and not path.endswith("/") and not path.startswith("usr/share/doc/")
    )
