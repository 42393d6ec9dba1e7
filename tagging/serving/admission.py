"""Who is let in: a bounded queue that stays short when more is offered than can be done."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LATE: Final = 0.3  # in overload a request may wait this share of its own work
FEW: Final = 4  # requests
RECENT: Final = 0.1  # weight of the newest measurement


@dataclass(frozen=True)
class Limits:
    """What may wait: texts in the queue, seconds of a burst's work, seconds until an answer.

    A burst is a few usual requests at least, however long they take.
    """

    texts: int = 256
    burst: float = 0.1
    timeout: float = 10.0


class Admission:
    """Says whether a request can be answered in time; all times in seconds.

    Offered work, refused or not, fills a bucket that drains as fast as one worker works. While it
    holds less than a burst, requests queue. Once it is full there is overload, and a queue would
    only make all answers late: then a request is taken when the one before it is nearly done.
    The idea of two queue lengths is from B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015.
    Not safe for threads: its owner holds a lock.
    """

    def __init__(self, limits: Limits, clock: Callable[[], float] = time.monotonic) -> None:
        self.limits, self._clock = limits, clock
        self.texts = 0  # waiting
        self._waiting = 0.0  # seconds of work in the queue
        self._until = 0.0  # when the batch at hand will be done
        self._offered, self._seen = 0.0, clock()
        self._typical = 0.0  # work of a request
        self._scale = 1.0  # measured work / expected work

    def expect(self, work: float) -> None:
        """What a usual request costs, before any has come."""
        self._typical = work

    def expected(self, work: float) -> float:
        """The work, corrected by what was measured."""
        return work * self._scale

    def hurried(self) -> float | None:
        """Seconds to wait if a usual request would be refused now: asked before a body is read."""
        self._drain(self._typical)
        return None if self._in_time(self._typical) else self.wait

    def offer(self, work: float, texts: int, timeout: float) -> float | None:
        """Takes the request in, or says after how many seconds to ask again.

        `work` is what it is expected to cost, before correction by what was measured.
        """
        work = self.expected(work)
        self._typical += RECENT * (work - self._typical)
        if (
            self.texts + texts > self.limits.texts
            or self.wait + work > timeout
            or not self._in_time(work)
        ):
            return self.wait + self._offered
        self.texts += texts
        self._waiting += work
        return None

    @property
    def wait(self) -> float:
        """Seconds until what is in hand and in the queue is done."""
        return max(0.0, self._until - self._clock()) + self._waiting

    def started(self, work: float, texts: int) -> None:
        """A batch of that expected work has left the queue."""
        work = self.expected(work)
        self.texts -= texts
        self._waiting = max(0.0, self._waiting - work) if self.texts else 0.0
        self._until = self._clock() + work

    def ended(self, work: float, seconds: float) -> None:
        """The batch is done and took that long."""
        self._until = 0.0
        if work > 0:
            self._scale += RECENT * (seconds / work - self._scale)

    @property
    def _burst(self) -> float:
        return max(self.limits.burst, FEW * self._typical)

    def _in_time(self, work: float) -> bool:
        return self._offered <= self._burst or self.wait <= LATE * work

    def _drain(self, work: float) -> None:
        now = self._clock()
        left = max(0.0, self._offered - (now - self._seen))
        self._offered, self._seen = min(left + work, 2 * self._burst), now
