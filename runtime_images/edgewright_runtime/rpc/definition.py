"""What travels over gRPC, as its .proto files have it, but flat: names of messages do not travel.

`rpc` and `stream` name a call, its request and its response; `stream` streams both ways. The key of every map is a
string. Values of an enum travel as whole numbers, and are those here.
"""

from __future__ import annotations

from typing import Final

INFERENCE: Final = """
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
message ModelStreamInferResponse
  string error_message = 1
  ModelInferResponse infer_response = 2
message ModelConfigRequest
  string name = 1
  string version = 2
message ModelInput
  string name = 1
  int32 data_type = 2
  repeated int64 dims = 4
message ModelOutput
  string name = 1
  int32 data_type = 2
  repeated int64 dims = 3
message ModelDynamicBatching
  uint64 max_queue_delay_microseconds = 2
message ModelConfig
  string name = 1
  string platform = 2
  int32 max_batch_size = 4
  repeated ModelInput input = 5
  repeated ModelOutput output = 6
  ModelDynamicBatching dynamic_batching = 11
  string backend = 17
message ModelConfigResponse
  ModelConfig config = 1
message ModelStatisticsRequest
  string name = 1
  string version = 2
message StatisticDuration
  uint64 count = 1
  uint64 ns = 2
message InferStatistics
  StatisticDuration success = 1
  StatisticDuration fail = 2
  StatisticDuration queue = 3
  StatisticDuration compute_input = 4
  StatisticDuration compute_infer = 5
  StatisticDuration compute_output = 6
  StatisticDuration cache_hit = 7
  StatisticDuration cache_miss = 8
message InferBatchStatistics
  uint64 batch_size = 1
  StatisticDuration compute_input = 2
  StatisticDuration compute_infer = 3
  StatisticDuration compute_output = 4
message ModelStatistics
  string name = 1
  string version = 2
  uint64 last_inference = 3
  uint64 inference_count = 4
  uint64 execution_count = 5
  InferStatistics inference_stats = 6
  repeated InferBatchStatistics batch_stats = 7
message ModelStatisticsResponse
  repeated ModelStatistics model_stats = 1
message RepositoryIndexRequest
  string repository_name = 1
  bool ready = 2
message ModelIndex
  string name = 1
  string version = 2
  string state = 3
  string reason = 4
message RepositoryIndexResponse
  repeated ModelIndex models = 1
service GRPCInferenceService
  rpc ServerLive ServerLiveRequest ServerLiveResponse
  rpc ServerReady ServerReadyRequest ServerReadyResponse
  rpc ModelReady ModelReadyRequest ModelReadyResponse
  rpc ServerMetadata ServerMetadataRequest ServerMetadataResponse
  rpc ModelMetadata ModelMetadataRequest ModelMetadataResponse
  rpc ModelInfer ModelInferRequest ModelInferResponse
  stream ModelStreamInfer ModelInferRequest ModelStreamInferResponse
  rpc ModelConfig ModelConfigRequest ModelConfigResponse
  rpc ModelStatistics ModelStatisticsRequest ModelStatisticsResponse
  rpc RepositoryIndex RepositoryIndexRequest RepositoryIndexResponse
"""
"""kserve/open-inference-protocol, open_inference_grpc.proto; behind it what Triton's clients ask besides, the fields
that are filled here: triton-inference-server/common, grpc_service.proto and model_config.proto."""

HEALTH: Final = """
message HealthCheckRequest
  string service = 1
message HealthCheckResponse
  int32 status = 1
service Health
  rpc Check HealthCheckRequest HealthCheckResponse
"""
"""grpc/grpc-proto, grpc/health/v1/health.proto: what a gRPC probe of Kubernetes asks."""

REFLECTION: Final = """
message ServerReflectionRequest
  string host = 1
  oneof string file_by_filename = 3
  oneof string file_containing_symbol = 4
  oneof string list_services = 7
message FileDescriptorResponse
  repeated bytes file_descriptor_proto = 1
message ServiceResponse
  string name = 1
message ListServiceResponse
  repeated ServiceResponse service = 1
message ErrorResponse
  int32 error_code = 1
  string error_message = 2
message ServerReflectionResponse
  string valid_host = 1
  ServerReflectionRequest original_request = 2
  FileDescriptorResponse file_descriptor_response = 4
  ListServiceResponse list_services_response = 6
  ErrorResponse error_response = 7
service ServerReflection
  stream ServerReflectionInfo ServerReflectionRequest ServerReflectionResponse
"""
"""grpc/grpc-proto, grpc/reflection/v1/reflection.proto; v1alpha is the same under another name."""
