"""The fan of many networks, and their mean beside their median."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures
from simulator.figures import style

RNG = np.random.default_rng(0)
LOGS = np.cumsum(np.column_stack([np.zeros(100), RNG.normal(-0.1, 0.2, (100, 6))]), axis=1)
LEVELS = np.quantile(LOGS, (0.025, 0.16, 0.5, 0.84, 0.975), axis=0)
THEORY = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])[:, None] * np.linspace(0, 0.5, 7) - 0.1 * np.arange(7)


def named(figure, part: str) -> list[dict]:
    return [trace for trace in figure["data"] if part in trace["name"]]


def fan(logs=LOGS, levels=LEVELS, **more):
    return figures.network_fan("activation", logs, levels, **more)


def test_every_thin_line_is_a_network_and_none_touches_the_next() -> None:
    figure = fan()
    (threads,) = named(figure, "one network each")
    rows = np.asarray(threads["y"]).reshape(-1, 8)
    np.testing.assert_array_equal(rows[:, :7], LOGS[: len(rows)])
    assert np.isnan(rows[:, 7]).all()
    assert f"({len(rows)} of 100 drawn)" in figure.caption
    figure.to_plotly()


def test_median_and_quantiles_are_those_given() -> None:
    figure = fan(theory=THEORY, infinite=np.zeros(7))
    (median,) = [trace for trace in figure["data"] if trace["name"] == "median"]
    np.testing.assert_array_equal(median["y"], LEVELS[2])
    (ribbon,) = named(figure, "95 %")[:1]
    np.testing.assert_array_equal(ribbon["y"], [*LEVELS[4], *LEVELS[0][::-1]])
    dashed = named(figure, "theory for this width")
    np.testing.assert_array_equal(sorted(trace["y"][-1] for trace in dashed), sorted(THEORY[:, -1]))
    assert all(trace["line"]["dash"] for trace in dashed) and sum(trace["showlegend"] for trace in dashed) == 1
    assert named(figure, "infinite width")


def test_a_caption_names_only_what_is_drawn() -> None:
    assert "Dashed" not in fan().caption and "Dotted" not in fan().caption
    assert "Hanin & Nica 2020" in fan(theory=THEORY).caption
    assert "elsewhere" in fan(theory=THEORY, source="elsewhere").caption
    assert "Poole" in fan(infinite=np.zeros(7)).caption


def test_the_axis_says_what_is_pooled() -> None:
    assert "one example" in fan()["layout"]["yaxis"]["title"]["text"]
    assert "16 examples" in fan(examples=16)["layout"]["yaxis"]["title"]["text"].replace("<br>", " ")


def test_a_deep_fan_draws_fewer_lines() -> None:
    logs = np.zeros((500, 2001))
    (threads,) = named(fan(logs, np.zeros((5, 2001))), "one network each")
    assert len(threads["x"]) <= 22_000


def test_zeros_and_missing_layers_leave_gaps() -> None:
    logs, levels = LOGS.copy(), LEVELS.copy()
    logs[:, 0], levels[:, 0] = np.nan, np.nan
    logs[:60, 4:], levels[:3, 4:] = -np.inf, -np.inf
    figure = fan(logs, levels, theory=levels, infinite=levels[2])
    for trace in figure["data"]:
        assert not np.isinf(np.asarray(trace["y"], dtype=float)).any()
    (ribbon,) = named(figure, "95 %")[:1]
    lowest = np.nanmin(named(figure, "one network each")[0]["y"])
    assert np.min(ribbon["y"]) == pytest.approx(lowest), "Its lower edge falls out of sight, and the ribbon stays."
    assert all(np.isfinite(figure["layout"]["yaxis"]["range"]))
    figure.to_plotly()


def test_all_zero_is_still_a_figure() -> None:
    nothing = np.full((10, 4), -np.inf)
    fan(nothing, nothing[:5], infinite=nothing[0]).to_plotly()
    figure = figures.mean_and_median("activation", nothing[0], nothing[0], layer=3)
    assert "exactly 0" in figure.caption
    figure.to_plotly()


def test_gradients_say_which_way_they_flow() -> None:
    figure = figures.network_fan("activation_gradient", LOGS, LEVELS)
    assert any("output to input" in note["text"] for note in figure["layout"]["annotations"])


@pytest.mark.parametrize(("gap", "told"), [(0.1, False), (2.0, True)])
def test_mean_and_median_are_told_and_judged_by_their_ratio(gap: float, told: bool) -> None:
    mean = np.zeros(5)
    median = np.linspace(0, -gap, 5)
    figure = figures.mean_and_median("activation", mean, median, layer=4, theory=(mean, median - 0.3))
    assert f"{10**-gap:.3g} of the mean" in figure.caption
    assert f"in theory {10 ** -(gap + 0.3):.3g} (Hanin & Nica 2020)" in figure.caption
    assert ("rests on the few largest" in figure.caption) == told
    assert len(figure["data"]) == 4
    assert [t["line"] for t in figure["data"][:2]] == [style.beneath(t["line"]["color"]) for t in figure["data"][2:]]
    figure.to_plotly()
