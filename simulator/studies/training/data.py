"""Data to learn from: features, targets, and the part that is held out to test with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.inputs import digit_images, digit_labels, standardized
from simulator.tables import Table

Array = NDArray[np.floating[Any]]
Rows = NDArray[np.intp]

HELD_OUT = 5
"""One row in so many is held out."""

# Numbers of their own, beyond the roles of the weights' streams: the data do not change with the network.
_SPLIT, _ORDER = 1000, 1001


@dataclass(frozen=True, eq=False)
class Dataset:
    """Features (R, C) and targets (R,): the places of `classes`, or numbers where `classes` is empty.

    `picture` is (height, width) where the features are the pixels of an image.
    """

    title: str
    features: NDArray[np.float64] = field(repr=False)
    target: NDArray[np.float64] = field(repr=False)
    classes: tuple[str, ...]
    picture: tuple[int, int] | None = None

    @property
    def outputs(self) -> int:
        """How many outputs a network needs: one a class, or one number."""
        return len(self.classes) or 1

    @cached_property
    def held_out(self) -> int:
        """How many rows are held out."""
        return max(1, len(self.features) // HELD_OUT)


@dataclass(frozen=True, eq=False)
class Split:
    """A data set ready for networks: inputs (R, C) and targets (R, outputs), one-hot for classes."""

    inputs: Array
    targets: Array
    held_inputs: Array
    held_targets: Array


@lru_cache(maxsize=1)
def digits() -> Dataset:
    """The 1,797 handwritten digits as 64 pixels in [0, 1], ten classes (Alpaydin & Kaynak 1998)."""
    images = digit_images()
    classes = tuple(map(str, range(10)))
    return Dataset("digits", images.reshape(len(images), -1), digit_labels().astype(np.float64), classes, (8, 8))


def of_table(table: Table, title: str = "table") -> Dataset:
    """A user's table as data; a target of numbers is brought to mean 0 and variance 1."""
    target = table.target
    if not table.classes:
        target = target / np.abs(target).max()  # lest squares leave the range
        target = (target - target.mean()) / target.std()
    return Dataset(title, table.features, target, table.classes)


def split(data: Dataset, seed: int, *, standardize: bool, dtype: type[np.floating[Any]]) -> Split:
    """Shuffle, hold out, and bring every feature to mean 0 and variance 1 over the rows that are learnt from.

    A feature that is constant over these rows becomes 0.
    """
    order = np.random.Generator(np.random.SFC64((seed, _SPLIT))).permutation(len(data.features))
    held, learnt = order[: data.held_out], order[data.held_out :]
    features = standardized(data.features, learnt) if standardize else data.features
    targets = data.target[:, None]
    if data.classes:
        targets = (targets == np.arange(len(data.classes))).astype(np.float64)
    with np.errstate(under="ignore"):
        parts = (np.ascontiguousarray(array[rows], dtype) for rows in (learnt, held) for array in (features, targets))
        return Split(*parts)


def minibatches(rows: int, size: int, seed: int) -> Iterator[Rows]:
    """The rows of one step after the other, for ever: shuffled anew each epoch, an incomplete minibatch left out."""
    epoch = 0
    while True:
        order = np.random.Generator(np.random.SFC64((seed, _ORDER, epoch))).permutation(rows)
        for first in range(0, rows - size + 1, size):
            yield order[first : first + size]
        epoch += 1
