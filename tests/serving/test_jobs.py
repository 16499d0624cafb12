"""Jobs: one for all who ask, given up when nobody does, long ones let short ones by."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from simulator import threads
from simulator.serving import limits
from simulator.serving.jobs import Job, Jobs
from simulator.serving.turns import Gate
from tests.waiting import PATIENCE, until


class GoneError(Exception):
    """The visitor left."""


class Audience:
    """Visitors who wait until the job is over, or leave when told to."""

    def __init__(self) -> None:
        self.leaving: set[str] = set()
        self.drawn: list[tuple[int, int] | None] = []
        self.watched: list[Job] = []

    def watch(self, job: Job) -> None:
        self.watched.append(job)
        until(lambda: job.over.is_set() or threading.current_thread().name in self.leaving)
        if not job.over.is_set():
            raise GoneError

    def draw(self, job: Job) -> None:
        self.drawn.append(job.steps)


class Visitor(threading.Thread):
    """Asks for a key and keeps what it is given, value or error."""

    def __init__(self, jobs: Jobs, key: str, make: Callable[[], object], name: str = "visitor") -> None:
        super().__init__(daemon=True, name=name)
        self.ask = lambda: jobs.share(key, make)
        self.answer: object = None
        self.start()

    def run(self) -> None:
        try:
            self.answer = self.ask()
        except Exception as error:
            self.answer = error

    def result(self) -> object:
        self.join(PATIENCE)
        assert not self.is_alive()
        return self.answer


@pytest.fixture
def audience() -> Audience:
    return Audience()


@pytest.fixture
def jobs(audience: Audience) -> Jobs:
    return Jobs(Gate(1), audience)


def test_all_who_ask_for_the_same_share_one_computation(jobs: Jobs, audience: Audience) -> None:
    made, go = [], threading.Event()

    def make() -> object:
        go.wait(PATIENCE)
        made.append(object())
        return made[-1]

    visitors = [Visitor(jobs, "same", make) for _ in range(8)]
    until(lambda: len(audience.watched) == 8)
    go.set()
    assert {id(visitor.result()) for visitor in visitors} == {id(made[0])}
    assert len(made) == 1
    assert not len(jobs)


def test_an_error_reaches_everybody_and_nothing_stays_behind(jobs: Jobs) -> None:
    def make() -> object:
        raise ArithmeticError("no")

    for _ in range(2):
        with pytest.raises(ArithmeticError, match="no"):
            jobs.share("bad", make)
    assert not len(jobs) and jobs.gate.free == 1


def test_a_run_nobody_waits_for_is_abandoned(jobs: Jobs, audience: Audience) -> None:
    went_on, begun = [], threading.Event()

    def make() -> object:
        with jobs.reporting(60, "long") as progress:
            progress(0, 2)
            begun.set()
            until(lambda: jobs.current.abandoned)
            progress(1, 2)
            went_on.append(1)

    visitor = Visitor(jobs, "long", make, name="leaves")
    assert begun.wait(PATIENCE)
    audience.leaving.add("leaves")
    assert isinstance(visitor.result(), GoneError)
    until(lambda: jobs.gate.free == 1)
    assert not went_on
    assert jobs.long.free == 1, "Its places are free again."


def test_who_stays_gets_what_the_one_who_asked_first_left(jobs: Jobs, audience: Audience) -> None:
    begun, go = threading.Event(), threading.Event()

    def make() -> object:
        with jobs.reporting(60, "long") as progress:
            begun.set()
            go.wait(PATIENCE)
            progress(1, 2)
            return "whole"

    first = Visitor(jobs, "one", make, name="leaves")
    assert begun.wait(PATIENCE)
    second = Visitor(jobs, "one", lambda: "another", name="stays")
    until(lambda: len(audience.watched) == 2)
    audience.leaving.add("leaves")
    assert isinstance(first.result(), GoneError)
    go.set()
    assert second.result() == "whole"


def test_who_gives_up_in_the_queue_is_never_begun(jobs: Jobs, audience: Audience) -> None:
    made = []
    with jobs.gate.turn():
        visitor = Visitor(jobs, "queued", lambda: made.append(1), name="leaves")
        until(lambda: jobs.gate.waiting == 1)
        audience.leaving.add("leaves")
        assert isinstance(visitor.result(), GoneError)
        until(lambda: jobs.gate.waiting == 0)
    assert not made


def test_a_long_run_lets_short_ones_by(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.serving.limits.SLICE_SECONDS", 0.0)
    order, begun = [], threading.Event()

    def long() -> object:
        with jobs.reporting(60, "long") as progress:
            begun.set()
            until(lambda: jobs.gate.waiting == 3)
            progress(1, 2)
            order.append("long")

    visitors = [Visitor(jobs, "long", long)]
    assert begun.wait(PATIENCE)
    visitors += [Visitor(jobs, f"short {number}", lambda: order.append("short")) for number in range(3)]
    for visitor in visitors:
        visitor.result()
    assert order == ["short"] * 3 + ["long"]


def test_of_long_runs_there_is_one_at_a_time(audience: Audience, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.serving.limits.SLICE_SECONDS", 0.0)
    jobs, inside, most = Jobs(Gate(4), audience), [], []

    def long() -> object:
        with jobs.reporting(60, "long") as progress:
            inside.append(1)
            most.append(len(inside))
            until(lambda: jobs.long.waiting + len(most) == 5)  # all the others want to
            for step in range(5):
                progress(step, 5)
            inside.pop()

    for visitor in [Visitor(jobs, f"long {number}", long) for number in range(5)]:
        assert visitor.result() is None
    assert max(most) == 1 and len(most) == 5


def test_a_part_of_a_job_is_made_in_place(jobs: Jobs) -> None:
    def whole() -> object:
        return jobs.share("part", lambda: threading.current_thread().name)

    assert jobs.share("whole", whole) == "job"
    with jobs.gate.turn():  # who has the gate makes it itself, or would wait for itself
        assert jobs.share("part", lambda: threading.current_thread().name) != "job"


def test_a_short_run_shows_no_bar(jobs: Jobs, audience: Audience) -> None:
    def make() -> object:
        with jobs.reporting(0.01, "short") as progress:
            progress(1, 2)
            return jobs.current.steps

    assert jobs.share("short", make) is None and not audience.drawn


@pytest.mark.parametrize("part", ["reported", "shared"])
def test_a_job_of_many_short_parts_lets_others_by(jobs: Jobs, part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Six networks of half a second each, every one a short run, once held another visitor for 5.8 s."""
    monkeypatch.setattr(limits, "SLICE_SECONDS", 0.0)
    order: list[str] = []
    begun = threading.Event()

    def many() -> None:
        begun.set()
        until(lambda: jobs.gate.waiting)
        if part == "reported":
            with jobs.reporting(0.01, "short") as progress:
                progress(1, 2)
        else:
            jobs.share("a part", lambda: None)
        order.append("many")

    first = Visitor(jobs, "many", many)
    assert begun.wait(PATIENCE)
    second = Visitor(jobs, "one", lambda: order.append("one"))
    first.result(), second.result()
    assert order == ["one", "many"]


def test_a_part_of_a_job_that_nobody_waits_for_is_not_made(jobs: Jobs, audience: Audience) -> None:
    began, left, made = threading.Event(), threading.Event(), []

    def whole() -> None:
        began.set()
        left.wait(PATIENCE)
        until(lambda: jobs.current.abandoned)
        jobs.share("part", lambda: made.append("part"))

    visitor = Visitor(jobs, "whole", whole, name="leaves")
    began.wait(PATIENCE)
    audience.leaving.add("leaves")
    left.set()
    visitor.result()
    until(lambda: not jobs.gate.held and jobs.gate.free)
    assert not made


def test_without_threads_everything_is_done_in_place(audience: Audience) -> None:
    jobs = Jobs(Gate(1), audience, threads=False)

    def make() -> object:
        with jobs.reporting(60, "long") as progress:
            progress(1, 2)
            return threading.current_thread()

    assert jobs.share("here", make) is threading.current_thread()
    assert audience.drawn == [(1, 2)]


@pytest.mark.parametrize("alone", [True, False])
def test_a_long_run_leaves_the_other_cores_to_visitors(
    jobs: Jobs, alone: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.serving.limits.ONE_THREAD", alone)

    def make() -> object:
        with jobs.reporting(60, "long"):
            return threads._ALONE.get()

    assert jobs.share("long", make) is alone
