"""Training steps against PyTorch and finite differences; symmetry; what is recorded."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment, SettingError
from simulator.losses import Loss
from simulator.studies.training import SERIES, Optimizer, Run, Training, digits, train
from simulator.studies.training.data import minibatches
from simulator.studies.training.networks import Networks

CASES = ("sgd", "momentum", "adam", "sgd-relu-squared", "momentum-gelu-sigmoid", "adam-sigmoid-squared")
QUICK = Training(train_depth=4, train_width=12, epochs=1, schemes="xavier_normal; constant(value=0.05)")


def our_trace(reference, case: str, given: dict[str, np.ndarray]) -> np.ndarray:
    rule, activation, loss, rate = reference.CASES[case]
    widths = "-".join(map(str, reference.WIDTHS))
    # Twice the same network: what runs at once must not mix.
    networks = Networks([Experiment(widths=widths, activation=activation)] * 2, np.float64)
    networks.params[:] = given["start"]
    update = Optimizer.parse(rule).start(networks.params.shape, np.float64, rate)
    found = []
    for inputs, targets in zip(given["inputs"], given["targets"], strict=True):
        networks.descend(inputs, targets, Loss.parse(loss))
        np.subtract(networks.params, update(networks.gradients), out=networks.params)
        found.append(networks.params.copy())
    one, other = np.moveaxis(np.array(found), 1, 0)
    np.testing.assert_array_equal(one, other)
    return one


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_pytorchs(reference, stored, case: str) -> None:
    assert set(CASES) == set(reference.CASES)
    wanted = stored[f"trace.{case}"]
    assert np.abs(wanted[-1] - stored["start"]).max() > 0.01, "It has moved."
    np.testing.assert_allclose(our_trace(reference, case, stored), wanted, rtol=0, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_twenty_steps_are_those_of_pytorch_here(reference, case: str) -> None:
    pytest.importorskip("torch")
    given = reference.problem()
    np.testing.assert_allclose(our_trace(reference, case, given), reference.trace(case, given), rtol=0, atol=1e-8)


@pytest.mark.parametrize("activation", ["tanh", "gelu", "sigmoid", "elu"])
@pytest.mark.parametrize("loss", ["squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy"])
def test_gradients_are_finite_differences(activation: str, loss: str) -> None:
    rng, part = np.random.default_rng(1), Loss.parse(loss)
    networks = Networks(
        [
            Experiment(widths="4-5-3", activation=activation, init=i, bias="normal")
            for i in ("he_normal", "lecun_normal")
        ],
        np.float64,
    )
    inputs, targets = rng.standard_normal((6, 4)), np.eye(3)[rng.integers(3, size=6)]
    networks.descend(inputs, targets, part)
    gradients, step = networks.gradients.copy(), 1e-5
    for index in range(networks.params.shape[1]):
        sides = []
        for sign in (1, -1):
            networks.params[:, index] += sign * step
            sides.append(part.value(networks.outputs(inputs), targets))
            networks.params[:, index] -= sign * step
        # Central differences: error step^2/6 times a third derivative of order 1, and rounding 1e-16/step.
        np.testing.assert_allclose(gradients[:, index], (sides[0] - sides[1]) / (2 * step), rtol=0, atol=1e-8)


@pytest.mark.parametrize("scheme", ["zeros", "constant(value=0.02)", "constant(value=-0.3)"])
@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "relu"])
def test_symmetric_weights_stay_one_unit(scheme: str, optimizer: str, activation: str) -> None:
    plan = Training(train_depth=3, train_width=10, epochs=1, schemes=scheme, optimizer=optimizer, learning_rate=0.01)
    found = train(Experiment(activation=activation), plan)
    assert found.units[0, :-1].tolist() == [1, 1]
    assert found.rank[0, :-1].max() <= 1


def test_random_weights_learn_in_every_direction() -> None:
    found = train(Experiment(), QUICK)
    assert found.units[0].tolist() == [12, 12, 12, 10]
    assert found.rank[0].tolist()[:3] == [12, 12, 12]
    assert found.rank[1].max() == 1


def test_the_digits_are_learnt() -> None:
    found = train(Experiment(), Training(schemes="xavier_normal; normal(std=0.01)"))
    # Of 256 held-out rows, 5 standard errors of a fraction 0.95 are 0.07, of 0.1 are 0.1.
    assert found.accuracy[1, 0, -1] > 0.95 - 0.07
    assert found.accuracy[1, 1, -1] < 0.1 + 0.1
    assert found.loss[0, 0, -1] < 0.5 < found.loss[0, 0, 0]


def test_what_is_recorded_is_what_the_networks_are() -> None:
    run = Run(Experiment(activation="sigmoid", saturation=0.5), QUICK, dtype=np.float64)
    for _ in range(3):
        run.step()
    run.measure()
    found, networks = run.record(), run.networks
    (passed,) = networks.descend(run.parts.inputs[:256], run.parts.targets[:256], Loss.parse("softmax_cross_entropy"))
    for layer in range(3):
        h = passed.preactivations[layer]
        flat = networks.stacks[0].activations[0].saturated(h, 0.5).mean(axis=(1, 2))
        np.testing.assert_allclose(found.series["activation", "saturated_fraction"][-1, :, layer], flat)
        spread = [networks.stacks[0].activations[0].function(one).var() for one in h]
        np.testing.assert_allclose(found.series["activation", "variance"][-1, :, layer], spread)
        spread = [(one.T @ x).var() for one, x in zip(passed.deltas[layer], np.broadcast_to(
            passed.inputs[layer], (2, *passed.inputs[layer].shape[-2:])), strict=True)]  # fmt: skip
        np.testing.assert_allclose(found.series["weight_gradient", "variance"][-1, :, layer], spread)
    assert np.isnan(found.series["activation", "saturated_fraction"][..., -1]).all(), "The outputs are linear."
    assert found.pictures.shape == (2, 2, 12, 64)


def test_the_update_ratio_is_the_steps_length_over_the_weights() -> None:
    run = Run(Experiment(), QUICK.replace(optimizer="sgd"), dtype=np.float64)
    before = [weight.copy() for weight in run.networks.weights]
    run.step()
    run.measure()
    for layer, weight in enumerate(run.networks.weights):
        norms = [np.linalg.norm(array.reshape(2, -1), axis=1) for array in (weight - before[layer], weight)]
        ratio = run.record().series["weight", "update_ratio"]
        np.testing.assert_allclose(ratio[-1, :, layer], norms[0] / norms[1], rtol=1e-9, atol=1e-15)
        assert np.isnan(ratio[0]).all(), "Nothing has moved yet."


def test_slices_make_no_difference() -> None:
    whole, sliced = Run(Experiment(), QUICK), Run(Experiment(), QUICK)
    whole.advance(60)
    while not sliced.finished:
        sliced.advance(0)
    assert whole.finished
    np.testing.assert_array_equal(whole.networks.params, sliced.networks.params)
    np.testing.assert_array_equal(whole.record().loss, sliced.record().loss)


def test_what_explodes_is_no_number_and_no_error() -> None:
    plan = Training(schemes="normal(std=1000); xavier_normal", train_depth=6, train_width=16, epochs=1)
    found = train(Experiment(activation="relu", gain=1000), plan.replace(learning_rate=10))
    assert not found.finite[0]
    assert found.rank[0].min() == -1
    assert train(Experiment(activation="relu"), plan).finite[1]


def test_schemes_meet_the_same_minibatches_whatever_stands_beside_them() -> None:
    alone = train(Experiment(), QUICK.replace(schemes="xavier_normal"))
    beside = train(Experiment(), QUICK)
    # The same numbers up to the order in which a product of another shape is summed, single precision.
    np.testing.assert_allclose(alone.loss[:, 0], beside.loss[:, 0], rtol=1e-4)


def test_a_minibatch_has_no_row_twice_in_an_epoch() -> None:
    order = minibatches(10, 3, seed=1)
    epochs = [np.concatenate([next(order) for _ in range(3)]) for _ in range(2)]
    assert all(len(set(epoch.tolist())) == 9 for epoch in epochs)
    assert epochs[0].tolist() != epochs[1].tolist()


def test_the_frame_has_everything() -> None:
    found = train(Experiment(), QUICK)
    frame = found.to_frame()
    assert set(frame["label"]) == {"xavier_normal", "constant(value=0.05)"}
    pairs = set(zip(frame["quantity"], frame["statistic"], strict=True))
    assert pairs == {*SERIES, *((name, part) for name in ("loss", "accuracy") for part in ("training", "held_out"))}
    chosen = frame[
        (frame["quantity"] == "loss") & (frame["statistic"] == "held_out") & (frame["label"] == "xavier_normal")
    ]
    np.testing.assert_array_equal(chosen["value"], found.loss[1, 0])
    assert chosen["step"].tolist() == found.steps.tolist()


def test_the_default_comparison_suits_the_activation() -> None:
    plan = Training()
    assert plan.compared(Experiment()) == ("xavier_normal", "normal(std=0.01)", "normal")
    assert plan.compared(Experiment(activation="relu"))[:2] == ("xavier_normal", "he_normal")
    assert plan.labels(Experiment())[2] == "normal(std=1)"
    assert Training(schemes="zeros").compared(Experiment()) == ("zeros",)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"schemes": "tahn"}, "must be one of"),
        ({"schemes": "zeros; he_normal; lecun_normal; he_uniform; xavier_normal"}, "at most 4"),
        ({"train_loss": "none"}, "something to make small"),
        ({"epochs": 0}, "must lie in"),
        ({"learning_rate": "nan"}, "finite number"),
        ({"optimizer": "adma"}, "Did you mean 'adam'?"),
    ],
)
def test_bad_settings_are_named(settings, words: str) -> None:
    with pytest.raises(SettingError, match="Training") as caught:
        Training(**settings)
    assert words in str(caught.value)


def test_what_is_too_large_is_refused() -> None:
    large = Training(train_depth=50, train_width=512)
    with pytest.raises(SettingError, match=r"weights\. Limit: "):
        Run(Experiment(), large)
    slow = Training(train_depth=30, train_width=128, epochs=100, minibatch=1)
    assert "minutes" in (slow.refusal(Experiment(), digits(), patience=60) or "")
    assert slow.refusal(Experiment(), digits()) is None


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    train(Experiment(), QUICK, progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (44, 44)
