"""The one thread that owns the models: it takes what waits, asks each model once, answers."""

import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Final

from data.records import Example
from tagging.artifact import Artifact, Prediction
from tagging.serving.admission import Admission, Limits
from tagging.serving.messages import TagRequest, TagResponse, Text
from tagging.serving.problems import Problem, busy, closed
from tagging.serving.router import Plan, Router

JOINED: Final = 64  # texts of a batch, if it has more than one request
SAMPLE: Final = "Mortar bombs flew from the hills into the camp, police in Nairobi said. "
LONG: Final = 10  # times the sample
END: Final = 5.0  # seconds for a batch that nobody waits for any more


@dataclass(frozen=True)
class Cost:
    """Seconds that a task takes for a text, and for each character of it beyond the sample's."""

    text: float
    character: float

    def of(self, text: Text) -> float:
        return self.text + self.character * max(0, len(text.text) - len(SAMPLE))


@dataclass(frozen=True)
class Answered:
    """An answer, how long it waited for its batch, and how many texts that batch had."""

    response: TagResponse
    waited: float
    batch: int


@dataclass(frozen=True)
class Job:
    """An admitted request; `work` is its expected cost in seconds, `late` when it is given up."""

    request: TagRequest
    tasks: tuple[str, ...]
    work: float
    late: float
    since: float = field(default_factory=time.monotonic)
    future: "Future[Answered]" = field(default_factory=Future)


class Worker:
    """Loads the artifacts in its thread, then answers until it is stopped.

    `loaded` is called once with None, or with the error that ended the thread.
    """

    def __init__(
        self,
        load: Callable[[], Sequence[Artifact]],
        limits: Limits,
        loaded: Callable[[Exception | None], None] = lambda error: None,
        batched: Callable[[int], None] = lambda texts: None,
    ) -> None:
        self._load, self._loaded, self._batched = load, loaded, batched
        self.admission = Admission(limits)
        self.router: Router | None = None  # None while loading
        self._costs: dict[str, Cost] = {}
        self._jobs: deque[Job] = deque()
        self._changed = Condition()
        self._stopping = False
        self._thread = Thread(target=self._run, name="models", daemon=True)

    def start(self) -> None:
        """Returns at once; `router` is there when the models are."""
        self._thread.start()

    def stop(self) -> None:
        """Answers what was taken in, then ends the thread; one that hangs is left behind."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        self._thread.join(END)

    @property
    def alive(self) -> bool:
        """Whether the thread still works."""
        return self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """Texts in the queue."""
        return self.admission.texts

    def hurried(self) -> None:
        """Raises Problem 429 where a usual request would be refused."""
        with self._changed:
            after = self.admission.hurried()
        if after is not None:
            raise busy(after, "more is asked than can be answered in time")

    def submit(self, request: TagRequest) -> "Future[Answered]":
        """Puts the request in the queue. Raises Problem 422, 429 or 503."""
        if self.router is None or self._stopping:
            raise closed("the service is loading or ending")
        tasks = self.router.asked(request)
        timeout = request.timeout_s or self.admission.limits.timeout
        job = Job(request, tasks, self._work(request, tasks), time.monotonic() + timeout)
        with self._changed:
            if self.admission.expected(job.work) > timeout:
                message = f"this takes more than {timeout:g} s; send fewer or shorter texts"
                raise Problem(422, "too_much", message)
            after = self.admission.offer(job.work, len(request.texts), timeout)
            if after is not None:
                raise busy(after, "more is asked than can be answered in time")
            self._jobs.append(job)
            self._changed.notify()
        return job.future

    def _work(self, request: TagRequest, tasks: Sequence[str]) -> float:
        return sum(self._costs[task].of(text) for task in tasks for text in request.texts)

    def _run(self) -> None:
        try:
            router = Router(self._load())
            self._costs = {task: _cost(router, task) for task in router.artifacts}
            self.admission.expect(sum(cost.text for cost in self._costs.values()))
        except Exception as error:
            self._loaded(error)
            return
        self.router = router
        self._loaded(None)
        while jobs := self._next():
            self._do(router, jobs)

    def _next(self) -> list[Job]:
        """The jobs of the next batch; none when all is done and the worker was stopped."""
        with self._changed:
            while not self._jobs and not self._stopping:
                self._changed.wait()
            batch: list[Job] = []
            texts = 0
            while self._jobs and (not batch or texts + self._size(self._jobs[0]) <= JOINED):
                batch.append(self._jobs.popleft())
                texts += self._size(batch[-1])
            if batch:
                self.admission.started(sum(job.work for job in batch), texts)
            return batch

    @staticmethod
    def _size(job: Job) -> int:
        return len(job.request.texts)

    def _do(self, router: Router, batch: Sequence[Job]) -> None:
        start = time.monotonic()
        wanted = [job for job in batch if job.future.set_running_or_notify_cancel()]
        for job in [job for job in wanted if start > job.late]:
            job.future.set_exception(busy(1, "it waited longer than its timeout; nothing was done"))
        jobs = [job for job in wanted if start <= job.late]
        texts = sum(map(self._size, jobs))
        outcomes = _safely(router, jobs)
        with self._changed:  # before the answers: who gets one may ask again at once
            self.admission.ended(sum(job.work for job in jobs), time.monotonic() - start)
        self._batched(texts)
        for job, found in zip(jobs, outcomes, strict=True):
            if isinstance(found, Exception):
                job.future.set_exception(found)
            else:
                job.future.set_result(Answered(found, start - job.since, texts))


def _cost(router: Router, task: str) -> Cost:
    """Measured twice: the first run warms the model up."""
    for _ in range(2):
        short, long = _seconds(router, task, 1), _seconds(router, task, LONG)
    return Cost(short, max(0.0, long - short) / (LONG - 1) / len(SAMPLE))


def _seconds(router: Router, task: str, times: int) -> float:
    request = TagRequest(texts=[Text(text=SAMPLE * times)])
    start = time.perf_counter()
    _answers(router, [Job(request, (task,), 0.0, float("inf"))])
    return max(time.perf_counter() - start, 1e-4)


Outcome = TagResponse | Exception


def _safely(router: Router, jobs: Sequence[Job]) -> list[Outcome]:
    """An outcome a job: where a batch fails, each of its jobs is tried alone."""
    try:
        return _answers(router, jobs)
    except Exception as error:
        if len(jobs) == 1:
            return [error]
        return [_safely(router, [job])[0] for job in jobs]


def _answers(router: Router, jobs: Sequence[Job]) -> list[Outcome]:
    """Each model is asked once, with the rows of all jobs."""
    plans = [_planned(router, job) for job in jobs]
    good = [plan for plan in plans if isinstance(plan, Plan)]
    examples: dict[str, list[Example]] = {}
    for plan in good:
        for row in plan.rows:
            examples.setdefault(row.task, []).append(row.example)
    found = {task: iter(router.artifacts[task].predict(rows)) for task, rows in examples.items()}
    outcomes: list[Outcome] = []
    for job, made in zip(jobs, plans, strict=True):
        if isinstance(made, Problem):
            outcomes.append(made)
            continue
        said: list[Prediction] = [next(found[row.task]) for row in made.rows]
        outcomes.append(router.answer(job.request, job.tasks, made, said))
    return outcomes


def _planned(router: Router, job: Job) -> Plan | Problem:
    try:
        return router.plan(job.request, job.tasks)
    except Problem as problem:
        return problem
