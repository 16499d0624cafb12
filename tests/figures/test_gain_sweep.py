"""Signal and gradient over the gain: the spot is marked, words follow the numbers."""

from __future__ import annotations

import math

import numpy as np

from simulator import figures
from simulator.figures import style

GAINS = np.array([0.5, 1.0, 2.0])
CHANGES = {"forward": np.array([-6.0, -0.5, -math.inf]), "backward": np.array([-5.0, 0.3, math.nan])}
THEORY = {"forward": np.array([-6.1, -0.4, -0.1]), "backward": np.array([-5.1, 0.2, 4.0])}
NONE = {side: np.full(3, math.nan) for side in CHANGES}


def drawn(**options):
    given = {"theory": THEORY, "present": 2.0, "spot": 1.0, "saved": (0.5, 1.0), **options}
    return figures.gain_survival(GAINS, CHANGES, **given)


def test_the_spot_and_the_range_are_marked() -> None:
    figure = drawn()
    band, line, _ = figure["layout"]["shapes"]
    assert (band["x0"], band["x1"]) == (math.log10(0.5), 0.0)
    assert line["x0"] == line["x1"] == 0.0
    notes = {note["text"] for note in figure["layout"]["annotations"]}
    assert notes == {"Goldilocks: 1", "▲ present: 2"}
    assert "gain, 1," in figure.caption and "shaded" in figure.caption and "2017" in figure.caption
    figure.to_plotly()


def test_without_a_spot_none_is_told() -> None:
    figure = drawn(spot=None, saved=None, present=0.0)
    assert len(figure["layout"]["shapes"]) == 1
    assert not figure["layout"]["annotations"]
    assert "no gain here" in figure.caption and "shaded" not in figure.caption
    assert "No best gain" in figure.alt


def test_theory_is_dashed_where_there_is_one() -> None:
    dashed = [trace for trace in drawn()["data"] if "dash" in trace["line"]]
    assert len(dashed) == 2 and "dashed" in drawn().caption
    assert "dashed" not in drawn(theory=NONE).caption
    assert len(drawn(theory=NONE)["data"]) == 2
    for trace in dashed:
        (measured,) = [t for t in drawn()["data"] if t["legendgroup"] == trace["legendgroup"] and "marker" in t]
        assert measured["line"] == style.beneath(trace["line"]["color"])
    assert all(trace["line"]["width"] == 2.5 for trace in drawn(theory=NONE)["data"])


def test_lines_hold_what_is_a_number() -> None:
    signal, *_ = drawn()["data"]
    assert signal["y"][:2].tolist() == [-6.0, -0.5] and np.isnan(signal["y"][2])
    low, high = drawn()["layout"]["yaxis"]["range"]
    assert low < -6.1 and high > 4
