"""Ports: numbers that exist, names used once, and ports by name that some container has."""

from __future__ import annotations

from collections.abc import Iterator

from edgewright.errors import FieldPath
from edgewright.scan.names import LABEL, bad_name, bad_port_name, is_label, is_port_name
from edgewright.scan.pods import Container, Pod
from edgewright.scan.subject import Problem, Subject, entries, mapping_at, number, shown, some, text

_LEAST, _MOST = 1, 65535
_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_HOOKS = ("postStart", "preStop")
_ACTIONS = ("httpGet", "tcpSocket", "grpc")


def pod_ports(_subject: Subject, pod: Pod) -> Iterator[Problem]:
    """Ports that a pod's containers open, and those that their probes and hooks call."""
    for container in pod.containers:
        yield from _opened(container)
        names = port_names(container)
        for at, port in _called(container):
            if not (isinstance(port, str) and port in names):
                yield from _reference(at, port, names)


def service_ports(subject: Subject) -> Iterator[Problem]:
    """Ports of a Service: each of them in range, and each with a name where there are several."""
    ports = list(entries(subject.spec.get("ports")))
    spec = subject.spec
    if not ports and spec.get("type") != "ExternalName" and spec.get("clusterIP") != "None":
        yield Problem(
            "bad-port", ("spec", "ports"), "has no entry", "Write the port that the Service listens on."
        )
    seen: set[str] = set()
    taken: set[tuple[str, int | None]] = set()
    for index, port in ports:
        at: FieldPath = ("spec", "ports", index)
        yield from _number((*at, "port"), port.get("port"))
        yield from _named_or_number((*at, "targetPort"), port.get("targetPort"))
        yield from _number((*at, "nodePort"), port.get("nodePort"))
        name = port.get("name")
        if isinstance(name, str) and name:
            if not is_label(name):
                yield bad_name((*at, "name"), name, LABEL)
            if name in seen:
                yield _twice((*at, "name"), name)
            seen.add(name)
        elif len(ports) > 1:
            yield Problem(
                "bad-port", (*at, "name"), "is missing, and there are several ports", "Name each port."
            )
        opened = number(port.get("port"))
        key = (text(port.get("protocol", "TCP")), opened)
        if key in taken and opened is not None:
            yield _twice((*at, "port"), opened)
        taken.add(key)


def network_policy_ports(subject: Subject) -> Iterator[Problem]:
    """Ports of a NetworkPolicy; a range begins with a number and does not end before it."""
    spec = subject.spec
    for direction in ("ingress", "egress"):
        for index, rule in entries(spec.get(direction)):
            for place, port in entries(rule.get("ports")):
                at = ("spec", direction, index, "ports", place)
                yield from _named_or_number((*at, "port"), port.get("port"))
                first, last = number(port.get("port")), number(port.get("endPort"))
                yield from _number((*at, "endPort"), port.get("endPort"))
                if last is not None and (first is None or last < first):
                    yield Problem(
                        "bad-port",
                        (*at, "endPort"),
                        f"is {last}, and the range begins with {shown(port.get('port'))}",
                        "Write a port number as the beginning and one that is not less as the end.",
                    )


def port_names(container: Container) -> set[str]:
    """The names that a container gives to its ports."""
    ports = entries(container.body.get("ports"))
    return {port["name"] for _, port in ports if isinstance(port.get("name"), str)}


def _opened(container: Container) -> Iterator[Problem]:
    seen: set[str] = set()
    taken: set[tuple[str, int | None]] = set()
    for index, port in entries(container.body.get("ports")):
        at = (*container.at, "ports", index)
        yield from _number((*at, "containerPort"), port.get("containerPort"))
        if port.get("hostPort"):
            yield from _number((*at, "hostPort"), port["hostPort"])
        name = port.get("name")
        if isinstance(name, str) and name in seen:
            yield _twice((*at, "name"), name)
        if isinstance(name, str) and name:
            seen.add(name)
        opened = number(port.get("containerPort"))
        key = (text(port.get("protocol", "TCP")), opened)
        if key in taken and opened is not None:
            yield _twice((*at, "containerPort"), opened)
        taken.add(key)


def _called(container: Container) -> Iterator[tuple[FieldPath, object]]:
    for key in _PROBES:
        if key in container.body:
            yield from _of_actions((*container.at, key), mapping_at(container.body, key))
    if "lifecycle" in container.body:
        for key in _HOOKS:
            yield from _of_actions(
                (*container.at, "lifecycle", key), mapping_at(container.body, "lifecycle", key)
            )


def _of_actions(at: FieldPath, holder: dict[str, object]) -> Iterator[tuple[FieldPath, object]]:
    for action in _ACTIONS:
        if action in holder:
            yield (*at, action, "port"), mapping_at(holder, action).get("port")


def _reference(at: FieldPath, port: object, names: set[str]) -> Iterator[Problem]:
    yield from _named_or_number(at, port)
    if isinstance(port, str) and is_port_name(port) and port not in names:
        remedy = f"Write {some(sorted(names), port)}." if names else "Write a port number."
        message = f"{shown(port)} is the name of no port of this container"
        yield Problem("missing-reference", at, message, remedy)


def _named_or_number(at: FieldPath, port: object) -> Iterator[Problem]:
    if isinstance(port, str):
        if not is_port_name(port):
            yield bad_port_name(at, port)
    else:
        yield from _number(at, port)


def _number(at: FieldPath, port: object) -> Iterator[Problem]:
    value = number(port)
    if value is not None and not _LEAST <= value <= _MOST:
        yield Problem(
            "bad-port", at, f"is {value}, ports go from {_LEAST} to {_MOST}", "Write a port in that range."
        )


def _twice(at: FieldPath, value: object) -> Problem:
    return Problem(
        "bad-port", at, f"{shown(value)} stands here twice", "Give each port its own number and name."
    )
