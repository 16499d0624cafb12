"""The ASGI entry in a real browser: nothing that the app needs is forbidden by its own headers."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from simulator.ui import host

PAINTED = "() => document.querySelectorAll('.js-plotly-plot .main-svg').length > 0"


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/", "/distributions", "/phase_diagram", "/training"])
def test_a_page_is_drawn_under_the_policy(page: Page, replica, path: str) -> None:
    """A console error, such as the policy's complaint, fails the test."""
    page.goto(f"{replica.address}{path}?depth=4&width=16&batch=8")
    page.wait_for_function(PAINTED)
    expect(page.locator("[data-test-script-state=notRunning]").first).to_be_visible()


@pytest.mark.browser
@pytest.mark.parametrize("of", ["replica", "proxy"])
def test_the_page_asks_for_plotly_itself_and_once(page: Page, of: str, request: pytest.FixtureRequest) -> None:
    server, asked = request.getfixturevalue(of), []
    page.on("request", lambda sent: asked.append(sent) if "plotly.min.js" in sent.url else None)
    page.goto(f"{server if isinstance(server, str) else server.address}/distributions?depth=4&width=16&batch=8")
    page.wait_for_function(PAINTED)
    (sent,) = asked
    answer = sent.response()
    assert answer is not None and host.address(host.PLOTLY) in sent.url
    found = answer.all_headers()
    assert found["content-encoding"] == "gzip" and "immutable" in found["cache-control"]


@pytest.mark.browser
def test_behind_the_proxy_a_slider_moves_the_charts(page: Page, proxy: str) -> None:
    page.goto(f"{proxy}/?depth=4&width=16&batch=8")
    page.wait_for_function(PAINTED)
    page.get_by_role("slider", name="Depth").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("() => location.search.includes('depth=5')")
