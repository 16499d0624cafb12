"""Infinite-width theory's predictions for a network: every statistic that the simulation measures, layer by layer."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np
import pandas as pd

from simulator import frames
from simulator.activations import Activation
from simulator.curves import NO_SEED, THEORY, Curves, Series, at_width, lines
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.gaussian import precise
from simulator.magnitude import ZERO, Magnitude, magnitude, plain, product, split, times
from simulator.registry import kept
from simulator.scaled import Floats, log10
from simulator.settings import SettingError
from simulator.theory.branch_law import branch_law
from simulator.theory.expectation import DeepOutcome as DeepOutcome
from simulator.theory.expectation import layers_of, obstacle
from simulator.theory.fixed_points import FixedPoint, Phase, fixed_point
from simulator.theory.infinite_width import Gradients, Layer, Likeness, Passes, Plain, Stage, deviation
from simulator.theory.predictions import Predictions
from simulator.theory.wired import PLAIN, Wired, Wiring
from simulator.values import check_kind

_SAME = 1e-12
"""Relative difference below which two layers count as alike."""


@dataclass(frozen=True)
class MeanField(Displayed):
    """Infinite-width predictions for layers 1..L; arrays are over layers, NaN outside the double range.

    `curves[quantity, statistic]` is (value, log10), each (1, L + 1) by layer 0..L as in a simulation.
    """

    layers: tuple[Layer, ...] = field(repr=False)
    p_0: float
    m_0: float
    one_minus_c_0: float
    batch: int
    saturation: float
    relative_to_top: bool
    wiring: Wiring = PLAIN
    experiment: Experiment | None = None

    @cached_property
    def passes(self) -> Passes:
        """Theory of the passes, with branches, normalization and dropout or without."""
        if self.wiring.plain or not self.layers:
            return Plain(self.layers, self.p_0, self.one_minus_c_0)
        return Wired(self.layers, self.wiring, self.p_0, self.m_0, self.one_minus_c_0)

    @property
    def stages(self) -> Sequence[Stage]:
        """Moments of preactivation and activation by layer."""
        return self.passes.stages

    @property
    def likeness(self) -> Likeness:
        """How alike two examples are, by layer."""
        return self.passes.likeness

    @cached_property
    def gradients(self) -> Gradients:
        """E (dE/dx)^2 for layers 0..L and E (dE/dh)^2 for layers 1..L."""
        if not self.layers:
            return Gradients([], [], [])
        steepness = self.stages[-1].steepness
        return self.passes.gradients(magnitude(1 / steepness if self.relative_to_top and steepness else 1.0))

    @cached_property
    def weight_gradients(self) -> list[Magnitude]:
        """E (dE/dW_ij)^2 of one example by layer 1..L."""
        return [product(*pair) for pair in zip(self.gradients.arriving, self.passes.entering, strict=True)]

    @property
    def q(self) -> Floats:
        """E h^2 by layer 1..L."""
        return plain([stage.q for stage in self.stages])

    @property
    def m(self) -> Floats:
        """E x by layer 1..L."""
        return plain([stage.mean for stage in self.stages])

    @property
    def p(self) -> Floats:
        """E x^2 by layer 1..L."""
        return plain([stage.p for stage in self.stages])

    @property
    def one_minus_c(self) -> Floats:
        """1 - c by layer 1..L, precise where it is tiny."""
        return np.array(self.likeness.preactivation)

    @property
    def c(self) -> Floats:
        """The correlation of two inputs' preactivations (uncentred cosine) by layer 1..L."""
        return 1 - self.one_minus_c

    @property
    def chi_1(self) -> Floats:
        """n_out Var(W) E phi'(h_l)^2 with the weights above layer l (the last layer's own at the top), l = 1..L."""
        return self._slopes(self.passes.steepness, [layer.backward for layer in self.layers])

    @property
    def chi_par(self) -> Floats:
        """d q_(l+1) / d q_l, l = 1..L."""
        return self._slopes([stage.parallel for stage in self.stages], [layer.forward for layer in self.layers])

    @property
    def grad_h(self) -> Floats:
        """E (dE/dh_l)^2 relative to layer L, l = 1..L."""
        return plain(self._relative)

    @property
    def log10_grad_h(self) -> Floats:
        """log10 of `grad_h`, finite also outside the double range."""
        return log10(*split(self._relative))

    @property
    def grad_W(self) -> Floats:
        """E (dE/dW_ij)^2 of one example by layer 1..L, on the scale of `grad_h`."""
        return plain(self._over_top(self.weight_gradients))

    @cached_property
    def fixed_point(self) -> FixedPoint | None:
        """Where the signal would settle with more layers like the hidden ones; None where these differ."""
        if not self.layers or not self.wiring.plain:
            return None
        hidden = self.layers[1:-1] or self.layers[1:] or self.layers
        first = hidden[0]
        for layer in hidden:
            here, there = ((one.forward, one.bias_variance, one.bias_mean) for one in (layer, first))
            if not all(map(partial(math.isclose, rel_tol=_SAME), here, there)):
                return None
        # The last activation is behind all the weights.
        activation, *others = [layer.activation for layer in self.layers[:-1] or self.layers]
        if any(other != activation for other in others):
            return None
        start = float(np.nan_to_num(plain([self.stages[0].spread])[0], nan=1.0, posinf=1.0))
        return fixed_point(activation, first.forward, first.bias_variance, start, first.bias_mean)

    @property
    def q_star(self) -> float:
        """The fixed point of E h^2 (0 or infinite where the signal dies out or grows for ever), else NaN."""
        if self.fixed_point is None:
            return math.nan
        return self.fixed_point.q_star + self.layers[-1].bias_mean ** 2

    @property
    def c_star(self) -> float:
        """The fixed point of the correlation, else NaN."""
        if self.fixed_point is None:
            return math.nan
        mean = self.layers[-1].bias_mean
        share = self.fixed_point.q_star / self.q_star if mean and math.isfinite(self.q_star) else 1.0
        return 1 - self.fixed_point.one_minus_c_star * share

    @property
    def xi_q(self) -> float:
        """Layers over which a deviation from q* falls to 1/e, else NaN."""
        return math.nan if self.fixed_point is None else self.fixed_point.xi_q

    @property
    def xi_c(self) -> float:
        """Layers over which a deviation from c* falls to 1/e, else NaN."""
        return math.nan if self.fixed_point is None else self.fixed_point.xi_c

    @property
    def phase(self) -> Phase | None:
        """Ordered, critical or chaotic; None where no one phase describes the network."""
        return None if self.fixed_point is None else self.fixed_point.phase

    @property
    def outcome(self) -> DeepOutcome:
        """The outcome by theory, as one of a few; its value is the sentence."""
        if not self.layers:
            reason = None if self.experiment is None else obstacle(self.experiment, self.wiring)
            return reason or DeepOutcome.NO_THEORY
        if not self.wiring.plain:
            return DeepOutcome.WIRED
        if self.fixed_point is None:
            return DeepOutcome.UNEQUAL
        if self.phase is not Phase.CRITICAL and self.q_star in (0.0, math.inf):
            return DeepOutcome.EXPLODING if self.q_star else DeepOutcome.VANISHING
        return DeepOutcome[self.fixed_point.phase.name]

    @property
    def remark(self) -> str:
        """A caution on the averages that theory is made of, where they are not good to the last digits."""
        for number, stage in enumerate(self.stages, 1):
            size = deviation(stage)
            if not precise(stage.activation, size * size, stage.drive_mean):
                return (
                    f"Theory is approximate from layer {number} on: {stage.activation} oscillates or kinks too often "
                    f"within preactivations of size {size:.2g} to be averaged precisely."
                )
        return ""

    @cached_property
    def curves(self) -> Curves:
        """Every (quantity, statistic) of the simulation, each worked out when it is first asked for."""
        return Predictions(self)

    @cached_property
    def at_width(self) -> Curves:
        """Those curves that have a law at the experiment's own width, where infinite width is far off; mostly none."""
        return branch_law(self.experiment) if self.layers and self.experiment is not None else {}

    def lines(self, quantity: str, statistic: str, label: str = "") -> list[Series]:
        """A statistic by layer as figures take it; without a label of its own, with the law of the width below."""
        pair = quantity, statistic
        several = list(lines(self.curves, pair, THEORY, (NO_SEED,), label))
        if label or self.experiment is None:
            return several
        return several + list(lines(self.at_width, pair, THEORY, (NO_SEED,), at_width(self.experiment.layer_widths[0])))

    def to_frame(self, label: str = "", only: Collection[tuple[str, str]] | None = None) -> pd.DataFrame:
        """The tidy table, one row a layer, quantity and statistic; of some (quantity, statistic) pairs if asked.

        Without a label of its own, what has a law at the experiment's width stands below, labelled "width N".
        """
        layers, chosen = range(len(self.layers) + 1), frames.chosen(self.curves, only)
        whole = frames.tidy(label, frames.THEORY, (frames.NO_SEED,), layers, chosen)
        curves = {} if label else frames.chosen(self.at_width, only)
        if not curves or self.experiment is None:
            return whole
        named = at_width(self.experiment.layer_widths[0])
        return frames.concat(whole, frames.tidy(named, frames.THEORY, (frames.NO_SEED,), layers, curves))

    @property
    def _relative(self) -> list[Magnitude]:
        return self._over_top(self.gradients.inner)

    def _over_top(self, numbers: list[Magnitude]) -> list[Magnitude]:
        """Relative to E (dE/dh_L)^2."""
        top = self.gradients.inner[-1] if numbers else ZERO
        if not top[0]:
            return [(math.nan, 0)] * len(numbers)
        return [times((mantissa, exponent - top[1]), 1 / top[0]) for mantissa, exponent in numbers]

    def _slopes(self, averages: Sequence[float], weights: list[float]) -> Floats:
        return np.array([a * w for a, w in zip(averages, [*weights[1:], *weights[-1:]], strict=True)])


def mean_field(
    experiment: Experiment | None = None,
    *,
    activation: str | Activation = "tanh",
    sigma_w2: float | None = None,
    sigma_b2: float = 0.0,
    depth: int = 30,
    q0: float = 1.0,
    c0: float = 0.0,
) -> MeanField:
    """The infinite-width prediction for an experiment, or for layers of equal width with the given variances.

    Without an experiment sigma_w2 = n Var(W), sigma_b2 = Var(b), q0 is the inputs' mean square, so that
    q_1 = sigma_w2 q0 + sigma_b2, c0 their cosine, and gradients are relative to dE/dh_L. With one, gradients start
    from dE/dx_L ~ N(0, 1). Raises SettingError for a value that cannot be used.
    """
    if experiment is not None:
        check_kind(experiment, Experiment, "mean_field.experiment")
        return _of_experiment(experiment)
    if sigma_w2 is None:
        raise SettingError("mean_field.sigma_w2 must be given where there is no experiment.")
    bounds = {"sigma_w2": (sigma_w2, 0, 1e9), "sigma_b2": (sigma_b2, 0, 1e9), "q0": (q0, 0, 1e9), "c0": (c0, -1, 1)}
    for name, (given, low, high) in bounds.items():
        if not low <= given <= high:
            raise SettingError(f"mean_field.{name} must lie in [{low:g}, {high:g}]; got {given!r}.")
    depth = int(Experiment.settings()["depth"].check(depth, "mean_field"))
    part = Activation.parse(activation, "mean_field.activation")
    layers = (Layer(part, float(sigma_w2), float(sigma_w2), float(sigma_b2)),) * depth
    return MeanField(layers, float(q0), math.nan, 1 - c0, 2, 0.05, relative_to_top=True)


@kept(maxsize=16)  # made on demand and once; verdict, advice and charts ask for the same. 3 MB at depth 2,000
def _of_experiment(experiment: Experiment) -> MeanField:
    inputs = experiment.inputs_part.moments(experiment.layer_widths[0])
    wiring = Wiring(experiment.residual_part, experiment.normalization_part, experiment.depth, bool(experiment.dropout))
    return MeanField(
        layers_of(experiment) if obstacle(experiment, wiring) is None else (),
        inputs.second_moment,
        inputs.mean,
        inputs.one_minus_c,
        experiment.batch,
        experiment.saturation,
        relative_to_top=False,
        wiring=wiring,
        experiment=experiment,
    )
