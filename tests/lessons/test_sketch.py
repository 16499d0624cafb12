"""Predictions that are drawn: what a curve may be, what it stands for, how far it is from what is measured."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures
from simulator.lessons import LESSONS, Lesson
from simulator.lessons.sketch import POINTS, SPAN, points

DRAWN = [lesson for lesson in LESSONS.values() if lesson.sketch is not None]
FLAT = ",".join(["0"] * POINTS)


@pytest.mark.parametrize(
    "text", ["", "0", FLAT + ",0", *(FLAT[:-1] + last for last in ("nan", "inf", str(SPAN + 1), "x", "0" * 5000))]
)
def test_what_is_no_curve_is_none(text: str) -> None:
    assert points(text) == ()


def test_a_curve_is_read_as_it_was_written() -> None:
    wanted = tuple(np.round(np.linspace(0, -SPAN, POINTS), 1))
    assert points(",".join(f"{place:.1f}" for place in wanted)) == wanted


@pytest.mark.parametrize("lesson", DRAWN, ids=lambda lesson: lesson.slug)
@pytest.mark.parametrize("seed", [0, 1])
def test_who_draws_what_is_measured_is_right(lesson: Lesson, seed: int) -> None:
    """The measured curve, drawn, is no distance from itself and stands for the right option."""
    sketch = lesson.sketch
    assert sketch is not None
    numbers, charts = lesson.run(seed, **lesson.choices())
    (asked,) = [figure for figure in charts if figure.name == sketch.chart]
    first, last = figures.curve_layers(asked, sketch.label, backward=sketch.backward)
    assert (first > last) == sketch.backward and abs(last - first) >= 9
    line = next(trace for trace in reversed(asked["data"]) if trace.label == sketch.label and "fill" not in trace)
    layers = np.linspace(first, last, POINTS)
    heights = np.interp(layers, line["x"], line["y"])
    own = np.clip(heights - heights[0], -SPAN, SPAN)
    assert sketch.option(",".join(f"{place:.1f}" for place in own)) == lesson.right(numbers)
    gaps = figures.curve_distances(asked, sketch.label, own, backward=sketch.backward)
    assert gaps.size == POINTS and gaps.max() < max(1e-9, np.abs(heights - heights[0]).max() - SPAN + 1e-9)
    moved = own + np.linspace(0, 3, POINTS)
    apart = figures.curve_distances(asked, sketch.label, moved, backward=sketch.backward)
    assert apart.mean() == pytest.approx(np.abs(moved - (heights - heights[0])).mean())


def test_curves_lie_over_the_measured_one() -> None:
    lesson = LESSONS["target"]
    signal = lesson.run(0, **lesson.choices())[1][0]
    own, others = points(FLAT), [points(FLAT), tuple(np.linspace(0, 20, POINTS))]
    drawn = figures.with_drawn(signal, "Var w = 1/n", own, others)
    bundle, mine, *rest = drawn["data"]
    assert rest == signal["data"] and drawn.name == signal.name
    assert bundle["name"] == "drawn by the room (2)" and np.isnan(bundle["y"]).sum() == 2, "A gap after each curve."
    start = rest[0]["y"][1]
    assert mine["x"][0] == 1 and np.allclose(mine["y"], start)
    low, high = drawn["layout"]["yaxis"]["range"]
    assert low < np.nanmin([np.nanmin(trace["y"]) for trace in drawn["data"]]) and high > start + 20
    assert figures.with_drawn(signal, "no such network", own) is signal
