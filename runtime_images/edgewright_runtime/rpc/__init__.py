"""The protocol over gRPC: the same requests, batches and answers as over HTTP. Needs the extra `grpc`.

Source: kserve/open-inference-protocol, specification/protocol/open_inference_grpc.proto.
"""
