"""The charts of the page Compare, the tables behind them, and what they say."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from simulator import figures
from simulator.experiment import Experiment
from simulator.frames import concat
from simulator.network import Progress
from simulator.serving import limits
from simulator.settings import number_text
from simulator.studies import comparison
from simulator.studies import gain_sweep as gains
from simulator.studies import matrix as matrices
from simulator.studies.comparison import ComparedNetwork
from simulator.studies.direction import DECADES
from simulator.ui import cache, host

_SIZES = ("depth", "width", "batch", "seeds")
_LAYER_THEORY = 6e-5
"""Seconds of a predicted cell per layer, about."""

_DEEPEST_THEORY = 200

_PROFILES = {
    "signal": ("activation", "variance", "Activation variance"),
    "gradient": ("activation_gradient", "variance", "Gradient variance, dE/dx"),
}


def variants(experiment: Experiment, vary: str, compare: str) -> tuple[comparison.Variant, ...]:
    """The variants that a link names, or the usual ones."""
    return comparison.parse(compare) if compare else comparison.usual(experiment, vary)


def networks(experiment: Experiment, vary: str, compare: str) -> tuple[list[ComparedNetwork], list[str]]:
    """The networks side by side, and a sentence for each variant that is left out."""
    several = variants(experiment, vary, compare)
    seconds = max(limits.COMPARE_SECONDS, 2 * experiment.cost().seconds)
    return comparison.networks(experiment, several, seconds=seconds, bytes=limits.RUN_BYTES)


def overview(experiment: Experiment, vary: str, compare: str, along: str) -> bytes:
    """Signal and gradient of all networks."""
    return cache.payload(_overview, experiment, vary, compare, along)


def profile(
    experiment: Experiment, vary: str, compare: str, arrange: str, along: str, quantity: str, statistic: str
) -> bytes:
    """Any statistic of any quantity, in one chart or in a chart for each network."""
    return cache.payload(_profile, experiment, vary, compare, arrange, along, quantity, statistic)


def table(experiment: Experiment, vary: str, compare: str) -> pd.DataFrame:
    """Simulation and theory of all networks as one tidy table."""
    return _frame(networks(experiment, vary, compare)[0])


def matrix(experiment: Experiment, cells: str) -> matrices.Matrix:
    """Every activation with every init scheme, of networks as large as may be."""
    activations, schemes = matrices.activations(experiment), matrices.schemes(experiment)
    count = len(activations) * len(schemes)
    base = _base(experiment)
    if cells == "theory":
        text = f"Predicting {count} networks"
        if not base.widths:
            base = base.replace(depth=min(base.depth, _DEEPEST_THEORY))
        seconds = count * base.depth * _LAYER_THEORY
        return cache.result(_predicted, base, activations, schemes, seconds=seconds, text=text)
    small = matrices.affordable(base, count, seconds=limits.MATRIX_SECONDS)
    text = f"Simulating {count} networks"
    return cache.result(_simulated, small, activations, schemes, seconds=count * small.cost().seconds, text=text)


def matrix_charts(experiment: Experiment, cells: str) -> bytes:
    """The gradient's factor per layer and the last layer's variance, a cell a network."""
    return cache.payload(_matrix_charts, experiment, cells)


def matrix_facts(experiment: Experiment, cells: str) -> list[str]:
    """Say what the cells are, and how many of them a deep network survives."""
    grid = matrix(experiment, cells)
    shape = grid.experiment
    wanted = experiment.replace(seeds=1)
    smaller = _smaller(wanted, shape)
    how = "infinitely wide" if cells == "theory" else f"{shape.width:,} units wide"
    steps = np.array([[[shape.depth]], [[max(1, shape.depth - 1)]]])
    changes = np.abs(steps * np.stack([grid.gradient, grid.signal]))
    known = ~np.isnan(changes).any(axis=0)
    kept = (np.where(known, changes, math.inf) <= DECADES).all(axis=0)
    return [
        f"Cells: {grid.gradient.size} networks {how}, {shape.depth:,} layers deep, gain {number_text(shape.gain)}, "
        f"biases {shape.bias}"
        + (f", batch {shape.batch}, seed {shape.seed}, one network each" if cells != "theory" else "")
        + f"{smaller}.",
        f"Survivors: {kept.sum()} of {known.sum()} change neither signal nor gradient by more than a factor of "
        f"{10**DECADES:,.0f} over {shape.depth:,} layers.",
    ]


def sweep(experiment: Experiment) -> gains.GainSweep:
    """The experiment at many gains."""
    small = gains.affordable(experiment, seconds=limits.GAINS_SECONDS)
    text = f"Simulating {gains.POINTS} gains"
    return cache.result(gains.gain_sweep, small, seconds=gains.POINTS * small.cost().seconds, text=text)


def sweep_charts(experiment: Experiment) -> bytes:
    """Signal and gradient left at the end, by gain."""
    return cache.payload(_sweep_charts, experiment)


def sweep_facts(experiment: Experiment) -> list[str]:
    """The Goldilocks spot in numbers."""
    swept = sweep(experiment)
    shape, spot, saved = swept.experiment, swept.spot, swept.saved
    low, high = swept.gains[0], swept.gains[-1]
    sentences = [
        f"Sweep: {len(swept.gains)} gains from {low:.4g} to {high:.4g}, the same random numbers at each, "
        f"{shape.depth:,} layers, {_count(shape.seeds)}{_smaller(experiment, shape)}."
    ]
    if spot is None:
        return [
            *sentences,
            "Goldilocks spot: none, signal or gradient is exactly 0 or no number at each of these gains.",
        ]
    forward, backward = (f"{swept.forward[spot]:+.2g}", f"{swept.backward[spot]:+.2g}")
    sentences.append(
        f"Goldilocks spot: gain {swept.gains[spot]:.4g}, where the signal's variance changes by {forward} decades and "
        f"the gradient's by {backward}."
    )
    if saved is None:
        sentences.append(f"Width of the spot: none of these gains keeps both within a factor of {10**DECADES:,.0f}.")
    else:
        ends = " (and perhaps beyond)" if saved[0] == low or saved[1] == high else ""
        sentences.append(
            f"Width of the spot: both stay within a factor of {10**DECADES:,.0f} from gain {saved[0]:.4g} to "
            f"{saved[1]:.4g}{ends}; a deeper network usually leaves less room."
        )
    return sentences


def _overview(experiment: Experiment, vary: str, compare: str, along: str) -> bytes:
    several, _ = networks(experiment, vary, compare)
    frame = _frame(several, *(pair[:2] for pair in _PROFILES.values()))
    shown = [
        figures.overlay(frame, *pair, depths=_depths(several), relative=along == "depth", name=name, title=title)
        for name, (*pair, title) in _PROFILES.items()
    ]
    return host.encode(shown, columns=2)


def _profile(
    experiment: Experiment, vary: str, compare: str, arrange: str, along: str, quantity: str, statistic: str
) -> bytes:
    several, _ = networks(experiment, vary, compare)
    frame, depths, relative = _frame(several, (quantity, statistic)), _depths(several), along == "depth"
    if arrange == "multiples":
        shown = figures.multiples(frame, quantity, statistic, depths=depths, relative=relative)
        return host.encode(shown, columns=min(3, len(shown)))
    return host.encode(
        [figures.overlay(frame, quantity, statistic, depths=depths, relative=relative, name="profile")], columns=1
    )


def _frame(several: list[ComparedNetwork], *only: tuple[str, str]) -> pd.DataFrame:
    return concat(
        *(
            result.to_frame(label=network.label, only=only or None)
            for network in several
            for result in (cache.propagation(network.experiment), cache.theory(network.experiment))
        )
    )


def _depths(several: list[ComparedNetwork]) -> dict[str, int]:
    return {network.label: network.experiment.depth for network in several}


def _base(experiment: Experiment) -> Experiment:
    """The experiment as far as a matrix depends on it: without activation and scheme, of which it has every one."""
    return experiment.replace(activation=Experiment().activation, init=Experiment().init, seeds=1, engine="auto")


def _simulated(
    experiment: Experiment, activations: tuple[str, ...], schemes: tuple[str, ...], progress: Progress | None
) -> matrices.Matrix:
    return matrices.matrix(experiment, activations, schemes, progress=progress)


def _predicted(
    experiment: Experiment, activations: tuple[str, ...], schemes: tuple[str, ...], progress: Progress | None
) -> matrices.Matrix:
    return matrices.matrix(experiment, activations, schemes, theory=True, progress=progress)


def _matrix_charts(experiment: Experiment, cells: str) -> bytes:
    grid = matrix(experiment, cells)
    shown = [
        figures.cell_matrix(
            values,
            kind,
            activations=grid.activations,
            schemes=grid.schemes,
            own=(experiment.activation, experiment.init),
            theory=cells == "theory",
        )
        for kind, values in (("gradient", grid.gradient), ("last", grid.last))
    ]
    return host.encode(shown, columns=2)


def _sweep_charts(experiment: Experiment) -> bytes:
    swept = sweep(experiment)
    spot = swept.spot
    chart = figures.gain_survival(
        swept.gains,
        {"forward": swept.forward, "backward": swept.backward},
        theory={"forward": swept.theory_forward, "backward": swept.theory_backward},
        present=experiment.gain,
        spot=None if spot is None else float(swept.gains[spot]),
        saved=swept.saved,
    )
    return host.encode([chart], columns=1)


def _smaller(wanted: Experiment, shape: Experiment) -> str:
    """Say what was made smaller so that all take little time."""
    changed = [
        f"{name} {getattr(shape, name):,} in place of {getattr(wanted, name):,}"
        for name in _SIZES
        if getattr(shape, name) != getattr(wanted, name)
    ]
    return f" ({', '.join(changed)}, for speed)" if changed else ""


def _count(seeds: int) -> str:
    return "one network" if seeds == 1 else f"medians of {seeds} networks"
