"""The app as the tests see it: settings by name, charts by name, the link."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from simulator.ui import shell

# Painted: every chart card on the page holds a drawing with at least one trace in it.
_PAINTED = """
() => {
  const cards = [];
  const search = (root) => root.querySelectorAll("*").forEach((node) => {
    if (node.shadowRoot) search(node.shadowRoot);
    if (node.dataset && node.dataset.chart !== undefined) cards.push(node);
  });
  search(document);
  return cards.length > 0 && cards.every((card) => card.querySelector(".main-svg"));
}
"""


@dataclass(frozen=True)
class App:
    """One page of the app at `address`."""

    page: Page
    address: str

    def visit(self, path: str = "/") -> App:
        """Open a link and wait for its charts."""
        self.page.goto(self.address + path)
        return self.settle()

    def settle(self) -> App:
        """Wait until the script has finished and every chart is drawn."""
        expect(self.page.locator("[data-test-script-state=notRunning]").first).to_be_visible(timeout=60_000)
        self.page.wait_for_function(_PAINTED, timeout=60_000)
        return self

    @property
    def charts(self) -> Locator:
        """The chart cards."""
        return self.page.locator("[data-chart]")

    def chart_names(self) -> list[str]:
        return self.charts.evaluate_all("cards => cards.map((card) => card.dataset.chart)")

    def setting(self, name: str) -> Locator:
        """The widget of a setting."""
        return self.page.locator(f".st-key-{name}")

    def slider(self, name: str) -> Locator:
        return self.setting(name).get_by_role("slider")

    def params(self) -> dict[str, str]:
        """The settings that the address bar holds."""
        return dict(parse_qsl(urlsplit(self.page.url).query))

    def press(self, name: str, key: str) -> App:
        """Move a slider with the keyboard and wait until the page shows the new value."""
        self.slider(name).focus()
        return self.change(lambda: self.page.keyboard.press(key))

    def change(self, act: Callable[[], None]) -> App:
        """Do what changes the link, and wait for both link and charts."""
        before = self.page.url
        act()
        self.page.wait_for_function("before => location.href !== before", arg=before)
        return self.settle()

    def go_back(self, expected: dict[str, str]) -> App:
        """Step back in the browser's history, and see that the app agrees: it could write another link."""
        self.page.go_back()
        self.wait_for_params(expected)
        self.page.wait_for_timeout(1000)
        self.settle()
        assert self.params() == expected
        return self

    def turn_to(self, page: str) -> App:
        """Follow the navigation's link to a page and wait for that page's charts."""
        before = self.chart_names()
        row = next(row for row in shell.PAGES if row.title == page)
        bar = self.page.get_by_test_id("stTopNavSection").filter(has_text=row.section)
        if row.section and bar.count():
            bar.first.click()
            self.page.locator(f"a[href*='/{row.address}']:visible").first.click()
        else:
            self.page.get_by_role("link", name=page, exact=True).first.click()
        self.page.wait_for_function(
            """before => {
              const names = [...document.querySelectorAll("[data-chart]")].map((card) => card.dataset.chart);
              return names.length > 0 && names.join() !== before.join();
            }""",
            arg=before,
        )
        return self.settle()

    def wait_for_params(self, expected: dict[str, str]) -> None:
        self.page.wait_for_function(
            """(expected) => {
              const found = Object.fromEntries(new URLSearchParams(location.search));
              const names = new Set([...Object.keys(found), ...Object.keys(expected)]);
              return [...names].every((name) => found[name] === expected[name]);
            }""",
            arg=expected,
        )


OpenApp = Callable[..., App]


@pytest.fixture
def app(page: Page, server: str) -> App:
    """The app on a wide, light screen."""
    return App(page, server)


@pytest.fixture
def open_app(open_page: Callable[..., Page], server: str) -> OpenApp:
    """The app with a screen of one's choice; `address` is another server's."""

    def open_one(address: str = server, **options: object) -> App:
        return App(open_page(**options), address)

    return open_one
