"""The sentences and tables of the page Number formats agree with what was measured."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from simulator import Experiment, precision
from simulator.studies.fates import fate, first_layer
from simulator.studies.formats import COMPUTED, FORMATS
from simulator.studies.precision import EVENTS
from simulator.ui.precision.page import how_measured

PAGE = "pages/precision.py"
UNSCALED = Experiment(activation="relu", init="normal(std=1)", width=64, depth=20, batch=8)


@pytest.mark.parametrize("changes", [{}, {"activation": "tanh"}, {"init": "normal(std=0.01)"}, {"init": "zeros"}])
def test_sentences_name_the_layers_that_were_measured(changes):
    found = precision(UNSCALED.replace(**changes))
    for name in FORMATS:
        told = fate(found, name)
        layers = [found.measured(name, event) for event in EVENTS if event != "rounded"]
        for layer in layers:
            assert layer is None or f"at layer {layer}" in told
        if told.startswith("every value stays"):
            assert {found.measured(name, event) for event in EVENTS} == {None}
        else:
            assert re.search(r"layer \d+", told)


def test_cells_have_the_prediction_in_brackets():
    found = precision(UNSCALED)
    later = SimpleNamespace(expected=True, measured=lambda name, event: 3, predicted=lambda name, event: 5)
    assert first_layer(later, "float16", "overflow") == "3 (5)"
    later.measured = found.measured
    assert first_layer(later, "float64", "overflow") == "never (5)"
    assert first_layer(found, "float64", "overflow") == "never"
    alone = precision(UNSCALED.replace(init="constant(value=0.5)"))
    assert first_layer(alone, "float16", "overflow") == str(alone.measured("float16", "overflow"))


def test_a_smaller_run_is_said():
    wide = Experiment(width=2048, depth=2, batch=4)
    assert any("at most 1024 units" in sentence for sentence in how_measured(precision(wide)))
    assert not any(sentence.startswith("Smaller") for sentence in how_measured(precision(UNSCALED)))


def test_the_page_shows_charts_tables_and_sentences(open_app):
    app = open_app(PAGE, depth="8", width="64", batch="8", activation="relu", init="normal(std=1)")
    assert not app.exception
    names = [figure["name"] for figure in app.charts]
    assert names == ["formats-signal", "formats-gradient", "lost-signal", "lost-gradient", "loss", "loss-gradient"]
    assert app.says("h overflows at layer")
    first, limits = (table.value for table in app.table)
    assert list(first.columns) == list(FORMATS) and list(limits.columns) == list(COMPUTED)
    assert limits.loc["sigmoid(z) = 1"].tolist() == ["8.32031", "6.25", "16.6355", "36.7368"]
