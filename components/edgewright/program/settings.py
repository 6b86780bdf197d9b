"""A stack's configuration, typed: what Pulumi.<stack>.yaml says of a fleet.

config:
  edgewright:fleet: fleet.yaml
  edgewright:folder: rendered
  edgewright:publish: "true"
  edgewright:key: private/fleet.key     # the path of a key, never a key
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from edgewright.catalogue.nearest import did_you_mean
from edgewright.errors import Finding
from edgewright.program.diagnostics import stop

NAMESPACE: Final = "edgewright"
_FLAGS: Final = ("publish", "unlocked")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a stack can set. `cluster` is a device class; `folder` may be empty, for none.

    `publish` pushes and signs what the fleet ships; `key` is where the key lies and `ca` who vouches for
    the registry (a file of certificates).
    """

    fleet: str = "fleet.yaml"
    folder: str = "rendered"
    cluster: str = ""
    unlocked: bool = False
    publish: bool = False
    key: str = ""
    ca: str = ""


def settings_of_stack() -> Settings:
    """The settings of the current stack. Raises pulumi.RunError, with everything that is wrong shown."""
    given = {
        key.partition(":")[2]: str(value)
        for key, value in {**get_config_env(), **CONFIG.get()}.items()
        if key.partition(":")[0] == NAMESPACE
    }
    findings = list(check_settings(given, pulumi.get_stack()))
    stop(findings, what="the stack's configuration")
    values = {name: value == "true" if name in _FLAGS else value for name, value in given.items()}
    return Settings(**values)  # type: ignore[arg-type]


def check_settings(given: Mapping[str, str], stack: str) -> Iterator[Finding]:
    """What is wrong with settings as they were written."""
    known = {field.name for field in fields(Settings)}
    for name, value in given.items():
        key = f"{NAMESPACE}:{name}"
        if name not in known:
            meant = did_you_mean(name, known)
            yield Finding(
                "unknown-field",
                "error",
                f"Pulumi.{stack}.yaml has `{key}`, which nothing reads"
                + (f"; did you mean `{NAMESPACE}:{meant}`?" if meant else ""),
                f"write one of {', '.join(f'`{NAMESPACE}:{each}`' for each in sorted(known))}",
            )
        elif name in _FLAGS and value not in ("true", "false"):
            yield Finding(
                "bad-value",
                "error",
                f"Pulumi.{stack}.yaml has `{key}: {json.dumps(value)}`",
                "write `true` or `false`",
            )
        elif name == "fleet" and not value:
            yield Finding(
                "bad-value",
                "error",
                f"`{key}` is empty in Pulumi.{stack}.yaml",
                "write the path of a fleet.yaml",
            )
