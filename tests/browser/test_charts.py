"""What a chart's card has besides its plot."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import COVERED, PHONE

SMALL = "depth=6&width=32&batch=8"


def test_a_phone_s_buttons_cover_nothing_of_a_plot(open_app) -> None:
    app = open_app(**PHONE).visit(f"/phase_diagram?{SMALL}")
    assert app.charts.evaluate_all(COVERED) <= 0
    tools = app.charts.first.locator(".sim-tools")
    expect(tools.get_by_role("button", name="Download as PNG")).to_be_visible()
    expect(tools).to_have_css("opacity", "1")


def test_a_mouse_calls_the_buttons_up_and_gets_a_picture_and_a_table(app) -> None:
    app.visit(f"/?{SMALL}")
    tools = app.charts.first.locator(".sim-tools")
    expect(tools).to_have_css("opacity", "0")
    app.charts.first.hover()
    expect(tools).to_have_css("opacity", "1")
    with app.page.expect_download() as caught:
        tools.get_by_role("button", name="Download as PNG").click()
    assert caught.value.suggested_filename == "signal.png"
    with app.page.expect_download() as caught:
        app.page.get_by_role("button", name="CSV").first.click()
    header, first = caught.value.path().read_text(encoding="utf-8").splitlines()[:2]
    assert header.split(",")[:7] == ["label", "source", "seed", "layer", "quantity", "statistic", "value"]
    assert len(first.split(",")) >= 7
