"""What is seen while others are first, and how a visitor who moved on gives the place up."""

from __future__ import annotations

import inspect
import threading
from contextlib import nullcontext

import pytest
from streamlit.runtime.scriptrunner import ScriptRunner

from simulator.experiment import Experiment
from simulator.serving import limits
from simulator.serving.jobs import Job
from simulator.serving.store import Store
from simulator.serving.turns import Gate
from simulator.ui import cache, waiting
from tests.waiting import PATIENCE, until


class Slot:
    """Takes the place of `st.empty()`."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def progress(self, percent: int, text: str) -> None:
        self.said.append(f"{percent} {text}")

    def empty(self) -> None:
        self.said.append("")


@pytest.fixture
def slot(monkeypatch: pytest.MonkeyPatch) -> Slot:
    """A run of a script that has reserved the bar's place."""
    made = Slot()
    monkeypatch.setattr(waiting.st, "session_state", {waiting.SLOT: made})
    monkeypatch.setattr(waiting, "get_script_run_ctx", lambda **_: Context())
    monkeypatch.setattr(waiting.runtime, "exists", lambda: False)
    return made


class Context:
    """A script's run that nothing ends."""

    session_id = "one"

    def yield_check(self) -> None:
        """Go on."""


class Clock:
    """Goes on only where somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def job(self, seconds: float) -> Job:
        """A job that is over after so many seconds."""
        job, end = Job("job"), self.now + seconds

        def wait(pause: float | None = None) -> bool:
            assert pause is not None
            self.now += pause
            return self.now >= end

        job.over.wait = wait  # type: ignore[method-assign]
        return job


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(waiting, "clock", made)
    return made


def test_a_short_wait_shows_nothing(slot: Slot, clock: Clock) -> None:
    waiting.watch(clock.job(waiting._SOON))
    assert slot.said == []


def test_a_place_in_the_queue_is_shown_and_cleared(slot: Slot, clock: Clock) -> None:
    job = clock.job(10)
    job.ahead = 3
    waiting.watch(job)
    assert slot.said == ["0 Waiting: 3 ahead of you.", ""]


def test_a_run_under_way_shows_how_far_it_is(slot: Slot, clock: Clock) -> None:
    job = clock.job(waiting._SOON)
    job.steps, job.text = (1, 4), "Simulating"
    waiting.watch(job)
    assert slot.said == ["25 Simulating", ""]


def test_who_wants_the_gate_sees_the_place_too(slot: Slot, clock: Clock) -> None:
    turn = waiting.Turn()
    turn.show_place(3)
    clock.now += waiting._SOON + 1e-3
    turn.show_place(2)
    turn.show_place(1)
    turn.show_place(1)
    turn.come()
    assert slot.said == ["0 Waiting: 2 ahead of you.", "0 Waiting: 1 ahead of you.", ""]


def test_a_visitor_who_moved_on_stops_waiting(slot: Slot, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    class MovedOnError(Exception):
        pass

    def yield_check(context: Context) -> None:
        raise MovedOnError

    monkeypatch.setattr(Context, "yield_check", yield_check)
    with pytest.raises(MovedOnError):
        waiting.watch(clock.job(10**6))


def test_a_visitor_who_left_stops_waiting(slot: Slot, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    class StoppedError(Exception):
        pass

    class Runtime:
        def is_active_session(self, session: str) -> bool:
            return session != "one"

    def stop() -> None:
        raise StoppedError

    monkeypatch.setattr(waiting.runtime, "exists", lambda: True)
    monkeypatch.setattr(waiting.runtime, "get_instance", Runtime)
    monkeypatch.setattr(waiting.st, "stop", stop)
    with pytest.raises(StoppedError):
        waiting.watch(clock.job(10**6))


def test_a_page_waits_its_turn_and_is_then_whole(open_app, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else computes while the page opens: it comes all the same."""
    monkeypatch.setattr(cache, "RESULTS", Store(limits.RESULT_BYTES))
    monkeypatch.setattr(cache, "PAYLOADS", Store(limits.CHART_BYTES))
    taken, places = [], cache.JOBS.gate.places

    def other() -> None:
        with cache.JOBS.gate.turn():
            taken.append(1)
            until(lambda: cache.JOBS.gate.waiting)

    for _ in range(places):
        threading.Thread(target=other, daemon=True).start()
    until(lambda: len(taken) == places)
    app = open_app(depth="3", width="16", batch="8", seed="77")
    assert not app.exception
    assert app.charts
    assert cache.propagation(Experiment(depth=3, width=16, batch=8, seed=77)).verdict


@pytest.fixture
def turns(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """One turn to draw at a time."""
    gate = Gate(1)
    monkeypatch.setattr(waiting, "SCRIPTS", gate)
    monkeypatch.setattr(waiting, "get_script_run_ctx", lambda **_: None)
    return gate


def test_a_page_that_waits_for_something_else_gives_its_turn_to_draw_away(turns: Gate) -> None:
    with waiting.drawing():
        assert turns.held
        with waiting.drawing():  # the page's body within its frame
            assert turns.held
        with waiting.aside():
            assert not turns.held
            took = threading.Thread(target=lambda: (turns.acquire(), turns.release()))
            took.start()
            took.join(PATIENCE)
            assert not took.is_alive()
        assert turns.held
    assert not turns.held and turns.free == 1
    with waiting.aside():
        pass
    assert not turns.held, "Who had none is given none."


def test_whoever_moved_on_gives_the_turn_to_draw_up(turns: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    class MovedOnError(Exception):
        pass

    def moved_on() -> None:
        raise MovedOnError

    monkeypatch.setattr(waiting, "check", moved_on)
    with pytest.raises(MovedOnError), waiting.drawing():
        pytest.fail("drawn")
    assert turns.free == 1
    with pytest.raises(MovedOnError), turns.turn(), waiting.aside():
        moved_on()
    assert turns.free == 1 and not turns.waiting


def test_pages_that_are_drawn_are_counted_without_those_that_wait(turns: Gate) -> None:
    before = waiting.drawn()
    ready, over = threading.Barrier(3), threading.Event()

    def page(aside: bool) -> None:
        with waiting.aside() if aside else nullcontext():
            ready.wait(PATIENCE)
            over.wait(PATIENCE)

    threads = [
        threading.Thread(target=page, args=(aside,), name="ScriptRunner.scriptThread") for aside in (True, False)
    ]
    for thread in threads:
        thread.start()
    ready.wait(PATIENCE)
    assert waiting.drawn() == before + 1
    over.set()
    for thread in threads:
        thread.join(PATIENCE)
    assert waiting.drawn() == before
    assert 'name="ScriptRunner' in inspect.getsource(ScriptRunner.start), "Streamlit names its threads so."
