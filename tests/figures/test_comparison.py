"""Several networks in one chart or in a chart each."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import figures
from simulator.figures import style
from simulator.frames import concat

PAIR = "activation", "variance"


@pytest.fixture
def frame(table):
    """A network of 4 layers with its theory, and one of 2 that ends in an exact 0."""
    return concat(
        table([0, -1, -2, -3, -4], label="deep"),
        table([0, -1, -2, -3, -4.1], label="deep", source="theory"),
        table([0, -5, -9], label="shallow", zeros=[[False, False, True]]),
    )


DEPTHS = {"deep": 4, "shallow": 2}


def points(figure, label: str) -> list[float]:
    (trace,) = [t for t in figure["data"] if t["legendgroup"] == label and "marker" in t]
    return np.asarray(trace["x"]).tolist()


def test_layers_or_fractions_of_the_depth(frame) -> None:
    by_layer = figures.overlay(frame, *PAIR, depths=DEPTHS)
    assert points(by_layer, "deep") == [0, 1, 2, 3, 4]
    relative = figures.overlay(frame, *PAIR, depths=DEPTHS, relative=True)
    assert points(relative, "deep") == [0, 0.25, 0.5, 0.75, 1]
    assert points(relative, "shallow") == [0, 0.5, 1]
    assert "fraction of the depth" in relative["layout"]["xaxis"]["title"]["text"]
    (zero,) = [note for note in relative["layout"]["annotations"] if "exactly 0" in note["text"]]
    assert zero["x"] == 0.5 and "layer 2" in zero["text"]
    relative.to_plotly()


def test_theory_is_told_only_where_it_is_drawn(frame, table) -> None:
    assert "dashed" in figures.overlay(frame, *PAIR, depths=DEPTHS).caption
    alone = figures.overlay(table([0, -1], label="one"), *PAIR, depths={"one": 1})
    assert "dashed" not in alone.caption and "One network" in alone.caption
    assert all("legendgroup" not in trace for trace in alone["data"])
    assert figures.overlay(table([0, -1], label="one"), *PAIR, depths={"one": 1}, relative=True)["data"]


def test_theory_is_seen_over_the_line_that_it_foretells(frame) -> None:
    figure = figures.overlay(frame, *PAIR, depths=DEPTHS)
    deep, shallow, dashed = figure["data"]
    assert deep["line"] == style.beneath(dashed["line"]["color"]) and dashed["line"]["width"] < deep["line"]["width"]
    assert shallow["line"] == {"color": style.color(1), "width": 2.5}
    assert "dash" in dashed["line"]


def test_captions_are_of_what_is_drawn(frame, table) -> None:
    figure = figures.overlay(frame, *PAIR, depths=DEPTHS)
    assert figure.caption.endswith("; dashed: theory for infinite width (Poole et al. 2016), none for shallow.")
    deep, shallow = figures.multiples(frame, *PAIR, depths=DEPTHS)
    assert deep.caption == "One network; dashed: theory for infinite width (Poole et al. 2016)."
    assert shallow.caption == "One network."
    silent = concat(table([0, -1], label="a"), table([0, 0], label="a", source="theory", zeros=True))
    assert "dashed" not in figures.overlay(silent, *PAIR, depths={"a": 1}).caption, "a 0 is nowhere on a log axis"
    assert "dashed" not in figures.layer_profile(silent).caption
    back = concat(*(table([0, -1], quantity="activation_gradient", source=s) for s in ("simulation", "theory")))
    assert "Schoenholz et al. 2017" in figures.layer_profile(back, "activation_gradient").caption
    several = concat(table([[0, -1], [0, -2], [0, -3]], label="a"), table([[0, -1], [0, -2]], label="b"))
    assert "median of 3 networks; band: lowest" in figures.overlay(several, *PAIR, depths={"a": 1, "b": 1}).caption
    assert ["of 3 " in f.caption for f in figures.multiples(several, *PAIR, depths={"a": 1, "b": 1})] == [True, False]


def test_markers_leave_room_for_dashes(table) -> None:
    for layers, few in ((16, False), (17, True)):
        flat = np.zeros(layers + 1)
        frame = concat(table(flat, label="a"), table(flat - 1, label="b"))
        figure = figures.overlay(frame, *PAIR, depths={"a": layers, "b": layers})
        assert ["maxdisplayed" in trace["marker"] for trace in figure["data"]] == [few, few]


def test_bands_of_several_seeds_are_drawn(table) -> None:
    several = concat(table([[0, -1], [0, -2], [0, -3]], label="a"), table([[0, -1], [0, -2]], label="b"))
    assert len(figures.overlay(several, *PAIR, depths={"a": 1, "b": 1}, relative=True)["data"]) == 9
    (alone,) = figures.multiples(several[several.label == "a"], *PAIR, depths={"a": 1})
    assert len(alone["data"]) == 5


def test_where_only_one_network_has_the_statistic(table) -> None:
    frame = concat(table([0, -1], label="a"), table([0, -1], label="b", statistic="mean"))
    first, second = figures.multiples(frame, *PAIR, depths={"a": 1, "b": 1}, relative=True)
    assert len(first["data"]) == 1 and not second["data"]


def test_a_network_that_is_zero_everywhere_says_so_by_its_name(table) -> None:
    silent = table([0, 0], label="silent", zeros=True)
    frame = concat(table([0, -1], label="a"), silent)
    depths = {"a": 1, "silent": 1}
    texts = [note["text"] for note in figures.overlay(frame, *PAIR, depths=depths)["layout"]["annotations"]]
    assert texts == ["silent: exactly 0 at every layer"]
    a, b = figures.multiples(frame, *PAIR, depths=depths)
    assert not a["layout"]["annotations"]
    assert [note["text"] for note in b["layout"]["annotations"]] == ["exactly 0 at every layer"]


def test_small_multiples_share_axes_and_colours(frame) -> None:
    whole = figures.overlay(frame, *PAIR, depths=DEPTHS)
    deep, shallow = figures.multiples(frame, *PAIR, depths=DEPTHS)
    assert [deep.title, shallow.title] == ["deep", "shallow"]
    assert deep.name != shallow.name
    for axis in ("xaxis", "yaxis"):
        assert deep["layout"][axis] == shallow["layout"][axis] == whole["layout"][axis]
    assert len(deep["data"]) + len(shallow["data"]) == len(whole["data"])
    colors = {trace["line"]["color"] for trace in shallow["data"]}
    assert colors == {t["line"]["color"] for t in whole["data"] if t["legendgroup"] == "shallow"}
    assert any("exactly 0" in note["text"] for note in shallow["layout"]["annotations"])
    assert not any("exactly 0" in note["text"] for note in deep["layout"]["annotations"])
    assert "theory" in deep.alt and "theory" not in shallow.alt


def test_nothing_to_draw_is_no_error(frame) -> None:
    assert [f.title for f in figures.multiples(frame, "activation_gradient", "variance", depths=DEPTHS)] == list(DEPTHS)
    assert figures.overlay(frame, "activation_gradient", "variance", depths=DEPTHS)["data"] == []
