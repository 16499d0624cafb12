"""Norms: of a trained network, at any exponent, and what they say of infinite width."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest

from simulator import Experiment, mean_field, propagate
from simulator.magnitude import ONE, magnitude, ratio
from simulator.normalization import EPSILON, Backward, Normalization, Normals
from simulator.scaled import Scaled
from simulator.theory.mean_field import DeepOutcome


@pytest.mark.parametrize("name", list(Normalization.registry))
def test_a_batchs_own_statistics_are_those_of_the_forward_pass(name: str) -> None:
    norm, signal = Normalization.parse(name), Scaled(np.random.default_rng(0).standard_normal((2, 6, 5)))
    np.testing.assert_array_equal(norm.evaluate(signal, signal).plain(), norm.forward(signal)[0].plain())


@pytest.mark.parametrize("name", [name for name, norm in Normalization.registry.items() if not norm.of_batch])
def test_an_examples_own_norm_knows_no_batch(name: str) -> None:
    rng, norm = np.random.default_rng(1), Normalization.parse(name)
    one, other = (Scaled(rng.standard_normal((2, rows, 5))) for rows in (3, 8))
    np.testing.assert_array_equal(norm.evaluate(one, other).plain(), norm.forward(one)[0].plain())


@pytest.mark.parametrize("exponents", [(0, 0), (3, -2), (-9, 5), (-30, -40), (60, 10)])
def test_batch_norm_by_another_batch_at_any_exponent(exponents: tuple[int, int]) -> None:
    rng, norm = np.random.default_rng(2), Normalization.parse("batch_norm")
    one, other = (
        Scaled(rng.standard_normal((2, rows, 5)), np.array([exponent, 0]))
        for rows, exponent in zip((3, 8), exponents, strict=True)
    )
    batch = other.plain()
    wanted = (one.plain() - batch.mean(axis=1, keepdims=True)) / np.sqrt(batch.var(axis=1, keepdims=True) + EPSILON)
    # The sums are taken at two scales: a few roundings of the larger one's size.
    np.testing.assert_allclose(norm.evaluate(one, other).plain(), wanted, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", list(Normalization.registry))
def test_what_a_norm_says_of_infinite_width_is_what_it_does_to_wide_layers(name: str) -> None:
    """Variance, mean, 1 - correlation and the way back's divisor, on normal numbers drawn as `Normals` says."""
    rng, norm, mean, variance, apart = np.random.default_rng(4), Normalization.parse(name), 0.7, 3.0, 0.2
    batch, width = (256, 20_000)
    common, own = rng.standard_normal((1, width)), rng.standard_normal((batch, width))
    h = mean + np.sqrt(variance) * (np.sqrt(1 - apart) * common + np.sqrt(apart) * own)
    normal, back = norm.forward(Scaled(h[None]))
    said, n = norm.expected(Normals(magnitude(variance), mean, apart)), normal.plain()[0]
    # Sums of 256 examples or 20,000 units: five standard errors, and what a batch of 256 adds in parts of 1/B.
    error = 5 / np.sqrt(width) + 2 / batch
    assert n.mean() == pytest.approx(said.mean, abs=error)
    centred = n - n.mean()
    spread = float(ratio(said.variance, ONE))
    assert np.mean(centred**2) == pytest.approx(spread, rel=2 * error)
    likeness = np.mean(centred[::2] * centred[1::2]) / spread
    assert 1 - likeness == pytest.approx(said.apart, abs=2 * error)
    upstream = rng.standard_normal(h.shape)
    passed = upstream if back is None else back(Scaled(upstream[None])).plain()[0]
    assert np.mean(passed**2) == pytest.approx(1 / ratio(said.divisor, ONE), rel=2 * error)
    shared = np.abs(passed.sum(axis=0)).max() < 1e-8 * np.abs(passed).max() * batch
    assert shared == norm.centres_batch


def test_a_norm_that_says_nothing_of_infinite_width_has_no_theory_and_is_simulated_all_the_same() -> None:
    @dataclass(frozen=True)
    class MeanAbsoluteNorm(Normalization, name="mean_absolute_norm"):
        """Each example over the mean of its absolute values."""

        def forward(self, preactivation: Scaled) -> tuple[Scaled, Backward | None]:
            values = preactivation.values
            size = np.abs(values).mean(axis=2, keepdims=True)
            normal = values / size

            def backward(upstream: Scaled) -> Scaled:
                along = np.mean(upstream.values * normal, axis=2, keepdims=True)
                return Scaled(
                    (upstream.values - np.sign(values) * along) / size, upstream.exponent - preactivation.exponent
                )

            return Scaled(normal), backward

    try:
        experiment = Experiment(normalization="mean_absolute_norm", width=32, depth=4, seeds=2)
        theory = mean_field(experiment)
        assert theory.outcome is DeepOutcome.NO_NORM_THEORY and not theory.curves and not theory.layers
        result = propagate(experiment)
        assert np.isfinite(result.curves["activation_gradient", "variance"][0]).all()
        assert DeepOutcome.NO_NORM_THEORY.value in result.verdict.cause
    finally:
        del Normalization.registry["mean_absolute_norm"]
