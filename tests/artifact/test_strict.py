"""Times and digests of our own documents: one way to write each, and what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgewright.artifact.oci import is_digest
from edgewright.artifact.strict import read_time, time_text


@given(st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30)))  # noqa: DTZ001 - hypothesis wants naive ones
def test_a_time_is_read_back_to_the_second(naive: datetime) -> None:
    time = naive.replace(tzinfo=UTC)
    assert read_time(time_text(time)) == time.replace(microsecond=0)


def test_a_time_of_elsewhere_is_written_in_utc() -> None:
    east = timezone(timedelta(hours=5, minutes=30))
    assert time_text(datetime(2026, 11, 29, 1, tzinfo=east)) == "2026-11-28T19:30:00Z"


@pytest.mark.parametrize(
    "text",
    [
        None, 7, "", "now", "2026-11-29", "2026-11-29T12:00:00", "2026-11-29T12:00:00z", "2026-11-29 12:00:00Z",
        "2026-11-29T12:00:00+00:00", "2026-11-29T24:00:00Z", "2026-02-30T12:00:00Z", "2026-11-29T12:00:00.0Z",
        "\u0662026-11-29T12:00:00Z", "2026-11-29T12:00:00Z\n",
    ],
)  # fmt: skip
def test_what_is_no_time(text: object) -> None:
    assert read_time(text) is None


@pytest.mark.parametrize(
    "text",
    [None, 7, "", "sha256:", "sha256:" + "a" * 63, "sha256:" + "A" * 64, "sha512:" + "a" * 64, "a" * 64],
)
def test_what_is_no_digest(text: object) -> None:
    assert not is_digest(text)
    assert is_digest("sha256:" + "a" * 64)
