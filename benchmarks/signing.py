"""Signs and verifies: python signing.py COUNT COSIGNS prints how many each second, as JSON.

Alone, which is what the arithmetic takes; and in a real registry on this machine, with COUNT images of their
own, beside cosign, which is a process each time (COSIGNS of them, none where cosign is not there).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))  # what starts a registry is the tests'

from tests.real import running_registry
from tests.signable import image

from edgewright.artifact.signature import payload, signature_artifact, signed_payload
from edgewright.ship.registry import Access, Client
from edgewright.ship.signing.keys import PrivateKey, generate, key_file, private_key
from edgewright.ship.signing.pair import write_pair
from edgewright.ship.signing.sign import sign
from edgewright.ship.signing.trusted import TrustedKey
from edgewright.ship.signing.verify import verify

OLD_FORMAT = ("--new-bundle-format=false", "--use-signing-config=false", "--tlog-upload=false")


def rate(work: Callable[[str], object], items: Iterable[str]) -> float:
    """How many of the items are done in a second."""
    listed = list(items)
    start = perf_counter()
    for item in listed:
        work(item)
    return len(listed) / (perf_counter() - start)


def alone(count: int, key: PrivateKey) -> dict[str, float]:
    """The arithmetic: no registry."""
    digests = [f"sha256:{number:064x}" for number in range(count)]
    texts = {digest: payload("registry.acme.example/edge/models/x", digest) for digest in digests}
    signatures = {digest: key.sign(text) for digest, text in texts.items()}

    def signed(digest: str) -> None:
        signature_artifact([signed_payload(texts[digest], key.sign(texts[digest]))])

    def verified(digest: str) -> None:
        assert key.public.verifies(signatures[digest], texts[digest])

    return {"sign, alone": rate(signed, digests), "verify, alone": rate(verified, digests)}


def in_registry(address: str, count: int, key: PrivateKey) -> tuple[dict[str, float], list[str]]:
    """With the registry, and the images that were signed there."""
    trusted = [TrustedKey("fleet.pub", key.public)]
    with Client(Access()) as client:
        repository = client.repository(f"{address}/edge/models/x")
        digests = [repository.push(image(str(number))).digest for number in range(count)]
        rates = {
            "sign, in a registry": rate(lambda digest: sign(repository, digest, key), digests),
            "sign what is signed": rate(lambda digest: sign(repository, digest, key), digests),
            "verify, in a registry": rate(lambda digest: verify(repository, digest, trusted), digests),
        }
        return rates, [f"{repository.name}@{digest}" for digest in digests]


def by_cosign(program: str, images: list[str], folder: Path) -> dict[str, float]:
    """The same by cosign, with a key of its own."""
    environment = {**os.environ, "COSIGN_PASSWORD": "x"}

    def run(*words: str) -> None:
        subprocess.run([program, *words], cwd=folder, env=environment, check=True, capture_output=True)

    run("generate-key-pair")
    http = "--allow-http-registry"
    return {
        "cosign sign": rate(
            lambda name: run("sign", "--key", "cosign.key", *OLD_FORMAT, http, "-y", name), images
        ),
        "cosign verify": rate(
            lambda name: run("verify", "--key", "cosign.pub", "--insecure-ignore-tlog", http, name), images
        ),
    }


def main(count: int, cosigns: int) -> None:
    key = generate()
    rates = alone(count, key)
    places = os.pathsep.join((str(Path(sys.executable).parent), os.environ.get("PATH", "")))
    with TemporaryDirectory() as name, running_registry(Path(name) / "registry") as address:
        found, images = in_registry(address, count, key)
        rates |= found
        if program := shutil.which("cosign", path=places):
            rates |= by_cosign(program, images[:cosigns], Path(name))
        write_pair(Path(name, "fleet.key"), key_file(key, b"x"), key.public.pem)
        files = [str(Path(name, "fleet.key"))] * 3
        rates["open a key in cosign's format"] = rate(
            lambda path: private_key(Path(path), lambda: b"x"), files
        )
    print(json.dumps(rates))


main(int(sys.argv[1]), int(sys.argv[2]))
