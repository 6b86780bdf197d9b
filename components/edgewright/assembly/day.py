"""The day that waivers end by: the only thing that a result takes from a clock."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime


def today() -> date:
    """SOURCE_DATE_EPOCH's day where it is set, so that a run can be repeated; else that of whoever looks."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch.isascii() and epoch.isdigit() and len(epoch) < 12:
        return datetime.fromtimestamp(int(epoch), UTC).date()
    return date.today()  # noqa: DTZ011, TID251 - a waiver ends with the day of whoever looks
