"""The first view: three curves and their controls at once, nothing that moves, curves that live under the slider."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import COVERED, PHONE

CURVES = ("signal", "gradient", "saturated")
BAR = ("depth", "width", "activation", "init", "gain")
SCREENS = ((1280, 720), (1366, 768), (1440, 900), (1920, 1080))
# Whether all plots of the row end on the screen, with at most so much room below them.
ON_SCREEN = """(most) => [...document.querySelectorAll('.sim-row .sim-plot')].every((plot) => {
  if (!plot.offsetWidth) return true;
  const room = innerHeight - plot.getBoundingClientRect().bottom;
  return room > 0 && room < most })"""
# Whether no page stands in a menu of those for which there is no room.
NONE_FOLDED = r"""() => [...document.querySelectorAll('[data-testid=stTopNav] .rc-overflow-item')].every((item) =>
  getComputedStyle(item).opacity === '0' || !/^\d+ more$/.test(item.innerText.trim()))"""
SCATTER = "normal(std=0.1)"


def boxes(app) -> dict[str, tuple[int, ...]]:
    """Where controls and plots are."""
    places = {name: app.setting(name) for name in (*BAR, "verdict")}
    places |= {name: app.page.locator(f"[data-chart={name}] .sim-plot") for name in CURVES}
    found = {name: place.bounding_box() for name, place in places.items()}
    return {
        name: tuple(round(box[side]) for side in ("x", "y", "width", "height")) for name, box in found.items() if box
    }


@pytest.mark.parametrize("screens", [SCREENS[:2], SCREENS[:1:-1]], ids=["grown", "shrunk"])
def test_three_curves_and_their_controls_are_seen_at_once(open_app, screens: tuple[tuple[int, int], ...]) -> None:
    """On a screen they are opened on, on another size of it, and when something comes above them later."""
    first, second = ({"width": width, "height": height} for width, height in screens)
    app = open_app(viewport=first).visit(f"/?activation=relu&init={SCATTER}")
    see_at_once(app, **first)
    app.page.set_viewport_size(second)
    app.page.wait_for_function(ON_SCREEN, arg=second["height"])
    see_at_once(app, **second)
    if second["height"] < 800:
        grow_above(app)


def grow_above(app) -> None:
    """Let the verdict take more room, and less again: plots stay on the screen."""
    for grown in (60, 0):
        verdict = app.page.locator(".st-key-verdict")
        verdict.evaluate("(words, grown) => { words.style.marginTop = `${grown}px` }", grown)
        app.page.wait_for_function(ON_SCREEN, arg=40)


def see_at_once(app, width: int, height: int) -> None:
    app.page.wait_for_function(NONE_FOLDED)
    cards = [app.page.locator(f"[data-chart={name}]").bounding_box() for name in CURVES]
    assert len({round(card["y"]) for card in cards}) == 1, "One row."
    assert len({round(card["width"]) for card in cards}) == 1, "Equal ones."
    for card in cards:
        assert card["x"] >= 0 and card["x"] + card["width"] <= width and card["y"] + card["height"] <= height
    for name, (x, y, wide, high) in boxes(app).items():
        assert x >= 0 and x + wide <= width and y >= 0 and y + high <= height, name
        if height >= 900 and name in CURVES:
            assert high >= 300


def test_a_phone_shows_one_curve_of_three(open_app) -> None:
    app = open_app(**PHONE).visit(f"/?activation=relu&init={SCATTER}")
    assert app.charts.evaluate_all(COVERED) <= 0, "A button covers some of a plot."
    expect(app.setting("advice").get_by_role("button")).to_be_visible()
    for title in ("Activation variance", "Gradient variance", "Units on the flat side"):
        tab = app.page.get_by_role("button", name=re.compile(title))
        tab.tap()
        expect(tab).to_have_attribute("aria-pressed", "true")
        expect(app.page.locator(".sim-row .sim-card:visible")).to_have_count(1)
        found = boxes(app)
        assert all(y >= 0 and y + high <= 844 for _, y, _, high in found.values()), found
        assert len(set(CURVES) & set(found)) == 1
    grow_above(app)


def test_an_embedded_page_shows_them_too(open_app) -> None:
    app = open_app(viewport={"width": 800, "height": 600}).visit("/?embed=true&depth=9")
    assert app.params()["depth"] == "9"
    for name, (x, y, wide, high) in boxes(app).items():
        assert x >= 0 and x + wide <= 800 and y >= 0 and y + high <= 600, name
    expect(app.page.get_by_test_id("stTopNav")).to_have_count(0)
    assert app.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_moves(app) -> None:
    """Whatever is chosen, controls and plots stay where they are, and the browser counts no shift of the layout."""
    app.visit("/?depth=10&width=64")
    app.page.evaluate(
        """() => { window.shifts = 0; new PerformanceObserver((list) => list.getEntries().forEach((shift) => {
          window.shifts += shift.value; })).observe({ type: "layout-shift" }); }"""
    )
    wanted = boxes(app)
    for name in ("relu", "leaky_relu", "softplus"):
        app.setting("activation").get_by_role("combobox").click()
        app.change(lambda name=name: app.page.get_by_role("option", name=name, exact=True).click())
        assert boxes(app) == wanted, name
    for name in ("normal", "torch_default", "zeros"):
        box = app.setting("init").get_by_role("combobox")
        box.click()
        box.fill(name)  # the menu has only the nodes that are in sight
        app.change(lambda name=name: app.page.get_by_role("option", name=name, exact=True).click())
        assert boxes(app) == wanted, name
    app.page.get_by_role("button", name="Examples").click()
    presets = app.setting("presets").get_by_role("button")
    expect(presets.last).to_be_visible()
    seen = set()
    for index in range(presets.count()):
        app.change(presets.nth(index).click)
        assert boxes(app) == wanted, presets.nth(index).inner_text()
        seen.add((presets.nth(index).inner_text(), app.page.url))
    titles, links = map(set, zip(*seen, strict=True))
    assert len(titles) == len(links) == presets.count() >= 6, "Each example has its own link."
    assert app.page.evaluate("window.shifts") < 0.02


def test_curves_follow_a_drag_and_the_link_its_end(app) -> None:
    app.visit("/?depth=20&width=64")
    slider, link = app.slider("depth"), app.page.url
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    app.page.mouse.move(box["x"] + box["width"] * 19 / 99, y)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] * 0.4, y, steps=3)
    reached = int(slider.input_value())
    assert reached > 25
    app.page.wait_for_function(
        "depth => [...document.querySelectorAll('.sim-row .js-plotly-plot')].every((plot) => "
        "plot.data.some((trace) => trace.x.length >= depth && trace.name !== 'before the change'))", arg=reached,
    )  # fmt: skip
    assert app.page.url == link, "The link is written once, on release."
    ghost = app.page.locator("[data-chart=signal] .js-plotly-plot").evaluate(
        "plot => plot.data.find((trace) => trace.name === 'before the change').x.length"
    )
    assert ghost == 21, "What was there when the drag began stays in grey."
    app.page.mouse.move(box["x"] + box["width"] * 0.6, y, steps=3)
    app.page.mouse.up()
    app.wait_for_params({"depth": slider.input_value(), "width": "64"})
    expect(app.page.locator(".sim-band").get_by_text("before the change")).to_be_visible()
    app.go_back({"depth": "20", "width": "64"})
    expect(slider).to_have_value("20")


def test_a_large_network_is_drawn_when_the_drag_ends(app) -> None:
    """What takes long is not computed on the way: the estimate of a run is what allows it."""
    app.visit("/?depth=20&width=512&seeds=12")
    slider = app.slider("depth")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    runs = len(app.ends)
    app.page.mouse.move(box["x"] + box["width"] * 19 / 99, y)
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + box["width"] * 0.1, y, steps=5)
    assert int(slider.input_value()) < 15 and len(app.ends) == runs
    app.page.mouse.up()
    app.wait_for_params({"depth": slider.input_value(), "width": "512", "seeds": "12"})


def test_a_layer_is_marked_in_all_three_and_opens_at_a_click(app) -> None:
    app.visit("/?depth=10&width=64")
    plot = app.page.locator("[data-chart=signal] .nsewdrag").first.bounding_box()
    app.page.mouse.move(plot["x"] + plot["width"] / 2 - 3, plot["y"] + plot["height"] / 2)
    app.page.mouse.move(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2, steps=3)
    for name in CURVES:
        expect(app.page.locator(f"[data-chart={name}] .hoverlayer").get_by_text("layer 5")).to_be_visible()
    app.page.mouse.click(plot["x"] + plot["width"] / 2, plot["y"] + plot["height"] / 2)
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_text("Layer 5 of 10")).to_be_visible()
    expect(dialog.locator("[data-chart] .main-svg").first).to_be_visible()


def test_a_number_is_typed_and_a_wrong_one_is_answered(app) -> None:
    app.visit("/?depth=10&width=64")
    number = app.setting("gain").get_by_role("textbox")
    number.fill("1.6667")
    app.change(lambda: number.press("Enter"))
    assert app.params()["gain"] == "1.6667"
    with app.run():
        number.fill("5000")
        number.press("Enter")
    expect(app.page.get_by_role("alert").filter(has_text="5000")).to_be_visible()
    assert app.params()["gain"] == "1.6667"


def test_the_keyboard_is_soon_at_depth_and_the_verdict_is_told(app) -> None:
    app.visit("/?depth=10&width=64")
    # The page's own link leads past the navigation; through it, depth is the tenth stop.
    for stops in (["Tab", "Enter", "Tab"], ["Tab"] * 10):
        app.page.wait_for_function(NONE_FOLDED)
        app.page.evaluate("document.activeElement.blur()")
        for key in stops:
            app.page.evaluate("window.left = document.activeElement")
            app.page.keyboard.press(key)
            app.page.wait_for_function("document.activeElement !== window.left")  # on a busy machine that takes a while
        assert app.page.evaluate("document.activeElement.getAttribute('aria-label')") == "Depth L"
        if stops[1] == "Enter":
            app.page.reload()
            app.settle()
    expect(app.page.get_by_role("status").filter(has_text="10 layers")).to_have_count(1)
