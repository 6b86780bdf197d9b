"""Texts that give a secret away: keys, tokens and passwords where anybody who may read the file reads them.

What is looked for has a form of its own, so that hardly anything else is taken for it. Whatever is found
is named by its kind; the secret itself goes nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, Final

from edgewright.errors import FieldPath, Finding

_WORD: Final = r"access_token|api[-_]?key|auth|key|password|passwd|secret|sig|signature|token"
KINDS: Final[dict[str, re.Pattern[str]]] = {
    # PEM and OpenSSH: RFC 7468, section 10
    "a private key": re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    # https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github
    "a GitHub token": re.compile(r"\bgh[pousr]_[A-Za-z0-9]{36,}|\bgithub_pat_[A-Za-z0-9_]{22,}"),
    # https://docs.gitlab.com/security/tokens/
    "a GitLab token": re.compile(r"\bgl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,}"),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[A-Z2-7]{16}\b"),
    # https://docs.slack.dev/authentication/tokens/
    "a Slack token": re.compile(r"\bxox[abeoprs]-[A-Za-z0-9-]{10,}"),
    # https://huggingface.co/docs/hub/security-tokens
    "a Hugging Face token": re.compile(r"\bhf_[A-Za-z0-9]{30,}"),
    # https://docs.docker.com/security/access-tokens/
    "a Docker token": re.compile(r"\bdckr_(?:pat|oat)_[A-Za-z0-9_-]{20,}"),
    "an NVIDIA API key": re.compile(r"\bnvapi-[A-Za-z0-9_-]{30,}"),
    # https://cloud.google.com/docs/authentication/api-keys
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_-]{35}"),
    # RFC 7519: both parts begin with `{"` in base64
    "a signed token (JWT)": re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}"),
    # RFC 3986, section 3.2.1: user:password@host
    "a password in a URL": re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@?#]*:[^\s/@?#]+@"),
    "a secret in the query of a URL": re.compile(rf"[?&](?:{_WORD})=[^&\s#\"'}}]{{8,}}", re.IGNORECASE),
}
"""What a secret is ⇒ how it is recognised."""

# One look at a text that has none of these is enough, and that is nearly every text.
_HINT: Final = re.compile(
    r"-----BEGIN|gh[pousr]_|github_pat_|gl[a-z]+-|AKIA|ASIA|xox|hf_|dckr_|nvapi-|AIza|eyJ|://[^/]*@|[?&]"
)


def secret_in(text: str) -> str | None:
    """What kind of secret is in a text, such as `a GitHub token`; None where none is seen."""
    if not _HINT.search(text):
        return None
    return next((kind for kind, pattern in KINDS.items() if pattern.search(text)), None)


def masked(text: str) -> str:
    """The text with a `*` for each character of a secret in it: as long as before, so that places hold."""
    if not _HINT.search(text):
        return text
    for pattern in KINDS.values():
        text = pattern.sub(lambda match: "*" * len(match[0]), text)
    return text


def plain_secrets(values: Any, path: FieldPath = ()) -> Iterator[Finding]:
    """A finding for each text among plain values that holds a secret."""
    if isinstance(values, str):
        if kind := secret_in(values):
            yield plain_secret(kind, path)
    elif isinstance(values, dict):
        for key, value in values.items():
            yield from plain_secrets(value, (*path, str(key)))
    elif isinstance(values, (list, tuple)):
        for index, value in enumerate(values):
            yield from plain_secrets(value, (*path, index))


def without_secrets(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in whose words no secret stands: what refuses a value likes to quote it."""
    return [replace(each, message=masked(each.message), remedy=masked(each.remedy)) for each in findings]


def plain_secret(kind: str, path: FieldPath, file: str | None = None) -> Finding:
    """The finding for a secret at a field, or in the `file` that the field names."""
    field = next((str(step) for step in reversed(path) if isinstance(step, str)), "it")
    where = file or f"`{field}`"
    return Finding(
        "plain-secret",
        "warning",
        f"{where} holds {kind}, which git and every device would show to whoever reads there",
        "take it out, and have it replaced by its issuer: what was once in a file counts as known",
        path,
    )
