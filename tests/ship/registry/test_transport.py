"""Requests tried again, and for how long: pauses are counted, hangs end, redirects are no way out."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from tests.lying import lying

from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client, stopping
from edgewright.ship.registry.faults import Interrupted, failed, retry_after
from edgewright.ship.registry.transport import Patience

QUICK = Access(pause=0.001, longest_pause=0.002, answer_timeout=0.3, retries=2)


def _finding(address: str, access: Access, reference: str = "v1") -> tuple[str, str]:
    with Client(access) as client, pytest.raises(FleetError) as raised:
        client.repository(f"{address}/transport/faults").manifest(reference)
    (finding,) = raised.value.findings
    return finding.rule, finding.message


@pytest.mark.parametrize("fault", ["_hang", "_drip"])
def test_a_server_that_hangs_or_drips_ends_in_time(registry: str, fault: str) -> None:
    begun = time.monotonic()
    with lying(registry, script=lambda request, count: fault) as proxy:
        assert _finding(proxy.address, QUICK) == (
            "registry-unreachable", f"{proxy.address} cannot be reached: it stopped answering",
        )  # fmt: skip
        assert len(proxy.asked) == 3
    assert time.monotonic() - begun < 30, "three times a third of a second, on however busy a machine"


def test_a_body_that_drips_ends_in_time(registry: str, tmp_path: Path) -> None:
    """Each byte comes in time, and all of them never would."""
    access = Access(retries=0, answer_timeout=0.5, slowest=1000)
    digest = "sha256:" + "0" * 64
    with lying(registry, script=lambda request, count: "_drip_body") as proxy, Client(access) as client:
        repository = client.repository(f"{proxy.address}/transport/drip")
        with pytest.raises(FleetError) as raised:
            repository.download(digest, 10_000, tmp_path / "blob")
    (finding,) = raised.value.findings
    assert finding.rule == "registry-unreachable"
    assert "fewer than 1000 bytes a second" in finding.message


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_again(registry: str, status: int) -> None:
    with lying(registry, script=lambda request, count: f"status {status}" if count < 3 else None) as proxy:
        with Client(QUICK) as client:
            assert client.repository(f"{proxy.address}/transport/again").manifest("v1") is None
        assert len(proxy.asked) == 3


@pytest.mark.parametrize(
    ("status", "rule"), [(403, "registry-refused"), (401, "registry-refused"), (400, "registry-failed")]
)
def test_what_does_not_pass_is_asked_once(registry: str, status: int, rule: str) -> None:
    with lying(registry, script=lambda request, count: f"status {status}") as proxy:
        assert _finding(proxy.address, QUICK)[0] == rule
        assert len(proxy.asked) == 1


@pytest.mark.parametrize(
    "target",
    ["http://registry.invalid/x", "file:///etc/passwd", "ftp://127.0.0.1/x", "//[", "http://127.0.0.1:x/"],
)
def test_a_redirect_leads_nowhere_that_is_not_safe(registry: str, target: str) -> None:
    with lying(registry, script=lambda request, count: f"redirect {target}") as proxy:
        assert _finding(proxy.address, QUICK)[0] == "registry-lies"


def test_redirects_end(registry: str) -> None:
    with lying(registry, script=lambda request, count: "redirect /v2/transport/faults/manifests/v1") as proxy:
        rule, message = _finding(proxy.address, QUICK)
    assert (rule, "from one address to the next" in message) == ("registry-failed", True)


def _pauses(access: Access, causes: list[Interrupted], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    pauses: list[float] = []
    monkeypatch.setattr(stopping, "pause", pauses.append)
    patience = Patience(access)
    for cause in causes:
        patience.wait(cause)
    return pauses


def test_pauses_double_up_to_the_longest_and_heed_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(pause=1, longest_pause=5, retries=9, patience=60)
    plain, asked = Interrupted(failed("a", "b")), Interrupted(failed("a", "b"), after=30)
    assert _pauses(access, [plain] * 5, monkeypatch) == [1, 2, 4, 5, 5]
    assert _pauses(access, [asked, plain], monkeypatch) == [30, 2]
    with pytest.raises(FleetError):
        _pauses(access, [Interrupted(failed("a", "b"), after=61)], monkeypatch)


def test_patience_has_an_end_and_lies_a_nearer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    plain, lie = Interrupted(failed("a", "b")), Interrupted(failed("a", "b"), lie=True)
    with pytest.raises(FleetError):
        _pauses(Access(retries=2), [plain] * 3, monkeypatch)
    with pytest.raises(FleetError):
        _pauses(Access(retries=9), [lie] * 2, monkeypatch)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3", 3.0), (" 0 ", 0.0), ("", None), ("-1", None), ("9" * 99, None), ("Sun, 29 Nov", None)],
)
def test_retry_after(text: str, seconds: float | None) -> None:
    assert retry_after({"Retry-After": text}) == seconds
