"""How long a client may take over one connection, and how much it may send besides bodies."""

from __future__ import annotations

from typing import Final

BODY_SECONDS: Final = 30.0
"""How long a body may take to come in, and an answer to be taken."""
HEAD_SECONDS: Final = 10.0
"""How long a head may take to come in, and the first request of a connection."""
IDLE_SECONDS: Final = 100.0
"""How long a connection stays on which nothing more is asked. Proxies close theirs after 60 to 90: the side that
closes first must be the one that asks, else a request meets a connection that is just being closed."""
LINGER_SECONDS: Final = 5.0
"""How long a client may take to close a connection after its last answer: were it closed here while something
still comes, the client's system would throw the answer away."""
HEAD_LIMIT: Final = 64 << 10
"""Bytes that a request may have besides its body."""
PIPELINED: Final = 32
"""Requests that wait on one connection for the answer to one before."""
