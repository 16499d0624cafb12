"""A class in one room, on three screens: a lecturer's and two phones."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.waiting import until


def test_lead_follow_vote_reveal_and_vote_again(open_app) -> None:
    lecturer = open_app(viewport={"width": 1280, "height": 720}).visit("/lessons")
    page = lecturer.page
    page.get_by_text("A class in one room").click()
    page.get_by_role("button", name="Open a room").click()
    expect(page.get_by_role("img", name="QR code of the room")).to_be_visible()
    code = page.locator(".room-code").inner_text()
    page.keyboard.press("Escape")
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    phones: list[Page] = []
    for _ in range(2):
        phones.append(open_app(**phone).visit(f"/?room={code}").page)
        expect(phones[-1].locator("p.room")).to_contain_text("with the class")
        expect(phones[-1]).to_have_url(re.compile("/lessons"))
    expect(page.locator("[data-room-count=members]")).to_have_text("2")

    _button(page, "Ask the room").click()
    for place, student in enumerate(phones):
        expect(student.locator("p.room")).to_contain_text("a vote is open")
        student.locator(f".st-key-guess-{place} button").tap()
        expect(student.locator("p.room")).to_contain_text("your vote is in")
        expect(student.locator(f".st-key-guess-{place} button")).to_be_disabled()
    expect(page.locator("[data-room-count=ballots]")).to_have_text("2")
    expect(page.locator("[data-chart=votes]")).to_have_count(0)
    _button(page, "Reveal").click()
    for screen in (page, *phones):
        expect(screen.locator("[data-chart=votes] .main-svg").first).to_be_visible()

    phones[0].reload()  # a phone that slept: it is who it was
    expect(phones[0].locator("p.room")).to_contain_text("with the class")
    _button(page, "Vote again").click()
    for student in phones:
        expect(student.locator("p.room")).to_contain_text("a vote is open")
        student.locator(".st-key-guess-2 button").tap()
    expect(page.locator("[data-room-count=ballots]")).to_have_text("2")
    expect(page.locator("[data-room-count=members]")).to_have_text("2")
    _button(page, "Reveal").click()
    plot = page.locator("[data-chart=votes] .js-plotly-plot")
    until(lambda: plot.evaluate("plot => (plot.data ?? []).length") == 2, "Both rounds stand side by side.")

    lecturer.turn_to("Signal")
    lecturer.press("depth", "ArrowRight")
    depth = lecturer.params()["depth"]
    for student in phones:
        expect(student).to_have_url(re.compile(f"/\\?depth={depth}&"))
        expect(student.locator(".st-key-depth .number")).to_have_value(depth)
    phones[0].locator(".st-key-depth input[type=range]").focus()
    phones[0].keyboard.press("ArrowRight")
    expect(phones[0].locator("p.room")).to_contain_text("on your own")
    lecturer.press("depth", "ArrowRight")
    expect(phones[1]).to_have_url(re.compile(f"depth={int(depth) + 1}&"))
    _button(phones[0], "Back to the class").tap()
    expect(phones[0].locator("p.room")).to_contain_text("with the class")
    # The three curves do not lie under the room's line.
    line = page.locator(".st-key-room").bounding_box()
    charts = [chart.bounding_box() for chart in lecturer.charts.all()[:3]]
    assert line and all(box and box["y"] + box["height"] <= line["y"] for box in charts)

    page.locator(".st-key-room-about").get_by_role("button").click()
    page.get_by_role("button", name="Close the room").click()
    for screen in (page, *phones):
        expect(screen.locator("p.room")).to_have_count(0)
        expect(screen).not_to_have_url(re.compile("room="))


def test_plots_make_room_for_the_line_of_a_room_that_opens(open_app) -> None:
    page = open_app(viewport={"width": 1280, "height": 720}).visit("/present").page
    page.get_by_text("A class in one room").click()
    page.get_by_role("button", name="Open a room").click()
    expect(page.locator(".st-key-room")).to_be_visible()
    page.wait_for_function(
        """() => { const end = (node) => node.getBoundingClientRect().bottom;
          const line = document.querySelector('.st-key-room').getBoundingClientRect().top;
          return [...document.querySelectorAll('.sim-card')].every((card) =>
            end(card) <= line && end(card.querySelector('.main-svg')) <= end(card)) }"""
    )


def test_another_screen_of_the_lecturers_is_let_in_once(open_app) -> None:
    page = open_app().visit("/lessons").page
    page.get_by_text("A class in one room").click()
    page.get_by_role("button", name="Open a room").click()
    page.get_by_role("button", name="Lead from another screen too").click()
    link = page.get_by_test_id("stCode").filter(has_text="lead=").inner_text()
    path = "/" + link.strip().split("/", 3)[3]
    second = open_app().visit(path).page
    expect(second.locator(".st-key-room-about")).to_be_visible()
    expect(second).not_to_have_url(re.compile("lead="))
    third = open_app().visit(path).page
    expect(third.get_by_text("This lecturer's link was used before, or is none.")).to_be_visible()
    expect(third.locator("p.room")).to_have_count(0)


def _button(page: Page, name: str):
    return page.get_by_role("button", name=name, exact=True)
