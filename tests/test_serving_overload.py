"""More than can be done: who is let in, who is told to come back, and what a batch holds."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from serving_parts import Gate, Running, gated, running, small_artifacts, until

from data.records import Sentence
from tagging.artifact import Artifact, load_artifact
from tagging.serving.admission import Admission, Limits
from tagging.serving.batching import Worker
from tagging.serving.messages import TagRequest

TEXT = "Soldiers fired shells at the police on Tuesday."
WORK = 0.01  # seconds


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="module")
def artifact(sentences: tuple[Sentence, ...], tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    folders = small_artifacts(sentences, tmp_path_factory.mktemp("models"), ("geo_direction",))
    return load_artifact(folders["geo_direction"])


@pytest.fixture
def pressed(artifact: Artifact) -> Iterator[tuple[Running, Gate]]:
    """A service whose model waits at a gate, with room for four texts."""
    slow, gate = gated(artifact)
    with running(lambda: [slow], limits=Limits(texts=4, burst=10)) as served:
        gate.sizes.clear()
        try:
            yield served, gate
        finally:
            gate.open.set()


def marked(text: str = TEXT) -> dict[str, object]:
    return {"text": text, "marks": [{"name": "mention", "start": 0, "end": 4}]}


def simulated(load: float, seconds: float, limits: Limits) -> tuple[list[float], int]:
    """Latencies of the accepted and the number of refused, for even arrivals at that load."""
    clock, accepted, refused = Clock(), list[float](), 0
    admission = Admission(limits, clock)
    admission.expect(WORK)
    waiting: list[float] = []
    hand: list[float] = []
    done = 0.0
    end, arrival, step = clock.now + seconds, clock.now, WORK / load
    while clock.now < end:
        clock.now = min(arrival, done) if hand else arrival
        if hand and clock.now == done:
            admission.ended(WORK * len(hand), WORK * len(hand))
            accepted += [clock.now - since for since in hand]
            hand = []
        else:
            arrival += step
            if admission.hurried() is None and admission.offer(WORK, 1, 10.0) is None:
                waiting.append(clock.now)
            else:
                refused += 1
        if not hand and waiting:
            hand, waiting = waiting, []
            admission.started(WORK * len(hand), len(hand))
            done = clock.now + WORK * len(hand)
    return accepted, refused


def test_under_its_capacity_nobody_is_refused():
    latencies, refused = simulated(0.9, 20, Limits())
    assert refused == 0
    assert len(latencies) > 1700


def test_at_ten_times_its_capacity_the_accepted_wait_a_third_of_their_work_at_most():
    latencies, refused = simulated(10, 60, Limits())
    late = sum(latency > 1.41 * WORK for latency in latencies)
    assert late / len(latencies) < 0.01
    assert len(latencies) > 0.95 * 60 / WORK  # and the worker is never idle
    assert refused > 8 * len(latencies)


def test_a_burst_queues_and_overload_ends_soon_after_it():
    clock = Clock()
    admission = Admission(Limits(burst=0.1), clock)
    admission.expect(WORK)
    admission.started(WORK, 0)
    told = [_ask(admission) for _ in range(30)]
    assert told.count(None) == 10  # a tenth of a second
    assert all(after is not None for after in told[10:])
    admission.ended(WORK, WORK)
    admission.started(10 * WORK, 10)
    clock.now += 0.2
    admission.ended(10 * WORK, 10 * WORK)
    assert _ask(admission) is None


def _ask(admission: Admission) -> float | None:
    hurried = admission.hurried()
    return admission.offer(WORK, 1, 10.0) if hurried is None else hurried


def test_what_cannot_be_in_time_is_refused_before_it_waits():
    admission = Admission(Limits(burst=10), Clock())
    assert admission.offer(2.0, 1, timeout=3.0) is None
    assert admission.offer(2.0, 1, timeout=3.0) is not None
    assert admission.offer(2.0, 1, timeout=5.0) is None


def test_expected_work_follows_what_is_measured():
    clock = Clock()
    admission = Admission(Limits(), clock)
    for _ in range(100):
        admission.started(WORK, 0)
        admission.ended(WORK, 3 * WORK)
    assert admission.expected(WORK) == pytest.approx(3 * WORK, rel=0.01)


def test_a_full_queue_is_429_with_the_time_to_come_back(pressed: tuple[Running, Gate]):
    served, gate = pressed
    with ThreadPoolExecutor(6) as pool:
        gate.open.clear()
        first = pool.submit(served.tag, marked())
        until(lambda: gate.sizes == [1])
        waiting = [pool.submit(served.tag, marked(), marked()) for _ in range(2)]
        until(lambda: served.service.worker.waiting == 4)
        refused = served.tag(marked())
        assert (refused.status, refused.error["code"]) == (429, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert served.call("GET", "/healthz").status == 200
        page = served.call("GET", "/metrics").body.decode()
        assert "wiretag_queue_texts 4.0" in page
        gate.open.set()
        assert [asked.result().status for asked in (first, *waiting)] == [200] * 3
    assert gate.sizes == [1, 4]  # those that waited were one batch
    assert served.service.worker.waiting == 0


def test_an_idle_service_takes_what_comes_whatever_was_offered_before(artifact: Artifact):
    with running(lambda: [artifact], limits=Limits(burst=0.0)) as served:
        served.service.worker.admission.expect(10.0)  # overload from the first request on
        refused = [served.tag().status for _ in range(20)]
        assert set(refused) == {422}
        assert {served.tag(marked()).status for _ in range(20)} == {200}


def test_one_bad_request_of_a_batch_fails_alone(pressed: tuple[Running, Gate]):
    served, gate = pressed
    with ThreadPoolExecutor(4) as pool:
        gate.open.clear()
        pool.submit(served.tag, marked())
        until(lambda: gate.sizes == [1])
        texts = ("fine", "some poison", "good")
        asked = [pool.submit(served.tag, marked(text)) for text in texts]
        until(lambda: served.service.worker.waiting == 3)
        gate.open.set()
        assert [one.result().status for one in asked] == [200, 500, 200]
    assert gate.sizes[1] == 3


def test_who_waited_too_long_is_told_so_and_no_model_runs(pressed: tuple[Running, Gate]):
    served, gate = pressed
    with ThreadPoolExecutor(2) as pool:
        gate.open.clear()
        pool.submit(served.tag, marked())
        until(lambda: gate.sizes == [1])
        late = pool.submit(served.tag, marked(), timeout_s=0.2)
        until(lambda: served.service.worker.waiting == 1)
        threading.Event().wait(0.3)
        gate.open.set()
        answer = late.result()
    assert (answer.status, answer.error["code"]) == (429, "overloaded")
    assert gate.sizes == [1]


def test_a_request_that_nobody_waits_for_harms_no_other(artifact: Artifact):
    slow, gate = gated(artifact)
    worker = Worker(lambda: [slow], Limits(burst=10))
    worker.start()
    until(lambda: worker.router is not None)
    gate.sizes.clear()
    gate.open.clear()
    request = TagRequest.model_validate({"texts": [marked()]})
    first = worker.submit(request)
    until(lambda: gate.sizes == [1])
    left, last = worker.submit(request), worker.submit(request)
    assert left.cancel()
    assert not first.cancel()
    gate.open.set()
    assert [len(one.result(20).response.texts) for one in (first, last)] == [1, 1]
    assert gate.sizes == [1, 1]
    worker.stop()
    assert not worker.alive


def test_what_was_taken_in_is_answered_before_the_end(artifact: Artifact):
    slow, gate = gated(artifact)
    with ThreadPoolExecutor(4) as pool:
        with running(lambda: [slow], limits=Limits(burst=10)) as served:
            gate.sizes.clear()
            gate.open.clear()
            asked = [pool.submit(served.tag, marked())]
            until(lambda: gate.sizes == [1])
            asked += [pool.submit(served.tag, marked()) for _ in range(2)]
            until(lambda: served.service.worker.waiting == 2)
            pool.submit(lambda: (threading.Event().wait(0.3), gate.open.set()))
        assert [one.result().status for one in asked] == [200] * 3
