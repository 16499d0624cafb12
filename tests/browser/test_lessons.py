"""Lessons in a real browser: light and dark, wide and on a phone, by mouse and by keyboard."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from simulator.lessons import LESSONS, SHORT
from tests.waiting import until


def test_every_lesson_opens(open_app) -> None:
    """One visit on a screen like a phone's, from lesson to lesson with the button, as a student does."""
    app = open_app(color_scheme="dark", viewport={"width": 390, "height": 844}).visit("/lessons")
    for lesson in LESSONS.values():
        expect(app.page.get_by_role("heading", name=lesson.title, level=1)).to_be_visible()
        app.page.get_by_role("button", name="Show me").click()
        expect(app.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
        app.settle()
        assert not [name for name in app.chart_names() if name.endswith("-veiled")], lesson.slug
        main = app.page.get_by_test_id("stMain")
        until(lambda main=main: main.evaluate("main => main.scrollWidth <= main.clientWidth"), lesson.slug)
        if lesson.number < len(LESSONS):
            app.change(lambda: app.page.get_by_role("button", name="Next lesson").click())


def test_a_prediction_by_keyboard(open_app) -> None:
    app = open_app().visit("/lessons?lesson=target")
    button = app.page.get_by_role("button", name="Vanish", exact=True)
    button.focus()
    app.page.keyboard.press("Enter")
    expect(app.page.get_by_text("Right: vanish.")).to_be_visible()
    expect(app.page.get_by_text(f"1 of {len(LESSONS)} done")).to_be_visible()
    expect(app.setting("depth")).to_be_hidden()


@pytest.mark.parametrize("by", ["mouse", "finger", "keys"])
def test_a_prediction_is_drawn_and_kept(open_app, by: str) -> None:
    """The curve comes back over the measured one, in the next visit too; nothing is behind the first screen's end."""
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    app = open_app(**(phone if by == "finger" else {"viewport": {"width": 1280, "height": 720}}))
    app.visit("/lessons?lesson=target")
    page, pad = app.page, app.page.locator(".sim-sketch .pad")
    say = page.get_by_role("button", name="That is my curve")
    expect(say).to_be_disabled()
    box = pad.bounding_box()
    assert box
    right, low = box["x"] + box["width"] * 0.99, box["y"] + box["height"] * 0.9
    if by == "keys":
        knots = pad.get_by_role("slider")
        expect(knots).to_have_count(10)
        knots.first.focus()
        for key in ("PageDown", *["ArrowRight"] * 9, *["PageDown"] * 4):
            page.keyboard.press(key)
        expect(knots.last).to_be_focused()
        expect(knots.last).to_have_attribute("aria-valuenow", "-24")  # it went along with the first one
    elif by == "finger":
        pad.tap(position={"x": box["width"] * 0.99, "y": box["height"] * 0.9})
    else:
        page.mouse.move(box["x"] + 1, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(right, low, steps=9)
        page.mouse.up()
    expect(say).to_be_enabled()
    if by != "finger":
        assert say.evaluate("node => node.getBoundingClientRect().bottom <= innerHeight")
    with app.run():
        say.click()
    expect(page.get_by_text("Right: vanish. Your curve is")).to_be_visible()
    drawn = page.locator("[data-chart=signal]").get_by_role("button", name="drawn by you")
    expect(drawn).to_be_visible()
    if by == "mouse":
        page.reload()
        expect(page.get_by_text("Right: vanish. Your curve is")).to_be_visible()
        expect(drawn).to_be_visible()


def test_after_the_reveal_charts_and_why_are_in_view(open_app) -> None:
    """On a class's screen; while a control is dragged the charts follow, and the answer says of which it is."""
    app = open_app(viewport={"width": 1280, "height": 720}).visit("/lessons?lesson=target")
    page = app.page
    with app.run():
        page.get_by_role("button", name="Show me").click()
    app.settle()
    seen = "node => { const { top, bottom } = node.getBoundingClientRect(); return top >= 0 && bottom <= innerHeight; }"
    for place in (*app.charts.all(), page.get_by_role("heading", name="Why", exact=True), page.locator(".judged")):
        assert place.evaluate(seen), place
    slider = page.locator(".st-key-lesson-target-depth").get_by_role("slider")
    box, before = slider.bounding_box(), app.charts_data()
    assert box
    page.mouse.move(box["x"] + 3, box["y"] + box["height"] / 2)
    page.mouse.down()
    app.wait_for_charts(lambda found: len(found) == 2 and len(found[0][0]) < len(before[0][0]), "Nothing follows.")
    page.mouse.up()
    expect(page.get_by_text("With these settings:")).to_be_visible()


def test_a_lecture_is_turned_by_the_arrow_keys_and_fits_the_projector(open_app) -> None:
    app = open_app(viewport={"width": 1280, "height": 720})
    for slug in ("xavier-half", "apart"):  # long words; three charts
        lesson = LESSONS[slug]
        app.visit(f"/present?play=lessons&scene={3 * lesson.number - 2}")
        for words in ("", "", "Why"):
            expect(app.page.get_by_role("heading", name=lesson.title, level=1)).to_be_visible()
            if words:
                expect(app.page.get_by_role("heading", name=words, exact=True)).to_be_visible()
            app.settle()
            main = app.page.get_by_test_id("stMain")
            until(lambda main=main: main.evaluate("node => node.scrollHeight <= node.clientHeight"), "It does not fit.")
            app.change(lambda: app.page.keyboard.press("ArrowRight"))
    expect(app.page.get_by_role("navigation")).to_have_count(0)
    app.page.get_by_role("button", name="Leave").click()
    expect(app.page.get_by_role("button", name="Show me")).to_be_visible()


def test_predictions_are_kept_by_the_browser_and_the_lab_leads_back(open_app) -> None:
    """A student's way: predict, look around in the lab, come back, reload; the next session knows of it."""
    app = open_app().visit("/lessons?lesson=root")
    app.page.get_by_role("button", name="Show me").click()
    expect(app.page.get_by_text(f"1 of {len(LESSONS)} done")).to_be_visible()
    app.page.get_by_role("button", name="Open in the lab").click()
    app.page.wait_for_url("**/?*init=slip_std_2_over_n*")
    app.settle()
    expect(app.setting("depth")).to_be_visible()
    expect(app.slider("depth")).to_have_value("10")
    app.page.get_by_role("button", name="Back to the lesson").click()
    expect(app.page.get_by_role("heading", name=LESSONS["root"].title, level=1)).to_be_visible()
    expect(app.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    app.page.reload()
    expect(app.page.get_by_text(f"1 of {len(LESSONS)} done")).to_be_visible()
    expect(app.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()


def test_the_short_path_goes_through_its_eight(open_app) -> None:
    app = open_app().visit("/lessons?path=short&lesson=small-terms")
    for number, slug in enumerate(SHORT, 1):
        expect(app.page.get_by_role("heading", name=LESSONS[slug].title, level=1)).to_be_visible()
        expect(app.page.get_by_text(f"Lesson {number} of {len(SHORT)}")).to_be_visible()
        if number < len(SHORT):
            app.change(lambda: app.page.get_by_role("button", name="Next lesson").click())
    expect(app.page.get_by_role("button", name="Next lesson")).to_be_disabled()


KEPT = {
    "two predictions and what there is not": ({"root": "", "target": "hold", "nowhere": "x", "gates": 3}, 2),
    "another prediction than there is": ({"target": "sideways", "gates": None}, 0),
    "no object": ([1, 2], 0),
}


@pytest.mark.parametrize("name", KEPT)
def test_what_a_browser_has_kept_is_taken_up_where_it_is_of_this_app(open_app, name: str) -> None:
    kept, done = KEPT[name]
    app = open_app()
    app.page.add_init_script(f"localStorage.setItem('simulator-lessons', {json.dumps(json.dumps(kept))})")
    app.visit("/lessons?lesson=target")
    expect(app.page.get_by_text(f"{done} of {len(LESSONS)} done")).to_be_visible()
    if done:
        expect(app.page.get_by_text("Not quite. You said: hold.")).to_be_visible()
