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
LONGEST_TRACE = "plots => Math.max(...plots.map((plot) => Math.max(...plot.data.map((t) => (t.x || []).length))))"


def test_a_link_sets_the_page(app) -> None:
    app.visit(QUERY)
    expect(app.slider("depth")).to_have_value("12")
    assert app.params() == LINK
    assert len(app.chart_names()) >= 3
    assert len(set(app.chart_names())) == len(app.chart_names())


def test_a_slider_moves_link_and_charts(app) -> None:
    app.visit(QUERY)
    app.press("depth", "ArrowRight")
    expect(app.slider("depth")).to_have_value("13")
    app.wait_for_params(LINK | {"depth": "13"})
    drawn = app.page.wait_for_function(
        """() => {
          const plots = [];
          const search = (root) => root.querySelectorAll("*").forEach((node) => {
            if (node.shadowRoot) search(node.shadowRoot);
            if (node.matches(".js-plotly-plot")) plots.push(node);
          });
          search(document);
          const last = plots.map((plot) => Math.max(...plot.data.flatMap((trace) => [...(trace.x || [])].map(Number))));
          return last.every((layer) => layer >= 13) && last;
        }"""
    )
    assert drawn.json_value(), "Every chart over layers reaches the new last layer."


def test_a_slider_move_replaces_no_chart(app) -> None:
    app.visit(QUERY)
    names = app.chart_names()
    app.page.evaluate(MARK)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft", "PageUp", "Home"):
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
    app.page.wait_for_function(
        """() => [...document.querySelectorAll("[data-chart] .js-plotly-plot")].every((plot) =>
          Math.max(...plot.data.flatMap((trace) => [...(trace.x || [])].map(Number))) === 27)"""
    )
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


def test_state_survives_pages_and_reload(app) -> None:
    app.visit(QUERY)
    app.press("depth", "ArrowRight")
    wanted = LINK | {"depth": "13"}
    for name in ("Distributions", "Saturation", "Signal"):
        app.turn_to(name)
        app.wait_for_params(wanted)
        expect(app.slider("depth")).to_have_value("13")
    before = app.charts_data()
    with app.run():
        app.page.reload()
    app.settle()
    app.wait_for_params(wanted)
    expect(app.slider("depth")).to_have_value("13")
    app.wait_for_charts(lambda data: data == before, "The same link draws other numbers.")


def test_leaving_a_page_while_it_draws_is_no_error(app) -> None:
    app.visit(QUERY)
    for name in ("Distributions", "Saturation", "Signal") * 2:
        app.slider("depth").focus()
        app.page.keyboard.press("ArrowRight")
        app.turn_to(name)
    app.wait_for_params(LINK | {"depth": "18"})


def test_the_back_button_is_not_broken(app) -> None:
    app.visit(QUERY)
    names = app.chart_names()
    app.turn_to("Distributions")
    assert app.chart_names() != names
    app.go_back(LINK)
    expect(app.page.locator(f"[data-chart={names[0]}]")).to_be_visible()
    assert app.chart_names() == names


def test_back_and_forward_undo_and_redo_each_change(app) -> None:
    app.visit(QUERY)
    app.press("depth", "ArrowRight")
    app.press("depth", "ArrowRight")
    app.turn_to("Distributions")
    app.press("depth", "ArrowRight")
    for depth in ("14", "14", "13", "12"):
        app.go_back(LINK | {"depth": depth})
        expect(app.slider("depth")).to_have_value(depth)
    app.page.go_forward()
    app.wait_for_params(LINK | {"depth": "13"})
    expect(app.slider("depth")).to_have_value("13")
    app.press("depth", "ArrowRight")
    app.wait_for_params(LINK | {"depth": "14"})


def test_a_table_downloads(app) -> None:
    app.visit(QUERY)
    with app.page.expect_download() as waiting:
        app.page.get_by_role("button", name="CSV").first.click()
    text = waiting.value.path().read_text(encoding="utf-8")
    header, first = text.splitlines()[:2]
    assert header.split(",")[:7] == ["label", "source", "seed", "layer", "quantity", "statistic", "value"]
    assert len(first.split(",")) >= 7
