"""Signatures of what a fleet ships: made with a key or an identity, and checked the way the devices do.

key = private_key(Path("fleet.key"), password)
with Client(Access()) as client:
    repository = client.repository("registry.acme.example/edge/models/surface-defects")
    sign(repository, digest, key)                                  # True: a signature was added
    verify(repository, digest, [TrustedKey("keys/fleet.pub", public_key(text))]).signers
"""
