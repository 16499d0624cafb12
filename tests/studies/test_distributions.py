"""Histograms: every value counted, the spread right, any scale."""

import numpy as np
import pytest

from simulator import Experiment, SettingError, distributions
from simulator.studies.distributions import HISTOGRAM_QUANTITIES
from simulator.studies.propagation import walk

SMALL = Experiment(depth=6, width=64, batch=32)


@pytest.mark.parametrize("quantity", HISTOGRAM_QUANTITIES)
@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_histograms_count_the_values_that_were_simulated(quantity, activation):
    experiment = SMALL.replace(activation=activation, init="he_normal")
    found, values = distributions(experiment, quantity), {}

    def observe(layer, name, sample):
        if name == quantity:
            values[layer] = sample.plain().ravel()

    walk(experiment, lambda first, last: observe)
    for index, layer in enumerate(found.layers):
        rms = np.sqrt(np.mean(values[layer] ** 2))
        assert found.log10_rms[index] == pytest.approx(np.log10(rms), abs=1e-9)
        counts, _ = np.histogram(values[layer] / rms, found.edges[index])
        density = counts / values[layer].size / np.diff(found.edges[index])
        # A value on an edge may fall to either side of it.
        np.testing.assert_allclose(
            found.density[index], density, atol=2 / values[layer].size / np.diff(found.edges[index])[0]
        )
        assert counts.sum() > 0.99 * values[layer].size


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
