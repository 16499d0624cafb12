"""What is kept: bounded by bytes, the least recently used dropped first."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from simulator.experiment import Experiment
from simulator.serving.store import Store, weight
from simulator.studies.propagation import propagate


def test_the_bound_holds_and_the_least_recently_used_goes_first() -> None:
    store = Store(1400)  # with its key and its place each takes nearly 400
    for name in "abc":
        store.keep(name, bytes(250))
    assert store.find("a") == (bytes(250),)
    store.keep("d", bytes(250))
    assert [name for name in "abcd" if store.find(name)] == ["a", "c", "d"]
    assert 750 <= store.nbytes <= 1400


def test_the_newest_stays_however_large_it_is() -> None:
    store = Store(1000)
    store.keep("small", bytes(10))
    store.keep("large", bytes(5000))
    assert len(store) == 1 and store.find("large") is not None


def test_a_key_kept_twice_counts_once() -> None:
    store = Store(10_000)
    store.keep("a", bytes(100))
    once = store.nbytes
    store.keep("a", bytes(100))
    assert store.nbytes == once


def test_keys_are_weighed_too() -> None:
    store = Store(10_000)
    for number in range(100):
        store.keep("k" * 1000 + str(number), b"")
    assert len(store) < 10 and store.nbytes <= 10_000


def test_what_a_result_works_out_later_is_weighed_too() -> None:
    class Lazy:
        pass

    store, lazy = Store(10_000), Lazy()
    store.keep("lazy", lazy)
    lazy.more = bytes(9000)
    store.keep("next", b"")
    assert store.nbytes > 9000


@pytest.mark.parametrize(
    ("value", "least"),
    [
        (np.zeros(1000), 8000),
        (np.zeros(1000)[::2], 8000),  # a view keeps all of it alive
        ({"a": [np.zeros(100), np.zeros(100)]}, 1600),
        (pd.DataFrame({"a": np.zeros(1000)}), 8000),
        (b"x" * 5000, 5000),
    ],
)
def test_weights(value: object, least: int) -> None:
    assert least <= weight(value) <= least + 1000


def test_one_array_in_two_places_weighs_once() -> None:
    array = np.zeros(1000)
    assert weight([array, array]) < 9000


def test_a_result_weighs_what_its_arrays_do() -> None:
    small, large = (weight(propagate(Experiment(depth=depth, width=8, batch=4))) for depth in (10, 1000))
    columns = (large - small) / 990 / 8
    assert 5 < columns < 500, "So many numbers a layer."
