"""Axes: whole decades, round ends, numbers in words for any exponent."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.figures import axes


@given(st.lists(st.floats(-1e5, 1e5), min_size=1, max_size=20))
def test_decades_hold_the_values_and_have_few_ticks(values):
    bottom, top = axes.decades(np.array(values))
    assert bottom - 0.1 <= min(values) and max(values) <= top + 0.1
    assert top - bottom >= 2
    assert (top - bottom) / axes.tick_step(bottom, top) <= 9


def test_no_value_at_all_is_an_axis_about_one():
    assert axes.decades(np.array([np.nan, -np.inf])) == (-1, 1)


@pytest.mark.parametrize(
    ("log10", "text"),
    [(0, "1"), (-2, "0.01"), (2.5, "316"), (-456 + math.log10(1.23), "1.23e-456"), (300.0, "1.00e300"),
     (5 - 1e-12, "1.00e5"), (-math.inf, "0"), (math.nan, "")],
)  # fmt: skip
def test_numbers_in_words(log10, text):
    assert axes.number(log10) == text


@given(st.floats(-2e4, 2e4))
def test_a_number_in_words_reads_back(log10):
    mantissa, _, exponent = axes.number(log10).partition("e")
    assert math.log10(float(mantissa)) + int(exponent or 0) == pytest.approx(log10, abs=3e-3)


@pytest.mark.parametrize(("value", "end"), [(0.3, 0.5), (0.5, 0.5), (1.01, 2), (7, 10), (2e-9, 2e-9), (99, 100)])
def test_round_up(value, end):
    assert axes.round_up(value) == end


@given(st.floats(1e-200, 1e200))
def test_reach_holds_the_value_and_little_more(value):
    assert value * (1 - 1e-8) <= axes.reach(value) <= 2.0000001 * value


@pytest.mark.parametrize("depth", [1, 2, 7, 30, 100, 999, 2000])
def test_layers_have_few_ticks(depth):
    axis = axes.layer_axis(depth)
    assert depth / axis["dtick"] <= 8
    assert axis["range"][0] < 0 < depth < axis["range"][1]


def test_a_long_title_has_two_lines_and_the_same_words():
    title = "Var x<sub>l</sub> (activation variance, pooled over batch × units)"
    broken = axes.two_lines(title)
    assert broken.count("<br>") == 1
    assert broken.replace("<br>", " ") == title
    assert axes.two_lines("density per rms") == "density per rms"
