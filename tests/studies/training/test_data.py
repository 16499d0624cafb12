"""The data: split, standardized, the same for every network; tables of odd sizes."""

from __future__ import annotations

import numpy as np
import pytest

from simulator import Experiment
from simulator.studies.training import Training, digits, of_table, train
from simulator.studies.training.data import split
from simulator.tables import Table, parse


def table(features: object, target: object, classes: tuple[str, ...] = ()) -> Table:
    values = np.asarray(features, dtype=np.float64)
    return Table(("x",) * (values.shape[1] + 1), values, np.asarray(target, dtype=np.float64), classes)


def test_the_digits_are_all_there() -> None:
    data = digits()
    assert data.features.shape == (1797, 64)
    assert (data.outputs, data.held_out, data.picture) == (10, 359, (8, 8))


def test_a_split_has_every_row_once() -> None:
    data = of_table(table(np.arange(20.0)[:, None] * [1, 2], np.arange(20) % 2, ("a", "b")))
    parts = split(data, 3, standardize=False, dtype=np.float64)
    rows = np.concatenate([parts.inputs, parts.held_inputs])
    assert sorted(rows[:, 0]) == list(range(20))
    targets = np.concatenate([parts.targets, parts.held_targets])
    np.testing.assert_array_equal(targets.argmax(axis=1), rows[:, 0] % 2)
    assert (len(parts.inputs), len(parts.held_inputs)) == (16, 4)
    again, other = (split(data, seed, standardize=False, dtype=np.float64) for seed in (3, 4))
    np.testing.assert_array_equal(again.inputs, parts.inputs)
    assert (other.inputs != parts.inputs).any()


def test_standardizing_is_by_the_rows_that_are_learnt_from() -> None:
    parts = split(digits(), 0, standardize=True, dtype=np.float64)
    spread = parts.inputs.std(axis=0)
    blank = spread == 0
    assert 0 < blank.sum() < 10, "Some pixels at the rim are never inked."
    np.testing.assert_allclose(spread[~blank], 1, rtol=1e-12)
    np.testing.assert_allclose(parts.inputs.mean(axis=0), 0, atol=1e-12)
    assert not parts.held_inputs[:, blank].any()


@pytest.mark.parametrize("size", [1e-200, 1e-30, 1.0, 1e30])
@pytest.mark.parametrize("standardize", ["on", "off"])
def test_numbers_of_any_size_are_learnt_from(size: float, standardize: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.standard_normal((30, 3))
    data = of_table(table(size * x, size * x.sum(axis=1)))
    np.testing.assert_allclose([data.target.mean(), data.target.std()], [0, 1], atol=1e-12)
    plan = Training(schemes="xavier_normal", train_depth=2, train_width=8, epochs=20, minibatch=8)
    found = train(Experiment(), plan.replace(standardize=standardize), data)
    assert np.isnan(found.accuracy).all()
    if standardize == "on":
        assert found.loss[0, 0, -1] < 0.5 * found.loss[0, 0, 0]


def test_fewer_rows_than_a_minibatch() -> None:
    text = b"\n".join(b"%d,%s" % (k, b"odd" if k % 2 else b"even") for k in range(11))
    data = of_table(parse(text), "few.csv")
    found = train(Experiment(), Training(schemes="zeros", train_depth=1, epochs=3), data)
    assert found.steps[-1] == 3
    assert found.layer_widths == (1, 2)
