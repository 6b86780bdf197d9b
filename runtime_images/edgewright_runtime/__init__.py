"""The inference server: Open Inference Protocol v2 over a chain of tiers, each answer with the name of its tier.

    edgewright-runtime --config /etc/edgewright/server.json

As a request goes: `http` takes it in, `protocol` turns bytes into tensors, `batching` gathers what comes
together, `chain` asks tier after tier, `protocol` turns tensors into bytes; `answering` has what may be around
that: a cache, a cloud to ask, a reservoir of inputs. `serving` puts these together and
`readiness` says when they may be asked. None of them knows Kubernetes.
"""
