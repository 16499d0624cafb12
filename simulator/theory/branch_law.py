"""The law of gradients at finite width under post-activation branches, where infinite width is soon far off.

x_l = x_(l-1) + a φ(W_l x_(l-1)) with φ positively homogeneous, no bias, no norm, equal widths n. By Euler's theorem
T = x_l . dE/dx_l is the same at every layer, and W_l, given W_l x_(l-1), is known along x_(l-1) and fresh across it.
The part of the gradient along the signal is 1/n of it at the top; after about log n layers it has overtaken the rest.
What units have in common, S = 1 . dE/dx_l, is followed too: φ has a mean, and with it the signal.

Units: entries of x_l by the root of p_l = E x_l², of dE/dx_l by the root of g_l = p_L/(n p_l), T by n root(g p), S by
n root(g); so E T² = 1 throughout.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from simulator.curves import Curve, Curves
from simulator.experiment import Experiment
from simulator.residual import Post
from simulator.scaled import Floats


@dataclass(frozen=True)
class _Layer:
    """Of layer l in units of p_l: p_(l-1), mean of x_(l-1), mean of x_l, x_(l-1) . x_l / n, a² q, a E h+; log10 p_l."""

    below: float
    mean_below: float
    mean: float
    overlap: float
    branch: float
    half: float
    slope: float
    log10: float


@dataclass(frozen=True)
class _Gradient:
    """Of dE/dx_l, in the module's units: E d², E S T, E S²."""

    size: float
    common: float
    mean_square: float


def branch_law(experiment: Experiment) -> Curves:
    """(value, log10), each (1, L + 1), of dE/dx and dE/dh at the experiment's width; empty where there is no such law.

    Expected over networks and a top gradient N(0, 1), of which the examples of a batch have one each, so that their
    means are as good as unrelated; checked against simulation at widths from 64 to 2,048.
    """
    if not _is_known(experiment):
        return {}
    depth, width = experiment.depth, experiment.layer_widths[0]
    layers = _forward(experiment)
    unit = np.array([layers[-1].log10 - layer.log10 - math.log10(width) for layer in layers])  # log10 g_l
    gradient = _Gradient(float(width), layers[-1].mean, 1.0)
    size, mean_square, inner, inner_mean = np.full((4, depth + 1), np.nan)
    for layer in range(depth, -1, -1):
        size[layer], mean_square[layer] = gradient.size, gradient.mean_square
        if layer:
            gradient, inner[layer], inner_mean[layer] = _back(layers[layer], gradient, width)
    inside = unit + 2 * math.log10(experiment.residual_part.factor(depth))
    return {
        ("activation_gradient", "second_moment"): _curve(unit, size),
        ("activation_gradient", "variance"): _curve(unit, size - mean_square / experiment.batch),
        ("preactivation_gradient", "second_moment"): _curve(inside, inner),
        ("preactivation_gradient", "variance"): _curve(inside, inner - inner_mean / experiment.batch),
    }


def _back(here: _Layer, top: _Gradient, width: int) -> tuple[_Gradient, float, float]:
    """dE/dx_(l-1), the mean of (φ' dE/dx_l)², and the square of the mean of φ' dE/dx_l, from dE/dx_l."""
    m, m0, y, s = here.mean, here.mean_below, here.overlap, here.slope
    c, v = top.common, top.mean_square
    # dE/dx_l = α x_l + γ 1 + what is across both, isotropic: their second moments, and with T and S.
    free = 1 - m**2
    aa, gg = (1 - 2 * m * c + m**2 * v) / free**2, (v - 2 * m * c + m**2) / free**2
    ag = ((1 + m**2) * c - m * (1 + v)) / free**2
    across = top.size - aa - 2 * m * ag - gg
    each = across / (width - 2)  # of one of the n directions across both, over n
    # x_(l-1) . dE/dx_l / n, with itself, with T and with S.
    left = here.below - (y**2 - 2 * y * m * m0 + m0**2) / free
    pp = y**2 * aa + 2 * y * m0 * ag + m0**2 * gg + each * left
    pt = (y * (1 - m * c) + m0 * (c - m)) / free
    ps = (y * (c - m * v) + m0 * (v - m * c)) / free
    # φ' is 1 or the slope, each for half of the units.
    plain = (aa * here.below + 2 * ag * m0 + gg + across) / 2
    up = plain + aa * (2 * m0 * here.half + here.branch / 2) + 2 * ag * here.half
    down = plain + aa * (s**2 * here.branch / 2 - 2 * s * m0 * here.half) - 2 * s * ag * here.half
    inner = up + s**2 * down
    level, tilt = (1 + s) / 2, (1 + s) / 2 * m0 + (1 - s**2) * here.half
    inner_mean = level**2 * gg + 2 * level * tilt * ag + tilt**2 * aa + each * (1 - s) ** 2 / 4
    fresh = here.branch / here.below * inner  # a² n Var W
    pull = m0 / here.below
    size = 1 / here.below + top.size - pp / here.below + fresh * (1 - 1 / width)
    common = c + pull * (1 - pt)
    mean_square = v + 2 * pull * (c - ps) + pull**2 * (1 - 2 * pt + pp) + fresh * (1 - m0 * pull) / width
    ratio = here.below
    return _Gradient(ratio * size, math.sqrt(ratio) * common, ratio * mean_square), inner, inner_mean


def _is_known(experiment: Experiment) -> bool:
    residual = experiment.residual_part
    phis, inits = experiment.activation_parts, experiment.init_parts
    return (
        isinstance(residual, Post)
        and residual.every == 1
        and residual.alpha > 0
        and experiment.normalization == experiment.loss == "none"
        and experiment.bias == "zeros"
        and not experiment.dropout
        and len(set(experiment.layer_widths)) == 1
        and all(phi.homogeneous and phi.slopes_at_infinity[1] == 1 for phi in phis)
        and all(init.mean_field and not init.orthogonal for init in inits)
        and experiment.inputs_part.normal
        and experiment.inputs_part.moments(experiment.layer_widths[0]).second_moment > 0
        and experiment.layer_widths[0] > 2
    )


def _forward(experiment: Experiment) -> list[_Layer]:
    width = experiment.layer_widths[0]
    factor = experiment.residual_part.factor(experiment.depth)
    start = experiment.inputs_part.moments(width)
    mean, log10 = start.mean / math.sqrt(start.second_moment), math.log10(start.second_moment)
    layers = [_Layer(1.0, 0.0, mean, 1.0, 0.0, 0.0, 1.0, log10)]
    for layer in range(1, experiment.depth + 1):
        slope = experiment.activation_at(layer).slopes_at_infinity[0]
        q = width * experiment.weight_variance(layer)  # in units of p_(l-1), as all up to `grown`
        half = factor * math.sqrt(q / (2 * math.pi))
        middle = (1 - slope) * half
        branch = factor**2 * q
        grown = 1 + 2 * mean * middle + (1 + slope**2) * branch / 2
        root = math.sqrt(grown)
        log10 += math.log10(grown)
        layers.append(
            _Layer(
                below=1 / grown,
                mean_below=mean / root,
                mean=(mean + middle) / root,
                overlap=(1 + mean * middle) / grown,
                branch=branch / grown,
                half=half / root,
                slope=slope,
                log10=log10,
            )
        )
        mean = layers[-1].mean
    return layers


def _curve(unit: Floats, sizes: Floats) -> Curve:
    with np.errstate(divide="ignore", invalid="ignore"):
        return Curve.of_log10((unit + np.log10(sizes))[None])
