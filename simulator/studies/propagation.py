"""One forward and one backward pass: every statistic of every layer and seed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, overload, runtime_checkable

import numpy as np
import pandas as pd

from simulator import frames, threads
from simulator.activations import Activation
from simulator.curves import SIMULATION, Curve, Curves, Series, lines
from simulator.display import Displayed
from simulator.dropout import dropouts
from simulator.experiment import Experiment
from simulator.network import Observer, Progress, Top, run
from simulator.scaled import Exponents, Floats, Scaled
from simulator.settings import SettingError
from simulator.statistics import STATISTICS, Result, Sample, pairs
from simulator.studies.verdict import Outcome, Verdict, judge
from simulator.values import check_kind
from simulator.weights import Role, layers, precision, stream

ObserverOf = Callable[[int, int], Observer]

_QUICK = 1.0
"""Seconds that dense weights may take where no others are asked for."""


@dataclass(frozen=True)
class Propagation(Displayed):
    """Every per-layer statistic of the networks with seeds `experiment.seed` .. + `experiment.seeds` - 1.

    `curves[quantity, statistic]` is (value, log10), each (seeds, L + 1) by layer 0..L, NaN where nothing is
    defined; `value` is NaN and `log10` right where a number lies outside the double range.
    """

    experiment: Experiment
    curves: Curves = field(repr=False)

    @property
    def seeds(self) -> range:
        return range(self.experiment.seed, self.experiment.seed + self.experiment.seeds)

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict: what happened to signal and gradient, why, and what would help."""
        return judge(self.experiment, self.curves)

    @property
    def outcome(self) -> Outcome:
        """The outcome, as one of a few; its value is the sentence."""
        return self.verdict.outcome

    def lines(self, quantity: str, statistic: str, label: str = "") -> list[Series]:
        """A statistic by layer as figures take it, without a table in between."""
        return list(lines(self.curves, (quantity, statistic), SIMULATION, self.seeds, label))

    def to_frame(self, label: str = "", only: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """The tidy table, a row per seed, layer, quantity and statistic; of some (quantity, statistic) if asked."""
        depth = len(self.experiment.layer_widths) - 1
        return frames.tidy(label, frames.SIMULATION, self.seeds, range(depth + 1), frames.chosen(self.curves, only))


@runtime_checkable
class Propagates(Protocol):
    """A network of one's own: it takes its inputs along."""

    def propagate(self, inputs: Any) -> Any: ...


@overload
def propagate(experiment: Experiment, *, progress: Progress | None = None) -> Propagation: ...


@overload
def propagate(experiment: Propagates, inputs: Any) -> Any: ...


def propagate(
    experiment: Experiment | Propagates, inputs: Any = None, *, progress: Progress | None = None
) -> Propagation | Any:
    """Simulate the experiment's networks; raises SettingError, with the nearest that fits, if memory would not do.

    The backward pass starts from dE/dx_L drawn N(0, 1) per unit and example, independent of the forward pass, or
    from the gradient of the experiment's loss; where that is not a number, the gradients' statistics are missing.
    `progress(done, total)` is called after every layer of either pass. A Network of given weights takes its `inputs`
    (batch, n_0) along, and gives a Trace.
    """
    if isinstance(experiment, Propagates):
        return experiment.propagate(inputs)
    if inputs is not None:
        raise SettingError("propagate.inputs go with a Network; an experiment's are its setting inputs.")
    check_kind(experiment, Experiment, "propagate.experiment")
    refused = experiment.refusal()
    if refused is not None:
        raise SettingError(refused[0])
    table = Measurements(experiment.activation_parts, experiment.seeds, len(experiment.layer_widths))
    walk(experiment, table.observer, progress)
    return Propagation(experiment, table.curves())


def walk(
    experiment: Experiment, observer: ObserverOf, progress: Progress | None = None, *, backward: bool = True
) -> None:
    """Run all networks of the experiment, some at a time, both passes or the first one alone.

    `observer(first, last)` makes each group's observer.
    """
    n_seeds, size = experiment.seeds, experiment.group_size
    groups = [(first, min(first + size, n_seeds)) for first in range(0, n_seeds, size)]
    steps = (1 + backward) * (len(experiment.layer_widths) - 1)

    def run_group(group: tuple[int, int], pool: Executor | None, report: Progress) -> None:
        seeds = range(experiment.seed + group[0], experiment.seed + group[1])
        _run(experiment, seeds, observer(*group), pool, report, backward=backward)

    threads.share(experiment, groups, run_group, progress and (lambda done: progress(done, steps * n_seeds)))


def lasting_gains(experiment: Experiment) -> tuple[float, ...]:
    """The gain of each layer 1..L, which under LSUV counts what the first network's weights are divided by.

    Of that network's dense weights, unless these take long.
    """
    if experiment.lsuv == "off":
        return experiment.gain_values
    one = experiment.replace(seeds=1)
    dense = one.replace(engine="dense")
    one = dense if dense.cost().seconds <= _QUICK and dense.refusal() is None else one
    with threads.products_in_one_thread():
        divisors = _run(one, (one.seed,), lambda layer, quantity, sample: None, backward=False)
    sizes = [1.0 if by is None else float(by.plain()[0, 0, 0]) for by in divisors]
    return tuple(gain / size for gain, size in zip(one.gain_values, sizes, strict=True))


def _run(
    experiment: Experiment,
    seeds: Sequence[int],
    observer: Observer,
    pool: Executor | None = None,
    progress: Progress | None = None,
    *,
    backward: bool = True,
) -> list[Scaled | None]:
    """Both passes of the networks with these seeds, or the first alone; what LSUV divided each layer by."""
    return run(
        layers(experiment, seeds, pool),
        experiment.activation_parts,
        Scaled.of(draw_inputs(experiment, seeds), precision(experiment)),
        _top_gradient(experiment, seeds) if backward else None,
        observer,
        normalization=experiment.normalization_part,
        residual=experiment.residual_part,
        dropout=dropouts(experiment, lambda layer: [stream(seed, Role.DROPOUT, layer) for seed in seeds]),
        unit_variance=experiment.lsuv == "on",
        saturation=experiment.saturation,
        progress=progress,
    )


class Measurements:
    """Mantissas and exponents of every statistic of some networks, filled as their passes go."""

    def __init__(self, activations: Sequence[Activation], networks: int, layers: int) -> None:
        shape = (networks, layers)
        self._filled = {pair: (np.full(shape, np.nan), np.zeros(shape, dtype=np.int64)) for pair in pairs(activations)}

    def observer(self, first: int, last: int) -> Observer:
        wanted: dict[str, list[tuple[Callable[[Sample], Result], Floats, Exponents]]] = {}
        for (quantity, name), (mantissas, exponents) in self._filled.items():
            wanted.setdefault(quantity, []).append((STATISTICS[name].measure, mantissas, exponents))

        def observe(layer: int, quantity: str, sample: Sample) -> None:
            for measure, mantissas, exponents in wanted[quantity]:
                measured = measure(sample)
                if measured is not None:
                    mantissas[first:last, layer], exponents[first:last, layer] = measured

        return observe

    def curves(self) -> dict[tuple[str, str], Curve]:
        return {pair: Curve.of_scaled(*numbers) for pair, numbers in self._filled.items()}


def draw_inputs(experiment: Experiment, seeds: Sequence[int]) -> Floats:
    """The input batches, (S, B, n_0)."""
    law, batch, width = experiment.inputs_part, experiment.batch, experiment.layer_widths[0]
    return np.stack([law.sample(stream(seed, Role.INPUTS), batch, width) for seed in seeds])


def _top_gradient(experiment: Experiment, seeds: Sequence[int]) -> Scaled | Top:
    """dE/dx_L: drawn, or that of the loss with targets drawn for each network."""
    shape, loss = (experiment.batch, experiment.layer_widths[-1]), experiment.loss_part
    if loss.trains:
        targets = np.stack([loss.draw(stream(seed, Role.TARGETS), *shape) for seed in seeds])
        return lambda outputs: loss.scaled_gradient(outputs, targets)
    dtype = precision(experiment)
    return Scaled(np.stack([stream(seed, Role.TOP_GRADIENT).standard_normal(shape, dtype=dtype) for seed in seeds]))
