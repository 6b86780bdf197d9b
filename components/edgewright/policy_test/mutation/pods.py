"""Changes of what a pod may do to its device: rights, the host, the file system, secrets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from edgewright.policy_test.mutation.mutation import (
    Change,
    Mutation,
    Object,
    add_ephemeral,
    add_init,
    context,
    image_volumes,
    of_pod,
    server,
)

RESTRICTED: Final = "pod-security-restricted"
BASELINE: Final = "pod-security-baseline"
READ_ONLY_ROOT: Final = "require-ro-rootfs"
HOST: Final = "restrict-host-access"
INIT: Final = "disallow-privileged-init-containers"
TOKENS: Final = "disallow-service-account-token"
SECRETS: Final = "disallow-plain-secrets"
MODELS: Final = "require-read-only-models"

_STANDARDS: Final = (BASELINE, RESTRICTED)


def _sets(part: Callable[[Object], Object], **values: Any) -> Change:
    """A change that gives fields of a part of the pod other values."""

    def change(pod: Object) -> None:
        part(pod).update(values)

    return change


def _spec(pod: Object) -> Object:
    spec: Object = pod["spec"]
    return spec


def _init(pod: Object) -> Object:
    return _context_of(add_init(pod))


def _ephemeral(pod: Object) -> Object:
    return _context_of(add_ephemeral(pod))


def _context_of(container: Object) -> Object:
    found: Object = container.setdefault("securityContext", {})
    return found


def _may_be_root(pod: Object) -> None:
    for part in (of_pod(pod), context(pod)):
        for name in ("runAsNonRoot", "runAsUser"):
            part.pop(name, None)


def _is_root(pod: Object) -> None:
    _may_be_root(pod)
    of_pod(pod).update({"runAsUser": 0, "runAsNonRoot": False})


def _keeps_capabilities(pod: Object) -> None:
    context(pod).pop("capabilities", None)


def _no_seccomp(pod: Object) -> None:
    for part in (of_pod(pod), context(pod)):
        part.pop("seccompProfile", None)


def _volume(pod: Object, name: str, source: Object, path: str) -> None:
    pod["spec"].setdefault("volumes", []).append({"name": name, **source})
    server(pod).setdefault("volumeMounts", []).append({"name": name, "mountPath": path, "readOnly": True})


def _host_path(pod: Object) -> None:
    _volume(pod, "added", {"hostPath": {"path": "/var/run"}}, "/mnt/host")


def _projected_token(pod: Object) -> None:
    source = {"serviceAccountToken": {"path": "token", "expirationSeconds": 3600}}
    _volume(pod, "added", {"projected": {"sources": [source]}}, "/var/run/secrets/tokens")


def _host_port(pod: Object) -> None:
    server(pod).setdefault("ports", []).append({"containerPort": 9999, "hostPort": 9999})


def _sysctl(pod: Object) -> None:
    of_pod(pod)["sysctls"] = [{"name": "kernel.msgmax", "value": "65536"}]


def _secret(name: str, value: str) -> Change:
    def change(pod: Object) -> None:
        server(pod).setdefault("env", []).append({"name": name, "value": value})

    return change


def _writable_model(pod: Object) -> bool:
    models = {volume["name"] for volume in image_volumes(pod)}
    mounts = [each for each in server(pod).get("volumeMounts", []) if each["name"] in models]
    for mount in mounts:
        mount["readOnly"] = False
    return bool(mounts)


PODS: Final = (
    Mutation("privileged", "that is privileged", _STANDARDS, _sets(context, privileged=True)),
    Mutation(
        "privileged-init-container",
        "with a privileged init container",
        (INIT, *_STANDARDS),
        _sets(_init, privileged=True),
    ),
    Mutation(
        "privileged-ephemeral-container",
        "with a privileged ephemeral container",
        _STANDARDS,
        _sets(_ephemeral, privileged=True),
        later=True,
    ),
    Mutation("root", "that runs as root", (RESTRICTED,), _is_root),
    Mutation("may-be-root", "that runs as whom the image says", (RESTRICTED,), _may_be_root),
    Mutation(
        "gains-rights",
        "whose processes may gain rights",
        (RESTRICTED,),
        _sets(context, allowPrivilegeEscalation=True),
    ),
    Mutation(
        "adds-capability",
        "with an added capability",
        _STANDARDS,
        _sets(context, capabilities={"drop": ["ALL"], "add": ["SYS_ADMIN"]}),
    ),
    Mutation(
        "keeps-capabilities", "that keeps the capabilities it is given", (RESTRICTED,), _keeps_capabilities
    ),
    Mutation("no-seccomp", "without a seccomp profile", (RESTRICTED,), _no_seccomp),
    Mutation(
        "seccomp-unconfined",
        "whose system calls are not limited",
        _STANDARDS,
        _sets(context, seccompProfile={"type": "Unconfined"}),
    ),
    Mutation(
        "apparmor-unconfined",
        "that AppArmor leaves alone",
        _STANDARDS,
        _sets(context, appArmorProfile={"type": "Unconfined"}),
    ),
    Mutation(
        "selinux-type",
        "with a SELinux type of its own",
        _STANDARDS,
        _sets(context, seLinuxOptions={"type": "spc_t"}),
    ),
    Mutation("proc-mount", "that sees all of /proc", _STANDARDS, _sets(context, procMount="Unmasked")),
    Mutation("sysctl", "that sets a sysctl of the kernel", _STANDARDS, _sysctl),
    Mutation("host-network", "in the host's network", (HOST, *_STANDARDS), _sets(_spec, hostNetwork=True)),
    Mutation("host-processes", "among the host's processes", (HOST, *_STANDARDS), _sets(_spec, hostPID=True)),
    Mutation("host-ipc", "in the host's IPC namespace", (HOST, *_STANDARDS), _sets(_spec, hostIPC=True)),
    Mutation("host-path", "that mounts a folder of the host", (HOST, *_STANDARDS), _host_path),
    Mutation("host-port", "that takes a port of the host", _STANDARDS, _host_port),
    Mutation(
        "writable-root",
        "whose root file system can be written",
        (READ_ONLY_ROOT,),
        _sets(context, readOnlyRootFilesystem=False),
    ),
    Mutation(
        "writable-root-init-container",
        "with an init container whose root file system can be written",
        (READ_ONLY_ROOT,),
        _sets(_init, readOnlyRootFilesystem=False),
    ),
    Mutation("writable-model", "that may write into its model", (MODELS,), _writable_model),
    Mutation(
        "token",
        "with a token of its service account",
        (TOKENS,),
        _sets(_spec, automountServiceAccountToken=True),
    ),
    Mutation("projected-token", "with a projected token", (TOKENS,), _projected_token),
    Mutation(
        "secret-by-name",
        "with a password in its environment",
        (SECRETS,),
        _secret("HUB_PASSWORD", "tomato soup"),
    ),
    Mutation(
        "secret-by-form",
        "with something in its environment that looks like a key",
        (SECRETS,),
        _secret("HUB_LOGIN", "AKIA" + "ABCDEFGH234567ZZ"),
    ),
)
"""Changes of what a pod may do."""
