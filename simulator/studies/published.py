"""Numbers that others have printed, and the same numbers worked out here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from simulator.network import Progress
from simulator.scaled import Floats
from simulator.studies import reworked
from simulator.studies.reworked import COURSE, GAMMAS, NETWORKS, NORM, Found

SIGMAS = 4.0
"""How many standard errors of the stated scatter a number may lie off: by chance, one in 16,000 does."""


@dataclass(frozen=True)
class Claim:
    """A source's claim: `published` numbers, one for each of `places` (layers, or one unnamed).

    `scatter` is the standard deviation of a single published number relative to itself, `rounding` half a unit of the
    last digit it is printed with, `rule` says in words how far off a number may be; `seconds` what `work` takes.
    """

    title: str
    source: str
    symbol: str
    published: tuple[float, ...]
    rule: str
    work: Callable[[], Found] = field(repr=False, compare=False)
    seconds: float = 0.01
    scatter: tuple[float, ...] = (0.0,)
    rounding: float = 0.0
    table: str = ""


@dataclass(frozen=True)
class Check:
    """A claim and the numbers worked out here, arrays by place; `error` is their standard error."""

    claim: Claim
    found: Floats
    error: Floats

    @property
    def tolerance(self) -> Floats:
        """How far off each number may be: SIGMAS standard errors, by the scatter stated or found, and rounding."""
        published = np.array(self.claim.published)
        scatter = np.abs(published) * np.broadcast_to(self.claim.scatter, published.shape)
        if scatter.any():  # the published number is one network's, ours the mean of NETWORKS
            single = np.maximum(scatter, self.error * math.sqrt(NETWORKS))
            return np.asarray(SIGMAS * single * math.sqrt(1 + 1 / NETWORKS) + self.claim.rounding)
        return np.asarray(SIGMAS * self.error + self.claim.rounding)

    @property
    def off(self) -> Floats:
        """Found minus published, in units of the tolerance."""
        return np.asarray((self.found - np.array(self.claim.published)) / self.tolerance)

    @property
    def agrees(self) -> bool:
        """Whether every number is within its tolerance."""
        return bool((np.abs(self.off) <= 1).all())


def check(progress: Progress | None = None) -> tuple[Check, ...]:
    """Work out every claim anew."""
    checks, spent, total = [], 0.0, sum(claim.seconds for claim in CLAIMS)
    for claim in CLAIMS:
        results, error = claim.work()
        checks.append(Check(claim, np.array(results, dtype=np.float64), np.array(error, dtype=np.float64)))
        spent += claim.seconds
        if progress is not None:
            progress(round(1000 * spent / total), 1000)
    return tuple(checks)


def table(checks: Sequence[Check]) -> pd.DataFrame:
    """A row a number: claim, source, place, published, found, error, tolerance, agrees."""
    rows = [
        (check.claim.title, check.claim.source, place, *numbers, bool(abs(numbers[1] - numbers[0]) <= numbers[3]))
        for check in checks
        for place, numbers in enumerate(
            zip(check.claim.published, check.found, check.error, check.tolerance, strict=True), 1
        )
    ]
    names = ["claim", "source", "place", "published", "found", "standard_error", "tolerance", "agrees"]
    return pd.DataFrame(rows, columns=names)


# -------------------------------------------------------------------------------------------------- what is printed

COURSE_TABLE = "Standard deviation of activations, CS231n"
_SLIDES, _RERUN = "CS231n, Stanford 2017, lecture 6 slides", "CS231n, Stanford 2017, lecture 6: re-runs of its cell"
_ROBERTS = "Roberts, Yaida & Hanin (2022), 5.3"
_GLOROT, _HE = "Glorot & Bengio (2010)", "He et al. (2015)"
_SPREAD = f"{SIGMAS:g} standard errors, by the scatter stated or found (whichever is larger), plus half the last digit"
_DRAWN = f"{SIGMAS:g} standard errors of the drawn weights"
_ABOUT = "one unit of the single digit given; inputs differ (theirs are images)"


def _course(title: str, source: str, activation: str, init: str, published: str, scatter: float) -> Claim:
    """A row of the course's table; `scatter` is that of layer 10, and every layer adds an equal share of its square."""
    numbers = tuple(map(float, published.split()))
    return Claim(
        title,
        source,
        "sd of x_l",
        numbers,
        f"{_SPREAD}; stated: {scatter:.2%} at layer 10",
        partial(reworked.deviations, activation, init),
        COURSE.replace(activation=activation, init=init).cost().seconds,
        tuple(scatter * math.sqrt(layer / 10) for layer in range(1, 11)),
        5e-7 if len(published.split()[0]) == 8 else 5e-6,
        COURSE_TABLE,
    )


CLAIMS = (
    _course(
        "tanh, W = 0.01 randn", _SLIDES, "tanh", "normal(std=0.01)",
        "0.213081 0.047551 0.010630 0.002378 0.000532 0.000119 0.000026 0.000006 0.000001 0.000000", 0.002,
    ),
    _course(
        "tanh, W = randn", _RERUN, "tanh", "normal(std=1)",
        "0.98212 0.98174 0.98169 0.98170 0.98172 0.98175 0.98191 0.98156 0.98156 0.98153", 0.0001,
    ),
    _course(
        "tanh, W = randn / sqrt(fan_in)", _RERUN, "tanh", "lecun_normal",
        "0.627422 0.486087 0.408522 0.357302 0.320092 0.293146 0.271269 0.256240 0.242764 0.230877", 0.01,
    ),
    _course(
        "ReLU, W = randn / sqrt(fan_in)", _RERUN, "relu", "lecun_normal",
        "0.583384 0.410386 0.280291 0.198090 0.138666 0.098349 0.069325 0.050724 0.035902 0.025658", 0.1,
    ),
    _course(
        "ReLU, W = randn / sqrt(fan_in/2)", _SLIDES, "relu", "he_normal",
        "0.825232 0.827835 0.813855 0.826902 0.834092 0.860035 0.870610 0.889348 0.845357 0.844523", 0.08,
    ),
    Claim("The standard heuristic U(±1/√n) has a third of the variance", _GLOROT, "n Var W", (1 / 3,), _DRAWN,
          partial(reworked.squared_weight, "torch_default", 1.0), 0.05),
    Claim("Singular values of a layer's Jacobian, standard heuristic (tanh, 5 layers)", _GLOROT, "mean s", (0.5,),
          _ABOUT, partial(reworked.layer_singular_value, "torch_default"), 0.3, rounding=0.1),
    Claim("Singular values of a layer's Jacobian, normalized initialization (tanh, 5 layers)", _GLOROT, "mean s",
          (0.8,), _ABOUT, partial(reworked.layer_singular_value, "xavier_uniform"), 0.3, rounding=0.1),
    Claim("ReLU layers keep the variance", _HE, "½ n Var W", (1.0,), _DRAWN,
          partial(reworked.squared_weight, "he_normal", 0.5), 0.05),
    Claim("PReLU layers of slope a = 1/4 keep the variance", _HE, "½ (1 + a²) n Var W", (1.0,), _DRAWN,
          partial(reworked.squared_weight, "he_normal(negative_slope=0.25)", 0.5 * (1 + 0.25**2)), 0.05),
    Claim("Products of orthogonal matrices are isometries", "Saxe et al. (2014)", "least and largest s", (1.0, 1.0),
          "rounding of double precision", reworked.isometry, rounding=1e-12),
    Claim("The edge of chaos of tanh at σ_b² = 0.05", "Schoenholz et al. (2017)", "σ_w²", (1.76,),
          "half of the last digit", partial(reworked.critical, "tanh", 0.05), 0.05, rounding=0.005),
    Claim("The edge of chaos of ReLU is one point, σ_w = √2 without biases", "Hayou et al. (2019)", "σ_w²", (2.0,),
          "rounding of double precision", partial(reworked.critical, "relu", 0.0), rounding=1e-12),
    Claim("GELU keeps signal and gradient with this bias", _ROBERTS, "σ_b², σ_w²", (0.17292239, 1.98305826),
          "half of the last digit", partial(reworked.keeps_both, "gelu"), 0.2, rounding=5e-9),
    Claim("SiLU keeps signal and gradient with this bias", _ROBERTS, "σ_b², σ_w²", (0.55514317, 1.98800468),
          "half of the last digit", partial(reworked.keeps_both, "silu"), 0.2, rounding=5e-9),
    Claim("A normal law cut at two deviations has this one", "TensorFlow and Keras, VarianceScaling", "sd",
          (0.87962566103423978,), _DRAWN, reworked.cut_normal, 0.2),
    Claim("Magnitude-preserving SiLU divides by its root mean square", "Karras et al. (2024, EDM2), equation 81",
          "root of E φ²", (0.596,), "half of the last digit",
          partial(reworked.root_mean_square, "silu"), rounding=5e-4),
    Claim(f"γ that makes variance 1 of {', '.join(GAMMAS)}", "Brock et al. (2021, NFNet), constants of their code",
          "1/sd φ(z)", tuple(GAMMAS.values()), f"{SIGMAS:g} times the 0.05 % that its own constants scatter by: they "
          "were sampled, and ReLU's lies 0.06 % off its closed form", reworked.unit_variance, scatter=(5e-4,)),
    Claim("SELU keeps mean 0 and variance 1", "Klambauer et al. (2017)", "mean, variance", (0.0, 1.0),
          "half of the last digit of its printed constants", reworked.self_normalizing, rounding=5e-5),
    Claim("Finite ReLU layers: E M²/(E M)² grows by 1 + 5/n", "Hanin & Nica (2020)", "n (E r² − 1)", (5.0,),
          "rounding of double precision", reworked.fourth_moment, rounding=1e-12),
    Claim("Batch normalization makes ReLU gradients grow by π/(π − 1) per layer", "Yang et al. (2019)", "χ",
          (math.pi / (math.pi - 1),), f"{SIGMAS:g} standard errors of ours, plus π/B for the finite batch",
          reworked.normalized_growth, NORM.cost().seconds, rounding=math.pi / NORM.batch),
)  # fmt: skip
"""Every published number that is checked, in the order it is shown."""

SECONDS = sum(claim.seconds for claim in CLAIMS)
"""The seconds that all of them take, an estimate."""
