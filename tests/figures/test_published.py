"""Published numbers as marks, ours as lines, differences in units of the tolerance."""

from __future__ import annotations

import numpy as np

from simulator import figures

ROWS = [("a", np.array([0.5, 0.05, 0.0]), np.array([0.51, 0.049, 1e-7])), ("b", np.array([1.0, 1.0, 1.0]), None)]


def test_ours_are_drawn_where_they_are_known() -> None:
    figure = figures.published_table(ROWS, source="Someone (2000)", title="T")
    assert [trace["mode"] for trace in figure["data"]] == ["lines", "markers", "markers"]
    assert figure["data"][1]["y"][:2].tolist() == np.log10([0.5, 0.05]).tolist()
    assert np.isnan(figure["data"][1]["y"][2]), "printed as 0"
    assert "lines: worked out here" in figure.caption and "Someone (2000)" in figure.caption
    before = figures.published_table([(*row[:2], None) for row in ROWS], source="Someone (2000)", title="T")
    assert "ours follow by themselves" in before.caption and len(before["data"]) == 2
    figure.to_plotly()


def test_offsets_are_counted() -> None:
    figure = figures.published_offsets([("a", np.array([0.5, -0.9])), ("b", np.array([1.5])), ("c", np.array([40.0]))])
    agrees, differs = figure["data"]
    assert (agrees["name"], len(agrees["x"])) == ("agrees", 2)
    assert (differs["name"], len(differs["x"])) == ("differs", 2)
    assert "2 of 4" in figure.caption and "40" in figure.alt
    low, high = figure["layout"]["xaxis"]["range"]
    assert max(differs["x"]) <= high and low == -high
    assert "+40.00" in differs["text"][1]
    figure.to_plotly()
