"""The experiment's own wiring is what is trained; wirings side by side; what a run records of them."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment
from simulator.losses import Loss
from simulator.studies.training import Run, Training, digits, train
from simulator.studies.training.plan import NORM, SKIP

PLAN = Training(train_depth=5, train_width=12, epochs=1, schemes="xavier_normal")
WIRINGS = PLAN.replace(train_compare="wirings")


def test_the_experiments_architecture_is_trained() -> None:
    lab = Experiment(
        depth=7, width=9, activation="relu", gain=1.2, bias="normal(std=0.1)", residual="post(every=2)",
        normalization="layer_norm", last_init="zeros", last_activation="sigmoid",
    )  # fmt: skip
    run = Run(lab, PLAN, dtype=np.float64)
    (stack,), networks = run.networks.stacks, run.networks
    assert stack.walk.back == (0, 0, 0, 2, 0), "64 pixels are no 12 units."
    assert str(stack.normalization) == "layer_norm"
    assert not networks.weights[-1].any(), "The last layer's own scheme."
    assert networks.weights[0].any()
    assert abs(np.concatenate([bias.ravel() for bias in networks.biases]).std() - 0.1) < 5 * 0.1 / np.sqrt(2 * 58)
    # 144 weights of variance 1.2^2/12: five standard errors.
    assert abs(networks.weights[1].var() / (1.44 / 12) - 1) < 5 * np.sqrt(2 / 144)


@pytest.mark.parametrize("wiring", [{"residual": "post"}, {"residual": "pre"}, {"normalization": "batch_norm"}])
def test_a_wiring_makes_a_difference(wiring: dict[str, str]) -> None:
    plain, other = (train(Experiment(**given), PLAN).loss[0, 0] for given in ({}, wiring))
    assert np.abs(plain - other).max() > 0.01


def test_plain_skip_norm_and_both_start_from_the_same_weights() -> None:
    run = Run(Experiment(init="he_normal"), WIRINGS)
    assert run.record().schemes == ("plain", "skip", "batch_norm", "skip + batch_norm")
    assert len(run.networks.stacks) == 4
    for params in run.networks.params[1:]:
        np.testing.assert_array_equal(params, run.networks.params[0])
    run.advance(60)
    alone = train(Experiment(), PLAN.replace(schemes="he_normal"))
    np.testing.assert_array_equal(run.record().loss[:, 0], alone.loss[:, 0])


def test_the_experiments_own_branches_and_norm_are_the_ones_compared() -> None:
    own = WIRINGS.wirings(Experiment(residual="post(alpha=0.5)", normalization="rms_norm"))
    assert list(own) == ["plain", "skip", "rms_norm", "skip + rms_norm"]
    assert own["skip + rms_norm"] == {"residual": "post(alpha=0.5)", "normalization": "rms_norm"}
    assert own["plain"] == {"residual": "none", "normalization": "none"}
    usual = WIRINGS.wirings(Experiment())
    assert usual[f"skip + {NORM}"] == {"residual": SKIP, "normalization": NORM}


def test_a_link_says_what_is_side_by_side() -> None:
    assert Training.from_params(WIRINGS.params()) == (WIRINGS, [])
    assert "train_compare" not in PLAN.params()


def test_four_networks_weigh_four_times_as_much() -> None:
    one, four = (plan.seconds(Experiment(), digits()) for plan in (PLAN, WIRINGS))
    assert 2 * one < four
    assert "networks" in str(WIRINGS.replace(train_depth=50, train_width=128).refusal(Experiment(), digits()))


@pytest.mark.slow
def test_deep_plain_layers_fail_where_skips_and_batch_norm_train() -> None:
    plan = WIRINGS.replace(train_depth=30, train_width=24, epochs=2)
    plain, skip, norm, both = train(Experiment(activation="tanh", gain=0.7), plan).accuracy[1, :, -1]
    # Guessing is right in 0.1 of 256 rows: five standard errors are 0.1. The norm alone is slower than the branches.
    assert plain < 0.2 < norm
    assert min(skip, both) > 0.8


@pytest.mark.parametrize("residual", ["none", "post", "pre"])
def test_what_is_recorded_is_of_the_normalized_signal(residual: str) -> None:
    lab = Experiment(activation="sigmoid", saturation=0.5, residual=residual, normalization="batch_norm", gain=3)
    run = Run(lab, PLAN, dtype=np.float64)
    found, (stack,) = run.record(), run.networks.stacks
    (passed,) = run.networks.descend(
        run.parts.inputs[:256], run.parts.targets[:256], Loss.parse("softmax_cross_entropy")
    )
    for layer in range(4):
        h = passed.preactivations[layer][0]
        normal = (h - h.mean(axis=0)) / np.sqrt(h.var(axis=0) + 1e-5)
        flat = stack.activations[0].saturated(normal, 0.5).mean()
        np.testing.assert_allclose(found.series["activation", "saturated_fraction"][0, 0, layer], flat)
        signal = stack.activations[0].function(normal)
        if residual == "post" and layer:
            signal = signal + passed.inputs[layer][0]
        np.testing.assert_allclose(found.series["activation", "variance"][0, 0, layer], signal.var(), rtol=1e-9)
    outputs = passed.outputs[0]
    np.testing.assert_allclose(found.series["activation", "variance"][0, 0, 4], outputs.var(), rtol=1e-9)


def test_held_out_rows_are_judged_by_the_statistics_of_the_others() -> None:
    run = Run(Experiment(normalization="batch_norm"), PLAN, dtype=np.float64)
    parts, loss = run.parts, Loss.parse("softmax_cross_entropy")
    apart = [run.networks.outputs(parts.held_inputs[row : row + 1], parts.inputs)[0, 0] for row in range(9)]
    together = run.networks.outputs(parts.held_inputs[:256], parts.inputs)[0]
    np.testing.assert_allclose(apart, together[:9], rtol=0, atol=1e-12)
    wanted = loss.value(together, parts.held_targets[:256])
    np.testing.assert_allclose(run.record().loss[1, 0, 0], wanted, rtol=1e-12)
