"""Rate and time left, from a clock that the test turns."""

from __future__ import annotations

import math

import pytest

from simulator.studies.sweep.progress import SPAN, Pace, duration


def test_the_rate_follows_what_is_done_lately() -> None:
    now = [0.0]
    pace = Pace(1000, done=100, clock=lambda: now[0])
    now[0] = 10.0
    state = pace.count(50, failed=1)
    assert (state.done, state.rate, state.left) == (150, 5.0, 170.0)
    assert str(state) == "150 of 1,000 cells, 1 failed, 5 cells/s, 3 min left"
    for _ in range(40):  # cells become ten times slower
        now[0] += 10.0
        state = pace.count(5)
    assert state.rate == pytest.approx(0.5)
    assert now[0] > SPAN


def test_no_rate_before_time_has_passed() -> None:
    state = Pace(10, clock=lambda: 0.0).count(1)
    assert math.isnan(state.rate) and math.isnan(state.left)
    assert str(state) == "1 of 10 cells"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "less than a second"), (7, "7 s"), (300, "5 min"), (7800, "2 h 10 min"), (400_000, "5 days")],
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
