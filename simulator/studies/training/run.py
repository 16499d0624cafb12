"""A training run that advances in slices, so that a screen can draw, and others be served, in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator import threads
from simulator.experiment import Experiment
from simulator.settings import SettingError
from simulator.studies.training.data import Dataset, digits, minibatches, split
from simulator.studies.training.networks import Networks, weight_views
from simulator.studies.training.plan import MOMENTS, SERIES, Training
from simulator.studies.training.record import Record
from simulator.studies.training.stack import Passed
from simulator.studies.training.symmetry import different_rows, ranks
from simulator.weights import Role, stream

Array = NDArray[np.floating[Any]]
Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]

PROBED = 256
"""At most so many rows of either part are measured on."""

POPULATION = 2048
"""At most so many rows that are learnt from give batch norm its statistics for rows held out."""

SHOWN_UNITS = 16
_BLOCK = 2**15
_COUNTS = 12
"""About how many times ranks are counted, which costs more than all else that is measured."""


class Run:
    """Several networks, one a scheme or a wiring, on the same minibatches in the same order; raises SettingError.

    `dtype` is single precision as on a graphics card; a network whose numbers leave it becomes NaN and stays so.
    Rows held out are judged by batch norm's statistics of the rows that are learnt from, which are a population's and
    no running averages (Ioffe & Szegedy 2015, algorithm 2); the measured part of the latter by its own. Units are
    dropped in steps alone: what is measured is the whole network.
    """

    def __init__(
        self,
        experiment: Experiment,
        training: Training | None = None,
        data: Dataset | None = None,
        *,
        dtype: type[np.floating[Any]] = np.float32,
    ) -> None:
        self.experiment, self.training = experiment, training or Training()
        self.data = data or digits()
        refused = self.training.refusal(experiment, self.data)
        if refused is not None:
            raise SettingError(refused)
        starts, widths = self.training.networks(experiment, self.data), self.training.widths(self.data)
        self.parts = split(self.data, experiment.seed, standardize=self.training.standardize == "on", dtype=dtype)
        self.networks = Networks(starts, dtype, widths)
        self.networks.settle(self.parts.inputs[:PROBED])
        self.done, self.total = 0, self.training.steps(self.data)
        self.loss = self.training.loss_part(self.data)
        self._initial = self.networks.params.copy()
        count, size = self.networks.params.shape
        start, rate, width = self.training.optimizer_part.start, self.training.learning_rate, max(1, _BLOCK // count)
        # In blocks that fit a core's cache: an optimizer reads its numbers several times.
        self._blocks = [
            (slice(first, first + width), start((count, min(width, size - first)), dtype, rate))
            for first in range(0, size, width)
        ]
        self._steps_taken: list[Array] = [np.full((count, size), np.nan, dtype)]
        batch = self.training.batch(self.data)
        self._order = minibatches(len(self.parts.inputs), batch, experiment.seed)
        self._dropout = stream(experiment.seed, Role.DROPOUT)
        self._every = max(1, self.total // MOMENTS)
        self._steps: list[int] = []
        self._ends: list[Floats] = []
        self._series: list[Floats] = []
        self._pictures: list[Array] = []
        self._counted: tuple[int, Any, Any] = (-1, None, None)
        with threads.computing():
            self.measure()

    @property
    def finished(self) -> bool:
        """Whether every step is done."""
        return self.done >= self.total

    def step(self) -> None:
        """One step on one minibatch."""
        rows = next(self._order)
        with np.errstate(all="ignore"):  # what explodes becomes NaN, and is shown as such
            self.networks.descend(self.parts.inputs[rows], self.parts.targets[rows], self.loss, self._dropout)
            self._steps_taken = []
            for block, update in self._blocks:
                step = update(self.networks.gradients[:, block])
                self.networks.params[:, block] -= step
                self._steps_taken.append(step)
        self.done += 1

    def advance(self, seconds: float) -> None:
        """Train for about so many seconds, at least one step, measuring on the way."""
        end = time.perf_counter() + seconds
        # Products this small are slower in several threads, which wait for one another by spinning.
        with threads.computing():
            while not self.finished:
                self.step()
                if self.done % self._every == 0 or self.finished:
                    self.measure()
                if time.perf_counter() >= end:
                    return

    def record(self) -> Record:
        """The measurements so far."""
        ends = np.stack(self._ends, axis=-1)  # (2, 2, K, E)
        series = np.stack(self._series, axis=1)  # (quantities, E, K, L)
        if self._counted[0] != self.done and (self.finished or self._counted[0] < 0):
            self._count()
        _, rank, units = self._counted
        return Record(
            self.training.labels(self.experiment),
            self.experiment.seed,
            self.total,
            self.networks.layer_widths,
            np.array(self._steps, dtype=np.int64),
            ends[0],
            ends[1],
            dict(zip(SERIES, series, strict=True)),
            np.stack(self._pictures).astype(np.float64) if self._pictures else None,
            rank,
            units,
            self.loss.even(self.networks.layer_widths[-1]),
        )

    def measure(self) -> None:
        """Record what the networks are now."""
        with np.errstate(all="ignore"):
            ends = np.full((2, 2, len(self.networks.params)), np.nan)
            for part, (inputs, targets) in enumerate(
                ((self.parts.inputs, self.parts.targets), (self.parts.held_inputs, self.parts.held_targets))
            ):
                inputs, targets = inputs[:PROBED], targets[:PROBED]
                if part == 0:
                    passed = self.networks.descend(inputs, targets, self.loss)
                    outputs = np.concatenate([stack.outputs for stack in passed])
                else:
                    outputs = self.networks.outputs(inputs, self.parts.inputs[:POPULATION])
                ends[0, part] = self.loss.value(outputs.astype(np.float64), targets.astype(np.float64))
                if self.data.classes:
                    right = outputs.argmax(axis=-1) == targets.argmax(axis=-1)
                    ends[1, part] = np.where(np.isfinite(ends[0, part]), right.mean(axis=-1), np.nan)
            self._ends.append(ends)
            self._series.append(self._by_layer(passed))
        self._steps.append(self.done)
        if self.data.picture is not None:
            self._pictures.append(self.networks.weights[0][:, :SHOWN_UNITS].copy())
        if len(self._steps) % max(1, MOMENTS // _COUNTS) == 1:
            self._count()

    def _by_layer(self, stacks: list[Passed]) -> Floats:
        """Every pair of SERIES for every network and layer: (quantities, K, L)."""
        networks, depth = self.networks, self.networks.depth
        values = np.full((len(SERIES), len(networks.params), depth), np.nan)
        steps = weight_views(np.concatenate(self._steps_taken, axis=1), networks.layer_widths)
        for layer in range(depth):
            values[0, :, layer] = _variance(networks.weight_gradients()[layer])
            size = _norm(networks.weights[layer])
            values[4, :, layer] = np.divide(_norm(steps[layer]), size, out=np.full_like(size, np.nan), where=size > 0)
            for stack, passed in zip(networks.stacks, stacks, strict=True):
                values[1, passed.rows, layer] = _variance(passed.deltas[layer])
                if layer == depth - 1:  # the outputs are linear
                    values[2, passed.rows, layer] = _variance(passed.outputs)
                    continue
                values[2, passed.rows, layer] = _variance(passed.inputs[layer + 1])
                h = passed.met[layer]
                flat = stack.met_by[layer].saturated(h, self.experiment.saturation).mean(axis=(1, 2))
                values[3, passed.rows, layer] = np.where(np.isfinite(h).all(axis=(1, 2)), flat, np.nan)
        return values

    def _count(self) -> None:
        before = weight_views(self._initial, self.networks.layer_widths)
        with np.errstate(all="ignore"):
            pairs = list(zip(self.networks.weights, before, strict=True))
            rank = np.stack([ranks(now - then) for now, then in pairs], axis=1)
            units = np.stack([different_rows(now) for now, _ in pairs], axis=1)
        self._counted = self.done, rank, units


def train(
    experiment: Experiment,
    training: Training | None = None,
    data: Dataset | None = None,
    *,
    progress: Progress | None = None,
) -> Record:
    """Train to the end, on the digits unless other data are given; raises SettingError for settings that do not fit."""
    run = Run(experiment, training, data)
    while not run.finished:
        run.advance(0.1)
        if progress is not None:
            progress(run.done, run.total)
    return run.record()


def _variance(values: Array) -> Floats:
    """Pooled over all but the networks' axis, in double precision."""
    rows = values.reshape(len(values), -1).astype(np.float64)
    return np.asarray(rows.var(axis=1))


def _norm(values: Array) -> Floats:
    rows = values.reshape(len(values), -1).astype(np.float64)
    return np.asarray(np.sqrt(np.einsum("ki,ki->k", rows, rows)))
