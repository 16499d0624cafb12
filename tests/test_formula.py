"""formula(expression=...): what is a formula is the activation that it is; whatever else is typed is one sentence."""

from __future__ import annotations

import math
import random

import numpy as np
import pytest

from simulator import Activation, Experiment, Grid, SettingError, gains, mean_field, propagate, sweep
from simulator.activations.formula import EXTREMES, FUNCTIONS, LONGEST, read
from simulator.theory.phase_diagram import edge_of_chaos
from simulator.theory.phase_point import edge_curve, extent

LIKE = {
    "h*tanh(log1p(exp(h)))": "mish",
    "h*tanh(log(1 + exp(h)))": "mish",
    "h/(1+exp(-h))": "silu",
    "h*sigmoid(1.702*h)": "quick_gelu",
    "log(1+exp(h))": "softplus",
    "1/(1+exp(-h))": "sigmoid",
    "maximum(h, 0)": "relu",
    "maximum(h, 0.01*h)": "leaky_relu",
    "minimum(maximum(h, 0), 6)": "relu6",
    "maximum(minimum(h, 1), -1)": "hardtanh",
    "h/(1+abs(h))": "softsign",
    "0.5*h*(1+erf(h/2**0.5))": "gelu",
    "relu(h) + expm1(minimum(h, 0))": "elu",
    "(h + sqrt(h**2 + 4))/2": "squareplus",
    "h": "linear",
}
H = np.concatenate([np.linspace(-12, 12, 1201)[1::2], np.random.default_rng(0).standard_normal(500)])


@pytest.mark.parametrize("text", LIKE)
def test_a_formula_is_the_activation_that_it_is(text: str) -> None:
    ours, known = Activation.parse(f"formula(expression={text})"), Activation.parse(LIKE[text])
    near = np.all([np.abs(H - kink) > 1e-9 for kink in known.kinks] or [H == H], axis=0)
    np.testing.assert_allclose(ours.function(H), known.function(H), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(ours.derivative(H)[near], known.derivative(H)[near], rtol=1e-12, atol=2e-15)
    assert ours.kinks == pytest.approx(known.kinks, abs=1e-12) or not known.kinks or LIKE[text] in ("elu", "softsign")
    assert ours.slopes_at_infinity == pytest.approx(known.slopes_at_infinity, abs=1e-5)
    one, other = (gains(str(part)) for part in (ours, known))
    assert one.keeps_q == pytest.approx(other.keeps_q, rel=1e-10)
    assert one.keeps_gradient == pytest.approx(other.keeps_gradient, rel=1e-9)


EACH = [f"{name}(1.5 + h/(1 + h**2)) + h" for name in FUNCTIONS]
CORNERS = "maximum(h, 2*h)**3/(9 + h**4) - 2**0.5*h"


@pytest.mark.parametrize("text", [*LIKE, *EACH, CORNERS])
def test_its_code_is_the_formula_and_its_derivative(text: str) -> None:
    part = Activation.parse(f"formula(expression={text})")
    here = H[np.abs(H) < 4]
    near = np.all([np.abs(here - kink) > 1e-9 for kink in part.kinks] or [here == here], axis=0)
    names = {"np": np, "math": math, "h": here}
    np.testing.assert_allclose(eval(part.code_in("numpy"), names), part.function(here), rtol=1e-12, atol=1e-14)
    slope = eval(part.code_in("numpy_derivative"), names) * np.ones_like(here)
    np.testing.assert_allclose(slope[near], part.derivative(here)[near], rtol=1e-9, atol=1e-13)


def test_it_neither_warns_nor_ends_anywhere() -> None:
    far = np.array([0.0, 1e4, -1e4, 750.0, -750.0, 1e300, -1e300, 5e-324])
    for text in LIKE:
        part = Activation.parse(f"formula(expression={text})")
        for dtype in (np.float64, np.float32):
            with np.errstate(under="ignore"):
                h = np.clip(far, -np.finfo(dtype).max / 2, np.finfo(dtype).max / 2).astype(dtype)
            with np.errstate(all="raise"):
                results = part.evaluate(h)
            assert all(found.dtype == dtype and np.isfinite(found).all() for found in results), text


SLOPELESS = (
    "maximum(h - 0.5, 0) + minimum(h + 0.5, 0)", "maximum(h - 2.5, 0)", "minimum(h + 2, 0)*0.1", "h - tanh(h)",
    "maximum(h - 2, 0) - maximum(h - 2.1, 0)", "sin(30*h)", "h*h/(1 + h*h)",
)  # fmt: skip
"""Formulas that small signals meet without a slope, or with one that turns over and over."""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("text", SLOPELESS)
def test_where_small_signals_meet_no_slope_there_is_still_something_to_say(text: str) -> None:
    """Verdict, advice, gains and the plane's edge."""
    for changes in ({"depth": 6}, {"depth": 6, "lsuv": "on"}):
        verdict = propagate(Experiment(activation=f"formula(expression={text})", width=64, **changes)).verdict
        assert verdict.headline and verdict.cause and (verdict.advice is None or verdict.advice.label)
    part = Activation.parse(f"formula(expression={text})")
    assert gains(part).remarks
    wide, tall = extent(part)
    assert math.isfinite(wide) and math.isfinite(tall)
    assert edge_curve(part, wide, tall).q_star.size
    assert all(point.sigma_w2 > 0 for point in edge_of_chaos(part, 0.05))


def test_links_flags_grids_and_lists_take_it_whole() -> None:
    text = "formula(expression=maximum(h, 0.1*h))"
    experiment = Experiment(activation=text, depth=4, width=32, batch=8)
    assert experiment.activation == "formula(expression=maximum(h,0.1*h))"
    assert Experiment(**experiment.params()) == experiment
    grid = Grid.parse([f"activation=relu,{text}"], experiment)
    frame = sweep(grid, workers=1)
    assert len(frame["cell"].unique()) == 2 and not frame["error"].astype(object).any()
    listed = Experiment(activations=f"tanh*2 | {text} | linear", width=16, batch=8)
    assert listed.depth == 4 and str(listed.activation_at(3)) == experiment.activation
    logs, known = (
        run(experiment.replace(activation=phi)).curves["activation", "variance"][1]
        for run in (propagate, mean_field)
        for phi in (text,)
    )
    again = propagate(experiment.replace(activation="leaky_relu(negative_slope=0.1)")).curves["activation", "variance"]
    np.testing.assert_allclose(logs, again[1], rtol=1e-9)
    assert np.isfinite(known).all()


REFUSED = {
    "": "cannot be read", "h h": "cannot be read", "(" * 150 + "h" + ")" * 49: "cannot be read",
    "__import__('os')": "must be a formula", "h.real": "must be a formula", "h[0]": "must be a formula",
    "lambda: h": "must be a formula", "h if h else 0": "must be a formula", "exp": "must be a formula",
    "exp(h)(h)": "must be a formula", "open(h)": "must use functions among", "eval(h)": "must use functions among",
    "h**h": "exponents", "2**h": "exponents", "h**99": "exponents", "9**9**9**9": "exponents",
    "tanh(h, h)": "1 argument", "maximum(h)": "2 arguments", "tanh(x=h)": "must be a formula",
    "1e400*h": "numbers up to", "9" * 60 + "*h": "numbers up to", "1j*h": "must be a formula",
    "True*h": "must be a formula",
    "ℎ": "must be a formula", "h\n+1": "must be a formula", "h" + "+h" * 100: "at most",
    "log(h)": "a number everywhere",
    "1/h": "a number everywhere", "sqrt(h)": "a number everywhere", "h**2": "slopes below", "exp(h)": "slopes below",
    "1000": "change with h", "relu(h-9)": "change with h", "0*h": "change with h",
    "-" * 80 + "h": "nested", "tanh(" * 45 + "h" + ")" * 45: "at most",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED)
def test_what_is_no_formula_is_one_sentence(text: str) -> None:
    from simulator.activations.formula import Formula

    with pytest.raises(SettingError, match=REFUSED[text]) as told:
        Formula(expression=text)
    assert str(told.value).count("\n") == 0 and len(str(told.value)) < 400


def test_ten_thousand_hostile_texts_are_read_or_refused() -> None:
    chance = random.Random(7)
    symbols = [*"+-*/().,[]{:=\\\n\0\u03bb'", "**", "__", "import", "lambda", "os"]
    words = [*FUNCTIONS, *EXTREMES, *symbols, "h", "h", "h", "1", "2.5", "1e9", " ", "9" * 40]
    counted = {True: 0, False: 0}
    for _ in range(10_000):
        text = "".join(chance.choice(words) for _ in range(chance.randrange(1, 60)))
        said = ""
        try:
            assert read(text).kind
        except SettingError as error:
            said = str(error)
        assert "\n" not in said
        counted[bool(said)] += 1
    assert counted[True] > 9_000 and counted[False] > 10 and LONGEST == 200
