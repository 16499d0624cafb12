"""Norms of a trained network: statistics of another batch, at any exponent."""

from __future__ import annotations

import numpy as np
import pytest

from simulator.normalization import EPSILON, Normalization
from simulator.scaled import Scaled


@pytest.mark.parametrize("name", ["none", "layer_norm", "rms_norm", "batch_norm"])
def test_a_batchs_own_statistics_are_those_of_the_forward_pass(name: str) -> None:
    norm, signal = Normalization.parse(name), Scaled(np.random.default_rng(0).standard_normal((2, 6, 5)))
    np.testing.assert_array_equal(norm.evaluate(signal, signal).plain(), norm.forward(signal)[0].plain())


@pytest.mark.parametrize("name", ["none", "layer_norm", "rms_norm"])
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
