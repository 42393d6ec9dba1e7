"""A load that does not wait: Poisson arrivals, latencies counted from when each was due.

A closed-loop tool (wrk, hey, ab) sends less as soon as the service slows down, and h2load's --rps
sends for all its clients at the same moment; neither shows what independent users see.
"""

import asyncio
import json
import random
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Run:
    """Offered requests a second, and of each answer when it was due, its status, its seconds.

    `due` counts from the start of the run; all of shape (n,).
    """

    offered: float
    due: NDArray[np.float64]
    status: NDArray[np.int64]
    seconds: NDArray[np.float64]

    def accepted(self, after: float = 0.0) -> NDArray[np.float64]:
        """Latencies of the 200s that were due `after` seconds from the start or later."""
        return self.seconds[(self.status == 200) & (self.due >= after)]

    @property
    def rate(self) -> float:
        """Accepted requests a second."""
        return float((self.status == 200).sum() / self.due.max())


Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Sends one request again and again; opens a connection when none is free."""

    def __init__(self, port: int, content: object) -> None:
        body = json.dumps(content).encode()
        head = f"POST /v1/tag HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        self._port, self._request = port, head.encode() + body
        self._free: list[Line] = []

    async def ask(self) -> int:
        """The status of one answer."""
        reader, writer = (
            self._free.pop()
            if self._free
            else await asyncio.open_connection("127.0.0.1", self._port)
        )
        writer.write(self._request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
        await reader.readexactly(length)
        self._free.append((reader, writer))
        return int(head.split(maxsplit=2)[1])

    async def offer(self, rate: float, seconds: float, seed: int) -> Run:
        """`rate` requests a second on average, with the gaps of independent users."""
        chance, due, tasks = random.Random(seed), 0.0, []
        start = time.perf_counter()
        while (due := due + chance.expovariate(rate)) < seconds:
            if (early := start + due - time.perf_counter()) > 0:
                await asyncio.sleep(early)
            tasks.append(asyncio.create_task(self._timed(start, due)))
        rows = np.array(await asyncio.gather(*tasks))
        return Run(rate, rows[:, 0], rows[:, 1].astype(np.int64), rows[:, 2])

    async def _timed(self, start: float, due: float) -> tuple[float, int, float]:
        status = await self.ask()
        return due, status, time.perf_counter() - start - due

    async def saturate(self, clients: int, seconds: float) -> float:
        """Answers a second when that many clients ask again as soon as they are answered."""
        end, done = time.perf_counter() + seconds, 0

        async def keep() -> None:
            nonlocal done
            while time.perf_counter() < end:
                if await self.ask() == 200:
                    done += 1
                else:
                    await asyncio.sleep(0.001)

        await asyncio.gather(*(keep() for _ in range(clients)))
        return done / seconds


def measure(
    port: int, content: object, seconds: float, times: float, seed: int = 1
) -> tuple[float, Run, Run]:
    """The capacity in requests a second, a run at a tenth of it, a run at `times` of it."""

    async def all_of_it() -> tuple[float, Run, Run]:
        client = Client(port, content)
        await client.saturate(1, 2)  # warm
        capacity = await client.saturate(4, 8)
        await asyncio.sleep(1)
        calm = await client.offer(capacity / 10, seconds, seed)
        await asyncio.sleep(1)
        return capacity, calm, await client.offer(times * capacity, seconds, seed)

    return asyncio.run(all_of_it())


def percentile(latencies: NDArray[np.float64], share: float) -> float:
    """In milliseconds; NaN of nothing."""
    return float(1000 * np.percentile(latencies, share)) if len(latencies) else float("nan")
