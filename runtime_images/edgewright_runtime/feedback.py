"""Whether an answer was right, as soon as somebody knows: by this a roll-out sees a model that got worse."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from edgewright_runtime.protocol.fault import RequestFault

LARGEST: Final = 4096
"""Bytes of a message."""

_REMEMBERED: Final = 10_000
_EXPECTED: Final = 'expected {"id": "…", "correct": true}, the id if you like'


class Feedback:
    """Takes messages, each id once: whoever sends one again after a failure is not counted twice."""

    def __init__(self, told: Callable[[bool], None]) -> None:
        self._told = told
        self._seen: OrderedDict[str, None] = OrderedDict()

    def take(self, body: bytes) -> bool:
        """Whether a message was counted; not if its id was before. Raises RequestFault."""
        name, correct = _read(body)
        if name and name in self._seen:
            return False
        if name:
            self._seen[name] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
        self._told(correct)
        return True


def _read(body: bytes) -> tuple[str, bool]:
    try:
        values = json.loads(body)
    except (ValueError, RecursionError):
        raise RequestFault(f"the message is no JSON: {_EXPECTED}") from None
    if not isinstance(values, dict) or values.keys() - {"id", "correct"}:
        raise RequestFault(f"the message is another one: {_EXPECTED}")
    name, correct = values.get("id", ""), values.get("correct")
    if not isinstance(name, str) or len(name) > 1024 or not isinstance(correct, bool):
        raise RequestFault(f"the message is another one: {_EXPECTED}")
    return name, correct
