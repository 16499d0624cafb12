"""The gate: so many at a time, in order, none lost."""

from __future__ import annotations

import threading

import pytest

from simulator.serving.turns import Gate
from tests.waiting import PATIENCE, until


def started(work) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


@pytest.mark.parametrize("places", [1, 3])
def test_so_many_at_a_time_and_none_is_lost(places: int) -> None:
    gate, inside, most, done = Gate(places), set(), [], []
    together = threading.Barrier(places)  # nobody leaves before all places are taken

    def work() -> None:
        with gate.turn():
            inside.add(threading.get_ident())
            together.wait(PATIENCE)
            most.append(len(inside))
            together.wait(PATIENCE)
            inside.discard(threading.get_ident())
        done.append(1)

    threads = [started(work) for _ in range(60)]
    for thread in threads:
        thread.join(PATIENCE)
    assert len(done) == 60
    assert set(most) == {places}
    assert gate.free == places and not gate.waiting


def test_first_come_first_served() -> None:
    gate, order = Gate(1), []

    def work(number: int) -> None:
        with gate.turn():
            order.append(number)

    with gate.turn():
        threads = []
        for number in range(6):
            threads.append(started(lambda number=number: work(number)))
            until(lambda number=number: gate.waiting == number + 1)
    for thread in threads:
        thread.join(PATIENCE)
    assert order == list(range(6))


def test_a_thread_that_has_a_turn_passes_freely() -> None:
    gate = Gate(1)
    with gate.turn(), gate.turn():
        assert gate.held
    assert not gate.held and gate.free == 1


def test_who_waits_is_told_how_many_are_ahead_and_may_give_up() -> None:
    class LeftError(Exception):
        pass

    gate, told = Gate(1), []

    def look(ahead: int) -> None:
        told.append(ahead)
        raise LeftError

    def impatient() -> None:
        with pytest.raises(LeftError), gate.turn(look):
            told.append(-1)

    with gate.turn():
        other = started(lambda: gate.turn().__enter__())
        until(lambda: gate.waiting == 1)
        thread = started(impatient)
        thread.join(PATIENCE)
        assert told == [2], "One has the turn, one comes first."
        assert gate.waiting == 1, "The place is given up."
    other.join(PATIENCE)


def test_a_long_turn_lets_by_whoever_waits() -> None:
    gate, order = Gate(1), []

    def short() -> None:
        with gate.turn():
            order.append("short")

    with gate.turn():
        assert not gate.step_aside(), "Nobody waits."
        threads = [started(short) for _ in range(3)]
        until(lambda: gate.waiting == 3)
        assert gate.step_aside()
        assert gate.held
        order.append("long")
    for thread in threads:
        thread.join(PATIENCE)
    assert order == ["short"] * 3 + ["long"]


def test_an_error_gives_the_turn_back() -> None:
    gate = Gate(1)
    with pytest.raises(KeyError), gate.turn():
        raise KeyError
    assert gate.free == 1
