"""What keeps Pulumi from running a Python program, told before it fails: its settings.

Pulumi looks for a relative `virtualenv` beside Pulumi.yaml to run the program, and below the program's
own folder (`main`) to run a dynamic provider: where the second is not there, the answer is "could not
read plugin … exit status 1". And the toolchain `uv` runs `uv sync`, which writes a uv.lock full of
addresses of the registry that happens to be configured. (Read in pulumi 3.260, sdk/python/toolchain and
sdk/python/cmd/pulumi-language-python.)
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edgewright.document.document import read_document
from edgewright.errors import FieldPath, Finding, FleetError

PROJECT_FILE: Final = "Pulumi.yaml"


def check_toolchain(base: Path, program: Path, *, keeps_folders: bool) -> list[Finding]:
    """What the Pulumi.yaml in `base` has that the program in the folder `program` will stumble over."""
    try:
        document = read_document(base / PROJECT_FILE)
    except FleetError:
        return []  # Pulumi itself has read it, or there is none: an inline program
    options = _options(document.value)
    found = list(_about_uv(options))
    if keeps_folders:
        found += _about_virtualenv(options, program)
    return [document.locate(finding) for finding in found]


def _options(value: Any) -> dict[str, Any]:
    """The options of the runtime; empty where Pulumi.yaml has none."""
    for name in ("runtime", "options"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _about_uv(options: dict[str, Any]) -> Iterator[Finding]:
    if options.get("toolchain") == "uv":
        path: FieldPath = ("runtime", "options", "toolchain")
        yield Finding(
            "toolchain-writes-lock",
            "warning",
            "the toolchain `uv` runs `uv sync` before each run, and writes a uv.lock beside Pulumi.yaml",
            "remove `toolchain` and name the `virtualenv` that `make setup` has made",
            path,
        )


def _about_virtualenv(options: dict[str, Any], program: Path) -> Iterator[Finding]:
    written = options.get("virtualenv")
    if not isinstance(written, str) or Path(written).is_absolute() or (program / written).is_dir():
        return
    yield Finding(
        "virtualenv-not-found",
        "error",
        f"Pulumi runs the provider of folders with `{written}` below the program's folder, and there is none",
        f"link it there (ln -s ../{written} {program.name}/{written}), or remove `virtualenv` and activate one",
        ("runtime", "options", "virtualenv"),
    )
