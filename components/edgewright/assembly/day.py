"""The day that waivers end by, and the time that a ring begins to run something: all that a clock is asked for."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime


def today() -> date:
    """SOURCE_DATE_EPOCH's day where it is set, so that a run can be repeated; else that of whoever looks."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit() and len(epoch) < 12:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    return date.today()  # noqa: DTZ011, TID251 - a waiver ends with the day of whoever looks


def now() -> datetime:
    """The time, in UTC, to the second. SOURCE_DATE_EPOCH is no answer: builds set it to a time that was, and a
    soak that began then would end too early."""
    return datetime.now(UTC).replace(microsecond=0)  # noqa: TID251 - see above
