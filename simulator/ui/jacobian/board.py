"""The charts of the page Jacobian and the sentences above them."""

from __future__ import annotations

import math

import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.figures import axes
from simulator.frames import concat
from simulator.studies.jacobian import Jacobian, jacobian, label, laws, seconds
from simulator.ui import cache, host

_TIGHT = 1 + 1e-6
"""A condition number up to which all singular values count as equal."""

_ROUNDING = 1e-20
"""A relative variance of s squared that is rounding."""

_ALIKE = 0.3
"""Decades within which two mean squares count as alike, and beyond which two condition numbers do not."""


def spectra(experiment: Experiment) -> bytes:
    """All singular values at several depths, a chart for each law of the weights."""
    return cache.payload(_spectra, experiment)


def profiles(experiment: Experiment) -> bytes:
    """Mean square, relative variance and condition number by layer."""
    return cache.payload(_profiles, experiment)


def table(experiment: Experiment) -> pd.DataFrame:
    """The numbers drawn by layer, for every law, as one tidy table."""
    return concat(*(result.to_frame(name) for name, result in _results(experiment).items()))


def facts(experiment: Experiment) -> list[str]:
    """Say what the numbers show, a sentence for each law, and of which matrix they are."""
    results = _results(experiment)
    first = next(iter(results.values()))
    depth, n_0, n_l = len(first.widths) - 1, first.widths[0], first.widths[-1]
    others = "The other weights are drawn with the same second moments, layer by layer."
    lines = [
        f"J: the derivative of the last activation x_{depth} with respect to the input x_0, a {n_l} × {n_0} matrix, at "
        f"the first example of the network with seed {experiment.seed}. {others}"
    ]
    if experiment.replace(loss="none") != experiment.bare():
        lines.append("Left out: branches, normalization and dropout; J is that of the layers without them.")
    if first.narrowed:
        lines.append(
            f"Width: {max(experiment.layer_widths):,} units would take too long, so the layers here have at most "
            f"{max(first.widths)}, with the same n Var(W)."
        )
    lines += [f"{name.replace('orthogonal', 'Orthogonal')}: {_of(result)}" for name, result in results.items()]
    return [*lines, *_lesson(results)]


def _of(result: Jacobian) -> str:
    logs, kept, depth = result.singular[-1], result.resolved[-1], result.layers[-1]
    if not kept.size:
        return "J is zero: no change of the input reaches the output."
    mean, condition = axes.number(result.log10_mean_square[-1]), float(result.log10_condition[-1])
    ends = f"{axes.number(float(kept[0]))} to {axes.number(float(kept[-1]))}"
    if 10 ** min(condition, 1.0) <= _TIGHT:
        return (
            f"all {logs.size} singular values equal {axes.number(float(kept[0]))}: dynamical isometry at depth {depth}."
        )
    if math.isfinite(condition):
        text = f"singular values from {ends}, largest over smallest {axes.number(condition)}"
    else:
        lost = logs.size - kept.size
        text = f"singular values from {ends}, the other {lost} of {logs.size} are {_nought(result)}"
    return f"{text}; mean square {mean}, relative variance {_variance_text(result.relative_variance[-1])}."


def _nought(result: Jacobian) -> str:
    """Say what the singular values are that are not resolved; only a straight piece has a slope of exactly 0."""
    zeros = result.singular[-1].size - result.rank[-1]
    passed = result.experiment.activation_parts[: result.layers[-1]]
    exactly = zeros > 0 and all(activation.homogeneous for activation in passed)
    return f"lost in rounding or 0, at least {zeros} exactly 0" if exactly else "0 or lost in rounding"


def _lesson(results: dict[str, Jacobian]) -> list[str]:
    """Whether equal mean squares hide different spreads, of the widest and the narrowest law."""
    alive = {name: result for name, result in results.items() if result.resolved[-1].size}
    if len(alive) < 2:
        return []
    spread = sorted(alive, key=lambda name: float(alive[name].relative_variance[-1]))
    low, high = spread[0], spread[-1]
    means = [float(alive[name].log10_mean_square[-1]) for name in (low, high)]
    variances = [float(alive[name].relative_variance[-1]) for name in (low, high)]
    if abs(means[0] - means[1]) > _ALIKE:
        return []
    if math.log10(variances[1] + 1e-300) - math.log10(variances[0] + 1e-300) < _ALIKE:
        return ["Beside each other: mean squares and spreads are alike, so neither law is nearer to an isometry."]
    apart = f"{10 ** abs(means[0] - means[1]):.3g}"
    return [
        f"Beside each other: the mean squares differ by a factor of {apart} only, but the squared singular values' "
        f"relative variance is {_variance_text(variances[0])} ({low}) against {variances[1]:.3g} ({high})."
    ]


def _variance_text(variance: float) -> str:
    return f"{variance:.3g}" if variance > _ROUNDING else "0 up to rounding"


def _results(experiment: Experiment) -> dict[str, Jacobian]:
    took = seconds(experiment)
    return {
        label(experiment, law): cache.result(jacobian, experiment, law, seconds=took, text="Multiplying the Jacobian")
        for law in laws(experiment)
    }


def _spectra(experiment: Experiment) -> bytes:
    results = _results(experiment)
    rows = pd.concat([result.spectra(name) for name, result in results.items()], ignore_index=True)
    shown = [figures.singular_values(rows, name, name=f"spectrum-{index}") for index, name in enumerate(results)]
    return host.encode(shown, columns=len(shown))


def _profiles(experiment: Experiment) -> bytes:
    frame = table(experiment)
    shown = [
        figures.jacobian_profile(frame, statistic, name=f"jacobian-{statistic.replace('_', '-')}")
        for statistic in ("mean_square", "relative_variance", "condition")
    ]
    return host.encode(shown, columns=3)
