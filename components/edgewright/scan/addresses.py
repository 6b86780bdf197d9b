"""Networks that a NetworkPolicy names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from edgewright.scan.subject import Problem, Subject, entries, mapping, shown, texts

if TYPE_CHECKING:
    from ipaddress import IPv4Network, IPv6Network

_ONE_PEER = "names nobody, or a network and pods at once"


def networks(subject: Subject) -> Iterator[Problem]:
    """IP blocks that are none, and exceptions that lie outside of their block.

    Since Kubernetes 1.36 an address with bits behind its prefix is refused; before, it was a doubt.
    """
    spec = subject.spec
    for direction, peers in (("ingress", "from"), ("egress", "to")):
        for index, rule in entries(spec.get(direction)):
            for place, peer in entries(rule.get(peers)):
                at = ("spec", direction, index, peers, place)
                if not peer or ("ipBlock" in peer and len(peer) > 1):
                    yield Problem("bad-address", at, _ONE_PEER, "Write one ipBlock, or selectors of pods.")
                if "ipBlock" in peer:
                    yield from _block((*at, "ipBlock"), mapping(peer["ipBlock"]))


def _block(at: tuple[str | int, ...], block: dict[str, object]) -> Iterator[Problem]:
    cidr = block.get("cidr")
    whole = network(cidr) if isinstance(cidr, str) else None
    if isinstance(cidr, str) and whole is None:
        yield _no_network((*at, "cidr"), cidr)
    for index, text in texts(block.get("except")):
        part = network(text)
        if part is None:
            yield _no_network((*at, "except", index), text)
        elif whole is not None and not _inside(part, whole):
            yield Problem(
                "bad-address",
                (*at, "except", index),
                f"{shown(text)} does not lie in {cidr}",
                "Write a smaller network inside of the block.",
            )


@lru_cache(maxsize=1024)
def network(text: str) -> IPv4Network | IPv6Network | None:
    """The network that a text names as `address/prefix`; nothing where it names none."""
    from ipaddress import ip_network

    if "/" not in text or not text.rpartition("/")[2].isdecimal():
        return None
    try:
        return ip_network(text)
    except ValueError:
        return None


def _inside(part: IPv4Network | IPv6Network, whole: IPv4Network | IPv6Network) -> bool:
    first, last = int(part.network_address), int(part.broadcast_address)
    begin, end = int(whole.network_address), int(whole.broadcast_address)
    return part.version == whole.version and part != whole and begin <= first and last <= end


def _no_network(at: tuple[str | int, ...], text: str) -> Problem:
    return Problem(
        "bad-address",
        at,
        f"{shown(text)} is no network",
        "Write its first address and its prefix, such as 10.20.0.0/16.",
    )
