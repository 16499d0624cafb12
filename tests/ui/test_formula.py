"""A formula as activation in the app: typed, kept in the link, and refused in a sentence."""

from __future__ import annotations

SMALL = {"depth": "4", "width": "16", "batch": "8"}


def test_a_formula_is_typed_and_a_wrong_one_is_told(open_app) -> None:
    app = open_app("pages/signal.py", activation="formula(expression=h*sigmoid(2*h))", **SMALL)
    assert not app.exception and app.charts
    typed = app.text_input(key="activation.formula.expression")
    assert typed.value == "h*sigmoid(2*h)"
    typed.set_value("maximum(h, 0.3*h)").run()
    assert app.link["activation"] == "formula(expression=maximum(h,0.3*h))"
    app.text_input(key="activation.formula.expression").set_value("open(h)").run()
    assert not app.exception
    assert app.says("must use functions among")
    assert app.link["activation"] == "formula(expression=maximum(h,0.3*h))"
