"""A tag beside the file: where it should be, and what is said of where it is."""

from __future__ import annotations

import pytest
from tests.promoted import START, A, B, C, rings

from edgewright.artifact.rings import Release, moved
from edgewright.plan.ring_tags import ring_differs

AHEAD = moved(rings(A, B, C), "early", Release(2, B), START)


def test_a_tag_that_is_where_it_should_be() -> None:
    assert ring_differs("kiosk", "early", AHEAD, B) is None


@pytest.mark.parametrize(
    ("digest", "said"),
    [
        (None, "and the registry has no such tag"),
        (A, f"its tag is at release 1 ({A[:19]}), which is older: whatever was mended since"),
        (C, f"its tag is at release 3 ({C[:19]}), which is newer"),
        ("sha256:" + "0" * 64, "its tag is at sha256:000000000000, which this file does not know"),
    ],
)
def test_a_tag_that_is_elsewhere(digest: str | None, said: str) -> None:
    found = ring_differs("kiosk", "early", AHEAD, digest)
    assert found is not None
    assert f"`early` of `kiosk` should run release 2 ({B[:19]})" in found.message
    assert said in found.message
    assert "if that has run since the file changed" in found.remedy
    assert found.path == ("classes", "kiosk", "rings", "early", "digest")
