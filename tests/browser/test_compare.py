"""A click in the matrix of activations and init schemes changes the experiment, and with it link and controls."""

from __future__ import annotations

from playwright.sync_api import expect

from simulator.experiment import Experiment
from simulator.studies.matrix import activations, schemes

CELLS = "[data-chart=matrix-gradient]"
PAGE = "/compare?depth=6&width=32&batch=8&sheet=matrix&cells=theory"


def test_cells_can_be_read_and_a_click_on_one_changes_the_experiment(app) -> None:
    app.visit(PAGE)
    numbers = app.page.locator(f"{CELLS} .heatmap-label text")
    sizes = numbers.evaluate_all("texts => texts.map((text) => parseFloat(getComputedStyle(text).fontSize))")
    assert len(sizes) > 200
    assert min(sizes) >= 7
    before = app.params()
    here = Experiment()
    app.click("matrix-gradient", activations(here).index("relu"), schemes(here).index("he_normal"))
    app.wait_for_params(before | {"activation": "relu", "init": "he_normal"})
    expect(app.setting("activation").get_by_role("combobox")).to_have_value("relu")
    shapes = app.page.locator(f"{CELLS} .js-plotly-plot").evaluate("plot => plot.layout.shapes.map((s) => s.x0 + 0.5)")
    assert set(shapes) == {activations(Experiment()).index("relu")}
    app.go_back(before)
    expect(app.setting("activation").get_by_role("combobox")).not_to_have_value("relu")
    app.page.set_viewport_size({"width": 390, "height": 844})
    expect(numbers).to_have_count(0)  # a phone's cells cannot hold them
