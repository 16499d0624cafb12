"""Gradients under post-activation branches at finite width: the law against simulation, and where it is shown."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment, figures, mean_field, propagate
from simulator.theory.branch_law import branch_law

POST = Experiment(activation="relu", init="he_normal", residual="post", depth=20, width=64, batch=16, seeds=64)
OTHERS = {
    "he, 64": {},
    "he, 256": {"width": 256, "seeds": 32},
    "linear": {"activation": "linear", "init": "lecun_normal"},
    "leaky, shifted inputs": {"activation": "leaky_relu(negative_slope=0.3)", "inputs": "gaussian(mean=0.5)"},
    "weak branches": {"gain": 0.7, "residual": "post(alpha=0.5)"},
    "divided by the root of depth": {"depth": 60, "residual": "post(scaling=depth)", "init": "xavier_uniform"},
    "one example, linear on top": {"batch": 1, "last_activation": "linear"},
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_law_is_the_average_of_networks(name: str) -> None:
    experiment = POST.replace(**OTHERS[name])
    curves, law = propagate(experiment).curves, branch_law(experiment)
    assert len(law) == 4
    for pair, (_, expected) in law.items():
        first = 1 if pair[0].startswith("pre") else 0
        found = 10.0 ** (curves[pair][1] - expected)[:, first:]
        error = found.std(axis=0, ddof=1) / np.sqrt(len(found))
        off = np.abs(found.mean(axis=0) - 1) / error
        # One walk down the layers is one long correlated draw: 3.5 for the worst of 4 x 20 such numbers.
        assert off.max() < 3.5, (pair, off.round(1))


@pytest.mark.parametrize(("width", "expected"), [(64, 7.83), (128, 7.54), (256, 7.26), (1024, 6.73), (2048, 6.50)])
def test_it_comes_down_to_infinite_width_as_log_n(width: int, expected: float) -> None:
    """Worked out apart from this code, without what units have in common: 1/n of it; infinite width says 6.02."""
    found = branch_law(POST.replace(width=width))["activation_gradient", "second_moment"][1][0, 0]
    assert found == pytest.approx(expected, abs=0.02)


def test_at_great_width_and_few_layers_it_is_infinite_width() -> None:
    wide = POST.replace(width=65536, depth=4)
    for pair, (value, _) in branch_law(wide).items():
        if pair in mean_field(wide).curves:
            known = ~np.isnan(value)
            np.testing.assert_allclose(value[known], mean_field(wide).curves[pair][0][known], rtol=2e-3)


@pytest.mark.parametrize(
    "changes",
    [
        {"residual": "none"}, {"residual": "pre"}, {"residual": "post(every=2)"}, {"activation": "tanh"},
        {"bias": "normal(std=0.1)"}, {"normalization": "layer_norm"}, {"init": "orthogonal"}, {"inputs": "digits"},
        {"widths": "64-32-64", "residual": "none"}, {"loss": "squared_error"}, {"init": "constant(value=0.1)"},
        {"residual": "post(alpha=0)"}, {"inputs": "gaussian(std=0)"},
    ],
)  # fmt: skip
def test_elsewhere_there_is_none(changes: dict[str, str]) -> None:
    assert branch_law(POST.replace(**changes)) == {}


def test_it_never_overflows() -> None:
    deep = branch_law(POST.replace(depth=2000, seeds=1))["activation_gradient", "second_moment"]
    assert np.isnan(deep[0][0, 0]) and 600 < deep[1][0, 0] < 1400


def test_it_is_drawn_tabled_and_told() -> None:
    result, theory = propagate(POST.replace(seeds=8)), mean_field(POST)
    frame = theory.to_frame()
    rows = frame[(frame["label"] == "width 64") & (frame["statistic"] == "second_moment")]
    assert set(rows["quantity"]) == {"activation_gradient", "preactivation_gradient"}
    assert set(theory.to_frame("A")["label"]) == {"A"}
    names = [trace.get("name") for trace in result.chart("activation_gradient")["data"]]
    assert names[-2:] == ["theory (infinite width)", "theory (width 64)"]
    alone = figures.layer_profile(frame, "activation_gradient", "variance")
    assert [trace["name"] for trace in alone["data"]] == ["theory (infinite width)", "theory (width 64)"]
    (said,) = [remark for remark in result.verdict.remarks if remark.startswith("Finite width: gradient")]
    assert "the law at this width" in said
    assert not any("Finite width" in remark for remark in propagate(Experiment()).verdict.remarks)
