"""Lists in pages, and referrers of a registry that keeps them itself; distribution has neither."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from edgewright.artifact.oci import INDEX_TYPE, MANIFEST_TYPE, sha256
from edgewright.errors import FleetError
from edgewright.ship.registry import Access, Client

DIGESTS = [sha256(bytes([number])) for number in range(3)]
Pages = dict[str, tuple[object, str]]


@contextmanager
def answering(pages: Pages) -> Iterator[str]:
    """A server that answers each path with a value and a link to the next page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            value, following = pages[self.path]
            content = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", INDEX_TYPE)
            self.send_header("Content-Length", str(len(content)))
            if following:
                self.send_header("Link", f'<{following}>; rel="next"')
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        try:
            yield f"127.0.0.1:{server.server_address[1]}/a/b"
        finally:
            server.shutdown()


def test_tags_of_every_page() -> None:
    pages: Pages = {
        "/v2/a/b/tags/list": ({"tags": ["c", "a"]}, "/v2/a/b/tags/list?last=a"),
        "/v2/a/b/tags/list?last=a": ({"tags": ["b"]}, "?last=b"),
        "/v2/a/b/tags/list?last=b": ({"tags": None}, ""),
    }
    with answering(pages) as name, Client() as client:
        assert client.repository(name).tags() == ["a", "b", "c"]


ASTRAY = ["/v2/a/b/tags/list", "http://127.0.0.1:1/v2/a/b/tags/list", "http://x.invalid/", "//["]


@pytest.mark.parametrize("following", ASTRAY)
def test_pages_that_lead_astray(following: str) -> None:
    pages: Pages = {"/v2/a/b/tags/list": ({"tags": ["a"]}, following)}
    with answering(pages) as name, Client(Access(retries=0)) as client, pytest.raises(FleetError) as raised:
        client.repository(name).tags()
    assert [finding.rule for finding in raised.value.findings] == ["registry-lies"]


@pytest.mark.parametrize("value", [{}, [], {"tags": 1}, {"tags": [1]}, None])
def test_a_list_of_tags_that_is_none(value: object) -> None:
    with answering({"/v2/a/b/tags/list": (value, "")}) as name, Client() as client, pytest.raises(FleetError):
        client.repository(name).tags()


def entry(digest: str, kind: str) -> dict[str, object]:
    return {"mediaType": MANIFEST_TYPE, "digest": digest, "size": 9, "artifactType": kind}


def test_referrers_that_the_registry_lists() -> None:
    first = f"/v2/a/b/referrers/{DIGESTS[0]}"
    pages: Pages = {
        first: ({"manifests": [entry(DIGESTS[1], "x/y")]}, f"{first}?page=2"),
        f"{first}?page=2": ({"manifests": [entry(DIGESTS[2], "x/z")]}, ""),
    }
    with answering(pages) as name, Client() as client:
        found = client.repository(name).referrers(DIGESTS[0])
        assert [(each.descriptor.digest, each.artifact_type) for each in found] == [
            (DIGESTS[1], "x/y"), (DIGESTS[2], "x/z"),
        ]  # fmt: skip
        assert client.repository(name).referrers(DIGESTS[0], "x/z") == found[1:]


NONE = [1, [1], [{}], [{"digest": "sha256:x", "size": 1, "mediaType": "a/b"}], [entry("x", "")]]


@pytest.mark.parametrize("entries", NONE)
def test_referrers_that_are_none(entries: object) -> None:
    pages: Pages = {f"/v2/a/b/referrers/{DIGESTS[0]}": ({"manifests": entries}, "")}
    with answering(pages) as name, Client() as client, pytest.raises(FleetError) as raised:
        client.repository(name).referrers(DIGESTS[0])
    assert [finding.rule for finding in raised.value.findings] == ["registry-lies"]
