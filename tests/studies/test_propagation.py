"""Propagation: published tables, exact identities, shared randomness, any scale."""

from itertools import pairwise

import numpy as np
import pytest

from simulator import Experiment, SettingError, propagate
from simulator.activations import Activation
from simulator.initializers import Initializer
from simulator.statistics import pairs
from simulator.studies.propagation import walk

SMALL = Experiment(depth=8, width=48, batch=24)

# Standard deviation of the activations, layers 1..10, and its relative scatter between seeds at layer 10.
# Stanford CS231n 2017, lecture 6 slides (first and last row) and public re-runs of the same cell.
CS231N = {
    (
        "tanh",
        "normal(std=0.01)",
        0.002,
    ): "0.213081 0.047551 0.010630 0.002378 0.000532 0.000119 0.000026 0.000006 0.000001 0.000000",
    (
        "tanh",
        "normal(std=1)",
        0.0001,
    ): "0.98212 0.98174 0.98169 0.98170 0.98172 0.98175 0.98191 0.98156 0.98156 0.98153",
    (
        "tanh",
        "lecun_normal",
        0.01,
    ): "0.627422 0.486087 0.408522 0.357302 0.320092 0.293146 0.271269 0.256240 0.242764 0.230877",
    (
        "relu",
        "lecun_normal",
        0.10,
    ): "0.583384 0.410386 0.280291 0.198090 0.138666 0.098349 0.069325 0.050724 0.035902 0.025658",
    (
        "relu",
        "he_normal",
        0.08,
    ): "0.825232 0.827835 0.813855 0.826902 0.834092 0.860035 0.870610 0.889348 0.845357 0.844523",
}


@pytest.mark.parametrize(("activation", "init", "scatter"), CS231N)
def test_the_cs231n_table(activation, init, scatter):
    experiment = Experiment(activation=activation, init=init, depth=10, width=500, batch=1000, seeds=3)
    deviations = np.sqrt(propagate(experiment).curves["activation", "variance"][0][:, 1:])
    texts = CS231N[activation, init, scatter].split()
    published = np.array([float(text) for text in texts])
    rounding = np.array([0.5 * 10.0 ** -len(text.split(".")[1]) for text in texts])
    # One published draw against the mean of three: four standard errors, and the last printed digit.
    allowed = 4 * scatter * np.sqrt(1 + 1 / 3) * published + rounding
    assert np.all(np.abs(deviations.mean(axis=0) - published) <= allowed)


@pytest.mark.parametrize("activation", Activation.registry)
def test_every_reported_pair_is_there_for_every_activation(activation):
    experiment = SMALL.replace(activation=activation)
    result = propagate(experiment)
    assert list(result.curves) == pairs(experiment.activation_parts)
    for (quantity, statistic), (values, logs) in result.curves.items():
        first = (
            0 if quantity == "activation_gradient" or (quantity == "activation" and "fraction" not in statistic) else 1
        )
        assert np.isfinite(values[:, first:]).all(), (quantity, statistic)
        assert np.isnan(values[:, :first]).all() and np.isnan(logs[:, :first]).all()
    frame = result.to_frame("one")
    assert set(frame.layer) == set(range(9)) and set(frame.label) == {"one"}


@pytest.mark.parametrize(
    ("init", "activation", "gain"),
    [
        (init, ("sigmoid", "gelu", "elu")[(place + step) % 3], gain)
        for place, init in enumerate(Initializer.registry)
        for step, gain in enumerate((0.001, 30))
    ],
)
def test_depth_1000_gives_numbers(init, activation, gain):
    experiment = Experiment(depth=1000, width=24, batch=3, init=init, activation=activation, gain=gain)
    result = propagate(experiment)
    for pair, (values, logs) in result.curves.items():
        assert not np.isinf(values).any() and not np.isinf(logs).any(), pair
        if pair[1] == "second_moment" and pair[0] != "weight_gradient" and init not in ("zeros", "constant", "fixup"):
            first = 0 if pair[0].startswith("activation") else 1
            assert np.isfinite(logs[:, first:]).all(), pair


def test_a_linear_net_vanishes_at_its_exact_rate_past_the_double_range():
    experiment = Experiment(activation="linear", init="orthogonal", gain=1e-3, depth=1000, width=16, batch=4)
    logs = propagate(experiment).curves["preactivation", "second_moment"][1][0, 1:]
    np.testing.assert_allclose(np.diff(logs), -6, rtol=0, atol=1e-10)
    assert logs[-1] == pytest.approx(logs[0] - 999 * 6, abs=1e-8)


@pytest.mark.parametrize("gain", [2.0**-300, 2.0**9])
def test_relu_is_homogeneous_at_any_scale(gain):
    """Scaling all weights by 2**k scales layer l by 2**(k l), to the last bit of the logarithm's argument."""
    base = Experiment(activation="relu", init="normal(std=1)", depth=30, width=32)
    scaled = propagate(base.replace(init=f"normal(std={gain!r})"))
    plain = propagate(base)
    for pair in (("activation", "second_moment"), ("preactivation", "variance")):
        layers = np.arange(1, 31)
        moved = scaled.curves[pair][1][0, 1:] - 2 * layers * np.log10(gain)
        np.testing.assert_allclose(moved, plain.curves[pair][1][0, 1:], rtol=1e-12, atol=1e-9)
    np.testing.assert_array_equal(
        scaled.curves["activation", "dead_fraction"][0], plain.curves["activation", "dead_fraction"][0]
    )


def test_orthogonal_linear_layers_keep_every_norm():
    result = propagate(SMALL.replace(activation="linear", init="orthogonal", depth=20))
    for quantity in ("activation", "activation_gradient"):
        values = result.curves[quantity, "second_moment"][0][0]
        np.testing.assert_allclose(values, values[0], rtol=1e-12)


def test_the_same_seed_gives_the_same_bits_alone_or_among_others():
    many = propagate(SMALL.replace(seeds=5, seed=10, bias="normal"))
    alone = propagate(SMALL.replace(seed=13, bias="normal"))
    for pair, (values, _) in alone.curves.items():
        # A batch of products may be summed in another order than one alone.
        np.testing.assert_allclose(many.curves[pair][0][3], values[0], rtol=1e-9, atol=1e-13, err_msg=str(pair))
    again = propagate(SMALL.replace(seeds=5, seed=10, bias="normal"))
    for pair in again.curves:
        np.testing.assert_array_equal(again.curves[pair][0], many.curves[pair][0])


def test_a_deeper_nets_first_layers_are_the_shallow_nets():
    shallow, deep = propagate(SMALL), propagate(SMALL.replace(depth=20))
    pair = ("activation", "variance")
    np.testing.assert_array_equal(shallow.curves[pair][0][0], deep.curves[pair][0][0, :9])


def test_another_gain_meets_the_same_draws():
    linear = SMALL.replace(activation="linear")
    one, two = (propagate(linear.replace(gain=gain)).curves["activation", "variance"][0][0] for gain in (1, 2))
    np.testing.assert_allclose(two, one * 4.0 ** np.arange(9), rtol=1e-12)


def test_weights_drawn_twice_are_the_weights_drawn_once(monkeypatch):
    kept = propagate(SMALL)
    monkeypatch.setattr("simulator.cost.RETAINED_WEIGHT_BYTES", 0)
    again = propagate(SMALL)
    for pair in kept.curves:
        np.testing.assert_array_equal(kept.curves[pair][1], again.curves[pair][1])


def test_groups_of_networks_are_the_networks_together(monkeypatch):
    together = propagate(SMALL.replace(seeds=7))
    monkeypatch.setattr("simulator.cost.CACHED", 3 * 48 * 48)
    apart = propagate(SMALL.replace(seeds=7))
    for pair in together.curves:
        np.testing.assert_allclose(together.curves[pair][0], apart.curves[pair][0], rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("changes", [{}, {"engine": "dense"}, {"residual": "post"}, {"lsuv": "on"}], ids=str)
def test_the_first_pass_alone_shows_the_same_numbers(changes):
    experiment = SMALL.replace(seeds=2, **changes)
    shown, seen = {False: {}, True: {}}, []

    def observer(both):
        def observe(layer, quantity, sample):
            if quantity in ("preactivation", "activation"):
                shown[both][layer, quantity] = sample.values.copy(), sample.exponent.copy()
            else:
                shown[both]["gradients"] = True

        return lambda first, last: observe

    walk(experiment, observer(True))
    walk(experiment, observer(False), lambda done, total: seen.append((done, total)), backward=False)
    assert shown[True].pop("gradients")
    np.testing.assert_equal(shown[False], shown[True])
    assert seen[-1] == (16, 16)


def test_progress_counts_every_layer_of_both_passes():
    seen = []
    propagate(SMALL.replace(seeds=2), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (32, 32) and all(a < b for (a, _), (b, _) in pairwise(seen))


def test_unequal_widths_and_one_unit():
    result = propagate(Experiment(widths="7-1-30-2", batch=5, activation="gelu"))
    assert np.isfinite(result.curves["activation_gradient", "variance"][0]).all()


def test_what_cannot_fit_is_refused_before_it_starts():
    with pytest.raises(SettingError, match="nearest that fits"):
        propagate(Experiment(depth=2000, width=65536))


@pytest.mark.parametrize("width", [64, 256])
def test_gradients_do_not_depend_on_the_size_of_the_top_gradient_alone(width):
    """The backward pass is linear: dE/dx_0 of a linear orthogonal net has dE/dx_L's norms, layer by layer."""
    result = propagate(Experiment(activation="linear", init="orthogonal", width=width, depth=5))
    moments = result.curves["activation_gradient", "second_moment"][0][0]
    # N(0, 1) entries: the mean square of B N of them has a standard error of sqrt(2 / (B N)).
    assert abs(moments[-1] - 1) < 5 * np.sqrt(2 / (64 * width))
