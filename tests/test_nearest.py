"""The way down to what fits: no further than it must go, seeds before the network itself, and it ends."""

from __future__ import annotations

import math

import pytest

from simulator import Experiment
from simulator.nearest import SIZES, nearest

MIB = 2**20

LARGE = [
    (Experiment(depth=2000, width=65536), 30, 256 * MIB),
    (Experiment(depth=40, width=65536), 30, 256 * MIB),
    (Experiment(depth=100, width=4096, batch=512, seeds=4), 30, 256 * MIB),
    (Experiment(seeds=10_000), 30, 256 * MIB),
    (Experiment(widths="65536-65536-10", batch=2, engine="dense", init="he_uniform"), 30, 256 * MIB),
    (Experiment(depth=2000, width=65536, batch=10_000, seeds=10_000), math.inf, 4096 * MIB),
    (Experiment(depth=100, width=1024, seeds=4), 0.06, 4096 * MIB),
    (Experiment(depth=6, width=65536, residual="post"), 30, 256 * MIB),
]
CASES = pytest.mark.parametrize(("asked", "seconds", "memory"), LARGE, ids=str)


def way_down(asked: Experiment, seconds: float, memory: float) -> Experiment:
    found = nearest(asked, lambda one: one.cost().share(seconds, memory))
    assert found is not None
    return found


@CASES
def test_what_was_given_up_could_not_be_kept(asked: Experiment, seconds: float, memory: float) -> None:
    found = way_down(asked, seconds, memory)
    assert 0.5 < found.cost().share(seconds, memory) <= 1
    smaller = [name for name in SIZES if getattr(found, name) < getattr(asked, name)]
    assert smaller
    kept = {"depth": found.depth, "width": found.width} if not found.widths else {}
    for name in smaller:
        more = min(2 * getattr(found, name), getattr(asked, name))
        assert found.replace(**{**kept, name: more}).cost().share(seconds, memory) > 1, f"{name}={more} fits too."


def test_what_fits_stays() -> None:
    assert way_down(Experiment(seeds=4), 30, 256 * MIB) == Experiment(seeds=4)


def test_for_time_fewer_networks_come_before_smaller_ones() -> None:
    found = way_down(Experiment(seeds=10_000), 30, 256 * MIB)
    assert found == Experiment(seeds=found.seeds)


def test_for_memory_networks_that_wait_their_turn_are_kept() -> None:
    asked = Experiment(depth=1, width=65536, batch=2048, seeds=4)
    assert way_down(asked, 30, 256 * MIB).seeds == asked.seeds


def test_sizes_that_other_settings_forbid_are_stepped_around() -> None:
    asked = Experiment(depth=200, width=256, batch=128, init="orthogonal", engine="matrix_free")
    found = way_down(asked, math.inf, 16 * MIB)
    assert found.width >= 2 * found.batch


def test_it_ends_where_nothing_fits() -> None:
    assert nearest(Experiment(), lambda one: 2.0 + one.depth) is None
