"""A container as a node runs it, made of an image and a rendered Pod: the Pod's command, environment, mounts, user,
read-only root and limits, in namespaces of its own and with no network but itself.

runc is what containerd calls as well. What is left out of Kubernetes: the seccomp profile, which is containerd's.
Who is not root runs it in a user namespace, without the limits of memory and CPU, whose cgroups only root may make,
and without the group of the volumes, which runc gives nobody there.
"""

from __future__ import annotations

import base64
import json
import os
import pwd
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgewright.scan.quantities import NANO, amount

_NAMESPACES = ("pid", "mount", "ipc", "uts", "network", "cgroup")
_PERIOD = 100_000

_ASK = """\
import base64, http.client, json, sys
asked = json.load(sys.stdin)
line = http.client.HTTPConnection("127.0.0.1", asked["port"], timeout=30)
line.request(asked["method"], asked["path"], base64.b64decode(asked["body"]), asked["headers"])
got = line.getresponse()
body = base64.b64encode(got.read()).decode()
json.dump({"status": got.status, "headers": {k.lower(): v for k, v in got.getheaders()}, "body": body}, sys.stdout)
"""


@dataclass(frozen=True, slots=True)
class Bundle:
    """An unpacked image, what its config says, and where the volumes of a Pod lie on this machine."""

    root: Path
    config: Mapping[str, Any]
    volumes: Mapping[str, Path]


@dataclass(frozen=True, slots=True)
class Container:
    """A container that runs. It is asked from inside: nothing else reaches it."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    port: int = 8080

    @property
    def log(self) -> str:
        return (self.folder / "log").read_text()

    def python(self, code: str, *, given: str = "") -> str:
        """What the image's Python prints, run beside the server."""
        command = [*_runc(self.folder), "exec", self.name, "/usr/bin/python3.11", "-I", "-c", code]
        ended = subprocess.run(command, input=given, capture_output=True, text=True, check=False, timeout=120)
        assert ended.returncode == 0, ended.stderr + self.log
        return ended.stdout

    def ask(
        self, method: str, path: str, body: bytes = b"", headers: Mapping[str, str] | None = None
    ) -> tuple[int, dict[str, str], bytes]:
        asked = {
            "method": method,
            "path": path,
            "port": self.port,
            "headers": dict(headers or {}),
            "body": base64.b64encode(body).decode(),
        }
        got = json.loads(self.python(_ASK, given=json.dumps(asked)))
        return got["status"], got["headers"], base64.b64decode(got["body"])

    def wait_until_ready(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            assert self.process.poll() is None, self.log
            try:
                if self.ask("GET", "/v2/health/ready")[0] == 200:
                    return
            except AssertionError:  # it does not listen yet
                time.sleep(0.5)
        raise AssertionError(self.log)


@contextmanager
def running(
    name: str, pod: Mapping[str, Any], bundle: Bundle, folder: Path, reachable_at: int | None = None
) -> Iterator[Container]:
    """The only container of a Pod, until the end of the block. With a port that its configuration names it has
    the network of this machine, as a Pod with `hostNetwork`; else one with nothing in it."""
    folder.mkdir(parents=True)
    specification = _specification(pod, bundle)
    if reachable_at is not None:
        _share_the_network(specification)
    if os.geteuid() != 0:
        _give_to_a_user(specification)
    (folder / "config.json").write_text(json.dumps(specification))
    with (folder / "log").open("wb") as log:
        command = [*_runc(folder), "run", "--bundle", str(folder), name]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        yield Container(name, folder, process, reachable_at or 8080)
    finally:
        subprocess.run([*_runc(folder), "delete", "--force", name], check=False, capture_output=True)
        process.wait(30)


def _runc(folder: Path) -> list[str]:
    return ["runc", "--root", str(folder / "runc")]


def _specification(pod: Mapping[str, Any], bundle: Bundle) -> dict[str, Any]:
    """The OCI runtime-spec 1.0 of what the kubelet would ask for."""
    container = pod["spec"]["containers"][0]
    as_user, may = pod["spec"]["securityContext"], container["securityContext"]
    assert (may["capabilities"], may["allowPrivilegeEscalation"]) == ({"drop": ["ALL"]}, False)
    return {
        "ociVersion": "1.0.2",
        "process": {
            "user": {
                "uid": as_user["runAsUser"],
                "gid": as_user["runAsGroup"],
                "additionalGids": [as_user["fsGroup"]],
            },
            "args": [*container.get("command", bundle.config["Entrypoint"]), *container["args"]],
            "env": [*bundle.config["Env"], *_environment(pod, container)],
            "cwd": bundle.config["WorkingDir"],
            "capabilities": {kind: [] for kind in ("bounding", "effective", "permitted", "inheritable")},
            "noNewPrivileges": True,
        },
        "root": {"path": str(bundle.root), "readonly": may["readOnlyRootFilesystem"]},
        "mounts": [*_system_mounts(), *_mounts(container, bundle.volumes)],
        "linux": {
            "namespaces": [{"type": each} for each in _NAMESPACES],
            "resources": _limits(container["resources"]["limits"]),
            "maskedPaths": ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/sys/firmware"],
            "readonlyPaths": ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"],
        },
    }


def _environment(pod: Mapping[str, Any], container: Mapping[str, Any]) -> Iterator[str]:
    """Variables with values, and those whose value is a label that a controller adds."""
    for each in container["env"]:
        label = each.get("valueFrom", {}).get("fieldRef", {}).get("fieldPath", "")
        assert "value" in each or label.startswith("metadata.labels["), each
        key = label.removeprefix("metadata.labels['").removesuffix("']")
        yield f"{each['name']}={each.get('value', pod['metadata']['labels'].get(key, 'abc123'))}"


def _mounts(container: Mapping[str, Any], volumes: Mapping[str, Path]) -> Iterator[dict[str, Any]]:
    for each in container["volumeMounts"]:
        mode = "ro" if each.get("readOnly") else "rw"
        yield {
            "destination": each["mountPath"],
            "type": "bind",
            "source": str(volumes[each["name"]]),
            "options": ["bind", mode, "nosuid", "nodev", *(["noexec"] if mode == "ro" else [])],
        }


def _share_the_network(specification: dict[str, Any]) -> None:
    """Take its network namespace away; a sysfs of its own is only for who has one."""
    specification["linux"]["namespaces"].remove({"type": "network"})
    [mount] = [each for each in specification["mounts"] if each["type"] == "sysfs"]
    mount |= {"type": "bind", "source": "/sys", "options": ["rbind", *mount["options"]]}


def _give_to_a_user(specification: dict[str, Any]) -> None:
    """Make it a container that whoever runs the tests may start: they are its root, and its others are of
    those that /etc/subuid gives them."""
    linux = specification["linux"]
    linux["namespaces"].append({"type": "user"})
    del specification["process"]["user"]["additionalGids"]
    linux["uidMappings"] = _mapped(os.geteuid(), "/etc/subuid")
    linux["gidMappings"] = _mapped(os.getegid(), "/etc/subgid")
    del linux["resources"]


def _mapped(own: int, table: str) -> list[dict[str, int]]:
    names = {str(os.geteuid()), pwd.getpwuid(os.geteuid()).pw_name}
    lines = [line.split(":") for line in Path(table).read_text().splitlines()]
    first, size = next((int(each[1]), int(each[2])) for each in lines if each[0] in names)
    return [
        {"containerID": 0, "hostID": own, "size": 1},
        {"containerID": 1, "hostID": first, "size": size},
    ]


def _system_mounts() -> list[dict[str, Any]]:
    hidden = ["nosuid", "noexec", "nodev"]
    return [
        {"destination": "/proc", "type": "proc", "source": "proc", "options": hidden},
        {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid", "mode=755"]},
        {"destination": "/sys", "type": "sysfs", "source": "sysfs", "options": [*hidden, "ro"]},
    ]


def _limits(limits: Mapping[str, str]) -> dict[str, Any]:
    """Memory in bytes, and the share of each period that all cores may be used together."""
    memory, cpu = amount(limits["memory"]), amount(limits["cpu"])
    assert memory
    assert cpu
    quota = cpu * _PERIOD // NANO
    return {"memory": {"limit": memory // NANO}, "cpu": {"quota": quota, "period": _PERIOD}}
