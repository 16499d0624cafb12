"""A student's way through the app on a phone: link, slider, example, advice, lesson, and back."""

from __future__ import annotations

from playwright.sync_api import expect

from simulator.lessons import LESSONS
from tests.browser.conftest import PHONE


def test_a_student_finds_the_way(open_app) -> None:
    app = open_app(**PHONE).visit("/?activation=relu&init=xavier_normal&depth=30")
    page = app.page
    headline = page.locator(".verdict .headline")
    expect(headline).to_contain_text("vanish", ignore_case=True)
    box = app.slider("depth").bounding_box()
    assert box
    app.change(lambda: page.touchscreen.tap(box["x"] + box["width"] * 0.2, box["y"] + box["height"] / 2))
    assert 10 < int(app.params()["depth"]) < 30
    page.get_by_role("button", name="Examples").click()
    app.change(lambda: page.get_by_role("button", name="ReLU + He: holds").click())
    page.keyboard.press("Escape")
    app.visit("/?activation=relu&init=xavier_normal&depth=30")
    app.change(lambda: page.locator(".st-key-advised button:visible").first.click())
    expect(headline).not_to_contain_text("vanish", ignore_case=True)
    app.visit("/lessons?lesson=root")
    with app.run():
        page.get_by_role("button", name="Show me").click()
    expect(page.get_by_role("heading", name="Why", exact=True)).to_be_visible()
    page.get_by_role("button", name="Open in the lab").click()
    page.wait_for_url("**/?*init=slip_std_2_over_n*")
    app.settle()
    page.get_by_role("button", name="Back to the lesson").click()
    expect(page.get_by_role("heading", name=LESSONS["root"].title, level=1)).to_be_visible()
