"""The interface of every law of initial weights; a weight matrix is (fan_out, fan_in)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from simulator.settings import Part

Array = NDArray[np.float64]

DISTRIBUTIONS = ("normal", "truncated_normal", "uniform")

TRUNCATION = 2.0
"""Where a truncated normal is cut, in standard deviations of the normal before the cut (Keras)."""

TRUNCATED_DEVIATION = 0.87962566103423978
"""Standard deviation of a standard normal cut at +-TRUNCATION: sqrt(1 - 4 pdf(2) / (cdf(2) - cdf(-2)))."""


TRUNCATED_NORMALS = """\
draws = rng.standard_normal((fan_out, fan_in))
while (far := np.abs(draws) > 2).any():  # redrawn beyond two deviations
    draws[far] = rng.standard_normal(far.sum())
"""
"""NumPy code that makes `draws`."""

_DRAWS = {
    ("pytorch", "normal"): "nn.init.normal_(w, std={std})",
    ("pytorch", "uniform"): "bound = math.sqrt(3) * {std}\nnn.init.uniform_(w, -bound, bound)",
    ("pytorch", "truncated_normal"): (
        "# the normal before the cut is wider by 1/0.88\n"
        "cut = 2 * {std} / 0.87962566103423978\n"
        "nn.init.trunc_normal_(w, std=cut / 2, a=-cut, b=cut)"
    ),
    ("keras", "normal"): "initializers.RandomNormal(stddev={std})",
    ("keras", "uniform"): "bound = math.sqrt(3) * {std}\ninitializers.RandomUniform(-bound, bound)",
    ("keras", "truncated_normal"): "initializers.TruncatedNormal(stddev={std} / 0.87962566103423978)",
    ("flax", "normal"): "initializers.normal({std})",
    ("flax", "uniform"): ("bound = math.sqrt(3) * {std}\npartial(jax.random.uniform, minval=-bound, maxval=bound)"),
    ("flax", "truncated_normal"): "initializers.truncated_normal({std} / 0.87962566103423978)",
    ("numpy", "normal"): "rng.normal(0, {std}, (fan_out, fan_in))",
    ("numpy", "uniform"): "bound = math.sqrt(3) * {std}\nrng.uniform(-bound, bound, (fan_out, fan_in))",
    (
        "numpy",
        "truncated_normal",
    ): f"{TRUNCATED_NORMALS}{{std}} / 0.87962566103423978 * draws  # the deviation after the cut",
}
"""Code that draws entries of mean 0 and standard deviation `std`, by framework and distribution."""


@dataclass(frozen=True)
class Place:
    """Where a weight matrix stands: in `layer` of 1..`depth`, in a network of so many residual `branches`.

    `within` is how many layers its own branch has, 0 beside them, and `closes` whether it is the last of these.
    """

    layer: int
    depth: int
    branches: int = 0
    within: int = 0
    closes: bool = False

    @property
    def role(self) -> str:
        """ "first", "hidden" or "last"; the only layer is the last."""
        return "last" if self.layer == self.depth else "first" if self.layer == 1 else "hidden"


class Initializer(Part):
    """A law of initial weights, before the gain.

    Its `code` is what fills `w` in PyTorch, an initializer in Keras and Flax (there `initializers`), a matrix (fan_out,
    fan_in) in NumPy. One formula, "deviation", of fan_in and fan_out, is code for all of them by the distribution.
    """

    elsewhere: ClassVar[Mapping[str, str]] = {
        "untruncatednormal": "Keras' untruncated_normal is variance_scaling(distribution=normal) here.",
        "xavier": "xavier is xavier_normal or xavier_uniform, both of variance 2/(fan_in + fan_out).",
        "he": "he is he_normal or he_uniform, both of variance 2/fan_in.",
        "kaiming": "kaiming is he_normal or he_uniform, both of variance 2/fan_in.",
        "dirac": "PyTorch's dirac_ is for convolutions, and not here; identity is its like for matrices.",
        "lsuv": "LSUV is a setting of its own, lsuv=on beside any law: it scales layers by what a batch shows.",
        "ntk": "The NTK parametrisation is lecun_normal with gain sigma_w; its parameters' gradients are those of the "
        "weights here times sigma_w/sqrt(fan_in) (Jacot et al. 2018).",
        "deltaorthogonal": "JAX's delta_orthogonal is for convolutions; orthogonal is its like for matrices.",
    }
    foreign: ClassVar[Mapping[str, str]] = {
        # Keras, whose laws named Normal are cut at two deviations.
        "HeNormal": "he_truncated", "GlorotNormal": "xavier_truncated", "LecunNormal": "lecun_truncated",
        "RandomNormal": "normal(std=0.05)", "random_normal": "normal(std=0.05)",
        "RandomUniform": "uniform_between(a=-0.05, b=0.05)", "random_uniform": "uniform_between(a=-0.05, b=0.05)",
        "VarianceScaling": "variance_scaling(distribution=truncated_normal)", "Constant": "constant(value=0)",
        "Ones": "constant(value=1)", "ones": "constant(value=1)", "IdentityInitializer": "identity",
        # PyTorch, in place.
        "ones_": "constant(value=1)", "uniform_": "uniform_between",
    }  # fmt: skip
    distribution: str
    """One of DISTRIBUTIONS, or "constant" or "orthogonal"."""

    note: str = ""
    """For a slip: what was meant, and what the slip does, in one sentence."""

    def at(self, place: Place) -> Initializer:
        """The law in a place: this one, unless the scheme depends on the layer, the depth or the branches."""
        return self

    def variance(self, fan_in: int, fan_out: int) -> float:
        """E W_ij^2: the variance of an entry wherever its mean is zero."""
        return self.deviation(fan_in, fan_out) ** 2

    def deviation(self, fan_in: int, fan_out: int) -> float:
        """sqrt(E W_ij^2), right also where the variance would underflow."""
        return math.sqrt(self.variance(fan_in, fan_out))

    @property
    def law(self) -> str:
        """E W_ij^2 as a formula of the width n: of a square matrix, where it is of both widths.

        >>> Initializer.parse("he_normal").law, Initializer.parse("xavier_normal").law
        ('2/n', '2/(nᵢₙ+nₒᵤₜ)')
        """
        size, twice = self.variance(64, 64), self.variance(128, 128)
        falls = round(math.log2(size / twice)) if size and twice else 0
        below = {0: "", 1: "/n", 2: "/n²"}.get(falls)
        return "" if below is None or not math.isclose(size, twice * 2**falls) else f"{size * 64**falls:.3g}{below}"

    def sample(self, rng: np.random.Generator, fan_out: int, fan_in: int) -> Array:
        """Draw a (fan_out, fan_in) float64 matrix; from one `rng` state all normal laws scale the same normals."""
        return _draw(self.distribution, rng, (fan_out, fan_in), self.deviation(fan_in, fan_out))

    def code_in(self, framework: str, **fields: object) -> str:
        own, std = (super(Initializer, self).code_in(name, **fields) for name in (framework, "deviation"))
        return own or (_DRAWS.get((framework, self.distribution), "").format(std=std) if std else "")

    @property
    def mean(self) -> float:
        """E W_ij."""
        return 0.0

    @property
    def zero_mean(self) -> bool:
        """Whether E W_ij = 0."""
        return self.mean == 0

    @property
    def mean_field(self) -> bool:
        """Whether infinite-width theory covers it: zero mean, and independent entries or a Haar-orthogonal matrix."""
        return self.zero_mean

    @property
    def gaussian(self) -> bool:
        """Whether the entries are independent and exactly normal (all 0 is the normal law of variance 0)."""
        return self.distribution == "normal" or (self.distribution == "constant" and self.mean == 0)

    @property
    def orthogonal(self) -> bool:
        """Whether the matrix is (semi-)orthogonal, uniformly distributed among such matrices (Haar)."""
        return self.distribution == "orthogonal"


def _draw(distribution: str, rng: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Array:
    """Independent entries of mean 0 and the given standard deviation, one draw of `rng` each."""
    if distribution == "normal":
        draws, factor = rng.standard_normal(shape), deviation
    elif distribution == "uniform":
        draws, factor = rng.random(shape), 2 * math.sqrt(3) * deviation
        draws -= 0.5
    else:
        # By the inverse of the distribution function: rejection would make the number of draws random.
        draws, factor = rng.random(shape), deviation / TRUNCATED_DEVIATION
        low, high = ndtr(-TRUNCATION), ndtr(TRUNCATION)
        draws *= high - low
        draws += low
        ndtri(draws, out=draws)
        np.clip(draws, -TRUNCATION, TRUNCATION, out=draws)
    with np.errstate(under="ignore"):  # a standard deviation near 1e-308 has denormal weights
        draws *= factor
    return draws
