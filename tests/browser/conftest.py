"""The app as the tests see it: settings by name, charts by name, the link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Locator, Page, WebSocket, expect
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from simulator.ui import shell
from tests.waiting import until

PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "has_touch": True, "is_mobile": True}

# Painted: every chart card on the page holds a drawing, or there is a place to draw a prediction in.
_PAINTED = """
() => {
  const cards = [];
  const search = (root) => root.querySelectorAll("*").forEach((node) => {
    if (node.shadowRoot) search(node.shadowRoot);
    if (node.dataset && node.dataset.chart !== undefined) cards.push(node);
  });
  search(document);
  const hosts = [...document.querySelectorAll(".sim-charts")];
  const pad = document.querySelector(".sim-sketch [role=slider]");
  return (cards.length > 0 || pad) && hosts.every((host) => host.querySelector("[data-chart]"))
    && cards.every((card) => card.querySelector(".main-svg"));
}
"""

_OVER = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}

# Where a place in a chart's own numbers lies on the screen.
PLACE = """
(plot, [x, y]) => {
  const box = plot.querySelector(".nsewdrag").getBoundingClientRect(), { xaxis, yaxis } = plot._fullLayout;
  return [box.left + xaxis.l2p(x), box.top + yaxis.l2p(y)];
}
"""

# How far the lowest of a card's buttons reaches below the top of its plot, at most over all cards.
COVERED = """
cards => Math.max(...cards.filter((card) => card.clientWidth).map((card) => {
  const low = Math.max(...[...card.querySelectorAll(".sim-tools button")].map((b) => b.getBoundingClientRect().bottom));
  return low - card.querySelector(".js-plotly-plot").getBoundingClientRect().top;
}))
"""

# Whether Plotly has seen the mouse over the cell that a place lies in: it clicks what it hovers over, and looks late.
_HOVERS = """
([plot, x, y]) => {
  const { xaxis, yaxis } = plot._fullLayout;
  return (plot._hoverdata ?? []).some((point) => {
    const { x: columns, y: rows } = plot.data[point.curveNumber];
    return Math.abs(xaxis.d2p(point.x) - xaxis.l2p(x)) <= xaxis._length / columns.length / 2 + 0.5
      && Math.abs(yaxis.d2p(point.y) - yaxis.l2p(y)) <= yaxis._length / rows.length / 2 + 0.5;
  });
}
"""


def _ends_a_run(payload: bytes | str) -> bool:
    """Whether this is the server's word that a script has run to its end."""
    message = ForwardMsg()
    message.ParseFromString(payload if isinstance(payload, bytes) else payload.encode())
    return message.WhichOneof("type") == "script_finished" and message.script_finished in _OVER


@dataclass(frozen=True)
class App:
    """One page of the app at `address`."""

    page: Page
    address: str
    ends: list[int] = field(default_factory=list)
    """One more with every script that has run to its end."""

    def __post_init__(self) -> None:
        def received(payload: bytes | str) -> None:
            if _ends_a_run(payload):
                self.ends.append(len(self.ends))

        def opened(socket: WebSocket) -> None:
            socket.on("framereceived", received)

        self.page.on("websocket", opened)

    def visit(self, path: str = "/") -> App:
        """Open a link and wait for its charts."""
        with self.run():
            self.page.goto(self.address + path)
        return self.settle()

    def settle(self) -> App:
        """Wait until the script has finished and every chart is drawn."""
        expect(self.page.locator("[data-test-script-state=notRunning]").first).to_be_visible()
        self.page.wait_for_function(_PAINTED)
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

    def open_drawer(self) -> App:
        """Show all other settings."""
        self.page.get_by_test_id("stExpandSidebarButton").click()
        expect(self.page.get_by_test_id("stSidebar")).to_be_visible()
        return self

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
        with self.run():
            act()
        self.page.wait_for_function("before => location.href !== before", arg=before)
        return self.settle()

    def widest(self) -> float:
        """Where the page, what it scrolls and its charts end on the right, the furthest of them."""
        ends = self.charts.evaluate_all("cards => cards.map((card) => card.getBoundingClientRect().right)")
        return max(
            *ends,
            self.page.evaluate("document.documentElement.scrollWidth"),
            self.page.get_by_test_id("stMain").evaluate("main => main.getBoundingClientRect().left + main.scrollWidth"),
        )

    @contextmanager
    def run(self) -> Iterator[None]:
        """Do what makes the script run, and wait until it has."""
        before = len(self.ends)
        yield
        until(lambda: self.page.evaluate("true") and len(self.ends) > before, "The script does not end.")

    def click(self, chart: str, x: float, y: float) -> App:
        """Click a heat map where its axes say (x, y), and wait for link and charts."""
        plot = self.page.locator(f"[data-chart={chart}] .js-plotly-plot")
        plot.scroll_into_view_if_needed()
        at = plot.evaluate(PLACE, [x, y])
        self.page.mouse.move(at[0] - 3, at[1])
        self.page.mouse.move(*at, steps=3)
        self.page.wait_for_function(_HOVERS, arg=[plot.element_handle(), x, y])
        return self.change(lambda: self.page.mouse.click(*at))

    def charts_data(self) -> list[list[list[object]]]:
        """The numbers of every chart: traces and their y."""
        plots = self.page.locator(".js-plotly-plot")
        found: list[list[list[object]]] = plots.evaluate_all(
            "plots => plots.map((plot) => (plot.data ?? []).map((trace) => [...trace.y]))"
        )
        return found

    def wait_for_charts(self, true: Callable[[list[list[list[object]]]], bool], what: str) -> None:
        """Wait until the charts' numbers are what they should be: they are drawn after the script has run."""
        until(lambda: true(self.charts_data()), what)

    def go_back(self, expected: dict[str, str]) -> App:
        """Step back in the browser's history, and see that the app agrees: it could write another link."""
        with self.run():
            self.page.go_back()
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
