"""Gains beside each other: every row drawn once, the experiment's own marked, unstable ones hollow."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator import figures

FRAME = pd.DataFrame(
    [
        ("tanh", "signal", 1.59, 1.18, True),
        ("tanh", "gradient", 1.47, 1.13, True),
        ("tanh", "torch", 1.67, 1.21, True),
        ("leaky_relu(negative_slope=0.2)", "signal", 1.39, 1.0, True),
        ("gelu", "signal", 1.53, 1.07, False),
        ("gelu", "gradient", 1.48, 0.55, True),
        ("zero", "signal", 1.0, 0.0, True),
    ],
    columns=["activation", "purpose", "sigma_w", "chi_1", "stable"],
)


def drawn(figure) -> list[tuple[float, str]]:
    return [(float(x), text) for trace in figure["data"] for x, text in zip(trace["x"], trace["text"], strict=True)]


@pytest.mark.parametrize(("draw", "column"), [(figures.gain_sizes, "sigma_w"), (figures.gain_gradients, "chi_1")])
def test_every_row_is_a_mark_within_the_axes(draw, column: str) -> None:
    figure = draw(FRAME, "tanh")
    marks = drawn(figure)
    assert len(marks) == len(FRAME)
    low, high = figure["layout"]["xaxis"]["range"]
    assert all(low <= x <= high for x, _ in marks)
    values = [x if column == "sigma_w" else 10**x for x, text in marks if text.startswith("tanh")]
    assert sorted(values) == pytest.approx(sorted(FRAME[FRAME.activation == "tanh"][column]))
    assert "(Schoenholz et al. 2017" in figure.caption or "Schoenholz et al. 2017" in figure.caption
    figure.to_plotly()


def test_marks_stand_on_their_activations_row() -> None:
    figure = figures.gain_sizes(FRAME)
    axis = figure["layout"]["yaxis"]
    rows = dict(zip(axis["ticktext"], axis["tickvals"], strict=True))
    assert list(rows) == ["tanh", "leaky_relu(0.2)", "gelu", "zero"]
    for trace in figure["data"]:
        for y, text in zip(trace["y"], trace["text"], strict=True):
            name = text.rpartition(", ")[0].partition(",")[0].replace("negative_slope=", "")
            assert abs(y - rows[name]) < 0.5


def test_only_the_experiments_own_is_marked() -> None:
    ticks = figures.gain_sizes(FRAME, "gelu")["layout"]["yaxis"]["ticktext"]
    assert [tick for tick in ticks if "<b>" in tick] == ["<b>▸ gelu</b>"]


def test_a_variance_that_does_not_stay_is_hollow() -> None:
    figure = figures.gain_gradients(FRAME)
    hollow = [text for trace in figure["data"] if trace["marker"]["symbol"].endswith("-open") for text in trace["text"]]
    assert hollow == ["gelu, keeps q = 1: 1.07"]
    assert "Hollow" in figure.caption
    assert "Hollow" not in figures.gain_gradients(FRAME[FRAME.stable].reset_index(drop=True)).caption
    names = [trace["name"] for trace in figure["data"] if trace["showlegend"]]
    assert len(names) == len(set(names))


def test_the_dotted_line_is_at_one() -> None:
    (line,) = figures.gain_gradients(FRAME)["layout"]["shapes"]
    assert line["x0"] == line["x1"] == np.log10(1.0)
