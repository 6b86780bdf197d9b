"""How long a request waits for a server: upper bounds, in whole numbers throughout.

Requests come by chance (a Poisson process) at `rate` a day; whatever its size, a batch takes at most
`service` microseconds, which stands for all of them. The server takes what waits, up to `batch` requests,
and the first of a batch waits for others no longer than the window. With u = rate · service ÷ batch:

- One request at a time (M/D/1): P(W > t) ≤ e^(-θt) for every θ with u(e^(θs) - 1) ≤ θs, which is the
  exponential bound of Kingman. e^x ≤ (2 + x) ÷ (2 - x) makes θ = 2(1 - u) ÷ s one of them, so that
  p99 ≤ s · ln 100 ÷ 2(1 - u). Source: J. F. C. Kingman, Inequalities in the theory of queues, Journal of
  the Royal Statistical Society B 32 (1970); L. Kleinrock, Queueing Systems II (1976), section 2.2.
- Within the first service time Erlang's formula is exact, P(W ≤ t) = (1 - u) e^(ut/s), and with
  e^x ≥ 1 + x it gives p99 ≤ s · (u - 1%) ÷ u(1 - u), where that is at most s: up to u = 10%. Source: A. K.
  Erlang (1909); C. D. Crommelin, Delay probability formulae, Post Office Electrical Engineers' Journal 26
  (1934).
- Batches: from the last time that nobody was left waiting, all batches but the newest are full and follow
  each other at once. So a request waits at most for the batch that it finds, and then as one that each
  takes s ÷ batch of the server. And a batch never makes anybody wait longer than one request at a time
  would. The smaller of the two is the bound; the window comes once on top.
- Several batches at the same time share one server, which does no more work for that: so what is there to be
  done when a request comes is bounded as before, but for the last time that nobody was left waiting, when c
  batches were under way and not one. While its own is answered, c - 1 others at most get as much of the server
  each: (c - 1) · s, which the proof counts for itself.
"""

from __future__ import annotations

from typing import Final

DAY: Final = 86_400_000_000  # microseconds
_LN_100: Final = 4_605_171  # millionths, rounded up
LIMIT: Final = 700_000
"""Millionths of its time that a server may be busy. The waiting time grows as 1 ÷ (1 - u): the bound above
is 7.7 service times at 70%, 11.5 at 80%, 23 at 90%. Source for 70% as the point where queues begin to
matter: https://www.brendangregg.com/usemethod.html."""


def utilisation(rate: int, service: int, batch: int) -> int:
    """The share of its time that the server is busy, in millionths, rounded up."""
    return -(-rate * service * 1_000_000 // (DAY * batch))


def greatest_rate(service: int, batch: int) -> int:
    """The most requests a day at which a server is not busy beyond the limit."""
    return LIMIT * DAY * batch // (1_000_000 * max(service, 1))


def waiting_p99(rate: int, service: int, batch: int, concurrency: int = 1) -> int | None:
    """An upper bound of the time that 99 of 100 requests wait, in microseconds; None where it has none.

    The time of the own batch, of those beside it, and the window are not in it.
    """
    busy, whole = rate * service, DAY * batch
    if busy >= whole:
        return None
    alone = _one_at_a_time(service, 1, busy, DAY) if busy < DAY else None
    if batch == 1:
        return alone
    together = concurrency * service + _one_at_a_time(service, batch, busy, whole)
    return together if alone is None else min(alone, together)


def _one_at_a_time(service: int, parts: int, busy: int, whole: int) -> int:
    """The bound for M/D/1 where each takes service ÷ parts, and u = busy ÷ whole is below one."""
    if 100 * busy <= whole:
        return 0
    idle = whole - busy
    if 10 * busy <= whole:
        return -(-service * whole * (100 * busy - whole) // (100 * busy * idle * parts))
    return -(-service * _LN_100 * whole // (2_000_000 * idle * parts))
