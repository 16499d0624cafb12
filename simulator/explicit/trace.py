"""Every array of one explicit network's passes, and what they come to: table, verdict, chart, theory."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from simulator import frames
from simulator.curves import Curves
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.figures import layer_profile
from simulator.figures.figure import Figure
from simulator.part_text import by_layer
from simulator.probing import nearest, recognized
from simulator.probing.points import Point, Weights
from simulator.probing.verdict import ProbeVerdict, judged
from simulator.scaled import Floats, Scaled
from simulator.settings import SettingError
from simulator.statistics import Sample, WeightGradient
from simulator.studies.advice import Advice
from simulator.studies.propagation import Measurements
from simulator.theory.mean_field import MeanField

if TYPE_CHECKING:
    from simulator.explicit import Network


class Trace(Displayed):
    """Every array of one explicit network's passes, by layer number, and every statistic of them.

    `preactivations[l]`, `preactivation_gradients[l]` (dE/dh_l), `weight_gradients[l]` and `bias_gradients[l]`
    (summed over the batch) exist for l = 1..L, `activations[l]` and `activation_gradients[l]` (dE/dx_l) for
    l = 0..L. Arrays are (batch, n_l), (n_l, n_{l-1}) and (n_l,). `curves` are those of an experiment, of one network.
    """

    def __init__(self, network: Network) -> None:
        self.network = network
        self.preactivations: dict[int, Floats] = {}
        self.activations: dict[int, Floats] = {}
        self.preactivation_gradients: dict[int, Floats] = {}
        self.activation_gradients: dict[int, Floats] = {}
        self.weight_gradients: dict[int, Floats] = {}
        self.bias_gradients: dict[int, Floats] = {}
        self._measurements = Measurements(network.activations, 1, len(network.weights) + 1)
        self._measure = self._measurements.observer(0, 1)

    def observe(self, layer: int, quantity: str, sample: Sample) -> None:
        self._measure(layer, quantity, sample)
        if isinstance(sample, WeightGradient):
            # G (fan_out, fan_in) carries the two factors' exponents.
            self.weight_gradients[layer] = Scaled(sample.values, sample.exponent).plain()[0]
            self.bias_gradients[layer] = sample.upstream.plain()[0].sum(axis=0)
        else:
            getattr(self, f"{quantity}s")[layer] = sample.plain()[0]

    @cached_property
    def curves(self) -> Curves:
        """(quantity, statistic) -> (value, log10), each (1, L + 1) by layer 0..L, NaN where nothing is defined."""
        return self._measurements.curves()

    @property
    def depth(self) -> int:
        return len(self.network.weights)

    def to_frame(self, label: str = "", only: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """The tidy table of an experiment; its seed is that of no draw, -1."""
        chosen = frames.chosen(self.curves, only)
        return frames.tidy(label, frames.SIMULATION, [frames.NO_SEED], range(self.depth + 1), chosen)

    @cached_property
    def verdict(self) -> ProbeVerdict:
        """The verdict: what happened to signal and gradient, at which layer, and what would help."""
        phis = self.network.activations
        points = [Point("the input", "input"), *(Point(f"layer {at}", str(phi)) for at, phi in enumerate(phis, 1))]
        return judged(self.curves, points, self.weights, list(phis), self._advice, noun="layer")

    def chart(self, quantity: str = "activation", statistic: str = "variance", *, theory: bool = True) -> Figure:
        """A statistic from layer to layer, beside theory where there is one."""
        if (quantity, statistic) not in self.curves:
            raise SettingError(f"This network has no {statistic} of {quantity}.")
        frame = self.to_frame("", {(quantity, statistic)})
        if theory and self.theory is not None:
            frame = frames.concat(frame, self.theory.to_frame())
        return layer_profile(frame, quantity, statistic)

    @property
    def weights(self) -> list[Weights]:
        """The law that shows in every layer's weights and biases."""
        network = self.network
        pairs = zip(network.weights, network.biases, strict=True)
        return [Weights.of(f"layer {at}", "linear", *pair) for at, pair in enumerate(pairs, 1)]

    @cached_property
    def _near(self) -> Experiment | None:
        network, start = self.network, self.activations[0]
        rows = self.weights
        try:
            return Experiment(
                activations=by_layer(map(str, network.activations)),
                widths="-".join(map(str, [len(start[0]), *map(len, network.weights)])),
                inits=by_layer(recognized.schemes(rows)),
                bias=recognized.bias(rows),
                normalization=str(network.normalization),
                residual=str(network.residual),
                inputs=f"gaussian(mean={start.mean():.4g}, std={start.std():.4g})",
                batch=len(start),
            )
        except SettingError:
            return None

    def nearest_experiment(self) -> Experiment | None:
        """The experiment whose networks this one looks like a draw of, by moments; None where none can be set."""
        return self._near

    @property
    def theory(self) -> MeanField | None:
        """Infinite-width theory of the nearest experiment; None where weights look like no law's, as trained ones."""
        return nearest.theory(self._near, self.weights)

    def _advice(self) -> Advice | None:
        return nearest.advice(self._near, self.weights, self.network.activations)


def drawn(rows: int, columns: int, seed: int) -> Floats:
    """dE/dx_L drawn N(0, 1), (rows, columns)."""
    return np.random.default_rng(seed).standard_normal((rows, columns))
