"""Matrix-free layers have the law of real matrices: every statistic, over thousands of networks."""

import warnings

import numpy as np
import pytest
from scipy.stats import ks_2samp

from simulator import Experiment, SettingError, propagate
from simulator.scaled import Scaled
from simulator.weights import MatrixFree, MatrixFreeOrthogonal
from simulator.weights.factors import factor

SEEDS = 2000
FAMILY = 1e-3
"""Chance that equal laws would fail one test below: Bonferroni over its layers and statistics."""

CASES = {
    "relu": dict(activation="relu", init="he_normal", width=32, depth=5, batch=8),
    "tanh, biases, chaotic": dict(
        activation="tanh", init="lecun_normal", gain=1.5, bias="normal(std=0.3)", width=16, depth=5
    ),
    "sigmoid": dict(activation="sigmoid", init="xavier_normal", width=40, depth=6, batch=8),
    "relu, unequal": dict(activation="relu", init="xavier_normal", widths="16-40-24-60-20", batch=8),
    "tanh, ordered": dict(
        activation="tanh", init="lecun_normal", gain=0.7, bias="normal(std=0.3)", width=24, depth=20, batch=6
    ),
    "tanh, fewer units than examples": dict(activation="tanh", init="he_normal", width=5, depth=5, batch=9),
    "orthogonal tanh": dict(activation="tanh", init="orthogonal", width=24, depth=5, batch=8),
    "orthogonal relu, tight": dict(activation="relu", init="orthogonal", gain=1.5, width=16, depth=5, batch=8),
    "orthogonal sigmoid, biases": dict(
        activation="sigmoid", init="orthogonal", bias="normal", width=64, depth=5, batch=8
    ),
    "orthogonal tanh, ordered": dict(
        activation="tanh", init="orthogonal", gain=0.7, bias="normal(std=0.3)", width=24, depth=20, batch=6
    ),
}


def samples(result, pair, layer):
    values, logs = (array[:, layer] for array in result.curves[pair])
    if pair[1] == "correlation":
        return np.round(values[~np.isnan(values)], 6)  # beyond, the two arrays' precisions differ, not their laws
    if pair[1] == "between_variance":
        whole = result.curves[pair[0], "second_moment"][1][:, layer]
        logs = np.maximum(logs, whole - 12)  # as above
    found = values if pair[1] == "mean" or "fraction" in pair[1] else logs
    return found[~np.isnan(found)]


@pytest.mark.parametrize("name", CASES)
def test_every_statistic_has_the_law_of_real_matrices(name):
    settings = {"batch": 8, **CASES[name], "seeds": SEEDS}
    dense = propagate(Experiment(**settings, engine="dense"))
    free = propagate(Experiment(**settings, engine="matrix_free", seed=10**6))
    found = {}
    for pair, (values, _) in dense.curves.items():
        for layer in range(values.shape[1]):
            one, other = samples(dense, pair, layer), samples(free, pair, layer)
            assert abs(len(one) - len(other)) < 6 * np.sqrt(SEEDS)
            if len(one) > SEEDS / 2 and np.ptp(one) > 1e-9 * np.abs(one).max():
                with np.errstate(under="ignore"):
                    found[*pair, layer] = ks_2samp(one, other, method="asymp").pvalue
    assert len(found) > 50
    worst = min(found, key=found.get)
    assert found[worst] > FAMILY / len(found), worst


@pytest.mark.parametrize("engine", ["dense", "matrix_free"])
def test_the_fourth_moment_of_relu_nets_is_the_exact_one(engine):
    """E M_L^2 = M_0^2 prod (1 + 5/n_l) for M = |x|^2/n at He's variance (Hanin & Rolnick 2018)."""
    nets = Experiment(activation="relu", init="he_normal", width=20, depth=3, batch=1, seeds=10_000, engine=engine)
    moments = propagate(nets).curves["activation", "second_moment"][0]
    squares = (moments[:, 3] / moments[:, 0]) ** 2
    error = squares.std() / np.sqrt(len(squares))
    assert abs(squares.mean() - (1 + 5 / 20) ** 3) < 5 * error


def test_a_layer_acts_on_a_batch_and_back_as_one_matrix():
    """<d, W a> = <W^T d, a> for every pair of examples: both products come from the same matrix."""
    rng = np.random.default_rng(0)
    for kind, shape in ((MatrixFree, (1, 6, 50)), (MatrixFreeOrthogonal, (1, 6, 50))):
        layer = kind(
            lambda shape=shape: rng.standard_normal(shape),
            lambda shape=shape: rng.standard_normal(shape),
            deviation=0.3,
            bias=None,
        )
        inputs, upstream = Scaled(rng.standard_normal(shape)), Scaled(rng.standard_normal(shape))
        forward = layer.apply(inputs)
        back = layer.apply_transpose(upstream, inputs)
        np.testing.assert_allclose(upstream.values[0] @ forward[0].T, back[0] @ inputs.values[0].T, atol=1e-10)
        if kind is MatrixFreeOrthogonal:
            np.testing.assert_allclose(forward[0] @ forward[0].T, 0.09 * inputs.gram[0], atol=1e-10)
            np.testing.assert_allclose(back[0] @ back[0].T, 0.09 * upstream.gram[0], atol=1e-10)


def rebuilt(values):
    """A factor's U, and Q^T in double precision."""
    made = factor(values)
    rows = made.rows(values).astype(np.float64)
    return made, made.mixing[0], made.triangle.spread(np.eye(values.shape[1])[None])[0] @ rows[0]


@pytest.mark.parametrize("closeness", [0, 1e-3, 1e-6, 1e-9, 1e-12, 1e-20])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_factors_rebuild_collinear_batches(closeness, dtype):
    """U Q^T = A, and Q^T Q = 1 for the directions that the array's own precision resolves."""
    rng = np.random.default_rng(1)
    values = (rng.standard_normal((1, 1, 200)) + np.sqrt(closeness) * rng.standard_normal((1, 5, 200))).astype(dtype)
    made, mixing, frame = rebuilt(values)
    known = made.share[0] == 1
    np.testing.assert_allclose(
        mixing @ frame, values[0], atol=max(1e-11, 4 * np.finfo(dtype).eps) * np.abs(values).max()
    )
    np.testing.assert_allclose(mixing @ mixing.T, made.gram[0], rtol=max(1e-11, 4 * np.finfo(dtype).eps))
    np.testing.assert_allclose(frame[known] @ frame[known].T, np.eye(known.sum()), atol=1e-4)
    resolved = closeness >= (1e-3 if dtype is np.float32 else 1e-20)
    assert known.sum() == (5 if resolved else 1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equal_examples_stay_equal(dtype):
    """The images of an example that occurs twice differ by rounding alone, however the others lie."""
    rng = np.random.default_rng(2)
    values = rng.standard_normal((1, 6, 40)).astype(dtype)
    values[0, 4] = values[0, 2]
    values[0, 5] = -values[0, 0]
    made, mixing, _ = rebuilt(values)
    np.testing.assert_allclose(mixing[4], mixing[2], atol=1e-6 * mixing[0, 0])
    np.testing.assert_allclose(mixing[5], -mixing[0], atol=1e-6 * mixing[0, 0])
    np.testing.assert_array_equal(made.share[0], [1, 1, 1, 1, 0, 0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("closeness", 10.0 ** -np.arange(2, 13))
def test_rounding_decides_nothing(closeness, dtype):
    """Examples changed in their last digits have nearly the same triangle and the same shares, whatever they are."""
    rng = np.random.default_rng(3)
    values = (rng.standard_normal((1, 1, 300)) + np.sqrt(closeness) * rng.standard_normal((1, 8, 300))).astype(dtype)
    eps = np.finfo(dtype).eps
    moved = values * (1 + eps * rng.integers(-1, 2, values.shape)).astype(dtype)
    one, other = factor(values), factor(moved)
    np.testing.assert_allclose(other.mixing[0], one.mixing[0], atol=30 * eps * np.sqrt(one.gram.max()))
    np.testing.assert_allclose(other.share, one.share, atol=2e-3)


def test_zero_examples_have_no_direction():
    values = np.zeros((1, 3, 8))
    assert factor(values).share.sum() == 0 and not factor(values).mixing.any()
    values[0, 1] = 2.0
    made, mixing, frame = rebuilt(values)
    assert made.share.sum() == 1 and np.isfinite(frame).all()
    np.testing.assert_allclose(mixing @ frame, values[0], atol=1e-14)


def test_what_is_no_number_stays_its_own():
    """A network that is NaN leaves the others' factors as they are, to the bit."""
    values = np.random.default_rng(4).standard_normal((3, 4, 20))
    values[1] = np.nan
    made = factor(values)
    assert np.isnan(made.mixing[1]).any()
    for s in (0, 2):
        np.testing.assert_array_equal(made.mixing[s], factor(values[s : s + 1]).mixing[0])


@pytest.mark.parametrize(
    "settings",
    [
        dict(init="he_uniform"),
        dict(init="orthogonal", width=64, batch=64),
        dict(init="orthogonal", widths="64-32-64", batch=4),
    ],
)
def test_what_cannot_be_matrix_free_is_refused(settings):
    with pytest.raises(SettingError, match=r"^Experiment.engine matrix_free cannot represent .*\.$"):
        Experiment(**settings, engine="matrix_free")
    assert not Experiment(**settings).matrix_free


def test_auto_goes_matrix_free_where_it_pays():
    assert Experiment(width=4096).matrix_free and Experiment(width=65536, init="orthogonal").matrix_free
    assert not Experiment(width=4096, init="he_uniform").matrix_free and not Experiment(width=64).matrix_free
    assert Experiment(width=65536, depth=100, batch=32).refusal() is None


@pytest.mark.parametrize("changes", [{"init": "he_normal"}, {"init": "orthogonal", "gain": 2**0.5}])
def test_what_is_not_kept_is_made_again_as_it_was(monkeypatch, changes):
    """A record beyond its bound is worked out a second time: same bits, also where examples are nearly parallel."""
    deep = Experiment(activation="relu", depth=40, width=128, batch=16, bias="normal(std=0.3)", engine="matrix_free")
    deep = deep.replace(**changes)
    kept = propagate(deep).curves
    monkeypatch.setattr("simulator.cost.RETAINED_RECORD_BYTES", 0)
    assert not deep.shape.retains_record()
    for pair, again in propagate(deep).curves.items():
        np.testing.assert_array_equal(again, kept[pair], err_msg=str(pair))


def test_an_example_that_is_next_to_nothing_beside_another_overflows_nowhere() -> None:
    """GELU of inputs far below 0: one example's activations are 10^40 times another's."""
    far = Experiment(
        activation="gelu", init="normal", gain=0.1047, bias="constant(value=-5)", residual="pre", depth=20, width=200,
        batch=2, seeds=16,
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, dense = (propagate(far.replace(engine=engine)).curves for engine in ("matrix_free", "dense"))
    for pair in (("activation", "second_moment"), ("activation_gradient", "second_moment")):
        logs, known = (curves[pair][1] for curves in (found, dense))
        assert np.isfinite(logs).all()
        error = np.hypot(logs.std(axis=0, ddof=1), known.std(axis=0, ddof=1)) / 4
        assert np.all(np.abs(logs.mean(axis=0) - known.mean(axis=0)) <= 5 * error + 1e-9)
