"""The row of presets, and the verdict's advice."""

from __future__ import annotations

import re

from playwright.sync_api import expect


def test_every_preset_sets_the_link_and_draws(app) -> None:
    app.visit()
    app.page.get_by_role("button", name="Examples").click()
    presets = app.setting("presets").get_by_role("button")
    expect(presets.last).to_be_visible()
    assert presets.count() >= 6
    seen = set()
    for index in range(presets.count()):
        title = presets.nth(index).inner_text()
        app.change(presets.nth(index).click)
        expect(app.page.get_by_test_id("stException")).to_have_count(0)
        seen.add((title, app.page.url))
    titles, links = zip(*seen, strict=True)
    assert len(set(titles)) == len(set(links)) == presets.count(), "Each preset has its own link."


def test_the_advice_is_one_press_away(app) -> None:
    """tanh with N(0, 1) weights saturates; the fitting scheme is offered and applied."""
    app.visit("/?activation=tanh&init=" + "normal(std=1)")
    before = app.params()
    advice = app.setting("advice").get_by_role("button")
    expect(advice).to_have_count(1)
    app.change(advice.click)
    after = app.params()
    assert after != before
    assert after.get("init", "xavier_normal") != "normal"
    assert not re.search("normal\\(", after.get("init", ""))
