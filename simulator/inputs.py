"""The laws that input batches are drawn from; a batch is (batch, width)."""

from __future__ import annotations

import math
from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from simulator import tables
from simulator.assets import asset
from simulator.settings import Part, Rule, number_text, setting

Array = NDArray[np.float64]

DIGIT_LEVELS = 16
"""The value of a fully inked pixel, as the data set has it."""


@dataclass(frozen=True)
class InputMoments:
    """Moments of an input law for infinite-width theory.

    `mean` is E x, `second_moment` p_0 = E x^2 over units and examples, `correlation` c_0 the cosine of two different
    examples, uncentred, and `one_minus_c` = 1 - c_0 to full relative precision. Two zero vectors count as equal.
    """

    mean: float
    second_moment: float
    correlation: float
    one_minus_c: float


class InputLaw(Part):
    """A law of input batches.

    Its `code` is one for NumPy, which draws (BATCH, WIDTHS[0]) with `rng` for the scripts of every framework; without
    it normal units of the same moments stand in.
    """

    normal: bool = False
    """Whether the units are independent and normal, as a layer's are at infinite width."""

    @abstractmethod
    def sample(self, rng: np.random.Generator, batch: int, width: int) -> Array:
        """Draw a (batch, width) float64 array, one example a row."""

    @abstractmethod
    def moments(self, width: int) -> InputMoments:
        """The moments at that width; c_0 of independent units is the limit of large width, met up to O(1/width)."""


@dataclass(frozen=True)
class GaussianInput(InputLaw, name="gaussian", aliases=("normal",)):
    """Independent normal units: p_0 = mean^2 + std^2, c_0 = mean^2/p_0."""

    mean: float = setting(0.0, bounds=(-1000, 1000), softbounds=(-3, 3), symbol="m_0", help="Mean of an input.")
    std: float = setting(1.0, bounds=(0, 1000), softbounds=(0, 3), symbol="σ_0", help="Standard deviation of an input.")

    normal = True
    code = {
        "numpy": "rng.normal({mean}, {std}, (BATCH, WIDTHS[0]))",
        "numpy()": "rng.standard_normal((BATCH, WIDTHS[0]))",
    }

    def sample(self, rng: np.random.Generator, batch: int, width: int) -> Array:
        draws = rng.standard_normal((batch, width))
        with np.errstate(under="ignore"):  # a standard deviation near 1e-308 has denormal inputs
            draws *= self.std
        draws += self.mean
        return draws

    def moments(self, width: int) -> InputMoments:
        return _independent(self.mean, self.std)


@dataclass(frozen=True)
class UniformInput(InputLaw, name="uniform"):
    """Independent uniform units on [low, high]; on [0, 1], like raw pixels, p_0 = 1/3 and c_0 = 3/4."""

    low: float = setting(0.0, bounds=(-1000, 1000), softbounds=(-2, 2), help="Smallest input.")
    high: float = setting(1.0, bounds=(-1000, 1000), softbounds=(-2, 2), help="Largest input.")

    code = {"numpy": "rng.uniform({low}, {high}, (BATCH, WIDTHS[0]))"}

    rules = (
        Rule(
            ("low", "high"),
            lambda law: (
                {name: number_text(getattr(law, name)) for name in law.settings()} if law.low > law.high else None
            ),
            "uniform.low must not exceed uniform.high; got {low} and {high}.",
            lambda law: ({"low": law.high}, {"high": law.low}),
        ),
    )

    def sample(self, rng: np.random.Generator, batch: int, width: int) -> Array:
        draws = rng.random((batch, width))
        with np.errstate(under="ignore"):  # an interval of length 1e-308 has denormal inputs
            draws *= self.high - self.low
        draws += self.low
        return draws

    def moments(self, width: int) -> InputMoments:
        return _independent((self.low + self.high) / 2, (self.high - self.low) / math.sqrt(12))


@dataclass(frozen=True)
class Digits(InputLaw, name="digits"):
    """Real handwritten digits, 1,797 images of 8 x 8 pixels in [0, 1] (Alpaydin & Kaynak 1998).

    The 64 pixels in reading order are fitted to the width: 64 units are the image itself; more units repeat every pixel
    as equally often as can be; fewer units hold the root mean square of equal runs of pixels. A batch of up to 1,797
    examples has no image twice; a larger one is drawn with replacement.
    """

    code = {
        "numpy": """\
from sklearn.datasets import load_digits  # the same 1,797 images
pixels = load_digits().data[rng.choice(1797, BATCH, replace=BATCH > 1797)] / 16
width = WIDTHS[0]
if width < 64:  # root mean square of equal runs
    return np.sqrt(np.repeat(pixels**2, width, axis=1).reshape(BATCH, width, 64).mean(2))
pixels[:, (2 * np.arange(width) + 1) * 64 // (2 * width)]  # every pixel as equally often as can be"""
    }

    # Random weights do not know which pixels are neighbors, so the fit has only to keep E x^2 and the cosines. Repeated
    # pixels do, nearly everywhere within a few percent, where interpolation would smooth E x^2 away and raise the
    # cosines. The root mean square of a run keeps E x^2 exactly, and no digit turns blank, as with one pixel of a run.

    def sample(self, rng: np.random.Generator, batch: int, width: int) -> Array:
        images = digit_images()
        if batch <= len(images):
            chosen = rng.permutation(len(images))[:batch]
        else:
            chosen = rng.integers(len(images), size=batch)
        units, repeats = fitted(images[chosen], width)
        return np.repeat(units, repeats, axis=1)

    def moments(self, width: int) -> InputMoments:
        return _digit_moments(width)


def _known(file: str, where: str) -> str:
    """The name of a table, if there is one of that name."""
    if file:
        tables.find(file)
    return file


@dataclass(frozen=True)
class TableInput(InputLaw, name="table"):
    """Rows of a table of one's own; until there is one, independent N(0, 1) units.

    Columns are fitted to the width: more units repeat every column as equally often as can be, fewer hold evenly spread
    ones. A batch has no row twice unless it is larger than the table. `file` is the name that `tables.keep` gave.
    """

    file: str = setting("", help="Which table, as its upload names it.", widget="table", reads=_known)
    scale: str = setting(
        "standardized", choices=("standardized", "raw"), help="Every column to mean 0 and variance 1, or as it is."
    )

    code = {"numpy()": "rng.standard_normal((BATCH, WIDTHS[0]))"}

    def sample(self, rng: np.random.Generator, batch: int, width: int) -> Array:
        if not self.file:
            return rng.standard_normal((batch, width))
        rows = _table_rows(self.file, self.scale)
        count = len(rows)
        chosen = rng.permutation(count)[:batch] if batch <= count else rng.integers(count, size=batch)
        return np.ascontiguousarray(rows[chosen][:, _spread(width, rows.shape[1])])

    def moments(self, width: int) -> InputMoments:
        return _table_moments(self.file, self.scale, width) if self.file else _independent(0.0, 1.0)


def standardized(features: Array, rows: NDArray[np.intp] | slice = slice(None)) -> Array:
    """Every column of (R, C) brought to mean 0 and variance 1 over `rows`; one that is constant there becomes 0."""
    # Divided first, lest the squares of large numbers leave the range.
    features = features / np.maximum(np.abs(features).max(axis=0), 1e-300)
    features = features - features[rows].mean(axis=0)
    deviation = features[rows].std(axis=0)
    flat = deviation < 1e-12
    return np.asarray(np.where(flat, 0.0, features / np.where(flat, 1.0, deviation)))


@lru_cache(maxsize=4)
def _table_rows(file: str, scale: str) -> Array:
    rows = tables.find(file)
    return rows if scale == "raw" else standardized(rows)


def _spread(width: int, count: int) -> NDArray[np.int64]:
    """Which of `count` columns each unit holds."""
    return (2 * np.arange(width) + 1) * count // (2 * width)


@lru_cache(maxsize=16)
def _table_moments(file: str, scale: str, width: int) -> InputMoments:
    """Averages over all rows, and over all pairs of different ones that are not 0."""
    rows = _table_rows(file, scale)
    repeats = np.bincount(_spread(width, rows.shape[1]), minlength=rows.shape[1])
    with np.errstate(under="ignore"):
        squares = rows**2 @ repeats
        alive = squares > 0
        directions = rows[alive] * np.sqrt(repeats) / np.sqrt(squares[alive])[:, np.newaxis]
        spread = float(np.var(directions, axis=0, ddof=1).sum()) if alive.sum() > 1 else 0.0
        return InputMoments(float(np.mean(rows @ repeats)) / width, float(squares.mean()) / width, 1 - spread, spread)


@lru_cache(maxsize=1)
def digit_images() -> Array:
    """The digits' pixels in [0, 1]: (1797, 8, 8), read-only; raises FileNotFoundError where the data is missing."""
    images = _digit_file()["images"] / DIGIT_LEVELS
    images.flags.writeable = False
    return images


@lru_cache(maxsize=1)
def digit_labels() -> NDArray[np.uint8]:
    """Which digit each image shows: (1797,), read-only."""
    labels = _digit_file()["labels"]
    labels.flags.writeable = False
    return labels


def _digit_file() -> dict[str, NDArray[np.uint8]]:
    with asset("digits.npz").open("rb") as file, np.load(file, allow_pickle=False) as arrays:
        return dict(arrays)


def _independent(mean: float, deviation: float) -> InputMoments:
    """Moments of independent units, each of the given mean and standard deviation."""
    size = max(abs(mean), deviation)
    if size == 0:
        return InputMoments(0.0, 0.0, 1.0, 0.0)
    # Ratios first: the squares of tiny settings underflow, and 1 - c_0 would cancel.
    common, own = (mean / size) ** 2, (deviation / size) ** 2
    return InputMoments(mean, mean**2 + deviation**2, common / (common + own), own / (common + own))


@lru_cache(maxsize=64)
def _digit_moments(width: int) -> InputMoments:
    """Averages over all images, and over all pairs of different ones."""
    units, repeats = fitted(digit_images(), width)
    squares = units**2 @ repeats
    directions = units * np.sqrt(repeats) / np.sqrt(squares)[:, np.newaxis]
    # The mean cosine of different unit vectors falls short of 1 by the trace of their sample covariance.
    spread = float(np.var(directions, axis=0, ddof=1).sum())
    mean = float(np.mean(units @ repeats)) / width
    return InputMoments(mean, float(np.mean(squares)) / width, 1 - spread, spread)


def fitted(images: Array, width: int) -> tuple[Array, NDArray[np.int64]]:
    """The different units (N, k) of the images (N, 8, 8) at that width, and how often each is repeated (k,)."""
    pixels = images.reshape(len(images), -1)
    count = pixels.shape[1]
    if width >= count:
        return pixels, np.bincount(_spread(width, count), minlength=count)
    # On a line of count * width steps a unit covers count of them and a pixel width of them: exact until the division.
    unit, pixel = np.arange(width)[:, np.newaxis], np.arange(count)
    overlap = np.minimum((unit + 1) * count, (pixel + 1) * width) - np.maximum(unit * count, pixel * width)
    return np.sqrt(pixels**2 @ (np.maximum(overlap, 0) / count).T), np.ones(width, dtype=np.int64)
