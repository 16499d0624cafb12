"""A figure is a plain spec with words of its own."""

from __future__ import annotations

import plotly.graph_objects as go

from simulator.figures import Figure


def test_it_is_a_plain_dict_of_data_and_layout():
    figure = Figure([{"type": "scatter", "y": [1, 2]}], {"xaxis": {}}, name="a", title="A title")
    assert isinstance(figure, dict)
    assert set(figure) == {"data", "layout"}
    assert go.Figure(figure).data[0].y == (1, 2)
    assert figure.alt == "A title"
    assert not figure.clickable


def test_a_layout_may_have_its_own_revision():
    assert Figure([], {}, name="a", title="")["layout"]["uirevision"] == "a"
    assert Figure([], {"uirevision": 3}, name="a", title="")["layout"]["uirevision"] == 3


def test_to_plotly_adds_the_title():
    assert Figure([], {}, name="a", title="A title").to_plotly().layout.title.text == "A title"
