"""Profiles over layers: what is drawn, what is said, for ordinary and for impossible numbers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest

from simulator import figures, frames
from simulator.figures import style
from simulator.figures.figure import Figure


def drawn(figure: Figure, mode: str = "lines") -> list[dict]:
    return [trace for trace in figure["data"] if mode in trace["mode"]]


def named(figure: Figure, part: str) -> dict:
    (found,) = [trace for trace in figure["data"] if part in trace.get("name", "")]
    return found


def texts(figure: Figure) -> list[str]:
    return [note["text"] for note in figure["layout"]["annotations"]]


def test_one_seed_is_a_line_with_markers_and_plotly_accepts_it(table):
    log10 = -0.1 * np.arange(31)
    figure = figures.layer_profile(table(log10))
    (line,) = figure["data"]
    assert line["mode"] == "lines+markers"
    np.testing.assert_array_equal(line["x"], np.arange(31))
    np.testing.assert_allclose(line["y"], log10)
    assert isinstance(figure.to_plotly(), go.Figure)
    assert figure.to_plotly().layout.title.text == figure.title == "Activation variance"


def test_a_deep_network_has_no_markers(table):
    (line,) = figures.layer_profile(table(np.zeros(101)))["data"]
    assert line["mode"] == "lines"


def test_the_axis_says_which_variance_it_is(table):
    figure = figures.layer_profile(table(np.zeros(3)))
    assert figure["layout"]["yaxis"]["title"]["text"].replace("<br>", " ") == (
        "Var x<sub>l</sub> (activation variance, pooled over batch × units)"
    )


def test_theory_is_dashed_and_named(table):
    frame = frames.concat(table(np.zeros(5)), table(np.full(5, -1.0), source="theory"))
    line = named(figures.layer_profile(frame), "theory (infinite width)")
    assert line["line"]["dash"] == "dash"
    np.testing.assert_allclose(line["y"], -1.0)
    assert "dashed: theory" in figures.layer_profile(frame).caption


def test_few_seeds_are_a_median_with_the_full_range_and_each_line(table):
    log10 = np.array([[0.0, -1, -3], [0, -2, -2], [0, -4, -1]])
    figure = figures.layer_profile(table(log10))
    np.testing.assert_allclose(named(figure, "median of 3 seeds")["y"], [0, -2, -2])
    band = named(figure, "min to max of 3 seeds")
    np.testing.assert_allclose(band["y"], [0, -1, -1, -3, -4, 0])
    assert sum(trace.get("showlegend") is False for trace in figure["data"]) == 3


def test_many_seeds_are_a_median_with_the_middle_two_thirds(table):
    log10 = np.tile(np.linspace(0, 1, 101)[:, None], (1, 4))
    figure = figures.layer_profile(table(log10))
    band = named(figure, "16 to 84 % of 101 seeds")
    np.testing.assert_allclose(sorted(set(np.round(band["y"], 6))), [0.16, 0.84])
    np.testing.assert_allclose(named(figure, "median")["y"], 0.5)
    assert len(figure["data"]) == 2


@pytest.mark.parametrize("rate", [-15.0, 15.0])
def test_exponents_far_outside_the_double_range_are_drawn_and_told(table, rate):
    figure = figures.layer_profile(table(rate * np.arange(101)))
    (line,) = figure["data"]
    assert np.isfinite(line["y"]).all()
    assert line["text"][-1] == f"1.00e{1500 if rate > 0 else -1500}"
    axis = figure["layout"]["yaxis"]
    assert axis["range"][0] < min(line["y"]) and max(line["y"]) < axis["range"][1]
    assert all(re.fullmatch(r"1|10|10<sup>−?\d+</sup>", tick) for tick in axis["ticktext"])
    assert len(axis["ticktext"]) <= 8


def test_the_line_ends_where_the_value_is_exactly_zero(table):
    log10 = -np.arange(10.0)
    figure = figures.layer_profile(table(log10, zeros=np.arange(10) >= 6))
    (line,) = figure["data"]
    assert np.isnan(line["y"][6:]).all() and np.isfinite(line["y"][:6]).all()
    assert texts(figure) == ["exactly 0 from layer 6"]


def test_a_gradient_may_be_zero_towards_the_input(table):
    figure = figures.layer_profile(
        table(np.zeros(10), quantity="activation_gradient", zeros=np.arange(10) < 4), "activation_gradient"
    )
    assert "exactly 0 up to layer 3" in texts(figure)
    everywhere = figures.layer_profile(table(np.zeros(10), zeros=True))
    assert texts(everywhere) == ["exactly 0 at every layer"]


def test_zeros_of_some_seeds_leave_a_median(table):
    zeros = np.zeros((3, 4), bool)
    zeros[0, 2] = True
    figure = figures.layer_profile(table(np.zeros((3, 4)), zeros=zeros))
    np.testing.assert_allclose(named(figure, "median")["y"], 0.0)
    zeros[1, 2] = True
    figure = figures.layer_profile(table(np.zeros((3, 4)), zeros=zeros))
    assert np.isnan(named(figure, "median")["y"][2])


def test_the_gradients_direction_is_labelled(table):
    for quantity in ("activation_gradient", "preactivation_gradient", "weight_gradient"):
        (note,) = figures.layer_profile(table(np.zeros(4), quantity=quantity), quantity)["layout"]["annotations"]
        assert "output to input" in note["text"]
        assert note["showarrow"] and note["ax"] > 0  # the tail lies right of the head: it points left
    assert not texts(figures.layer_profile(table(np.zeros(4))))


def test_a_flat_curve_does_not_show_rounding_as_mountains(table):
    axis = figures.layer_profile(table(1e-4 * np.sin(np.arange(30))))["layout"]["yaxis"]
    assert axis["tickvals"] == [-1, 0, 1]


def test_small_moves_leave_the_axis_alone(table):
    first, second = (
        figures.layer_profile(table(end * np.linspace(0, 1, 30)))["layout"]["yaxis"]["range"] for end in (-7.3, -7.6)
    )
    assert first == second


@pytest.mark.parametrize(
    ("largest", "end"), [(1.0, 1.0), (0.97, 1.0), (0.7, 0.8), (0.023, 0.03), (0.019, 0.02), (1e-5, 0.01)]
)
@pytest.mark.parametrize("statistic", ["saturated_fraction", "dead_fraction"])
def test_a_percent_axis_ends_where_its_data_do(table, statistic, largest, end):
    shown = table(np.log10(np.array([largest / 2, largest]) + 1e-300), statistic=statistic)
    axis = figures.layer_profile(shown, statistic=statistic)["layout"]["yaxis"]
    assert tuple(axis["range"]) == pytest.approx((-0.04 * end, 1.04 * end))
    assert axis["tickformat"].endswith("%")


def test_means_have_an_axis_symmetric_about_zero(table):
    figure = figures.layer_profile(table(np.full(5, -1.5), statistic="mean"), statistic="mean")
    low, high = figure["layout"]["yaxis"]["range"]
    assert low == -high and high > 10**-1.5


def test_networks_are_told_apart_by_colour_and_by_shape(table):
    labels = ("tanh", "relu", "gelu")
    frame = frames.concat(*(table(np.full(90, -k), label=name) for k, name in enumerate(labels)))
    figure = figures.layer_profile(frame)
    assert [trace["name"] for trace in figure["data"]] == list(labels)
    assert len({trace["line"]["color"] for trace in figure["data"]}) == 3
    assert len({trace["marker"]["symbol"] for trace in figure["data"]}) == 3


def test_overlaid_networks_have_one_legend_entry_each(table):
    parts = [
        table(np.zeros((3, 9)) - k, label=name, source="simulation") for k, name in enumerate(("tanh", "relu"))
    ] + [table(np.zeros(9) - k, label=name, source="theory") for k, name in enumerate(("tanh", "relu"))]
    figure = figures.layer_profile(frames.concat(*parts))
    assert [trace["name"] for trace in figure["data"] if trace.get("showlegend") is not False] == ["tanh", "relu"]
    dashes = {trace["line"]["dash"] for trace in figure["data"] if "dash" in trace["line"]}
    assert len(dashes) == 2


def test_the_order_of_rows_does_not_matter(table):
    frame = table(np.random.default_rng(0).normal(size=(4, 12)))
    shuffled = frame.sample(frac=1, random_state=1)
    one, other = figures.layer_profile(frame), figures.layer_profile(shuffled)
    for a, b in zip(one["data"], other["data"], strict=True):
        np.testing.assert_array_equal(a["y"], b["y"])


def test_text_columns_may_be_plain_strings(table):
    frame = table(np.zeros(4))
    plain = frame.astype(dict.fromkeys(("label", "source", "quantity", "statistic"), "str"))
    assert len(figures.layer_profile(plain)["data"]) == len(figures.layer_profile(frame)["data"]) == 1


def test_nothing_to_draw_is_an_empty_chart(table):
    figure = figures.layer_profile(table(np.zeros(4)), "preactivation", "variance")
    assert figure["data"] == []
    figure.to_plotly()


def test_the_words_for_a_screen_reader_tell_both_ends(table):
    assert "1 at layer 0, 1.00e-9 at layer 3" in figures.layer_profile(table(-3 * np.arange(4.0))).alt


def test_a_name_keeps_its_chart(table):
    figure = figures.layer_profile(table(np.zeros(4)), name="left")
    assert figure.name == figure["layout"]["uirevision"] == "left"


def test_colours_come_from_the_style_alone(table):
    frame = pd.concat([table(np.zeros((3, 9)), label=str(k)) for k in range(7)])
    known = {*style.SERIES, style.INK, style.FAINT}
    for figure in (figures.layer_profile(frame), figures.layer_profile(table(np.zeros((9, 9))))):
        for color in re.findall(r"#[0-9A-Fa-f]{3,8}|rgba?\([^)]*\)", repr(figure["data"]) + repr(figure["layout"])):
            assert color[:7] in known
