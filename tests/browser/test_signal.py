"""From a link through a slider to the charts and back into the link."""

from __future__ import annotations

from playwright.sync_api import expect

LINK = {"depth": "12", "activation": "relu", "init": "he_normal"}
QUERY = "/?" + "&".join(f"{name}={value}" for name, value in LINK.items())

# Give every chart card and drawing a mark that only this very node has, and count removals from here on.
MARK = """
() => {
  window.removed = [];
  const chart = (node) => node.nodeType === 1 && (node.matches("[data-chart], .js-plotly-plot, .main-svg") ||
                          node.querySelector("[data-chart], .js-plotly-plot"));
  const roots = [document];
  const search = (root) => root.querySelectorAll("*").forEach((node) => {
    if (node.shadowRoot) { roots.push(node.shadowRoot); search(node.shadowRoot); }
    if (node.matches("[data-chart], .js-plotly-plot")) node.marked = true;
  });
  search(document);
  const observer = new MutationObserver((changes) => changes.forEach((change) => change.removedNodes.forEach((node) => {
    if (chart(node)) window.removed.push(node.outerHTML.slice(0, 120));
  })));
  roots.forEach((root) => observer.observe(root, { childList: true, subtree: true }));
}
"""
# Whether every chart over layers ends with this layer.
REACH = """
(layer) => [...document.querySelectorAll("[data-chart] .js-plotly-plot")].every((plot) =>
  Math.max(...plot.data.flatMap((trace) => [...(trace.x || [])].map(Number))) === layer)
"""


def test_a_link_sets_the_page_and_a_slider_moves_it_and_replaces_no_chart(app) -> None:
    app.visit(QUERY)
    expect(app.slider("depth")).to_have_value("12")
    assert app.params() == LINK
    names = app.chart_names()
    assert len(set(names)) == len(names) >= 3
    app.page.evaluate(MARK)
    app.press("depth", "ArrowRight")
    expect(app.slider("depth")).to_have_value("13")
    app.wait_for_params(LINK | {"depth": "13"})
    app.page.wait_for_function(REACH, arg=13)
    for key in ("ArrowRight", "ArrowLeft", "PageUp", "Home"):
        app.press("depth", key)
    assert app.chart_names() == names
    assert app.page.locator("[data-chart], .js-plotly-plot").evaluate_all("nodes => nodes.every((node) => node.marked)")
    assert app.page.evaluate("window.removed") == []


def test_a_held_key_ends_where_it_says(app) -> None:
    """Runs that overtake each other leave slider, link and charts at the last value, and no chart is replaced."""
    app.visit(QUERY)
    app.page.evaluate(MARK)
    app.slider("depth").focus()
    for _ in range(15):
        app.page.keyboard.press("ArrowRight", delay=30)
    app.wait_for_params(LINK | {"depth": "27"})
    expect(app.slider("depth")).to_have_value("27")
    app.page.wait_for_function(REACH, arg=27)
    assert app.page.evaluate("window.removed") == []


def test_a_menu_and_a_typed_number_move_link_and_charts(app) -> None:
    app.visit(QUERY)
    before = app.charts_data()
    box = app.setting("activation").get_by_role("combobox")
    box.click()
    app.change(lambda: app.page.get_by_role("option", name="gelu", exact=True).click())
    app.wait_for_params(LINK | {"activation": "gelu"})
    gain = app.setting("gain").get_by_role("textbox")
    gain.fill("1.5")
    app.change(lambda: gain.press("Enter"))
    app.wait_for_params(LINK | {"activation": "gelu", "gain": "1.5"})
    app.wait_for_charts(lambda data: data != before, "The charts stayed as they were.")


def test_a_zoom_survives_a_slider_move(app) -> None:
    app.visit(QUERY)
    plot = app.page.locator(".js-plotly-plot").first
    box = plot.locator(".nsewdrag").first.bounding_box()
    assert box is not None
    app.page.mouse.move(box["x"] + 0.25 * box["width"], box["y"] + 0.5 * box["height"])
    app.page.mouse.down()
    app.page.mouse.move(box["x"] + 0.75 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
    app.page.mouse.up()
    app.page.wait_for_function("plot => plot.layout.xaxis.range[1] - plot.layout.xaxis.range[0] < 9",
                               arg=plot.element_handle())  # fmt: skip
    zoomed, before = plot.evaluate("plot => plot.layout.xaxis.range"), app.charts_data()
    app.press("depth", "ArrowRight")
    app.wait_for_charts(lambda data: data[0] != before[0], "The chart does not follow.")
    assert plot.evaluate("plot => plot.layout.xaxis.range") == zoomed


def test_a_page_left_while_it_draws_keeps_what_was_chosen_and_so_does_a_reload(app) -> None:
    app.visit(QUERY)
    for name in ("Distributions", "Saturation", "Signal"):
        app.slider("depth").focus()
        app.page.keyboard.press("ArrowRight")
        app.turn_to(name)
    wanted = LINK | {"depth": "15"}
    app.wait_for_params(wanted)
    app.page.wait_for_function(REACH, arg=15)
    before = app.charts_data()
    with app.run():
        app.page.reload()
    app.settle()
    app.wait_for_params(wanted)
    expect(app.slider("depth")).to_have_value("15")
    app.wait_for_charts(lambda data: data == before, "The same link draws other numbers.")


def test_back_and_forward_undo_and_redo_each_change(app) -> None:
    app.visit(QUERY)
    names = app.chart_names()
    app.press("depth", "ArrowRight")
    app.press("depth", "ArrowRight")
    app.turn_to("Distributions")
    app.press("depth", "ArrowRight")
    for depth in ("14", "14", "13", "12"):
        app.go_back(LINK | {"depth": depth})
        expect(app.slider("depth")).to_have_value(depth)
    expect(app.page.locator(f"[data-chart={names[0]}]")).to_be_visible()
    assert app.chart_names() == names
    app.page.go_forward()
    app.wait_for_params(LINK | {"depth": "13"})
    expect(app.slider("depth")).to_have_value("13")
    app.press("depth", "ArrowRight")
    app.wait_for_params(LINK | {"depth": "14"})
