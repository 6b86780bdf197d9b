"""Security: which images may run, who must have signed them, and what pods may do."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from edgewright.fleet.part import LOCAL_PATH, LocalPath, Many, Part, Whole, local_path
from edgewright.fleet.wording import shown

ImageGlob = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9*]([-a-z0-9.:*]*[a-z0-9*])?(/[-a-z0-9._*]+)*$", max_length=255),
    Field(title="image pattern"),
]
"""Images by a pattern: `*` stands for any text, also with `/` in it."""

_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_.-]+(:[0-9]+)?")


def _cidr(text: str) -> str:
    try:
        network = str(ipaddress.ip_network(text, strict=False))
    except ValueError:
        raise _no_range(text) from None
    if "%" in text:  # the zone of an address means something on one machine only
        raise _no_range(text)
    if network == text:
        return text
    context = {"message": f"{shown(text)} is not how this range is written", "remedy": f"write `{network}`"}
    if "/" in text:
        context["replacement"] = network
    else:
        context["remedy"] = f"write `{network}` for this one address, or a range such as 10.20.0.0/16"
    raise PydanticCustomError("bad-cidr", "{message}", context)


def _no_range(text: str) -> PydanticCustomError:
    message, remedy = f"{shown(text)} is no range of addresses", "write one such as 10.20.0.0/16"
    if _HOST_NAME.fullmatch(text):
        message = f"{shown(text)} is a host name; a NetworkPolicy knows addresses only"
        remedy = "write the addresses that it resolves to, such as 10.20.0.0/16"
    return PydanticCustomError("bad-cidr", "{message}", {"message": message, "remedy": remedy})


Cidr = Annotated[
    str,
    AfterValidator(_cidr),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9a-f.:]+/[0-9]{1,3}$"}),
    Field(title="range of addresses"),
]

BUILT_IN_POLICIES: Final = (
    "disallow-plain-secrets",
    "disallow-privileged-init-containers",
    "disallow-service-account-token",
    "pod-security-baseline",
    "pod-security-restricted",
    "require-digests",
    "require-guaranteed-qos",
    "require-probes",
    "require-read-only-models",
    "require-ro-rootfs",
    "require-whole-gpus",
    "restrict-host-access",
    "restrict-registries",
)
"""The policies that `security.policies` can name without a folder."""

_BUILT_IN = r"[a-z0-9]+(-[a-z0-9]+)*"

Policy = Annotated[
    str,
    StringConstraints(pattern=rf"^(\./[^/].*|{_BUILT_IN})$", max_length=200),
    AfterValidator(local_path),
    WithJsonSchema(
        {
            "type": "string",
            "anyOf": [{"enum": [*BUILT_IN_POLICIES]}, {"pattern": rf"^\./({LOCAL_PATH})$"}],
            "maxLength": 200,
        }
    ),
    Field(title="policy"),
]
"""A built-in policy by its name, or a folder below that of fleet.yaml, which begins with `./`."""


class Keyless(Part):
    """An identity that a certificate authority vouched for at the time of signing."""

    issuer: Annotated[str, StringConstraints(pattern=r"^https://[!-~]{1,400}$")] = Field(
        description="Who vouched for it.", examples=["https://token.actions.githubusercontent.com"]
    )
    subject: Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f]+$", max_length=500)] = Field(
        description="Whom it vouched for.",
        examples=["https://github.com/acme/edge/.github/workflows/publish.yml@refs/heads/main"],
    )


class Signer(Part):
    """Somebody whose signature counts: a key, or an identity without one."""

    key: LocalPath | None = Field(None, description="A public key file (PEM).", examples=["keys/fleet.pub"])
    keyless: Keyless | None = Field(None, description="An identity, instead of a key.")


class Signature(Part):
    """Images that must be signed, and by whom."""

    images: Many[ImageGlob] = Field(
        min_length=1, description="Which images.", examples=[["registry.acme.example/edge/**"]]
    )
    any_of: Many[Signer] = Field(min_length=1, description="One of these must have signed.")


class Traffic(Part):
    """Addresses and a port that may be reached."""

    cidr: Cidr = Field(description="A range of addresses.", examples=["10.20.0.0/16"])
    port: Annotated[Whole, Field(ge=1, le=65535)] | None = Field(
        None, description="The port; every port where left out.", examples=[443]
    )
    protocol: Literal["TCP", "UDP", "SCTP"] = Field("TCP", description="The protocol.")


class Allowed(Part):
    """What is let through."""

    egress: Many[Traffic] = Field((), description="What workloads may reach.")
    ingress: Many[Traffic] = Field((), description="Who may reach exposed workloads from outside.")


class Network(Part):
    """Which traffic workloads may have."""

    default: Literal["deny", "allow"] = Field(
        "deny", description="What happens to traffic that is not named."
    )
    allow: Allowed = Field(Allowed.model_construct(), description="What is let through.")


class Security(Part):
    """Which images may run, who must have signed them, and what pods may do."""

    registries: Many[ImageGlob] | None = Field(
        None,
        description="Images from elsewhere are refused; the fleet's own registry by default.",
        examples=[["registry.acme.example/edge/**"]],
    )
    signatures: Many[Signature] = Field(
        (), description="Which images must be signed, and by whom; of several rules about an image the first."
    )
    pods: Literal["restricted", "baseline"] = Field(
        "restricted", description="The Pod Security Standard that the namespace enforces."
    )
    network: Network = Field(Network.model_construct(), description="Which traffic workloads may have.")
    policies: Many[Policy] = Field(
        (), description="Built-in policies by name, or folders of yours.", examples=[["require-digests"]]
    )
