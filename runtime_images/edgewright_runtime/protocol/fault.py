"""A request that is not answered, and why."""

from __future__ import annotations


class RequestFault(Exception):
    """What is wrong with a request, in words for whoever sent it; `status` is HTTP's, `retry_after` seconds."""

    def __init__(self, message: str, status: int = 400, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
