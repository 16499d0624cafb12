"""The charts of the page Number formats: which are shown, and captions of what is drawn in them."""

from __future__ import annotations

import json

import pytest

from simulator.experiment import Experiment
from simulator.ui.precision import board

SMALL = Experiment(depth=6, width=16, batch=8)


@pytest.mark.parametrize(
    ("settings", "dashed", "crosses"),
    [
        ({}, True, False),
        ({"init": "constant(value=0.5)"}, False, False),
        ({"init": "normal(std=100)", "activation": "linear"}, True, True),
    ],
    ids=str,
)
def test_captions_name_what_is_drawn(settings: dict, dashed: bool, crosses: bool) -> None:
    signal, gradient, *lost = json.loads(board.charts(SMALL.replace(**settings)))["figures"]
    assert [figure["name"] for figure in (signal, gradient)] == ["formats-signal", "formats-gradient"]
    assert [figure["name"] for figure in lost] == ["lost-signal", "lost-gradient"]
    for figure in (signal, gradient):
        assert ("dashed" in figure["caption"]) == dashed == any("expected" in t["name"] for t in figure["data"])
        assert ("crosses" in figure["caption"]) == crosses == any("predicted" in t["name"] for t in figure["data"])
    assert all("IEEE 754" in figure["caption"] for figure in (signal, gradient, lost[0]))


def test_the_loss_and_its_gradient_are_beside_each_other() -> None:
    loss, gradient = json.loads(board.loss(SMALL))["figures"]
    assert [figure["name"] for figure in (loss, gradient)] == ["loss", "loss-gradient"]
    assert loss["data"][0]["y"][-1] == pytest.approx(45) and gradient["data"][0]["y"][-1] == pytest.approx(1)
    assert "Goodfellow et al. 2016" in loss["caption"] and "Goodfellow et al. 2016" in gradient["caption"]
