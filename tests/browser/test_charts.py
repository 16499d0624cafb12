"""What a chart's card has besides its plot, and tables and cells on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}
SMALL = "depth=6&width=32&batch=8"

# How far the lowest of a card's buttons reaches below the top of its plot, at most over all cards.
_COVERED = """
cards => Math.max(...cards.filter((card) => card.clientWidth).map((card) => {
  const low = Math.max(...[...card.querySelectorAll(".sim-tools button")].map((b) => b.getBoundingClientRect().bottom));
  return low - card.querySelector(".js-plotly-plot").getBoundingClientRect().top;
}))
"""


def test_a_phone_s_buttons_cover_nothing_of_a_plot(open_app) -> None:
    app = open_app(**PHONE)
    for page in ("", "phase_diagram"):
        app.visit(f"/{page}?{SMALL}")
        assert app.charts.evaluate_all(_COVERED) <= 0
    tools = app.charts.first.locator(".sim-tools")
    expect(tools.get_by_role("button", name="Download as PNG")).to_be_visible()
    expect(tools).to_have_css("opacity", "1")


def test_a_mouse_calls_the_buttons_up_and_gets_a_picture(app) -> None:
    app.visit(f"/?{SMALL}")
    tools = app.charts.first.locator(".sim-tools")
    expect(tools).to_have_css("opacity", "0")
    app.charts.first.hover()
    expect(tools).to_have_css("opacity", "1")
    with app.page.expect_download() as caught:
        tools.get_by_role("button", name="Download as PNG").click()
    assert caught.value.suggested_filename == "signal.png"


def test_a_legend_sets_subscripts(app) -> None:
    app.visit(f"/phase_diagram?{SMALL}")
    legend = app.page.locator("[data-chart=correlation-map] .sim-legend")
    expect(legend.locator("sub").first).to_have_text("w")
    assert "sub>" not in legend.inner_text() and "_" not in legend.inner_text()


def test_a_phone_drops_numbers_that_cells_cannot_hold(open_app) -> None:
    app = open_app(**PHONE).visit(f"/compare?{SMALL}&sheet=matrix&cells=theory")
    assert app.page.locator("[data-chart=matrix-gradient] .heatmap-label text").count() == 0


@pytest.mark.parametrize("path", [f"/compare?{SMALL}", "/trust"])
def test_a_phone_shows_tables_whole(open_app, path: str) -> None:
    app = open_app(**PHONE).visit(path)
    table = app.page.locator(".results")
    expect(table.locator(".of").first).to_be_visible()
    assert table.evaluate("table => table.scrollWidth - table.clientWidth") <= 0
