"""Training in a real browser: curves grow in place while it runs, it stops, others are served, tables are judged."""

from __future__ import annotations

from playwright.sync_api import Locator, expect

from tests.waiting import until

SMALL = "depth=4&width=16&batch=8"
QUICK = f"/training?{SMALL}&train_depth=3&train_width=16&epochs=5"
LONG = f"/training?{SMALL}&train_depth=10&train_width=64&epochs=100"
LAST_STEP = """() => {
  const plot = document.querySelector("[data-chart=training-loss] .js-plotly-plot");
  return plot?.data ? Math.max(...[...plot.data[0].x].map(Number)) : -1;
}"""
TABLE = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (k, -k, b"even" if k % 2 else b"odd") for k in range(60))


def button(app, name: str) -> Locator:
    return app.page.get_by_role("button", name=name, exact=True)


def says(app, words: str) -> Locator:
    return app.page.get_by_text(words).first


def test_curves_grow_in_place(app) -> None:
    app.visit(QUICK)
    names = app.chart_names()
    drawn = app.page.locator("[data-chart], .js-plotly-plot")
    drawn.evaluate_all("nodes => nodes.forEach((node) => { node.marked = true; })")
    button(app, "Train").click()
    app.page.wait_for_function(f"({LAST_STEP})() > 0")
    expect(says(app, "Finished, step 220 of 220")).to_be_visible()
    app.page.wait_for_function(f"({LAST_STEP})() === 220")
    app.settle()
    assert app.chart_names() == names
    assert drawn.evaluate_all("nodes => nodes.every((node) => node.marked)")
    expect(app.page.get_by_text("of the held-out rows right").first).to_be_visible()
    for screen in ({"width": 1600, "height": 900}, {"width": 390, "height": 844}):
        app.page.set_viewport_size(screen)
        until(lambda screen=screen: app.widest() <= screen["width"], f"Something is wider than {screen['width']} px.")


def test_a_run_stops_and_leaving_the_page_stops_it(app, brake) -> None:
    brake(111)
    app.visit(QUICK)
    button(app, "Train").click()
    app.page.wait_for_function(f"({LAST_STEP})() === 111")
    button(app, "Stop").click()
    expect(says(app, "Stopped at step 111 of 220")).to_be_visible()
    app.settle()
    app.page.wait_for_function(f"({LAST_STEP})() === 111")
    button(app, "Train").click()
    expect(says(app, "Training, step")).to_be_visible()
    link = app.params()
    app.turn_to("Signal")
    app.go_back(link)
    expect(says(app, "Stopped at step")).to_be_visible()


def test_others_are_served_meanwhile(app, open_app, brake) -> None:
    """The run has no end, and nobody waits for it."""
    brake(2200)
    app.visit(LONG)
    other = open_app().visit(f"/?{SMALL}")
    button(app, "Train").click()
    app.page.wait_for_function(f"({LAST_STEP})() > 0")
    for _ in range(5):
        other.press("depth", "ArrowRight")
    expect(says(app, "Training, step")).to_be_visible()
    button(app, "Stop").click()
    expect(says(app, "Stopped at step")).to_be_visible()


def test_a_table_is_learnt_or_answered(app) -> None:
    app.visit(QUICK)
    app.page.get_by_text("Network, loss and data").click()
    for name, content, words in (
        ("words.csv", TABLE + b"1,red,odd\n", "Line 62, column 2 is 'red', which is not a number"),
        ("book.xlsx", b"PK\x03\x04" + bytes(64), "perhaps an Excel workbook"),
        ("mine.csv", TABLE, "mine.csv, 2 features, 2 classes"),
        ("large.csv", b"1,2\n" * (2**20), "must be 2.0MB or smaller"),
    ):
        file = {"name": name, "mimeType": "text/csv", "buffer": content}
        app.page.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
        expect(says(app, words)).to_be_visible()
        app.settle()
