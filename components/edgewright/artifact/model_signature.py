"""The signature of a model's files, as OpenSSF model signing has it: which files, and the digest of each.

It lies in the model's layer as `models/model.sig`, over the files beside it under their names there, so that
whoever has the folder mounted can check it without a registry.
Source: model-signing 1.1.1, _signing/signing.py (class Payload) and manifest.py.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from edgewright.artifact.bundle import STATEMENT_TYPE, Statement, read_bundle, read_statement
from edgewright.artifact.card import SIGNATURE_FILE, Card
from edgewright.artifact.oci import canonical_json

_MOST_NAMED: Final = 5

PREDICATE: Final = "https://model_signing/signature/v1.0"


def model_statement(name: str, files: Mapping[str, str]) -> bytes:
    """What is signed of a model: its files by their names in the folder ⇒ their digests (`sha256:…`)."""
    resources = [
        {"algorithm": "sha256", "digest": files[path].removeprefix("sha256:"), "name": path}
        for path in sorted(files, key=lambda path: path.split("/"))
    ]
    return canonical_json(
        {
            "_type": STATEMENT_TYPE,
            "predicate": {
                "resources": resources,
                "serialization": {
                    "allow_symlinks": False,
                    "hash_type": "sha256",
                    "ignore_paths": [SIGNATURE_FILE],
                    "method": "files",
                },
            },
            "predicateType": PREDICATE,
            "subject": [{"digest": {"sha256": _root(resources)}, "name": name}],
        }
    )


def _root(resources: list[dict[str, str]]) -> str:
    """The digest over all digests, in their order: what the statement is about."""
    return hashlib.sha256(b"".join(bytes.fromhex(each["digest"]) for each in resources)).hexdigest()


def files_of(card: Card) -> dict[str, str]:
    """What is to be signed of a form of a model: its files' names in the layer ⇒ their digests."""
    return {name: each.digest for name, each in card.files if name != SIGNATURE_FILE}


def fault(content: bytes, files: Mapping[str, str]) -> str:
    """Why a signature, whoever has made it, is not over these files; empty where it is."""
    envelope = read_bundle(content)
    statement = envelope and read_statement(envelope)
    if not statement:
        return "it is no signature of a model"
    try:
        return differences(signed_files(statement), files)
    except ValueError as error:
        return str(error)


def signed_files(statement: Statement) -> dict[str, str]:
    """The files that a statement is about ⇒ their digests.

    Raises ValueError where it says something else, or contradicts itself.
    """
    if statement.predicate_type != PREDICATE:
        raise ValueError("it is no signature of a model")
    try:
        resources: list[dict[str, Any]] = statement.predicate["resources"]
        whole = statement.predicate["serialization"]["method"] == "files"
        if not whole or {each["algorithm"] for each in resources} - {"sha256"}:
            raise ValueError("it is not over whole files by SHA-256")
        if statement.subjects != (_root(resources),):
            raise ValueError("its digests do not add up to the one that it is about")
        return {str(each["name"]): f"sha256:{each['digest']}" for each in resources}
    except (KeyError, TypeError, AttributeError):
        raise ValueError("it does not list its files") from None


def differences(signed: Mapping[str, str], there: Mapping[str, str]) -> str:
    """What of the files is not as it was signed, in words; empty where all is."""
    changed = sorted(name for name in signed.keys() & there.keys() if signed[name] != there[name])
    lines = {
        "changed": changed,
        "not signed": sorted(there.keys() - signed.keys()),
        "missing": sorted(signed.keys() - there.keys()),
    }
    return "; ".join(f"{what}: {_listed(names)}" for what, names in lines.items() if names)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more
