"""The Open Inference Protocol v2: bytes of a request to tensors, tensors to bytes of an answer. Pure.

Source: kserve/open-inference-protocol, specification/protocol/inference_rest.md, and Triton's binary tensor data
extension (triton-inference-server/server, docs/protocol/extension_binary_data.md).
"""
