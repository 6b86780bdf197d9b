"""Who we are to a registry: what `docker login`, `podman login` or a credential helper keeps for it.

Source: docker/cli, "config.json" and docker-credential-helpers' protocol; containers-auth.json(5).
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from edgewright.errors import Finding, FleetError
from edgewright.ship.registry.names import RepositoryName

_HUB_KEYS: Final = ("https://index.docker.io/v1/", "index.docker.io", "docker.io", "registry-1.docker.io")
_IS_TOKEN: Final = "<token>"
"""The user name by which a helper says that its secret is an identity token."""
_HELPER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HELPER_SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user and a password, or an identity token that stands for both. Neither is ever shown."""

    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)

    @property
    def basic(self) -> str:
        """The value of an Authorization header."""
        return f"Basic {base64.b64encode(f'{self.user}:{self.password}'.encode()).decode()}"


def credentials_for(name: RepositoryName) -> Credentials | None:
    """What the first file that knows the registry says; none where nobody does.

    Raises FleetError (`registry-credentials`) where a file or a helper program cannot be used.
    """
    for file in _files():
        found = _in_file(file, name)
        if found is not None:
            return found
    return None


def _files() -> Iterator[Path]:
    """Where Docker and podman keep them, the one that was named first before the usual places."""
    named = os.environ.get("REGISTRY_AUTH_FILE")
    if named:
        yield Path(named)
    folder = os.environ.get("DOCKER_CONFIG")
    home = Path(os.environ.get("HOME") or "/")
    yield (Path(folder) if folder else home / ".docker") / "config.json"
    running = os.environ.get("XDG_RUNTIME_DIR")
    if running:
        yield Path(running) / "containers" / "auth.json"
    yield Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "containers" / "auth.json"


def _in_file(file: Path, name: RepositoryName) -> Credentials | None:
    config = _read(file)
    helpers = _mapping(config.get("credHelpers"))
    helper = next((helpers[key] for key in _keys(name) if key in helpers), None)
    if helper is not None:
        return _from_helper(str(helper), name, file)
    store = config.get("credsStore")
    if store:
        found = _from_helper(str(store), name, file)
        if found is not None:
            return found
    auths = {_plain(key): entry for key, entry in _mapping(config.get("auths")).items()}
    entry = next((auths[key] for key in _keys(name) if key in auths), None)
    return None if entry is None else _from_entry(_mapping(entry), file, name)


def _read(file: Path) -> Mapping[str, Any]:
    try:
        text = file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except OSError as error:
        raise _unusable(f"{file} cannot be read: {error.strerror}", "Check its permissions.") from error
    try:
        return _mapping(json.loads(text))
    except (ValueError, RecursionError):
        # Not chained: the error of json has the text in it, and the text has passwords.
        raise _unusable(f"{file} is not JSON", "Mend it, or remove it and log in again.") from None


def _keys(name: RepositoryName) -> Iterator[str]:
    """How the registry may be called in a file, what is nearest to the repository first (podman has paths)."""
    parts = name.path.split("/")
    for count in range(len(parts), 0, -1):
        yield f"{name.host}/{'/'.join(parts[:count])}"
    yield name.host
    if name.host != name.server:
        yield from (_plain(key) for key in _HUB_KEYS)
        yield from _HUB_KEYS


def _plain(key: str) -> str:
    """A key as a host or a path of it: what old Docker wrote as a URL is called by its host."""
    rest = key.partition("://")[2]
    return rest.partition("/")[0] if rest else key


def _from_entry(entry: Mapping[str, Any], file: Path, name: RepositoryName) -> Credentials | None:
    token = str(entry.get("identitytoken") or "")
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if entry.get("auth"):
        try:
            user, _, password = base64.b64decode(str(entry["auth"]), validate=True).decode().partition(":")
        except (binascii.Error, ValueError):
            message = f"{file} has an entry for {name.host} that is not base64"
            raise _unusable(message, f"Log in again: docker login {name.host}.") from None
    return Credentials(user, password.rstrip("\0"), token) if user or token else None


def _from_helper(helper: str, name: RepositoryName, file: Path) -> Credentials | None:
    """What `docker-credential-<helper> get` says; none where it knows nothing of the registry."""
    if not _HELPER.fullmatch(helper):
        raise _unusable(f"{file} names a credential helper that can be no program", "Write its name alone.")
    program = f"docker-credential-{helper}"
    asked = _HUB_KEYS[0] if name.host != name.server else name.host
    try:
        ran = subprocess.run(
            [program, "get"], input=asked.encode(), capture_output=True, timeout=_HELPER_SECONDS, check=False
        )
    except OSError:
        message = f"{program}, which {file} names, cannot be run"
        raise _unusable(message, f"Install it, or take it out of {file} and log in again.") from None
    except subprocess.TimeoutExpired:
        raise _unusable(f"{program} did not answer in {_HELPER_SECONDS} s", "Run it by hand.") from None
    if ran.returncode:
        if b"not found" in ran.stdout + ran.stderr:
            return None
        message = f"{program} ended with {ran.returncode} when asked for {name.host}"
        raise _unusable(message, f"Run it by hand: echo {asked} | {program} get")
    return _helped(ran.stdout, program)


def _helped(output: bytes, program: str) -> Credentials:
    try:
        answer = _mapping(json.loads(output))
        user, secret = str(answer["Username"]), str(answer["Secret"])
    except (ValueError, LookupError, RecursionError):
        raise _unusable(
            f"{program} answered with something else than credentials", "Run it by hand."
        ) from None
    return Credentials(token=secret) if user == _IS_TOKEN else Credentials(user, secret)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _unusable(message: str, remedy: str) -> FleetError:
    return FleetError([Finding("registry-credentials", "error", message, remedy)])
