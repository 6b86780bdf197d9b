"""The messages of the services, built when this is imported.

Generated code belongs to one version of protobuf and refuses others; descriptors that are built here go with each.
Their pools are their own: a client's generated messages of the same names may live in the same process.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

from edgewright_runtime.rpc.definition import HEALTH, INFERENCE, REFLECTION

_SCALARS: Final = ("bool", "bytes", "double", "float", "int32", "int64", "string", "uint32", "uint64")
_LINE: Final = re.compile(r"(?:(repeated|map|oneof) )?(\w+) (\w+) = (\d+)")
_CALL: Final = re.compile(r"(rpc|stream) (\w+) (\w+) (\w+)")


@dataclass(frozen=True, slots=True)
class Service:
    """A service: its full name, its file, and the classes of its messages by name."""

    name: str
    file: FileDescriptorProto
    messages: dict[str, Any]


def service_of(definition: str, package: str) -> Service:
    """The service that a definition has."""
    file = _file(definition, package)
    pool = DescriptorPool()
    pool.Add(file)
    named = [message.name for message in file.message_type]
    classes = {name: GetMessageClass(pool.FindMessageTypeByName(f"{package}.{name}")) for name in named}
    return Service(f"{package}.{file.service[0].name}", file, classes)


def _file(definition: str, package: str) -> FileDescriptorProto:
    """The definition as protobuf describes it."""
    file = FileDescriptorProto(name=f"edgewright/{package}.proto", package=package, syntax="proto3")
    for line in map(str.strip, definition.split("\n")):
        kind, _, rest = line.partition(" ")
        if kind == "message":
            file.message_type.add(name=rest)
        elif kind == "service":
            file.service.add(name=rest)
        elif call := _CALL.fullmatch(line):
            kind, name, asked, answered = call.groups()
            method = file.service[0].method.add(name=name)
            method.input_type, method.output_type = f".{package}.{asked}", f".{package}.{answered}"
            if kind == "stream":
                method.client_streaming = method.server_streaming = True
        elif found := _LINE.fullmatch(line):
            label, kind, name, number = found.groups()
            _add(file, file.message_type[-1], label, kind, name, int(number))
    return file


def _add(
    file: FileDescriptorProto, message: DescriptorProto, label: str | None, kind: str, name: str, number: int
) -> None:
    field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if label == "oneof":
        if not message.oneof_decl:
            message.oneof_decl.add(name="choice")
        field.oneof_index = 0
    if label in ("repeated", "map"):
        field.label = FieldDescriptorProto.LABEL_REPEATED
    if label == "map":
        entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        _add(file, entry, None, "string", "key", 1)
        _add(file, entry, None, kind, "value", 2)
        kind = f"{message.name}.{entry.name}"
    if kind in _SCALARS:
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".{file.package}.{kind}"


INFERENCE_SERVICE: Final = service_of(INFERENCE, "inference")
HEALTH_SERVICE: Final = service_of(HEALTH, "grpc.health.v1")
REFLECTION_SERVICES: Final = tuple(
    service_of(REFLECTION, f"grpc.reflection.{version}") for version in ("v1", "v1alpha")
)

MESSAGES: Final[dict[str, Any]] = INFERENCE_SERVICE.messages
"""Name ⇒ class. Their fields are made while the program runs, so no type checker knows them."""

SERVICE: Final = INFERENCE_SERVICE.name
