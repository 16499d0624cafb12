"""A sweep in a real browser: the map fills in place while it runs, stops, and a finished one is explored."""

from __future__ import annotations

import io

from playwright.sync_api import expect

from simulator import Experiment, Grid, sweep

SMALL = "depth=4&width=16&batch=8"
QUICK = f"/sweep?{SMALL}&sweep_across=gain%3D0.5%3A2%3A12&sweep_up=init%3Dhe_normal%2Cxavier_normal"
FILLED = """() => {
  const plot = document.querySelector("[data-chart=sweep-0] .js-plotly-plot");
  return plot?.data ? [...plot.data[0].z].flatMap((row) => [...row]).filter((cell) => cell !== null).length : -1;
}"""


def test_the_map_fills_in_place(app) -> None:
    app.visit(QUICK.replace("depth=4&width=16", "depth=100&width=256"))  # too long to begin by itself
    assert app.page.evaluate(FILLED) == 0
    drawn = app.page.locator("[data-chart], .js-plotly-plot")
    drawn.evaluate_all("nodes => nodes.forEach((node) => { node.marked = true; })")
    app.page.get_by_role("button", name="Run", exact=True).click()
    expect(app.page.get_by_text("Finished, 24 of 24 cells").first).to_be_visible()
    app.page.wait_for_function(f"({FILLED})() === 24")
    app.settle()
    assert drawn.evaluate_all("nodes => nodes.every((node) => node.marked)")


def test_it_stops_and_goes_on_where_it_stopped(app, brake) -> None:
    brake(1)
    app.visit(QUICK)
    app.page.get_by_role("button", name="Run", exact=True).click()
    app.page.wait_for_function(f"({FILLED})() === 1")
    app.page.get_by_role("button", name="Stop", exact=True).click()
    expect(app.page.get_by_text("Stopped at 1 of 24 cells").first).to_be_visible()
    brake(0)
    app.settle()
    app.page.wait_for_function(f"({FILLED})() === 1")
    app.page.get_by_role("button", name="Run", exact=True).click()
    expect(app.page.get_by_text("Finished, 24 of 24 cells").first).to_be_visible()
    app.page.wait_for_function(f"({FILLED})() === 24")


def test_a_ready_made_study_sets_the_controls_and_a_finished_one_is_explored(app) -> None:
    app.visit(f"/sweep?{SMALL}")
    app.change(lambda: app.page.get_by_role("button", name="Depth and width that survive").click())
    expect(app.page.get_by_role("textbox", name="Across")).to_have_value("depth=2,5,10,20,50,100")
    expect(app.page.locator("[data-chart]")).to_have_count(4)
    assert app.params()["activation"] == "relu"
    sink = io.BytesIO()
    sweep(Grid(Experiment(depth=3, width=8, batch=4), init=["zeros", "he_normal"], gain=[1, 2])).to_parquet(sink)
    chooser = app.page.get_by_test_id("stFileUploader").locator("input")
    chooser.set_input_files({"name": "part-000000.parquet", "mimeType": "", "buffer": sink.getvalue()})
    expect(app.page.locator("[data-chart=explored-0]")).to_be_visible()
    expect(app.page.get_by_text("settings varied: init scheme, gain").first).to_be_visible()
