"""Lessons in a real browser: light and dark, wide and on a phone, by mouse and by keyboard."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import expect

from simulator.lessons import LESSONS, SHORT

SCREENS = {
    "wide-light": {"viewport": {"width": 1600, "height": 1000}, "color_scheme": "light"},
    "phone-dark": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}


@pytest.mark.parametrize("screen", SCREENS)
def test_every_lesson_opens(open_app, screen: str) -> None:
    """One visit, from lesson to lesson with the button, as a student does."""
    app = open_app(**SCREENS[screen]).visit("/lessons")
    for lesson in LESSONS.values():
        expect(app.page.get_by_role("heading", name=lesson.title, level=1)).to_be_visible()
        app.page.get_by_role("button", name="Show me").click()
        expect(app.page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
        app.settle()
        assert not [name for name in app.chart_names() if name.endswith("-veiled")], lesson.slug
        wide = app.page.get_by_test_id("stMain").evaluate("main => main.scrollWidth - main.clientWidth")
        assert wide <= 0, lesson.slug
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


def test_the_lab_opens_with_a_lesson(open_app) -> None:
    app = open_app().visit("/lessons?lesson=root")
    app.page.get_by_role("button", name="Open in the lab").click()
    app.page.wait_for_url("**/?*init=slip_std_2_over_n*")
    app.settle()
    expect(app.setting("depth")).to_be_visible()
    expect(app.slider("depth")).to_have_value("10")


def test_predictions_are_kept_by_the_browser_and_the_lab_leads_back(open_app) -> None:
    """A student's way: predict, look around in the lab, come back, reload; the next session knows of it."""
    app = open_app().visit("/lessons?lesson=root")
    app.page.get_by_role("button", name="Show me").click()
    expect(app.page.get_by_text(f"1 of {len(LESSONS)} done")).to_be_visible()
    app.page.get_by_role("button", name="Open in the lab").click()
    app.page.wait_for_url("**/?*init=slip_std_2_over_n*")
    app.settle()
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
