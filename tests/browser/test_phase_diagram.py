"""A click in the phase diagram, or numbers typed below it, move the experiment and with it every page."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from simulator.experiment import Experiment
from simulator.theory.phase_point import PhasePoint, phase_point
from tests.browser.conftest import PLACE
from tests.waiting import until

PLANE = "[data-chart=phase-plane]"
PAGE = "/phase_diagram?depth=12&width=64&batch=8"


def point_of(app) -> PhasePoint:
    experiment, complaints = Experiment.from_params(app.params())
    assert not complaints
    point = phase_point(experiment)
    assert isinstance(point, PhasePoint)
    return point


def test_a_click_moves_the_experiment_and_the_other_pages_and_back_undoes_it(app) -> None:
    app.visit(PAGE)
    gain, before = app.setting("gain").get_by_role("textbox"), app.params()
    held = gain.input_value()
    app.click("phase-plane", 3.0, 0.3)
    found = point_of(app)
    # cells are 5/60 wide and 0.5/40 high
    assert found.sigma_w2 == pytest.approx(3.0, abs=5 / 120 + 1e-4)
    assert found.sigma_b2 == pytest.approx(0.3, abs=0.5 / 80 + 1e-4)
    assert float(gain.input_value()) == pytest.approx(float(app.params()["gain"]), rel=1e-5)
    link = app.params()
    app.turn_to("Signal")
    app.wait_for_params(link)
    expect(app.page.get_by_text(re.compile("gradient", re.IGNORECASE)).first).to_be_visible()
    app.go_back(link).go_back(before)
    expect(gain).to_have_value(held)


def test_the_point_is_dragged_and_the_curves_follow(app) -> None:
    """The link is written once, when it is let go; meanwhile Signal's three curves show where the point is."""
    app.visit(PAGE)
    link, plot = app.page.url, app.page.locator(f"{PLANE} .js-plotly-plot")
    signal = app.page.locator("[data-chart=signal] .js-plotly-plot")
    curve = "plot => plot.data.find((trace) => trace.name.startsWith('simulation')).y.join()"
    before = signal.evaluate(curve)
    (x, y), (to_x, to_y) = (plot.evaluate(PLACE, place) for place in ([1, 0], [3, 0.3]))
    app.page.mouse.move(x + 2, y - 2)
    app.page.mouse.down()
    app.page.mouse.move(to_x, to_y, steps=8)
    until(lambda: signal.evaluate(curve) != before, "The curves do not follow.")
    assert app.page.url == link
    app.change(lambda: app.page.mouse.up())
    found = point_of(app)
    assert (found.sigma_w2, found.sigma_b2) == (pytest.approx(3, abs=0.05), pytest.approx(0.3, abs=0.02))
    app.go_back({"depth": "12", "width": "64", "batch": "8"})


def test_the_keyboard_goes_there_too_and_the_plane_is_simulated_on_demand(app) -> None:
    app.visit(PAGE)
    legend = app.page.locator("[data-chart=correlation-map] .sim-legend")
    expect(legend.locator("sub").first).to_have_text("w")
    assert "sub>" not in legend.inner_text() and "_" not in legend.inner_text()
    for key, typed in (("place_sigma_w2", "1.8"), ("place_sigma_b2", "0.06")):
        box = app.setting(key).get_by_role("spinbutton")
        box.fill(typed)
        app.change(lambda box=box: box.press("Enter"))
    found = point_of(app)
    assert (found.sigma_w2, found.sigma_b2) == (pytest.approx(1.8, rel=1e-4), pytest.approx(0.06, rel=1e-4))
    app.change(lambda: app.page.get_by_role("button", name="Simulate the plane").click())
    app.wait_for_params(app.params() | {"plane": "survival"})
    expect(app.page.locator(PLANE)).to_contain_text("simulated")
    kinds = app.page.locator(f"{PLANE} .js-plotly-plot").evaluate("plot => plot.data.map((trace) => trace.type)")
    assert kinds.count("heatmap") == 1 and "contour" in kinds
