"""The messages of `inference.GRPCInferenceService`, built when this is imported.

Generated code belongs to one version of protobuf and refuses others; descriptors that are built here go with each.
Their pool is their own: a client's generated messages of the same names may live in the same process.
"""

from __future__ import annotations

import re
from typing import Any, Final

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

SERVICE: Final = "inference.GRPCInferenceService"
_DEFINITION: Final = """
message ServerLiveRequest
message ServerLiveResponse
  bool live = 1
message ServerReadyRequest
message ServerReadyResponse
  bool ready = 1
message ModelReadyRequest
  string name = 1
  string version = 2
message ModelReadyResponse
  bool ready = 1
message ServerMetadataRequest
message ServerMetadataResponse
  string name = 1
  string version = 2
  repeated string extensions = 3
message ModelMetadataRequest
  string name = 1
  string version = 2
message TensorMetadata
  string name = 1
  string datatype = 2
  repeated int64 shape = 3
message ModelMetadataResponse
  string name = 1
  repeated string versions = 2
  string platform = 3
  repeated TensorMetadata inputs = 4
  repeated TensorMetadata outputs = 5
  map string properties = 6
message InferParameter
  oneof bool bool_param = 1
  oneof int64 int64_param = 2
  oneof string string_param = 3
  oneof double double_param = 4
  oneof uint64 uint64_param = 5
message InferTensorContents
  repeated bool bool_contents = 1
  repeated int32 int_contents = 2
  repeated int64 int64_contents = 3
  repeated uint32 uint_contents = 4
  repeated uint64 uint64_contents = 5
  repeated float fp32_contents = 6
  repeated double fp64_contents = 7
  repeated bytes bytes_contents = 8
message InferTensor
  string name = 1
  string datatype = 2
  repeated int64 shape = 3
  map InferParameter parameters = 4
  InferTensorContents contents = 5
message InferRequestedOutputTensor
  string name = 1
  map InferParameter parameters = 2
message ModelInferRequest
  string model_name = 1
  string model_version = 2
  string id = 3
  map InferParameter parameters = 4
  repeated InferTensor inputs = 5
  repeated InferRequestedOutputTensor outputs = 6
  repeated bytes raw_input_contents = 7
message ModelInferResponse
  string model_name = 1
  string model_version = 2
  string id = 3
  map InferParameter parameters = 4
  repeated InferTensor outputs = 5
  repeated bytes raw_output_contents = 6
"""
"""As the .proto has it, but flat: names of messages do not travel. The key of every map is a string."""

_SCALARS: Final = ("bool", "bytes", "double", "float", "int32", "int64", "string", "uint32", "uint64")
_LINE: Final = re.compile(r"(?:(repeated|map|oneof) )?(\w+) (\w+) = (\d+)")


def _file() -> FileDescriptorProto:
    """The definition as protobuf describes it."""
    file = FileDescriptorProto(name="edgewright/open_inference.proto", package="inference", syntax="proto3")
    for line in _DEFINITION.split("\n"):
        if line.startswith("message "):
            file.message_type.add(name=line.removeprefix("message "))
        elif found := _LINE.fullmatch(line.strip()):
            label, kind, name, number = found.groups()
            _add(file.message_type[-1], label, kind, name, int(number))
    return file


def _add(message: DescriptorProto, label: str | None, kind: str, name: str, number: int) -> None:
    field = message.field.add(name=name, number=number, label=FieldDescriptorProto.LABEL_OPTIONAL)
    if label == "oneof":
        if not message.oneof_decl:
            message.oneof_decl.add(name="parameter_choice")
        field.oneof_index = 0
    if label in ("repeated", "map"):
        field.label = FieldDescriptorProto.LABEL_REPEATED
    if label == "map":
        entry = message.nested_type.add(name=f"{name.capitalize()}Entry")
        entry.options.map_entry = True
        _add(entry, None, "string", "key", 1)
        _add(entry, None, kind, "value", 2)
        kind = f"{message.name}.{entry.name}"
    if kind in _SCALARS:
        field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
    else:
        field.type = FieldDescriptorProto.TYPE_MESSAGE
        field.type_name = f".inference.{kind}"


def _classes() -> dict[str, Any]:
    pool, file = DescriptorPool(), _file()
    pool.Add(file)
    named = [message.name for message in file.message_type]
    return {name: GetMessageClass(pool.FindMessageTypeByName(f"inference.{name}")) for name in named}


MESSAGES: Final[dict[str, Any]] = _classes()
"""Name ⇒ class. Their fields are made while the program runs, so no type checker knows them."""
