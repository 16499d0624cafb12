"""Phones, dark rooms, and eyes."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from simulator.ui import shell
from tests.browser.conftest import PHONE
from tests.waiting import until

LAB = ("/", "/distributions", "/saturation")
PATHS = ("/", *(f"/{row.address}" for row in shell.PAGES[1:]))
MAIN = ("depth", "width", "activation", "init")

# Contrast of every visible text in a chart against the nearest opaque background behind it (WCAG 2).
FAINTEST = """
cards => {
  const channel = (c) => { c /= 255; return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const rgba = (text) => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.fillStyle = text;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const behind = (node) => {
    while (node) {
      if (node instanceof HTMLElement) {
        const colour = rgba(getComputedStyle(node).backgroundColor);
        if (colour[3] > 0.99) return colour;
      }
      node = node.parentNode instanceof ShadowRoot ? node.parentNode.host : node.parentNode;
    }
    return [255, 255, 255, 1];
  };
  let faintest = [99, ""];
  for (const card of cards) {
    for (const text of card.querySelectorAll(".xtick text, .ytick text, .xtitle, .ytitle, .legendtext")) {
      const front = light(rgba(getComputedStyle(text).fill)), back = light(behind(card));
      const contrast = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
      if (contrast < faintest[0]) faintest = [contrast, text.textContent];
    }
  }
  return faintest;
}
"""


@pytest.mark.parametrize("path", LAB)
def test_a_phone_keeps_the_controls_in_sight_of_the_charts(open_app, path: str) -> None:
    app = open_app(**PHONE).visit(path)
    app.charts.last.scroll_into_view_if_needed()
    height = app.page.viewport_size["height"]
    for name in MAIN:
        box = app.setting(name).bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= height, name
        assert box["x"] >= 0 and box["x"] + box["width"] <= 390, name
    chart = app.charts.last.bounding_box()
    controls = app.setting("controls").bounding_box()
    assert controls["height"] <= 0.45 * height, "More than half of the screen is left for the charts."
    assert chart["y"] + chart["height"] > controls["y"] + controls["height"], "The chart is not hidden."
    assert app.widest() <= PHONE["viewport"]["width"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_can_be_read_by_all(open_app, path: str) -> None:
    """Contrast in the charts, words for a screen reader, one heading, and no serious fault by axe-core.

    In light, and in the dark that falls while the page is open; on a phone's screen nothing is wider than it, and
    tables are seen whole. The highlighted code is Streamlit's own.
    """
    app = open_app(color_scheme="light").visit(path)
    for card in app.charts.all():
        expect(card).to_have_attribute("role", "figure")
        label = card.get_attribute("aria-label")
        assert label and len(label) > 10
    expect(app.page.get_by_role("heading", level=1)).to_have_count(1)
    assert app.page.title().endswith(" - Variance propagation")
    for scheme in ("light", "dark"):
        app.page.emulate_media(color_scheme=scheme)
        until(lambda scheme=scheme: (brightness(app.page) > 200) == (scheme == "light"), f"It does not turn {scheme}.")
        until(lambda: app.charts.evaluate_all(FAINTEST)[0] >= 4.5, f"A chart's text is faint in {scheme}.")
        assert not faults(app.page, *["color-contrast"] * (scheme == "dark")), scheme
    app.page.set_viewport_size(PHONE["viewport"])
    until(lambda: app.widest() <= PHONE["viewport"]["width"], "Something is wider than a phone.")
    tables = app.page.locator(".results")
    until(lambda: max(tables.evaluate_all(BEYOND), default=0) <= 0, "A table is cut off.")
    if path in ("/trust", "/compare"):
        expect(tables.locator(".of").first).to_be_visible()


BEYOND = "tables => tables.map((table) => table.scrollWidth - table.clientWidth)"


def brightness(page: Page) -> float:
    """Of the page behind everything, 0 to 255."""
    background = page.get_by_test_id("stApp").evaluate("app => getComputedStyle(app).backgroundColor")
    return sum(int(part) for part in background.strip("rgba()").split(",")[:3]) / 3


def test_a_room_and_a_place_to_draw_can_be_read_by_all(open_app) -> None:
    """A lecturer's bar with code and QR over a lesson that waits for a curve, and the lecture on a projector."""
    app = open_app(color_scheme="light").visit("/lessons?lesson=target")
    app.page.get_by_text("A class in one room").click()
    app.page.get_by_role("button", name="Open a room").click()
    expect(app.page.get_by_role("img", name="QR code of the room")).to_be_visible()
    assert not faults(app.page)
    app.page.emulate_media(color_scheme="dark")
    until(lambda: brightness(app.page) < 200, "It does not turn dark.")
    assert not faults(app.page, "color-contrast")
    app.visit("/present?play=lessons&scene=14")
    assert not faults(app.page)
    expect(app.page.get_by_role("heading", level=1)).to_have_count(1)


def faults(page: Page, *only: str) -> list[tuple[str, list[str]]]:
    """What axe-core finds that is serious, by some rules only if they are named."""
    options = {"resultTypes": ["violations"]} | ({"runOnly": only} if only else {})
    found = Axe().run(page, {"exclude": [["[data-testid=stCode]"]]}, options).response["violations"]
    serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in serious]
