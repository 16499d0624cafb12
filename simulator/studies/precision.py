"""The same network as each number format would run it: where values overflow, become 0, or round to a limit."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator import frames
from simulator.activations import Activation
from simulator.curves import Curve, Curves
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.network import Progress, run
from simulator.scaled import Array, Floats, Scaled
from simulator.statistics import Sample
from simulator.studies.formats import FORMATS, Format, limits
from simulator.studies.propagation import draw_inputs, lasting_gains
from simulator.studies.rounded import passes
from simulator.studies.thresholds import at_limit, rounds_from
from simulator.theory.mean_field import MeanField, mean_field
from simulator.weights import Dense, Role, stream

MOST_WIDTH = 1024
MOST_WEIGHTS = 20_000_000
MOST_VALUES = 2**22
"""Bounds of what is run: units a layer, weights, and numbers of a batch in all layers."""

STATISTICS = {
    "largest": "the largest absolute value",
    "rms": "the root mean square",
    "overflowed_fraction": "the fraction of values that are infinite or NaN",
    "square_overflowed_fraction": "the fraction of values whose square is infinite or NaN",
    "underflowed_fraction": "of the values not 0 in exact arithmetic, the fraction that are; up to the first overflow",
    "rounded_fraction": "the fraction of activations that are exactly a limit of φ other than 0",
}
"""The statistics measured of every quantity at every layer, in words."""

EVENTS = {
    "overflow": "some h is infinite or NaN",
    "square_overflow": "some h² is infinite or NaN, and with it a variance",
    "rounded": "some x is exactly a limit of φ",
    "vanished": "every h is exactly 0",
    "gradient_overflow": "some ∂E/∂h is infinite or NaN",
    "gradient_vanished": "every ∂E/∂h is exactly 0",
}
"""The fates of a network in a format; those of gradients are met from the output down."""

_H, _DH = "preactivation", "preactivation_gradient"


@dataclass(frozen=True)
class Precision(Displayed):
    """One network, that of the first seed, in every format.

    `experiment` is what was run: no wider and no larger than the bounds. `curves[format]` holds (value, log10),
    each (1, L + 1) by layer 0..L, for each (quantity, statistic): missing where nothing is defined or finite.
    """

    asked: Experiment
    experiment: Experiment
    curves: Mapping[str, Curves] = field(repr=False)

    @property
    def reduced(self) -> bool:
        """Whether the network is smaller than the one asked for."""
        same = self.experiment.layer_widths == self.asked.layer_widths
        return not same or self.experiment.batch != self.asked.batch

    @cached_property
    def theory(self) -> MeanField:
        return mean_field(self.experiment)

    @cached_property
    def expected(self) -> dict[str, Floats]:
        """log10 of the largest value that theory expects, (L + 1,): sqrt(2 ln(n B)) root mean squares; -inf for 0.

        Of nothing, where there is no theory.
        """
        widths, predicted = self.experiment.layer_widths, {}
        for quantity in (_H, _DH) if self.theory.curves else ():
            log10 = 0.5 * self.theory.curves[quantity, "second_moment"][1][0]
            count = np.array(widths) * float(self.experiment.batch)
            predicted[quantity] = np.where(np.isnan(log10), -np.inf, log10) + np.log10(_normal_maximum(count))
        return predicted

    def measured(self, name: str, event: str) -> int | None:
        """The layer of the format `name` at which an event is first met, None if it is not."""
        quantity = _DH if event.startswith("gradient") else "activation" if event == "rounded" else _H
        if event == "rounded" and not _has_limit(self.experiment.activation_parts):
            return None
        kind = event.removeprefix("gradient_")
        statistic = kind.replace("overflow", "overflowed").replace("vanished", "underflowed") + "_fraction"
        fractions = np.nan_to_num(self.curves[name][quantity, statistic][0][0])
        return _first(fractions >= 1 if kind == "vanished" else fractions > 0, quantity)

    def predicted(self, name: str, event: str) -> int | None:
        """The layer at which theory expects it, None if nowhere; raises KeyError where there is no theory."""
        kind, parts = FORMATS[name], self.experiment.activation_parts
        if event == "rounded":
            starts = [_log10(rounds_from(name, part)) for part in parts]
            return _first(self.expected[_H] >= np.array([math.nan, *starts]), _H)
        quantity = _DH if event.startswith("gradient") else _H
        if event.endswith("overflow"):
            # A square is beyond the range from its root on.
            largest = math.log10(kind.largest) * (0.5 if event == "square_overflow" else 1)
            met = self.expected[quantity] > largest
            start = self.predicted(name, "overflow") if quantity == _DH else None
            if start is not None:
                # NaN on the way up has no slope on the way down, unless that is a mask.
                met[start:] |= [any(part.slopes_at_infinity) and not part.homogeneous for part in parts[start - 1 :]]
            return _first(met, quantity)
        expected = self.expected[quantity]
        return _first((expected < _log10(kind.smallest) - math.log10(2)) & np.isfinite(expected), quantity)

    def to_frame(self, label: str = "", only: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """The tidy table, labelled by format; theory's expected largest values are labelled "expected"."""
        layers, start = range(self.experiment.depth + 1), f"{label} " if label else ""
        made = [
            frames.tidy(start + name, frames.SIMULATION, (self.experiment.seed,), layers, frames.chosen(curves, only))
            for name, curves in self.curves.items()
        ]
        for quantity, log10 in self.expected.items():
            logs = np.where(np.isfinite(log10), log10, np.nan)[None]
            theory = frames.chosen({(quantity, "largest"): Curve.of_log10(logs)}, only)
            made.append(frames.tidy(f"{start}expected", frames.THEORY, (frames.NO_SEED,), layers, theory))
        return frames.concat(*made)


def precision(experiment: Experiment, progress: Progress | None = None) -> Precision:
    """Run the first seed's network, weights, batch and top gradient as the dense engine draws them, in every format."""
    small = within(experiment)
    seed, widths = small.seed, small.layer_widths
    layers = range(1, small.depth + 1)
    weights = [
        small.init_at(layer).sample(stream(seed, Role.WEIGHT, layer), widths[layer], widths[layer - 1])
        for layer in layers
    ]
    parts, law = small.activation_parts, small.bias_part
    biases = [
        None if law.is_zero else law.sample(stream(seed, Role.BIAS, layer), widths[layer], widths[layer - 1])
        for layer in layers
    ]
    inputs = draw_inputs(small, (seed,))[0]
    top = stream(seed, Role.TOP_GRADIENT).standard_normal((small.batch, widths[-1]))
    gains = lasting_gains(small)
    nonzero = _nonzero(small, gains, weights, biases, inputs, top)
    made: dict[str, Curves] = {}
    for done, kind in enumerate(FORMATS.values(), 1):
        measured = _Measured(small, kind, nonzero)
        for layer, quantity, values in passes(kind, parts, weights, biases, inputs, top, gains):
            measured.measure(layer, quantity, values)
        made[kind.name] = measured.curves
        if progress is not None:
            progress(done, len(FORMATS))
    return Precision(experiment, small, made)


def within(experiment: Experiment) -> Experiment:
    """One dense network of plain layers within the bounds: narrower first, then fewer examples; depth is kept."""
    widths = [min(width, MOST_WIDTH) for width in experiment.layer_widths]
    while sum(a * b for a, b in pairwise(widths)) > MOST_WEIGHTS:
        widths = [(width + 1) // 2 for width in widths]
    batch = max(1, min(experiment.batch, MOST_VALUES // sum(widths)))
    return experiment.bare().replace(seeds=1, engine="dense", batch=batch, widths="-".join(map(str, widths)))


def seconds(experiment: Experiment) -> float:
    """About how long `precision` takes: the exact run and one more for each format."""
    return (1 + len(FORMATS)) * within(experiment).cost().seconds


class _Measured:
    """The statistics of every layer in one format, filled as the passes go."""

    def __init__(
        self, experiment: Experiment, kind: Format, nonzero: Mapping[tuple[int, str], NDArray[np.bool_]]
    ) -> None:
        self.kind, self.parts, self.nonzero = kind, experiment.activation_parts, nonzero
        # A 0 after an infinity, or behind a mask whose sign rounding has turned, is no underflow.
        self.sound, self.masked = True, dict[int, NDArray[np.bool_]]()
        names = ("largest", "rms", "overflowed_fraction", "underflowed_fraction")
        pairs = [(q, name) for q in (_H, "activation", _DH, "activation_gradient") for name in names]
        pairs.append((_H, "square_overflowed_fraction"))
        if _has_limit(experiment.activation_parts):
            pairs.append(("activation", "rounded_fraction"))
        self.curves = {pair: Curve(_missing(experiment), _missing(experiment)) for pair in pairs}

    def measure(self, layer: int, quantity: str, values: Array) -> None:
        finite = np.isfinite(values)
        self._put(layer, quantity, "overflowed_fraction", 1 - np.count_nonzero(finite) / values.size)
        self.sound = self.sound and bool(finite.all())
        part = self.parts[max(layer, 1) - 1]
        if quantity == _H:
            with np.errstate(all="ignore"):
                squares = self.kind.round(values * values)
            share = 1 - np.count_nonzero(np.isfinite(squares)) / values.size
            self._put(layer, quantity, "square_overflowed_fraction", share)
        if quantity == _H and part.homogeneous and not part.slopes_at_infinity[0]:
            self.masked[layer] = values < 0
        if self.sound:
            known = self.nonzero[layer, quantity]
            if quantity in ("activation", _DH) and layer in self.masked:
                known = known & ~self.masked[layer]
            count = np.count_nonzero(known)
            lost = np.count_nonzero(known & (values == 0))
            self._put(layer, quantity, "underflowed_fraction", lost / count if count else 0.0)
        if (quantity, "rounded_fraction") in self.curves and layer and _has_limit([part]):
            rounded = np.count_nonzero(at_limit(self.kind, part, values)) / values.size
            self._put(layer, quantity, "rounded_fraction", rounded)
        if finite.all():
            largest = float(np.max(np.abs(values)))
            with np.errstate(under="ignore"):
                ratios = values.astype(np.float64) / (largest or 1.0)
                rms = math.sqrt(float(np.mean(ratios * ratios)))
            self._put(layer, quantity, "largest", largest, _log10(largest))
            self._put(layer, quantity, "rms", rms * largest, _log10(rms) + _log10(largest))

    def _put(self, layer: int, quantity: str, statistic: str, value: float, log10: float | None = None) -> None:
        values, logs = self.curves[quantity, statistic]
        log10 = _log10(value) if log10 is None else log10
        values[0, layer], logs[0, layer] = value, log10 if math.isfinite(log10) else math.nan


def _nonzero(
    experiment: Experiment,
    gains: Sequence[float],
    weights: Sequence[Floats],
    biases: Sequence[Floats | None],
    inputs: Floats,
    top: Floats,
) -> dict[tuple[int, str], NDArray[np.bool_]]:
    """Which values are not 0 where nothing ever overflows or underflows: (B, N) by layer and quantity."""
    masks: dict[tuple[int, str], NDArray[np.bool_]] = {}

    def observe(layer: int, quantity: str, sample: Sample) -> None:
        if isinstance(sample, Scaled):
            masks[layer, quantity] = sample.values[0] != 0

    layers = [
        Dense(weight[None].view, gain=gain, bias=None if bias is None else Scaled(bias[None, None]))
        for weight, gain, bias in zip(weights, gains, biases, strict=True)
    ]
    run(layers, experiment.activation_parts, Scaled(inputs[None]), Scaled(top[None]), observe)
    return masks


def _first(met: NDArray[np.bool_], quantity: str) -> int | None:
    """The first layer in the direction in which the quantity travels."""
    layers = np.flatnonzero(met[1:]) + 1
    return None if not layers.size else int(layers[-1] if quantity == _DH else layers[0])


def _has_limit(activations: Iterable[Activation]) -> bool:
    return any(end == end for activation in activations for end in limits(activation))


def _normal_maximum(count: Floats) -> Floats:
    """About the largest of `count` independent |N(0, 1)|."""
    return np.asarray(np.sqrt(2 * np.log(np.maximum(count, 2.0))))


def _missing(experiment: Experiment) -> Floats:
    return np.full((1, experiment.depth + 1), np.nan)


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else math.nan if value != value else -math.inf
