"""The row of presets, and the verdict's advice."""

from __future__ import annotations

import re

from playwright.sync_api import expect


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
