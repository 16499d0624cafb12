"""The charts of the page Phase diagram and the table behind them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from simulator import figures
from simulator.activations import Activation
from simulator.experiment import Experiment
from simulator.network import Progress
from simulator.studies import survival as survivals
from simulator.theory import phase_plane as planes
from simulator.theory.fixed_points import FixedPoint, Phase, fixed_point
from simulator.theory.maps import cobweb, correlation_map, length_map
from simulator.theory.mean_field import MeanField
from simulator.theory.phase_diagram import edge_of_chaos
from simulator.theory.phase_point import PhasePoint, edge_curve, extent, phase_point
from simulator.ui import cache, host

_COLUMNS, _ROWS = 60, 40
_COARSE = (20, 14)
_SECONDS = 2.0
"""The seconds that the simulation of a plane takes, about: 280 places."""

_WALK = 40
"""Steps of a cobweb that can be told apart."""

_GROWTH = 1e3
"""How many times the first layer's variance a length map holds."""

_FACTORS = {"ordered": 0.5, "critical": 1.0, "chaotic": 2.0}
"""sigma_w^2 of the correlation map's lines, in units of the critical one."""

_SOME = 0.05
"""sigma_b^2 of these lines where the experiment has none: without biases they would tell little apart."""

_NUMBERS = ("chi_1", "q_star", "xi_q", "xi_c", "trainable_depth")


def plane(experiment: Experiment, quantity: str) -> bytes:
    """One quantity over the plane, the edge of chaos, and the experiment's place."""
    return cache.payload(_plane_chart, experiment, quantity)


def maps(experiment: Experiment) -> bytes:
    """The length map, where the experiment has a place in the plane, and the correlation map."""
    return cache.payload(_maps, experiment)


def facts(experiment: Experiment) -> list[str]:
    """Where the experiment is, in numbers, or why it is nowhere."""
    point = phase_point(experiment)
    if isinstance(point, str):
        return [f"No point: {point}"]
    at_point = cache.theory(experiment).fixed_point
    assert at_point is not None
    edge = " and ".join(_edge_words(experiment.activation_part, point.sigma_b2))
    near = f"the edge of chaos at this σ_b² is at σ_w² = {edge}" if edge else "at this σ_b² there is no critical σ_w²"
    depth = f"ξ_c = {at_point.xi_c:.3g} layers" if math.isfinite(at_point.xi_c) else "the depth scale ξ_c is infinite"
    q_star = f"q* = {at_point.q_star:.3g}" if math.isfinite(at_point.q_star) else "q grows without bound"
    return [
        f"This experiment: σ_w² = {point.sigma_w2:.4g}, σ_b² = {point.sigma_b2:.3g}: χ₁ = {at_point.chi_1:.4g} "
        f"({_phase(at_point)}), {q_star}, {depth}; {near}."
    ]


def table(experiment: Experiment) -> pd.DataFrame:
    """A row a place of the plane: sigma_w2, sigma_b2 and theory's numbers there."""
    grid = _plane(experiment)
    weights, biases = np.meshgrid(grid.sigma_w2, grid.sigma_b2)
    columns = {name: getattr(grid, name).ravel() for name in _NUMBERS}
    return pd.DataFrame({"sigma_w2": weights.ravel(), "sigma_b2": biases.ravel(), **columns})


def _plane_chart(experiment: Experiment, quantity: str) -> bytes:
    part, point = experiment.activation_part, _point(experiment)
    ends = extent(part, point)
    grid, theory = _plane(experiment), None
    values, columns, rows = None, grid.sigma_w2, grid.sigma_b2
    chi_1, q_star = grid.chi_1, grid.q_star
    if quantity == "survival":
        simulated = _survival(experiment)
        columns, rows, values = simulated.sigma_w2, simulated.sigma_b2, simulated.depth
        weights, biases = np.meshgrid(grid.sigma_w2, grid.sigma_b2)
        theory = grid.sigma_w2, grid.sigma_b2, survivals.expected(part, weights, biases, _second_moment(experiment))
        coarse = planes.phase_plane(part, columns, rows, _second_moment(experiment))
        chi_1, q_star = coarse.chi_1, coarse.q_star
    edge = edge_curve(part, *ends)
    chart = figures.phase_plane(
        columns,
        rows,
        getattr(grid, quantity) if values is None else values,
        quantity,
        extent=ends,
        chi_1=chi_1,
        q_star=q_star,
        edge=(edge.sigma_w2, edge.sigma_b2, edge.stable),
        point=None if point is None else (point.sigma_w2, point.sigma_b2),
        theory=theory,
        activation=experiment.activation,
    )
    return host.encode([chart], columns=1, fill=True)


def _maps(experiment: Experiment) -> bytes:
    theory = cache.theory(experiment)
    point = _point(experiment)
    shown = [] if point is None else [_length_chart(experiment, theory, point)]
    return host.encode([*shown, _correlation_chart(experiment, theory, point)], columns=2)


def _length_chart(experiment: Experiment, theory: MeanField, point: PhasePoint) -> figures.Figure:
    part, at_point = experiment.activation_part, theory.fixed_point
    assert at_point is not None
    walk = theory.q[:_WALK]
    walk = walk[np.isfinite(walk)]
    settled = at_point.q_star if at_point.q_star < math.inf else 0.0
    # of a signal that explodes the first steps are shown
    bound = max([_GROWTH * point.q_1, settled * 2, *walk[1:2]])
    walk = walk[walk <= bound]
    before, after = _measured(experiment, "second_moment")
    near = np.maximum(before, after) <= bound
    measured = before[near], after[near]
    high = max([*walk, *measured[0], *measured[1], settled])
    q = np.linspace(0.0, 1.15 * high if high > 0 else 1.0, 161)
    images = length_map(part, point.sigma_w2, point.sigma_b2, q)
    return figures.length_map(
        q, images, walk=cobweb(walk), measured=measured, q_star=at_point.q_star, slope=at_point.chi_parallel
    )


def _correlation_chart(experiment: Experiment, theory: MeanField, point: PhasePoint | None) -> figures.Figure:
    part = experiment.activation_part
    sigma_b2 = point.sigma_b2 if point is not None and point.sigma_b2 else _SOME
    places = [] if point is None else [("here", point.sigma_w2, point.sigma_b2)]
    places += [(phase, factor * _critical(part, sigma_b2), sigma_b2) for phase, factor in _FACTORS.items()]
    measured = None if point is None else _measured(experiment, "correlation")
    negative = measured is not None and len(measured[0]) and min(map(np.min, measured)) < -0.25
    c = np.linspace(-1.0 if negative else 0.0, 1.0, 41)
    lines = []
    for phase, weights, biases in places:
        start = weights * _second_moment(experiment) + biases
        at_point = theory.fixed_point if phase == "here" else fixed_point(part, weights, biases, start)
        assert at_point is not None
        name = phase if phase == "here" else _phase(at_point)
        image = correlation_map(part, weights, biases, at_point.q_star, c)
        lines.append((name, weights, at_point.chi_1, at_point.q_star, image))
    return figures.correlation_map(c, lines, sigma_b2=sigma_b2, measured=measured)


def _critical(activation: Activation, sigma_b2: float) -> float:
    """The critical sigma_w^2 at this sigma_b^2, a stable one if there is; elsewhere one that is typical."""
    points = sorted(edge_of_chaos(activation, sigma_b2), key=lambda point: not point.stable)
    if points:
        return points[0].sigma_w2
    left, right = activation.slopes_at_zero
    steepest = (left**2 + right**2) / 2 if activation.value_at_zero == 0 else activation.sup_derivative**2
    return 1 / steepest


def _phase(point: FixedPoint) -> str:
    """The phase in one word; a signal that dies out or grows for ever is in none."""
    if point.phase is Phase.CRITICAL or 0 < point.q_star < math.inf:
        return str(point.phase)
    return "exploding" if point.q_star else "vanishing"


def _edge_words(activation: Activation, sigma_b2: float) -> list[str]:
    """The critical sigma_w^2 at this sigma_b^2; without biases perhaps one where the signal dies out, q* = 0."""
    points = edge_of_chaos(activation, sigma_b2)
    words = [
        f"{each.sigma_w2:.4g}{'' if activation.homogeneous or each.stable else ' (q* unstable)'}" for each in points
    ]
    left, right = activation.slopes_at_zero
    if not words and sigma_b2 == 0 and activation.value_at_zero == 0:
        words.append(f"{2 / (left**2 + right**2):.4g} (q* = 0)")
    return words


def _measured(experiment: Experiment, statistic: str) -> tuple[planes.Floats, planes.Floats]:
    """Simulated pairs (layer l, layer l + 1) of a statistic of the preactivations, every seed."""
    values = cache.propagation(experiment).curves["preactivation", statistic][0][:, 1:]
    before, after = values[:, :-1].ravel(), values[:, 1:].ravel()
    known = np.isfinite(before) & np.isfinite(after)
    return before[known], after[known]


def _point(experiment: Experiment) -> PhasePoint | None:
    point = phase_point(experiment)
    return None if isinstance(point, str) else point


def _second_moment(experiment: Experiment) -> float:
    return experiment.inputs_part.moments(experiment.layer_widths[0]).second_moment


def _plane(experiment: Experiment) -> planes.PhasePlane:
    ends = extent(experiment.activation_part, _point(experiment))
    return cache.result(_theory, experiment.activation, *ends, _second_moment(experiment))


def _theory(activation: str, widest: float, tallest: float, second_moment: float) -> planes.PhasePlane:
    return planes.phase_plane(
        Activation.parse(activation), _middles(widest, _COLUMNS), _middles(tallest, _ROWS), second_moment
    )


def _survival(experiment: Experiment) -> survivals.Survival:
    widest, tallest = extent(experiment.activation_part, _point(experiment))
    return cache.result(
        _simulated,
        experiment.activation,
        widest,
        tallest,
        _second_moment(experiment),
        seconds=_SECONDS,
        text=f"Simulating {_COARSE[0] * _COARSE[1]} places of the plane",
    )


def _simulated(
    activation: str, widest: float, tallest: float, second_moment: float, progress: Progress | None
) -> survivals.Survival:
    columns, rows = (tuple(_middles(*side).tolist()) for side in ((widest, _COARSE[0]), (tallest, _COARSE[1])))
    return survivals.survival(Activation.parse(activation), columns, rows, second_moment, progress=progress)


def _middles(end: float, count: int) -> planes.Floats:
    """The middles of `count` equal parts of [0, end]."""
    return np.asarray((np.arange(count) + 0.5) * end / count)
