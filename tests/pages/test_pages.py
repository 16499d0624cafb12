"""Every page, run without a browser: on the defaults and on the odd cases."""

from __future__ import annotations

import pytest

from simulator.ui import shell
from simulator.ui.sitemap import ALL_CONTROLS

FILES = [row.file for row in shell.PAGES]
HEEDFUL = [row.file for row in shell.PAGES if row.unheeded != ALL_CONTROLS]
"""Pages to which an experiment's settings make a difference."""
SMALL = {"depth": "4", "width": "16", "batch": "8"}
ODD = {
    "one layer": {"depth": "1"},
    "one unit": {"width": "1"},
    "one example": {"batch": "1"},
    "zeros": {"init": "zeros"},
    "constant": {"init": "constant(value=0.5)"},
    "never saturates": {"activation": "linear"},
    "always saturated": {"saturation": "1"},
    "nothing is flat": {"saturation": "0"},
    "rectifier": {"activation": "relu", "init": "he_normal"},
    "several seeds": {"seeds": "3"},
    "unequal widths": {"widths": "12-9-6-3"},
    "gain 0": {"gain": "0"},
    "explodes": {"activation": "linear", "init": "normal(std=1000)", "gain": "1000", "depth": "90"},
    "vanishes": {"activation": "sigmoid", "init": "normal(std=0.000001)", "depth": "90"},
    "digits": {"inputs": "digits", "bias": "torch_default"},
    "equal pixels": {"inputs": "gaussian(mean=3, std=0)"},
}


@pytest.mark.parametrize("file", FILES)
def test_a_page_opens_on_its_defaults(open_app, file: str) -> None:
    app = open_app(file)
    assert not app.exception
    assert not app.warning
    assert not app.error
    assert not app.link or file == "pages/present.py"  # which begins with its first scene
    names = [figure["name"] for figure in app.charts]
    assert names
    assert len(set(names)) == len(names)
    for figure in app.charts:
        assert figure["data"]
        assert figure["alt"]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("file", HEEDFUL)
def test_a_page_bears_odd_cases(open_app, file: str, odd: str) -> None:
    app = open_app(file, **SMALL | ODD[odd])
    assert not app.exception
    assert not app.warning
    assert app.charts


def test_signal_shows_every_pair(open_app) -> None:
    app = open_app(FILES[0], activation="relu", **SMALL)
    seen = set()
    for quantity in app.selectbox(key="quantity").options:
        app.selectbox(key="quantity").set_value(quantity).run()
    quantities = ("preactivation", "activation", "preactivation_gradient", "activation_gradient", "weight_gradient")
    for quantity in quantities:
        app.selectbox(key="quantity").select(quantity).run()
        for statistic in [option.replace(" ", "_") for option in app.selectbox(key="statistic").options]:
            app.selectbox(key="statistic").select(statistic).run()
            assert not app.exception
            seen.add(app.charts[-1]["title"])
            assert app.charts[-1]["name"] == "profile"
    assert len(seen) >= 18


def test_signal_says_that_there_is_no_theory(open_app) -> None:
    app = open_app(FILES[0], init="constant(value=0.5)", **SMALL)
    assert app.says("no infinite-width theory")


def test_signal_has_a_verdict(open_app) -> None:
    app = open_app(FILES[0], **SMALL)
    assert app.says('<section class="verdict')
    assert app.says("<h1>")


@pytest.mark.parametrize("quantity", ["preactivation", "activation", "preactivation_gradient", "activation_gradient"])
@pytest.mark.parametrize("axis", ["value", "rms", "log10"])
def test_distributions_on_every_axis(open_app, quantity: str, axis: str) -> None:
    app = open_app("pages/distributions.py", quantity=quantity, axis=axis, layers="2-4", **SMALL)
    assert not app.exception
    assert [figure["name"] for figure in app.charts] == ["network", "distribution-map", "distribution-curves"]
    curves = [trace["name"] for trace in app.charts[2]["data"]]
    assert {name for name in curves if "theory" not in name} == {"layer 2", "layer 4"}


def test_distributions_of_what_has_none_shows_another(open_app) -> None:
    app = open_app("pages/distributions.py", quantity="weight_gradient", **SMALL)
    assert not app.exception
    assert app.selectbox(key="quantity").value == "preactivation"
    assert app.link["quantity"] == "weight_gradient", "Signal still shows it."


@pytest.mark.parametrize(
    ("activation", "words"),
    [("tanh", "h &lt; −2.178 or h &gt; 2.178"), ("linear", "never saturates"), ("relu", "h &lt; 0")],
)
def test_saturation_says_its_rule(open_app, activation: str, words: str) -> None:
    app = open_app("pages/saturation.py", activation=activation, **SMALL)
    assert app.says(words)
    assert app.says("τ = 0.05")
    names = [figure["name"] for figure in app.charts]
    assert names[:3] == ["activation-profile", "saturated", "dead"]
    assert ("inactive" in names) == (activation == "relu")


def test_saturation_of_a_single_layer_needs_no_slider(open_app) -> None:
    app = open_app("pages/saturation.py", **SMALL | {"depth": "1"})
    assert not [slider for slider in app.slider if slider.key == "layer"]


@pytest.mark.parametrize("file", HEEDFUL)
@pytest.mark.parametrize(
    "wiring",
    [
        {"residual": "post"},
        {"residual": "pre(alpha=0.5, every=2)", "normalization": "batch_norm"},
        {"normalization": "layer_norm", "activation": "relu"},
        {"last_activation": "linear", "last_init": "zeros", "loss": "softmax_cross_entropy"},
        {"loss": "sigmoid_cross_entropy(naive_log=1)", "activation": "linear", "init": "normal(std=5)"},
    ],
    ids=lambda wiring: "-".join(wiring),
)
def test_a_page_bears_every_wiring(open_app, file: str, wiring: dict[str, str]) -> None:
    app = open_app(file, **SMALL | wiring)
    assert not app.exception
    assert not app.warning
    assert app.charts
    assert not [sentence for sentence in app.sentences if " nan" in sentence or "inf " in sentence]
