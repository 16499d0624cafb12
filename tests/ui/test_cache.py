"""What is kept for everybody: found again, shared, and out of reach of a visitor's browser."""

from __future__ import annotations

import threading

import pytest
import streamlit

from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.serving import limits
from simulator.serving.store import Store
from simulator.ui import cache
from tests.waiting import PATIENCE

SMALL = Experiment(depth=3, width=8, batch=4)


@pytest.fixture(autouse=True)
def empty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "RESULTS", Store(limits.RESULT_BYTES))
    monkeypatch.setattr(cache, "PAYLOADS", Store(limits.CHART_BYTES))


def test_a_result_is_made_once_and_survives_what_clears_streamlits_caches() -> None:
    first = cache.propagation(SMALL)
    streamlit.cache_resource.clear()  # what any browser may ask the server for
    streamlit.cache_data.clear()
    assert cache.propagation(SMALL) is first
    assert cache.propagation(SMALL.replace(seed=1)) is not first


def test_charts_are_kept_by_their_maker_and_choices() -> None:
    made = []

    def board(experiment: Experiment, *choices: str) -> bytes:
        made.append(choices)
        return f"{cache.propagation(experiment).verdict.headline} {choices}".encode()

    assert cache.payload(board, SMALL, "a") == cache.payload(board, SMALL, "a")
    assert cache.payload(board, SMALL, "b") != cache.payload(board, SMALL, "a")
    assert made == [("a",), ("b",)]


def test_a_long_run_shows_how_far_it_is_and_a_short_one_does_not() -> None:
    shown = []

    def study(experiment: Experiment, progress: Progress) -> int:
        progress(1, 2)
        shown.append(cache.JOBS.current.steps)
        return len(shown)

    cache.result(study, SMALL, seconds=0.01)
    cache.result(study, SMALL.replace(seed=1), seconds=60, text="long")
    assert shown == [None, (1, 2)]


def test_who_holds_the_gate_may_ask_for_results() -> None:
    with cache.gate():
        assert cache.theory(SMALL).experiment == SMALL


def test_two_who_want_the_gate_take_turns() -> None:
    inside = []

    def work() -> None:
        with cache.gate():
            inside.append(len(inside) % 2)
            inside.append(len(inside) % 2)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert inside == [0, 1] * 8
