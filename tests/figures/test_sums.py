"""Histograms of sums, lines over any number, and charts that wait."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures


def test_a_histogram_of_sums_is_a_density() -> None:
    drawn = {"narrow": np.linspace(-0.5, 0.5, 1001), "wide": np.linspace(-4, 4, 1001)}
    figure = figures.sum_histogram(drawn)
    narrow, wide = figure["data"]
    step = narrow["x"][1] - narrow["x"][0]
    assert narrow["y"].sum() * step == pytest.approx(1)
    assert wide["y"].sum() * step == pytest.approx(1)
    assert "narrow: root mean square 0.289" in figure.caption


def test_sums_that_are_all_zero_can_be_drawn() -> None:
    assert figures.sum_histogram({"nothing": np.zeros(10)})["data"]


def test_sum_sizes_are_roots() -> None:
    figure = figures.sum_sizes((1, 100), np.array([1.0, 4.0]), np.array([1.0, 0.01]), np.array([1.0, 1.0]))
    total, term, theory = figure["data"]
    np.testing.assert_allclose(10 ** total["y"], [1, 2])
    np.testing.assert_allclose(10 ** term["y"], [1, 0.1])
    assert "dash" in theory["line"]
    assert "2 at n = 100" in figure.alt


@pytest.mark.parametrize("kind", [{}, {"logs": True}, {"fractions": True}])
def test_lines_leave_gaps_where_there_is_no_number(kind: dict[str, bool]) -> None:
    lines = {"a": [0.1, np.nan, 0.3], "b": [0.5, -np.inf, 0.25]}
    figure = figures.line_chart([1, 2, 3], lines, across="x", up="y", name="n", title="T", caption="C", **kind)
    assert [np.isnan(trace["y"]).tolist() for trace in figure["data"]] == [[False, True, False]] * 2
    assert figure["layout"]["xaxis"]["title"]["text"] == "x"
    assert "a: " in figure.alt


def test_theory_among_lines_is_dashed() -> None:
    lines = {"measured": [1.0, 2.0], "theory": [1.0, 2.0]}
    made = figures.line_chart([1, 2], lines, across="x", up="y", name="n", title="T", caption="C", dashed=["theory"])[
        "data"
    ]
    assert "dash" not in made[0]["line"] and "dash" in made[1]["line"]


def test_a_veil_keeps_the_axes_and_hides_the_numbers() -> None:
    shown = figures.sum_sizes((1, 100), np.array([1.0, 4.0]), np.array([1.0, 0.01]), np.array([1.0, 1.0]))
    hidden = figures.veiled(shown)
    assert hidden.title == shown.title
    for axis in ("xaxis", "yaxis"):
        assert hidden["layout"][axis]["title"] == shown["layout"][axis]["title"]
        assert not hidden["layout"][axis]["showticklabels"]
    assert [trace["text"] for trace in hidden["data"]] == [["?"]]
    assert "2 at n = 100" not in hidden.alt
