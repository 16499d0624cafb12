"""A lecturer's link: copied, scanned, locked, embedded, presented."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import expect


def test_a_link_is_copied_with_its_locks(open_app) -> None:
    app = open_app(permissions=["clipboard-read", "clipboard-write"]).visit("/?depth=12")
    app.page.get_by_role("button", name="Share").click()
    dialog = app.page.get_by_role("dialog")
    expect(dialog.get_by_role("img", name=re.compile("QR"))).to_be_visible()
    dialog.get_by_role("combobox", name="Lock").click()
    app.page.get_by_role("option", name="Depth").click()
    app.page.keyboard.press("Escape")
    expect(dialog.get_by_test_id("stCode")).to_contain_text("lock=depth")
    dialog.get_by_role("button", name="Copy link").click()
    expect(dialog.get_by_text("Copied.")).to_be_visible()
    copied = app.page.evaluate("navigator.clipboard.readText()")
    assert dict(parse_qsl(urlsplit(copied).query)) == {"depth": "12", "lock": "depth"}
    student = open_app().visit("/?" + urlsplit(copied).query)
    expect(student.slider("depth")).to_be_disabled()


def test_hidden_controls_are_out_of_sight(app) -> None:
    app.visit("/?hide=sidebar-presets-navigation-init")
    expect(app.setting("init")).to_be_hidden()
    expect(app.page.get_by_role("button", name="Examples")).to_be_hidden()
    expect(app.page.get_by_test_id("stSidebar")).to_be_hidden()
    expect(app.page.get_by_test_id("stTopNav")).to_have_count(0)
    expect(app.setting("depth")).to_be_visible()


def test_a_presenter_turns_scenes_with_keys(app) -> None:
    lecture = "Halves; activation=relu; depth=5 | Holds; activation=relu; init=he_normal; depth=5"
    app.visit("/present?play=" + lecture.replace(" ", "%20").replace(";", "%3B").replace("=", "%3D"))
    expect(app.page.get_by_role("heading", name="Halves")).to_be_visible()
    app.page.keyboard.press("PageDown")
    expect(app.page.get_by_role("heading", name="Holds")).to_be_visible()
    app.settle()
    assert app.params()["init"] == "he_normal" and app.params()["scene"] == "2"
    app.page.keyboard.press("ArrowLeft")
    expect(app.page.get_by_role("heading", name="Halves")).to_be_visible()


def test_a_preset_moves_the_drawer_too(app) -> None:
    app.visit("/")
    app.open_drawer()
    app.page.get_by_role("button", name="Examples").click()
    app.change(app.page.get_by_role("button", name="Narrow and deep").click)
    expect(app.setting("seeds").get_by_role("slider")).to_have_attribute("aria-valuetext", "8")
