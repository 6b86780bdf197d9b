"""What happens to an answer that the model is unsure of: a server in the cloud is asked the same.

It has what is left of the time that was promised, and no more; where it has nothing better in time, the answer
from here goes out. A cloud that does not answer is left alone for a while, and tried again beside the requests:
while it is away, nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Final

from edgewright_runtime.chain import Answer, Breaker, check_outputs
from edgewright_runtime.cloud import Call, Cloud, CloudFault
from edgewright_runtime.config import WhenUnsure
from edgewright_runtime.protocol.asking import decode_answer, encode_question
from edgewright_runtime.protocol.fault import RequestFault
from edgewright_runtime.protocol.request import InferRequest, Signature
from edgewright_runtime.scores import certainties, scores_of
from edgewright_runtime.tiers.tier import TierFault

CLOUD: Final = "cloud"
"""What answers and metrics call it."""

ESCALATED: Final = "escalated"
UNSURE: Final = "unsure"
CONCURRENCY: Final = 4
"""Questions to the cloud at once; who comes while so many are asked gets the answer from here."""

_UNPROMISED: Final = 1.0  # seconds, where neither fleet nor client says how long an answer may take
_KEPT_BACK: Final = 0.1  # the share of a promised time that sending the answer may take
_LEAST: Final = 0.002  # seconds; with less than that it is not worth asking
_ASIDE: Final = 5.0  # seconds for a try that nobody waits for

_log = logging.getLogger("edgewright")


class Escalation:
    """Asks the cloud. Lives in one event loop; each question has a thread of its own.

    `told(reason)` hears of each that got no answer. `p99` is the promise, in seconds.
    """

    def __init__(
        self, config: WhenUnsure, signature: Signature, p99: float | None, told: Callable[[str], None]
    ) -> None:
        self._config = config
        self._signature = signature
        self._p99 = p99
        self._told = told
        self._cloud = Cloud(config.escalate_to)
        self._breaker = Breaker()
        self._under_way = 0
        if config.escalate_to.startswith("http://"):
            _log.warning("unsure inputs go to %s unencrypted", config.escalate_to)
        self._aside: set[asyncio.Task[Answer | None]] = set()

    def is_unsure(self, answer: Answer) -> bool:
        """Whether any of the answers has no score that is high enough."""
        scores = scores_of(answer.outputs, self._signature.outputs)
        return scores is not None and bool((certainties(scores) < self._config.below).any())

    async def better(self, request: InferRequest, answer: Answer, passed: float, deadline: float) -> Answer:
        """The cloud's answer, or the one from here, which then says that it is unsure.

        `passed` are the seconds since the request came; `deadline` is on the monotonic clock.
        """
        unsure = replace(answer, marks=(*answer.marks, UNSURE))
        left = self._left(passed, deadline)
        # What was escalated already comes from another server: no rings of servers that ask each other.
        if request.parameters.get(ESCALATED) is True:
            return unsure
        if left < _LEAST or self._under_way >= CONCURRENCY:
            return unsure
        trusted = self._breaker.closed
        if not self._breaker.allows():
            return unsure
        asking = self._tried(request, answer, left, aside=not trusted)
        if trusted:
            return await asking or unsure
        task = asyncio.create_task(asking)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)
        return unsure

    def stop(self) -> None:
        """Close the connections."""
        for task in self._aside:
            task.cancel()
        self._cloud.close()

    def _left(self, passed: float, deadline: float) -> float:
        """Seconds that the cloud may take."""
        limits = [deadline - monotonic()]
        if self._p99 is not None:
            limits.append(self._p99 * (1 - _KEPT_BACK) - passed)
        if self._config.timeout is not None:
            limits.append(self._config.timeout)
        return min(limits) if min(limits) < float("inf") else _UNPROMISED

    async def _tried(
        self, request: InferRequest, local: Answer, left: float, *, aside: bool
    ) -> Answer | None:
        """The cloud's answer; None where none came within what is left. Where nobody waits for it (`aside`), that
        counts from when a connection stood: the next one finds it open."""
        try:
            answer, took = await self._asked(request, local, left, _ASIDE if aside else left)
            if took > left:
                raise CloudFault(f"it took {took * 1000:.0f} ms of the {left * 1000:.0f} that were left")
        except CloudFault as fault:
            if aside or self._breaker.closed:  # of several that failed at once, the first
                self._breaker.failed()
            self._told(str(fault))
            _log.warning("the cloud gave no answer: %s", fault)
            return None
        self._breaker.succeeded()
        return answer

    async def _asked(
        self, request: InferRequest, local: Answer, left: float, limit: float
    ) -> tuple[Answer, float]:
        parameters = {ESCALATED: True, "timeout": int(left * 1e6)}
        body, length = encode_question(request.inputs, parameters)
        # As JSON an answer takes more than in memory, and shapes may vary.
        largest = (1 << 20) + 32 * sum(array.nbytes for array in local.outputs.values())
        call = self._cloud.call(body, length, limit, largest)
        future = asyncio.get_running_loop().create_future()
        self._start(call, future)
        try:
            raw, json_length = await asyncio.wait_for(asyncio.shield(future), limit)
        except asyncio.TimeoutError:
            raise CloudFault(f"no answer within {limit * 1000:.0f} ms") from None
        finally:
            if not future.done():
                call.give_up()
        found = self._understood(request, raw, json_length)
        return replace(found, attempts=local.attempts, batch=local.batch), call.took  # it was asked here too

    def _start(self, call: Call, future: asyncio.Future[tuple[bytes, int | None]]) -> None:
        self._under_way += 1
        try:
            threading.Thread(target=self._run, args=(call, future), daemon=True, name=CLOUD).start()
        except RuntimeError as error:  # as many threads as the container may have
            self._under_way -= 1
            raise CloudFault(str(error)) from None

    def _run(self, call: Call, future: asyncio.Future[tuple[bytes, int | None]]) -> None:
        """In a thread: a name that is looked up cannot be interrupted, and must not hold up the end."""
        found: tuple[bytes, int | None] | CloudFault
        try:
            found = call.run()
        except CloudFault as fault:
            found = fault
        except Exception as error:  # whatever else: the slot has to become free
            found = CloudFault(f"{type(error).__name__}: {error}")
        with suppress(RuntimeError):  # the loop is closed
            future.get_loop().call_soon_threadsafe(self._ended, future, found)

    def _ended(
        self,
        future: asyncio.Future[tuple[bytes, int | None]],
        found: tuple[bytes, int | None] | CloudFault,
    ) -> None:
        self._under_way -= 1
        if future.done():
            return
        if isinstance(found, CloudFault):
            future.set_exception(found)
            future.exception()  # seen, should nobody wait any more
        else:
            future.set_result(found)

    def _understood(self, request: InferRequest, raw: bytes, json_length: int | None) -> Answer:
        batch = request.batch if self._signature.batched else None
        try:
            told = decode_answer(raw, json_length, self._signature.outputs)
            check_outputs(told.outputs, self._signature.outputs, batch)
        except (RequestFault, TierFault) as error:
            raise CloudFault(f"its answer is none: {error}") from None
        return Answer(told.outputs, CLOUD, told.digest, version=told.version, marks=(ESCALATED,))
