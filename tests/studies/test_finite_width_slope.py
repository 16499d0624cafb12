"""What infinite-width theory leaves out falls like 1/width, for every kind of activation, forward and backward."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import curve_fit

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.studies.ensemble import log_moments
from simulator.studies.one_input import one_input
from simulator.theory.mean_field import mean_field

WIDTHS = (32, 64, 128, 256, 512)
DEPTH = 3
ENDS = {"preactivation": DEPTH, "activation_gradient": 0}
_UNITS = 2**20


@pytest.mark.parametrize("activation", [*Activation.menu(rare=False), "formula", "hardsigmoid"])
def test_the_deviation_from_theory_falls_like_one_over_width(activation: str) -> None:
    """The exponent of |E ln(mean square) - ln(theory)| as a power of width, by weighted least squares.

    The logarithm, since a piecewise linear activation's mean square itself is right on average at every width: only
    the logarithm of a mean of finitely many squares is biased whatever the activation. From n = 32 on the next order
    in 1/n is below the error of a fit.
    """
    measured = np.array([_deviations(activation, width) for width in WIDTHS])
    for row, quantity in enumerate(ENDS):
        deviations, errors = measured[:, row].T
        # A power law through the deviations themselves: the logarithm of a noisy one would be biased.
        start = -5 / WIDTHS[0], -0.5
        (_, slope), covariance = curve_fit(_power, WIDTHS, deviations, start, errors, absolute_sigma=True)
        error = float(np.sqrt(covariance[1, 1]))
        assert error < 0.15, "The slope must be told from 0, -1/2 and -2."
        assert abs(slope + 1) < 3 * error, f"{quantity}: {slope:.3f} +- {error:.3f}"


def _power(width: np.ndarray, deviation: float, slope: float) -> np.ndarray:
    """A power law through `deviation` at the first width."""
    return deviation * (np.asarray(width) / WIDTHS[0]) ** slope


def _deviations(activation: str, width: int) -> list[tuple[float, float]]:
    """E ln(mean square) - ln(theory) where each pass ends, with its standard error."""
    experiment = Experiment(activation=activation, init="lecun_normal", gain=1.2, depth=DEPTH, width=width)
    draws = _UNITS // width
    sample, theory = one_input(experiment, draws), mean_field(experiment).curves
    found = []
    for quantity, layer in ENDS.items():
        mean, variance = log_moments(sample[quantity])
        expected = theory[quantity, "second_moment"][1][0, layer] * np.log(10.0)
        found.append((mean[layer] - expected, np.sqrt(variance[layer] / draws)))
    return found
