"""Where networks end, and the growth of their spread."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures

VALUES = np.random.default_rng(1).normal(-1.0, 2.0, 400)


def ending(values=VALUES, **more):
    return figures.ending_histogram("activation", 9, values, reference="infinite width", **more)


def bars(figure) -> dict:
    (found,) = [trace for trace in figure["data"] if trace["type"] == "bar"]
    return found


def test_the_histogram_holds_every_network() -> None:
    found = bars(ending())
    assert np.sum(found["y"]) * found["width"] == pytest.approx(1)
    assert np.average(found["x"], weights=found["y"]) == pytest.approx(VALUES.mean(), abs=found["width"])


def test_dead_networks_are_counted_and_not_drawn() -> None:
    values = np.append(VALUES, np.full(100, -np.inf))
    figure = ending(values)
    found = bars(figure)
    assert np.sum(found["y"]) * found["width"] == pytest.approx(0.8)
    assert "100 of 500" in figure["layout"]["annotations"][0]["text"]
    assert f"{np.mean(values < 0):.0%}" in figure.caption


@pytest.mark.parametrize("values", [np.zeros(20), np.full(20, -np.inf), np.array([1e4, -1e4])])
def test_odd_ends_are_still_a_figure(values) -> None:
    figure = ending(values)
    figure.to_plotly()
    assert figure["data"]
    assert np.isfinite(figure["layout"]["yaxis"]["range"]).all()


def test_theory_is_dashed_and_says_what_it_is() -> None:
    curve = np.linspace(-3, 3, 7), np.full(7, 0.1)
    assert "log-normal" in ending(density=curve, log_normal=True)["data"][-1]["name"]
    figure = ending(density=curve, source="Someone 1999")
    assert "sampled" in figure["data"][-1]["name"] and figure["data"][-1]["line"]["dash"]
    assert "Someone 1999" in figure.caption


def test_the_axis_names_layer_and_reference() -> None:
    title = ending()["layout"]["xaxis"]["title"]["text"]
    assert "x<sub>9</sub>" in title and "infinite width" in title


PASSED = np.array([0.0, 0.1, 0.3, 0.6])


def spread(**more):
    return figures.log_spread("activation", PASSED, 5 * PASSED + 0.01, **more)


def test_the_spread_is_told_in_its_own_numbers() -> None:
    figure = spread(theory=4 * PASSED, leading=5.0)
    assert "comes to 0.6 the variance of the logarithm is 3.01, in theory 2.4" in figure.caption
    assert "layers add 5 × 0.6 = 3 to first order" in figure.caption
    np.testing.assert_array_equal(figure["data"][-1]["y"], 5 * PASSED)
    assert "theory" not in spread().caption
    figure.to_plotly()


def test_from_the_output_the_axis_counts_from_there() -> None:
    passed = PASSED[::-1]
    figure = figures.log_spread("activation_gradient", passed, 2 * passed)
    np.testing.assert_array_equal(figure["data"][0]["x"], PASSED)
    np.testing.assert_array_equal(figure["data"][0]["customdata"], [3, 2, 1, 0])
    assert "from the output" in figure["layout"]["xaxis"]["title"]["text"]


def test_a_spread_of_zeros_is_still_a_figure() -> None:
    figure = figures.log_spread("activation", PASSED, np.full(4, np.nan), theory=np.full(4, np.nan))
    assert "exactly 0" in figure.caption
    figure.to_plotly()
