"""The page Finite width: its widgets, and sentences that say what the charts' numbers say."""

from __future__ import annotations

import pytest

from simulator.experiment import Experiment
from simulator.serving import limits
from simulator.ui.finite_width import board
from simulator.ui.finite_width import page as words

PAGE = "pages/finite_width.py"
SMALL = {"depth": "4", "width": "16", "batch": "8", "networks": "20"}
RELU = {"activation": "relu", "init": "he_normal"}


def sentence(lines: list[str], about: str) -> str:
    (found,) = [line for line in lines if line.startswith(about)]
    return found


@pytest.mark.parametrize("quantity", ["preactivation", "activation", "preactivation_gradient", "activation_gradient"])
@pytest.mark.parametrize("examples", ["one", "batch"])
def test_every_quantity_of_one_example_and_of_the_batch(open_app, quantity: str, examples: str) -> None:
    app = open_app(PAGE, quantity=quantity, examples=examples, **RELU, **SMALL)
    assert not app.exception
    assert [figure["name"] for figure in app.charts] == ["fan", "ending", "spread", "typical"]
    closed = examples == "one" or not quantity.endswith("gradient")
    names = [trace["name"] for trace in app.charts[0]["data"]]
    assert ("theory for this width: median, 68 %, 95 %" in names) == closed
    simple = examples == "one" and quantity in ("activation", "preactivation_gradient")
    assert any(trace["name"] == "5 × Σ 1/n" for trace in app.charts[2]["data"]) == simple
    assert app.says("closed forms" if closed else "none here for the mean over a batch")


def test_the_link_keeps_how_many_and_of_what(open_app) -> None:
    app = open_app(PAGE, **SMALL, examples="batch")
    assert app.select_slider(key="networks").value == 20
    app.select_slider(key="networks").set_value(50).run()
    assert app.link["networks"] == "50"
    assert app.charts[0]["title"].startswith("50 networks")
    assert app.says("8 examples")


def test_a_number_of_networks_between_the_rungs_is_kept(open_app) -> None:
    app = open_app(PAGE, **SMALL | {"networks": "37"})
    assert app.select_slider(key="networks").value == 37
    assert app.link["networks"] == "37"


def test_a_single_example_needs_no_choice(open_app) -> None:
    app = open_app(PAGE, **SMALL | {"batch": "1"})
    assert not [group for group in app.get("button_group") if group.key == "examples"]


def test_sentences_hold_the_numbers_of_the_charts(open_app) -> None:
    experiment = Experiment(**RELU, depth=10, width=20)
    app = open_app(PAGE, **RELU, depth="10", width="20", quantity="activation", networks="100")
    law, found = board.law(experiment, "one").laws["activation"], board.simulated(experiment, 100, "one")
    lines = words.typical(experiment, "activation", 100, "one")
    assert "Σ 1/n = 10/20 = 0.5" in sentence(lines, "Depth over width")
    assert f"{10 ** law.quantiles[2, -1]:.3g} of the expected mean" in sentence(lines, "Typical network")
    share = (found.log10["activation"][:, -1] < -1).mean()
    assert f"{law.below(-1.0, 10):.1%} should lie" in sentence(lines, "By chance alone")
    assert f"here {share:.1%} do" in sentence(lines, "By chance alone")
    beside = words.beside(experiment, "activation", 100, "one")
    assert f"Π(1 + 5/n) = {1.25**10:.4g}" in sentence(beside, "The mean misleads")
    assert "in place of the batch of 64" in sentence(beside, "Networks")
    for line in (*lines, *beside):
        assert app.says(line.partition(": ")[2].replace("&", "&amp;")), line


@pytest.mark.parametrize(
    "settings",
    [
        {"normalization": "batch_norm"},
        {"normalization": "layer_norm", "width": "1"},
        {"residual": "pre"},
        {"loss": "squared_error", "activation": "linear", "init": "normal(std=1000)", "gain": "1000", "depth": "90"},
        {"last_activation": "sigmoid", "last_init": "zeros"},
    ],
    ids=lambda settings: next(iter(settings)),
)
def test_other_architectures(open_app, settings: dict[str, str]) -> None:
    app = open_app(PAGE, quantity="activation_gradient", **SMALL | settings)
    assert not app.exception
    assert not app.warning
    assert len(app.charts) == 4


def test_batch_norm_is_never_shown_of_one_example() -> None:
    experiment = Experiment(depth=3, width=8, batch=4, normalization="batch_norm")
    assert board.simulated(experiment, 10, "one").experiment.batch == 4


def test_no_theory_says_why() -> None:
    for init, reason in (("orthogonal", "orthogonal"), ("constant(value=0.5)", "mean is zero")):
        experiment = Experiment(depth=3, width=8, init=init)
        assert reason in sentence(words.beside(experiment, "activation", 10, "one"), "Theory of finite width")
        assert "expected" not in " ".join(words.typical(experiment, "activation", 10, "one"))


def test_uniform_weights_are_told_from_normal_ones() -> None:
    for init, told in (("he_uniform", True), ("he_normal", False)):
        experiment = Experiment(depth=3, width=8, activation="relu", init=init)
        line = sentence(words.beside(experiment, "activation", 10, "one"), "Theory of finite width")
        assert ("uniform" in line) == told


def test_silent_networks_are_told() -> None:
    experiment = Experiment(**RELU, depth=5, width=3)
    line = sentence(words.typical(experiment, "activation", 50, "one"), "Exactly 0")
    assert f"{1 - (1 - 0.5**3) ** 5:.1%}" in line


def test_dear_networks_are_fewer_and_the_page_says_so() -> None:
    experiment = Experiment(depth=60, width=1024, init="he_uniform", activation="relu")
    found = board.affordable(experiment, 1000, 1, limits.ENSEMBLE_SECONDS)
    assert 10 <= found < 1000
    pretended = board.Ensemble(experiment.replace(seeds=found, batch=1), {})
    assert f"of 1000 asked for, as many as take {limits.ENSEMBLE_SECONDS:g} s" in words.networks_shown(
        experiment, pretended, 1000
    )


@pytest.mark.parametrize("activation", ["tanh", "gelu"])
def test_other_activations_are_sampled(open_app, activation: str) -> None:
    app = open_app(PAGE, activation=activation, quantity="activation", **SMALL)
    assert app.says("sampled without a weight matrix")
    assert "theory (sampled)" in [trace["name"] for trace in app.charts[1]["data"]]
