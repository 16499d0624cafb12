"""The page Phase diagram without a browser: typed places, the button, and clicks as the page is told of them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import streamlit as st

from simulator.experiment import Experiment
from simulator.theory.phase_point import PhasePoint, phase_point
from simulator.ui import host

PAGE = "pages/phase_diagram.py"
CURVES = ("signal", "gradient", "saturated")
SMALL = {"depth": "4", "width": "16", "batch": "8"}


def point_of(app) -> PhasePoint:
    point = phase_point(Experiment.from_params(app.link)[0])
    assert isinstance(point, PhasePoint)
    return point


def test_numbers_typed_move_the_experiment(open_app) -> None:
    app = open_app(PAGE, **SMALL)
    assert app.number_input(key="place_sigma_w2").value == 1
    app.number_input(key="place_sigma_w2").set_value(2.25).run()
    app.number_input(key="place_sigma_b2").set_value(0.04).run()
    assert not app.exception
    found = point_of(app)
    assert (found.sigma_w2, found.sigma_b2) == (pytest.approx(2.25), pytest.approx(0.04))
    assert app.link == SMALL | {"gain": "1.5", "bias": "normal(std=0.2)"}
    assert app.says("This experiment:") and app.says("σ<sub>w</sub>² = 2.25, σ<sub>b</sub>² = 0.04")


def test_without_a_point_numbers_lead_to_one(open_app) -> None:
    app = open_app(PAGE, **SMALL, init="constant(value=0.5)")
    assert app.says("No point:")
    assert app.number_input(key="place_sigma_w2").value is None
    app.number_input(key="place_sigma_w2").set_value(1.21).run()
    assert point_of(app).sigma_w2 == pytest.approx(1.21)
    assert app.link["init"] == "lecun_normal"


def test_the_button_simulates_the_plane(open_app) -> None:
    app = open_app(PAGE, **SMALL)
    app.button(key="simulate_plane").click().run()
    assert not app.exception
    assert app.link["plane"] == "survival"
    assert "contour" in [trace["type"] for trace in app.charts[0]["data"]]
    assert app.button(key="simulate_plane").disabled


@pytest.mark.parametrize(
    ("activation", "quantity"),
    [
        ("sigmoid", "q_star"),
        ("gelu", "xi_c"),
        ("linear", "trainable_depth"),
        ("relu", "survival"),
        ("softplus", "chi_1"),
    ],
)
def test_every_colour_of_every_kind(open_app, activation: str, quantity: str) -> None:
    app = open_app(PAGE, **SMALL, activation=activation, plane=quantity)
    assert not app.exception
    assert [figure["name"] for figure in app.charts] == ["phase-plane", *CURVES, "length-map", "correlation-map"]


def test_maps_need_a_point(open_app) -> None:
    app = open_app(PAGE, widths="12-9-6-3-5", batch="8")
    assert app.says("no single point")
    assert [figure["name"] for figure in app.charts] == ["phase-plane", *CURVES, "correlation-map"]


def test_a_click_is_told_before_the_page_is_drawn(monkeypatch) -> None:
    told = []
    monkeypatch.setattr(st, "session_state", {"plane": SimpleNamespace(clicked={"x": 1.0, "y": 0.1})})
    host._tell("plane", told.append)
    assert told == [{"x": 1.0, "y": 0.1}]
    monkeypatch.setattr(st, "session_state", {"plane": SimpleNamespace(clicked=None)})
    host._tell("plane", told.append)
    assert len(told) == 1


def test_so_is_a_point_selected_in_streamlits_own_chart(monkeypatch, open_app) -> None:
    monkeypatch.setenv("SIMULATOR_CHARTS", "plotly_chart")
    app = open_app(PAGE, **SMALL)
    assert not app.exception
    told = []
    selected = SimpleNamespace(selection=SimpleNamespace(points=[{"x": 2.0}]))
    monkeypatch.setattr(st, "session_state", {"key": selected})
    host._tell_selected("key", "phase-plane", told.append)
    assert told == [{"figure": "phase-plane", "x": 2.0}]
