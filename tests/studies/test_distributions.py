"""Histograms: every value counted, the spread right, any scale."""

import numpy as np
import pytest

from simulator import Experiment, SettingError, distributions, propagate
from simulator.studies.distributions import HISTOGRAM_QUANTITIES

SMALL = Experiment(depth=6, width=64, batch=32)


@pytest.mark.parametrize("quantity", HISTOGRAM_QUANTITIES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_densities_integrate_to_one_and_have_the_layers_spread(quantity, activation):
    experiment = SMALL.replace(activation=activation, init="he_normal")
    found = distributions(experiment, quantity)
    mass = (found.density * np.diff(found.edges, axis=1)).sum(axis=1)
    assert np.all(mass > 0.99) and np.all(mass < 1 + 1e-9)
    middles = (found.edges[:, 1:] + found.edges[:, :-1]) / 2
    weights = found.density * np.diff(found.edges, axis=1)
    second = (weights * middles**2).sum(axis=1) / mass
    # In units of the root mean square the second moment is 1; binning adds a twelfth of a bin's square, tails are cut.
    assert np.all(np.abs(second - 1) < 0.06)
    curve = propagate(experiment).curves[quantity, "second_moment"][1][0, list(found.layers)]
    np.testing.assert_allclose(2 * found.log10_rms, curve, atol=1e-9)


def test_logarithmic_histograms_count_what_is_not_zero():
    found = distributions(SMALL.replace(activation="relu", init="he_normal"), "activation")
    mass = (found.log_density * np.diff(found.log_edges, axis=1)).sum(axis=1)
    np.testing.assert_allclose(mass + found.zeros, 1, atol=1e-3)
    assert np.all(np.abs(found.zeros[1:] - 0.5) < 0.1)


def test_vanished_layers_keep_their_shape():
    found = distributions(SMALL.replace(depth=400, init="normal(std=0.001)"), "activation")
    assert found.log10_rms[-1] < -700
    assert (found.density[-1] * np.diff(found.edges[-1])).sum() > 0.99
    frame = found.to_frame()
    assert frame[frame.layer == 400].value.isna().all() and frame[frame.layer == 1].value.notna().all()


def test_equal_and_zero_values_are_no_error():
    zeros = distributions(SMALL.replace(init="zeros"), "preactivation")
    assert np.all(zeros.zeros == 1) and np.all(np.isnan(zeros.log10_rms))
    distributions(SMALL.replace(init="constant(value=0.1)", batch=1), "activation")


def test_an_unknown_quantity_is_a_sentence():
    with pytest.raises(SettingError, match="must be one of"):
        distributions(SMALL, "weights")


def test_the_table_has_a_row_a_bin():
    frame = distributions(SMALL, "preactivation").to_frame("x")
    assert set(frame.layer) == set(range(1, 7)) and (frame.high > frame.low).all()
    mass = ((frame.high - frame.low) * frame.value).groupby(frame.layer).sum()
    assert np.all(np.abs(mass - 1) < 0.01)
