"""Links: cold ones, bad ones, hostile ones."""

from __future__ import annotations

from urllib.parse import quote

from playwright.sync_api import expect

PAGES = ("Signal", "Distributions", "Saturation")


def test_the_first_visitor_may_open_a_subpage(open_app, start_server) -> None:
    """A fresh server's first request is a deep link to a page that is not the first one."""
    app = open_app(address=start_server()).visit("/saturation?depth=12&activation=sigmoid&init=xavier_uniform")
    expect(app.slider("depth")).to_have_value("12")
    assert app.params() == {"depth": "12", "activation": "sigmoid", "init": "xavier_uniform"}
    for name in PAGES:
        expect(app.page.get_by_role("link", name=name).first).to_be_visible()


def test_a_bad_link_keeps_what_is_good_and_names_what_is_not_until_something_is_changed(app) -> None:
    app.visit("/?depth=0&width=512&activation=tahn&init=he_normal&gain=nan&colour=red")
    notices = app.page.get_by_test_id("stMain")
    for words in ("Depth must be between 1 and 2,000", "'tahn'", "Did you mean 'tanh'?", "Gain must be", "'colour'"):
        expect(notices).to_contain_text(words)
    expect(app.slider("depth")).to_have_value("30")
    app.wait_for_params({"width": "512", "init": "he_normal"})
    app.press("depth", "ArrowRight")
    expect(notices).not_to_contain_text("Depth must be")


def test_markup_in_a_link_is_text(app) -> None:
    hostile = quote("<img src=x onerror=window.hit=1>**bold**$x$")
    app.visit("/?" + "&".join(f"{name}={hostile}" for name in ("activation", "init", "widths", "colour")) + "&depth=12")
    expect(app.page.get_by_test_id("stMain")).to_contain_text("'colour'")
    assert app.page.evaluate("window.hit") is None
    assert app.page.locator("img[src=x]").count() == 0
    expect(app.slider("depth")).to_have_value("12")


def test_a_run_that_would_not_fit_is_refused_in_a_sentence(app) -> None:
    app.page.goto(app.address + "/?depth=2000&width=65536")
    expect(app.page.get_by_test_id("stMain")).to_contain_text("the nearest that fits")
