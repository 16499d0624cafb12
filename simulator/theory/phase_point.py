"""An experiment's place in the plane of (sigma_w^2, sigma_b^2), the way to another one, and the plane to be shown."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.activations import Activation, quiet
from simulator.experiment import SAME, Experiment
from simulator.gaussian import moments
from simulator.layered import LISTS
from simulator.settings import Value
from simulator.theory.mean_field import mean_field
from simulator.theory.phase_diagram import edge_of_chaos

Floats = NDArray[np.float64]

_DIGITS = 6
_MOST_GAIN = 1000.0
_TALL = 0.5
"""The largest sigma_b^2 of a plane where the experiment asks for no more."""

_ROOM, _FAR = 1.25, 4.0
"""How far a plane reaches beyond the experiment, and how much wider than its edge of chaos asks for it may become."""

_POINTS = 160
"""Points of a piece of the edge."""

_ENDS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True)
class PhasePoint:
    """sigma_w^2 = n Var(W) and sigma_b^2 = Var(b) of the hidden layers, and the inputs' mean square p_0."""

    sigma_w2: float
    sigma_b2: float
    second_moment: float

    @property
    def q_1(self) -> float:
        """The first layer's variance."""
        return self.sigma_w2 * self.second_moment + self.sigma_b2


@dataclass(frozen=True)
class Edge:
    """The edge of chaos as a curve: arrays by increasing q*, NaN between its pieces.

    `stable` is where the variance returns to q*. A homogeneous activation has a straight edge and `q_star` NaN.
    """

    sigma_w2: Floats
    sigma_b2: Floats
    q_star: Floats
    stable: NDArray[np.bool_]


def phase_point(experiment: Experiment) -> PhasePoint | str:
    """The experiment's place in the plane, or why it has none, in one sentence."""
    if not experiment.plain:
        return "Branches, normalization, dropout and LSUV follow other laws: this experiment is no point of this plane."
    theory = mean_field(experiment)
    if not theory.layers:
        return str(theory.outcome)
    if theory.fixed_point is None:
        return "The layers of this experiment differ in variance or activation, so it is no single point of this plane."
    if experiment.bias_part.mean:
        return "The biases of this experiment have a mean, so it is no point of this plane."
    hidden = theory.layers[-2 if len(theory.layers) > 2 else -1]
    return PhasePoint(hidden.forward, hidden.bias_variance, theory.p_0)


def placed(experiment: Experiment, sigma_w2: float, sigma_b2: float) -> dict[str, Value]:
    """The changes that bring the experiment to a place: the gain of its own init scheme where that can do it."""
    changes: dict[str, Value] = {"bias": _bias(sigma_b2)}
    layer = experiment.depth - 1 if experiment.depth > 2 else experiment.depth  # a hidden one, if there is any
    fan_in, fan_out = experiment.layer_widths[layer - 1 : layer + 1]
    variance = fan_in * experiment.init_at(layer).variance(fan_in, fan_out)
    own = experiment.replace(**changes)
    if not isinstance(phase_point(own), str) and variance > 0 and sigma_w2 <= _MOST_GAIN**2 * variance:
        return {**changes, "gain": _rounded(math.sqrt(sigma_w2 / variance))}
    plain: dict[str, Value] = {
        "init": "lecun_normal",
        "last_init": SAME,
        "residual": "none",
        "normalization": "none",
        "dropout": 0.0,
        "lsuv": "off",
    }
    alike = {many: "" for many in LISTS if getattr(experiment, many)}
    return {**changes, **plain, **alike, "gain": _rounded(math.sqrt(sigma_w2))}


def extent(activation: Activation, point: PhasePoint | None = None) -> tuple[float, float]:
    """The largest sigma_w^2 and sigma_b^2 of a plane that shows the edge of chaos and, unless far off, the point."""
    tall = _TALL if point is None else _end(max(_TALL, min(_ROOM * point.sigma_b2, 1e6)))
    critical = [point.sigma_w2 for share in (0.0, 0.05, 0.2, 1.0) for point in edge_of_chaos(activation, share * tall)]
    usual = max(critical, default=2 / float(moments(activation, 1.0).derivative_second_moment))
    wide = 1.5 * usual
    if point is not None:
        wide = max(wide, min(_ROOM * point.sigma_w2, _FAR * wide))
    return _end(wide), tall


@quiet
def edge_curve(activation: Activation, widest: float, tallest: float) -> Edge:
    """The edge of chaos within [0, widest] x [0, tallest]."""
    if activation.homogeneous:
        (only,) = edge_of_chaos(activation, 0.0)
        return Edge(np.full(2, only.sigma_w2), np.array([0.0, tallest]), np.full(2, np.nan), np.full(2, True))
    q = np.geomspace(1e-6, 1e6, 1201)
    inside = _inside(*_critical(activation, q)[:2], widest, tallest)
    turns = np.flatnonzero(inside[1:] != inside[:-1]) + 1
    pieces = [piece for piece in np.split(np.arange(len(q)), turns) if inside[piece[0]]]
    finer = [_between(q[max(piece[0] - 1, 0)], q[min(piece[-1] + 1, len(q) - 1)]) for piece in pieces]
    q = np.concatenate([part for fine in finer for part in (fine, fine[-1:])] or [np.ones(1)])
    sigma_w2, sigma_b2, parallel = _critical(activation, q)
    shown = _inside(sigma_w2, sigma_b2, widest, tallest)
    shown[_POINTS :: _POINTS + 1] = False  # ends each piece
    stable = sigma_w2 * parallel < 1
    return Edge(np.where(shown, sigma_w2, np.nan), np.where(shown, sigma_b2, np.nan), q, stable)


def _between(low: float, high: float) -> Floats:
    """_POINTS variances, half of them evenly spread on a linear, half on a logarithmic scale."""
    half = _POINTS // 2
    return np.sort(np.concatenate([np.linspace(low, high, half), np.geomspace(low, high, half)]))


def _critical(activation: Activation, q: Floats) -> tuple[Floats, Floats, Floats]:
    """sigma_w^2 and sigma_b^2 of the critical points with these q*, and (d/dq) E phi^2 there."""
    there = moments(activation, q)
    sigma_w2 = 1 / np.maximum(there.derivative_second_moment, 1e-300)
    return sigma_w2, q - sigma_w2 * there.second_moment, there.parallel


def _inside(sigma_w2: Floats, sigma_b2: Floats, widest: float, tallest: float) -> NDArray[np.bool_]:
    return (sigma_b2 >= 0) & (sigma_b2 <= 1.03 * tallest) & (sigma_w2 <= 1.03 * widest)


def _bias(sigma_b2: float) -> str:
    return f"normal(std={_rounded(math.sqrt(sigma_b2))!r})" if sigma_b2 > 0 else "zeros"


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")


def _end(value: float) -> float:
    """The next round number at or above a positive value."""
    scale = 10.0 ** math.floor(math.log10(value))
    return next(float(f"{end * scale:.3g}") for end in _ENDS if end * scale >= value * (1 - 1e-9))
