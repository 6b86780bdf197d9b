"""Takes every program out of a root file system but those that are named: an image without a shell.

Run as the last step of a Containerfile's stage, which is then copied whole: `python strip.py PROGRAM…`.
Links to a program that stays, stay too; so do libraries, and the loader that starts programs.
"""

from __future__ import annotations

import sys
from pathlib import Path

FOLDERS = (
    "bin",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "usr/local/bin",
    "usr/local/sbin",
    "usr/lib/apt",
    "usr/lib/dpkg",
)


def strip(root: Path, kept: list[Path]) -> None:
    """Remove what lies in the folders of programs, and the setuid bit from whatever is left."""
    targets = {(root / each.relative_to("/")).resolve() for each in kept}
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*"), reverse=True):
            if (path.is_symlink() or path.is_file()) and path.resolve() not in targets:
                path.unlink()
    for path in (root / "usr").rglob("*"):
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & 0o6000:
            path.chmod(path.stat().st_mode & 0o777)


if __name__ == "__main__":
    strip(Path("/"), [Path(each) for each in sys.argv[1:]])
    Path(__file__).unlink()
