"""What each control of the Pod Security Standards looks at: path and value of every field that breaks it.

Source: k8s.io/pod-security-admission/policy. A value of None means that the field has to be set and is not.
"""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.pods import Pod
from edgewright.scan.subject import entries, mapping, mapping_at, number, pairs, text, texts

CAPABILITIES = frozenset(
    (
        "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE",
        "SETFCAP", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
    )
)  # fmt: skip
VOLUMES = frozenset(
    (
        "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim",
        "projected", "secret",
    )
)  # fmt: skip
SELINUX_TYPES = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
SYSCTLS = frozenset(
    (
        "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_local_reserved_ports",
        "net.ipv4.ip_unprivileged_port_start", "net.ipv4.ping_group_range", "net.ipv4.tcp_fin_timeout",
        "net.ipv4.tcp_keepalive_intvl", "net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time",
        "net.ipv4.tcp_rmem", "net.ipv4.tcp_syncookies", "net.ipv4.tcp_wmem",
    )
)  # fmt: skip
_APPARMOR = "container.apparmor.security.beta.kubernetes.io/"
_HANDLERS = (
    ("livenessProbe",),
    ("readinessProbe",),
    ("startupProbe",),
    ("lifecycle", "postStart"),
    ("lifecycle", "preStop"),
)

_PROFILES = ("RuntimeDefault", "Localhost")

Breaches = Iterator[tuple[FieldPath, object]]


def host_namespaces(pod: Pod) -> Breaches:
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if pod.spec.get(key) is True:
            yield (*pod.spec_at, key), True


def host_ports(pod: Pod) -> Breaches:
    for container in pod.containers:
        for index, port in entries(container.body.get("ports")):
            if port.get("hostPort"):
                yield (*container.at, "ports", index, "hostPort"), port["hostPort"]


def hosts_called(pod: Pod) -> Breaches:
    for container in pod.containers:
        for path in _HANDLERS:
            if path[0] not in container.body:
                continue
            holder = mapping_at(container.body, *path)
            for action in ("httpGet", "tcpSocket"):
                host = mapping(holder.get(action)).get("host")
                if host:
                    yield (*container.at, *path, action, "host"), host


def privileged(pod: Pod) -> Breaches:
    for context in pod.contexts:
        if context.of_container and context.body.get("privileged") is True:
            yield (*context.at, "privileged"), True


def host_process(pod: Pod) -> Breaches:
    for context in pod.contexts:
        options = context.body.get("windowsOptions")
        if options and mapping(options).get("hostProcess") is True:
            yield (*context.at, "windowsOptions", "hostProcess"), True


def proc_mount(pod: Pod) -> Breaches:
    for context in pod.contexts:
        found = context.body.get("procMount")
        if context.of_container and found not in ("Default", None):
            yield (*context.at, "procMount"), found


def proc_mount_outside_user_namespace(pod: Pod) -> Breaches:
    if not _user_namespace(pod):
        yield from proc_mount(pod)


def selinux(pod: Pod) -> Breaches:
    for context in pod.contexts:
        if "seLinuxOptions" in context.body:
            options = mapping(context.body["seLinuxOptions"])
            if options.get("type", "") not in SELINUX_TYPES:
                yield (*context.at, "seLinuxOptions", "type"), options["type"]
            for key in ("user", "role"):
                if options.get(key):
                    yield (*context.at, "seLinuxOptions", key), options[key]


def app_armor(pod: Pod) -> Breaches:
    yield from _profile(pod, "appArmorProfile")
    for key, value in pairs(mapping(pod.body.get("metadata")).get("annotations")):
        if (
            key.startswith(_APPARMOR)
            and not str(value).startswith("localhost/")
            and value not in ("", "runtime/default")
        ):
            yield (*pod.at, "metadata", "annotations", key), value


def sysctls(pod: Pod) -> Breaches:
    for index, sysctl in entries(mapping(pod.spec.get("securityContext")).get("sysctls")):
        if text(sysctl.get("name")) not in SYSCTLS:
            yield (*pod.spec_at, "securityContext", "sysctls", index, "name"), sysctl.get("name")


def host_paths(pod: Pod) -> Breaches:
    for index, volume in entries(pod.spec.get("volumes")):
        if volume.get("hostPath") is not None:
            yield (*pod.spec_at, "volumes", index, "hostPath"), volume["hostPath"]


def volume_types(pod: Pod) -> Breaches:
    for index, volume in entries(pod.spec.get("volumes")):
        if VOLUMES.isdisjoint(key for key, value in volume.items() if value is not None):
            source = next((key for key, _ in pairs(volume) if key != "name"), None)
            yield (*pod.spec_at, "volumes", index), source


def capabilities_baseline(pod: Pod) -> Breaches:
    yield from _added_capabilities(pod, CAPABILITIES)


def capabilities_added(pod: Pod) -> Breaches:
    if not _windows(pod):
        yield from _added_capabilities(pod, frozenset(("NET_BIND_SERVICE",)))


def capabilities_dropped(pod: Pod) -> Breaches:
    for context in pod.contexts:
        dropped = mapping(context.body.get("capabilities")).get("drop")
        kept = not (isinstance(dropped, list) and "ALL" in dropped)
        if kept and context.of_container and not _windows(pod):
            yield (*context.at, "capabilities", "drop"), dropped


def seccomp_baseline(pod: Pod) -> Breaches:
    yield from _profile(pod, "seccompProfile")


def seccomp_restricted(pod: Pod) -> Breaches:
    if _windows(pod):
        return
    yield from _profile(pod, "seccompProfile")
    of_pod = mapping_at(pod.spec, "securityContext", "seccompProfile").get("type")
    if of_pod not in _PROFILES:
        for context in pod.contexts:
            if context.of_container and context.body.get("seccompProfile") is None:
                yield (*context.at, "seccompProfile", "type"), None


def escalation(pod: Pod) -> Breaches:
    for context in pod.contexts:
        found = context.body.get("allowPrivilegeEscalation")
        if found is not False and context.of_container and not _windows(pod):
            yield (*context.at, "allowPrivilegeEscalation"), found


def root_user(pod: Pod) -> Breaches:
    for context in pod.contexts:
        if number(context.body.get("runAsUser")) == 0:
            yield (*context.at, "runAsUser"), 0


def root_user_outside_user_namespace(pod: Pod) -> Breaches:
    if not _user_namespace(pod):
        yield from root_user(pod)


def root(pod: Pod) -> Breaches:
    of_pod = mapping(pod.spec.get("securityContext")).get("runAsNonRoot")
    for context in pod.contexts:
        found = context.body.get("runAsNonRoot")
        if found is False or (found is None and context.of_container and of_pod is not True):
            yield (*context.at, "runAsNonRoot"), found


def root_outside_user_namespace(pod: Pod) -> Breaches:
    if not _user_namespace(pod):
        yield from root(pod)


def _added_capabilities(pod: Pod, allowed: frozenset[str]) -> Breaches:
    for context in pod.contexts:
        if context.of_container and "capabilities" in context.body:
            for index, name in texts(mapping(context.body["capabilities"]).get("add")):
                if name not in allowed:
                    yield (*context.at, "capabilities", "add", index), name


def _profile(pod: Pod, key: str) -> Breaches:
    """A profile that is neither the runtime's own nor one of the node's."""
    for context in pod.contexts:
        profile = context.body.get(key)
        if profile is not None and mapping(profile).get("type") not in _PROFILES:
            yield (*context.at, key, "type"), mapping(profile).get("type")


def _windows(pod: Pod) -> bool:
    return mapping(pod.spec.get("os")).get("name") == "windows"


def _user_namespace(pod: Pod) -> bool:
    return pod.spec.get("hostUsers") is False
