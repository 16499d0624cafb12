"""Numbers that others have printed, and the same numbers worked out here."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import pandas as pd

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.network import Observer, Progress
from simulator.scaled import Floats
from simulator.statistics import Sample
from simulator.studies.gains import gains
from simulator.studies.layer_gains import kappa
from simulator.studies.phase_diagram import edge_of_chaos
from simulator.studies.propagation import draw_inputs, propagate, walk
from simulator.weights import Role, stream

SIGMAS = 4.0
"""How many standard errors of the stated scatter a number may lie off: by chance, one in 16,000 does."""

NETWORKS = 4
"""Networks of each setting that are simulated; the published tables are one network's."""

Found = tuple[Sequence[float], Sequence[float]]
"""Numbers as worked out here and their standard errors, 0 for an exact one."""


@dataclass(frozen=True)
class Claim:
    """What a source prints: `published` numbers, one for each of `places` (layers, or one unnamed).

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
        found, error = claim.work()
        checks.append(Check(claim, np.array(found, dtype=np.float64), np.array(error, dtype=np.float64)))
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


# ------------------------------------------------------------------------------------- one function a kind of claim

_COURSE = Experiment(depth=10, width=500, batch=1000, seeds=NETWORKS, engine="dense")
_GLOROT_WIDTH, _GLOROT_DEPTH = 300, 5
_MATRIX = 1000
_NORM = Experiment(
    activation="relu", init="he_normal", normalization="batch_norm", depth=20, width=256, batch=256, seeds=NETWORKS
)


def deviations(activation: str, init: str) -> Found:
    """Standard deviation of the activations by layer 1..10, networks of the course's shape."""
    experiment = _COURSE.replace(activation=activation, init=init)
    found = np.full((NETWORKS, experiment.depth), math.nan)

    def of(first: int, last: int) -> Observer:
        def observe(layer: int, quantity: str, sample: Sample) -> None:
            if quantity == "activation" and layer:
                found[first:last, layer - 1] = np.ldexp(np.sqrt(sample.variance), sample.exponent)

        return observe

    walk(experiment, of)
    return _summary(found)


def squared_weight(init: str, factor: float) -> Found:
    """factor n E W^2 of drawn matrices."""
    part = Initializer.parse(init)
    draws = [part.sample(stream(seed, Role.WEIGHT, 1), _MATRIX, _MATRIX) for seed in range(NETWORKS)]
    return _summary(np.array([[factor * _MATRIX * float(np.mean(weights**2))] for weights in draws]))


def layer_singular_value(init: str) -> Found:
    """Mean singular value of dx_(l+1)/dx_l over the hidden layers l = 1..4 of tanh networks."""
    part, rows = Initializer.parse(init), []
    experiment = Experiment(width=_GLOROT_WIDTH, depth=_GLOROT_DEPTH, batch=1)
    for seed in range(NETWORKS):
        signal, means = draw_inputs(experiment, [seed])[0, 0], []
        for layer in range(1, _GLOROT_DEPTH + 1):
            weights = part.sample(stream(seed, Role.WEIGHT, layer), _GLOROT_WIDTH, _GLOROT_WIDTH)
            signal = np.tanh(weights @ signal)
            jacobian = (1 - signal**2)[:, None] * weights
            means.append(float(np.mean(np.linalg.svd(jacobian, compute_uv=False))))
        rows.append([float(np.mean(means[1:]))])
    return _summary(np.array(rows))


def normalized_growth() -> Found:
    """Factor of the gradient variance per layer under batch normalization."""
    logs = propagate(_NORM).curves["activation_gradient", "variance"][1]
    # The first layer's normalization has no activation in front of it.
    return _summary(10 ** ((logs[:, 1:2] - logs[:, -1:]) / (_NORM.depth - 1)))


def isometry() -> Found:
    """The smallest and the largest singular value of a product of ten orthogonal matrices."""
    part, product = Initializer.parse("orthogonal"), np.eye(100)
    for layer in range(1, 11):
        product = part.sample(stream(0, Role.WEIGHT, layer), 100, 100) @ product
    singular = np.linalg.svd(product, compute_uv=False)
    return (float(singular[-1]), float(singular[0])), (0.0, 0.0)


def critical(activation: str, sigma_b2: float) -> Found:
    """sigma_w^2 of the edge of chaos."""
    return (edge_of_chaos(Activation.parse(activation), sigma_b2)[0].sigma_w2,), (0.0,)


def self_normalizing() -> Found:
    """Mean and variance of SELU of a standard normal number."""
    found = gains("selu")
    return (found.mean, found.variance), (0.0, 0.0)


def fourth_moment() -> Found:
    """E r^2 - 1 = (kappa - 1)/n of a ReLU layer, times n."""
    return (kappa((0.0, 1.0)) - 1,), (0.0,)


def _summary(rows: Floats) -> Found:
    """Mean and standard error over networks, (networks, places)."""
    return rows.mean(axis=0).tolist(), (rows.std(axis=0, ddof=1) / math.sqrt(len(rows))).tolist()


# -------------------------------------------------------------------------------------------------- what is printed

COURSE_TABLE = "Standard deviation of activations, CS231n"
_SLIDES, _RERUN = "CS231n, Stanford 2017, lecture 6 slides", "CS231n, Stanford 2017, lecture 6: re-runs of its cell"
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
        partial(deviations, activation, init),
        _COURSE.replace(activation=activation, init=init).cost().seconds,
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
          partial(squared_weight, "torch_default", 1.0), 0.05),
    Claim("Singular values of a layer's Jacobian, standard heuristic (tanh, 5 layers)", _GLOROT, "mean s", (0.5,),
          _ABOUT, partial(layer_singular_value, "torch_default"), 0.3, rounding=0.1),
    Claim("Singular values of a layer's Jacobian, normalized initialization (tanh, 5 layers)", _GLOROT, "mean s",
          (0.8,), _ABOUT, partial(layer_singular_value, "xavier_uniform"), 0.3, rounding=0.1),
    Claim("ReLU layers keep the variance", _HE, "½ n Var W", (1.0,), _DRAWN,
          partial(squared_weight, "he_normal", 0.5), 0.05),
    Claim("PReLU layers of slope a = 1/4 keep the variance", _HE, "½ (1 + a²) n Var W", (1.0,), _DRAWN,
          partial(squared_weight, "he_normal(negative_slope=0.25)", 0.5 * (1 + 0.25**2)), 0.05),
    Claim("Products of orthogonal matrices are isometries", "Saxe et al. (2014)", "least and largest s", (1.0, 1.0),
          "rounding of double precision", isometry, rounding=1e-12),
    Claim("The edge of chaos of tanh at σ_b² = 0.05", "Schoenholz et al. (2017)", "σ_w²", (1.76,),
          "half of the last digit", partial(critical, "tanh", 0.05), 0.05, rounding=0.005),
    Claim("The edge of chaos of ReLU is one point, σ_w = √2 without biases", "Hayou et al. (2019)", "σ_w²", (2.0,),
          "rounding of double precision", partial(critical, "relu", 0.0), rounding=1e-12),
    Claim("SELU keeps mean 0 and variance 1", "Klambauer et al. (2017)", "mean, variance", (0.0, 1.0),
          "half of the last digit of its printed constants", self_normalizing, rounding=5e-5),
    Claim("Finite ReLU layers: E M²/(E M)² grows by 1 + 5/n", "Hanin & Nica (2020)", "n (E r² − 1)", (5.0,),
          "rounding of double precision", fourth_moment, rounding=1e-12),
    Claim("Batch normalization makes ReLU gradients grow by π/(π − 1) per layer", "Yang et al. (2019)", "χ",
          (math.pi / (math.pi - 1),), f"{SIGMAS:g} standard errors of ours, plus π/B for the finite batch",
          normalized_growth, _NORM.cost().seconds, rounding=math.pi / _NORM.batch),
)  # fmt: skip
"""Every published number that is checked, in the order it is shown."""

SECONDS = sum(claim.seconds for claim in CLAIMS)
"""What all of them take, an estimate."""
