"""The ASGI entry in a real browser: nothing that the app needs is forbidden by its own headers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Request, expect

from simulator.ui import host

PAINTED = "() => document.querySelectorAll('.js-plotly-plot .main-svg').length > 0"


def draw(page: Page, address: str, path: str) -> None:
    """Visit a page, which asks for plotly itself and once. A console error, such as the policy's, fails the test."""
    asked: list[Request] = []
    page.on("request", lambda sent: asked.append(sent) if "plotly.min.js" in sent.url else None)
    page.goto(f"{address}{path}?depth=4&width=16&batch=8")
    page.wait_for_function(PAINTED)
    expect(page.locator("[data-test-script-state=notRunning]").first).to_be_visible()
    (sent,) = asked
    answer = sent.response()
    assert answer is not None and host.address(host.PLOTLY) in sent.url
    found = answer.all_headers()
    assert found["content-encoding"] == "gzip" and "immutable" in found["cache-control"]


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/distributions", "/phase_diagram", "/training"])
def test_a_page_is_drawn_under_the_policy(page: Page, replica, path: str) -> None:
    draw(page, replica.address, path)


@pytest.mark.browser
def test_behind_the_proxy_a_slider_moves_the_charts(page: Page, proxy: str) -> None:
    draw(page, proxy, "/")
    page.get_by_role("slider", name="Depth").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('depth=5')")
