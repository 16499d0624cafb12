"""Published numbers, worked out here: one function a kind of claim, numbers and their standard errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.network import Observer
from simulator.scaled import Floats
from simulator.statistics import Sample
from simulator.studies.propagation import draw_inputs, propagate, walk
from simulator.theory.gains import gains
from simulator.theory.layer_gains import kappa
from simulator.theory.phase_diagram import edge_of_chaos, half_stable
from simulator.weights import Role, stream

NETWORKS = 4
"""Networks of each setting that are simulated; the published tables are one network's."""

Found = tuple[Sequence[float], Sequence[float]]
"""Numbers as worked out here and their standard errors, 0 for an exact one."""

GAMMAS = {
    "relu": 1.7139588594436646, "leaky_relu": 1.70590341091156, "elu": 1.2716004848480225, "selu": 1.0008515119552612,
    "gelu": 1.7015043497085571, "silu": 1.7881293296813965, "softplus": 1.9203323125839233,
    "sigmoid": 4.803835391998291, "tanh": 1.5939117670059204,
}  # fmt: skip

COURSE = Experiment(depth=10, width=500, batch=1000, seeds=NETWORKS, engine="dense")
_GLOROT_WIDTH, _GLOROT_DEPTH = 300, 5
_MATRIX = 1000
NORM = Experiment(
    activation="relu", init="he_normal", normalization="batch_norm", depth=20, width=256, batch=256, seeds=NETWORKS
)


def deviations(activation: str, init: str) -> Found:
    """Standard deviation of the activations by layer 1..10, networks of the course's shape."""
    experiment = COURSE.replace(activation=activation, init=init)
    sizes = np.full((NETWORKS, experiment.depth), math.nan)

    def of(first: int, last: int) -> Observer:
        def observe(layer: int, quantity: str, sample: Sample) -> None:
            if quantity == "activation" and layer:
                sizes[first:last, layer - 1] = np.ldexp(np.sqrt(sample.variance), sample.exponent)

        return observe

    walk(experiment, of, backward=False)
    return _summary(sizes)


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
    logs = propagate(NORM).curves["activation_gradient", "variance"][1]
    # The first layer's normalization has no activation in front of it.
    return _summary(10 ** ((logs[:, 1:2] - logs[:, -1:]) / (NORM.depth - 1)))


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


def keeps_both(activation: str) -> Found:
    """sigma_b^2 and sigma_w^2 of the half-stable critical point, which keeps signal and gradient with a bias."""
    point = half_stable(Activation.parse(activation), 1e-2, 1e2)
    return (point.sigma_b2, point.sigma_w2), (0.0, 0.0)


def unit_variance() -> Found:
    """1/sd of each activation of a standard normal number."""
    return [gains(name).keeps_variance for name in GAMMAS], (0.0,) * len(GAMMAS)


def root_mean_square(activation: str) -> Found:
    """The root of E phi^2 at q = 1."""
    return (math.sqrt(gains(activation).second_moment),), (0.0,)


def cut_normal() -> Found:
    """The standard deviation of the truncated normal law's draws, before it is corrected for."""
    part = Initializer.parse("truncated_normal(std=1)")
    draws = [part.sample(stream(seed, Role.WEIGHT, 1), _MATRIX, _MATRIX) for seed in range(NETWORKS)]
    return _summary(np.array([[float(np.sqrt(np.mean(weights**2)))] for weights in draws]))


def self_normalizing() -> Found:
    """Mean and variance of SELU of a standard normal number."""
    selu = gains("selu")
    return (selu.mean, selu.variance), (0.0, 0.0)


def fourth_moment() -> Found:
    """E r^2 - 1 = (kappa - 1)/n of a ReLU layer, times n."""
    return (kappa((0.0, 1.0)) - 1,), (0.0,)


def _summary(rows: Floats) -> Found:
    """Mean and standard error over networks, (networks, places)."""
    return rows.mean(axis=0).tolist(), (rows.std(axis=0, ddof=1) / math.sqrt(len(rows))).tolist()
