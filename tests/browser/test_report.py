"""The report in a browser that has no network, and the button that hands it out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from simulator import Experiment, report
from tests.waiting import PATIENCE_MS


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("report") / "report.html"
    made.write_text(report(Experiment(depth=6, width=32, batch=16, seeds=2)), encoding="utf-8")
    return made


SCREENS = {
    "light": {"viewport": {"width": 1600, "height": 900}},
    "phone, dark": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "dark"},
}


def expect_charts(page: Page) -> None:
    """Wait until every chart is drawn; the page's policy allows no script of ours to look for it."""
    expect(page.locator(".sim-card")).to_have_count(8)
    expect(page.locator(".sim-card:has(.main-svg)")).to_have_count(8)


@pytest.mark.parametrize("screen", SCREENS)
def test_it_opens_without_a_network(browser: Browser, file: Path, screen: str) -> None:
    context = browser.new_context(offline=True, **SCREENS[screen])
    context.set_default_timeout(PATIENCE_MS)
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    own = (file.as_uri(), "blob:")  # a blob is made by the page out of what it carries
    page.on("request", lambda request: None if request.url.startswith(own) else complaints.append(request.url))
    page.goto(file.as_uri())
    expect_charts(page)
    # Drawn as wide as their cards, and nothing wider than the screen.
    gaps = page.eval_on_selector_all(
        ".sim-plot", "plots => plots.map((p) => p.clientWidth - p.querySelector('.main-svg').clientWidth)"
    )
    assert max(map(abs, gaps)) <= 2
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (background == "rgb(18, 22, 28)") is ("dark" in screen)
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON").click()
    assert len(json.loads(Path(download.value.path()).read_text(encoding="utf-8"))["rows"]) > 100
    context.close()
    assert not complaints


def test_a_chart_can_be_switched_and_follows_the_page_to_the_dark(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True)
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    page.goto(file.as_uri())
    expect_charts(page)
    card = page.locator('[data-chart="activation-variance"]')
    lines = card.locator(".scatterlayer .trace")
    before = lines.count()
    card.get_by_role("button", name="theory").click()
    assert lines.count() == before - 1
    ink = page.locator(".xtick text").first
    light = ink.evaluate("text => getComputedStyle(text).fill")
    page.emulate_media(color_scheme="dark")
    expect(ink).not_to_have_css("fill", light)
    context.close()


def test_a_browser_that_cannot_unpack_draws_the_charts_too(browser: Browser, file: Path) -> None:
    context = browser.new_context(offline=True)
    context.add_init_script("delete window.DecompressionStream")
    page = context.new_page()
    page.goto(file.as_uri())
    expect_charts(page)
    context.close()


def test_the_app_hands_it_out(page: Page, server: str) -> None:
    page.goto(f"{server}/code?depth=5&width=16&batch=8&framework=numpy")
    page.get_by_text("np.random.default_rng").first.wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download report").click()
    assert download.value.suggested_filename == "report.html"
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert text.startswith("<!DOCTYPE html>") and "?depth=5&amp;width=16&amp;batch=8" in text
