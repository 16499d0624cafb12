"""Singular values of the input-output Jacobian of single networks, against infinite width (Saxe et al. 2014)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pandas as pd

from simulator import frames
from simulator.curves import Curve
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.network import Progress
from simulator.scaled import LOG10_2, Floats, Scaled, add
from simulator.settings import one_of
from simulator.steps import activate, multiply
from simulator.studies.propagation import lasting_gains
from simulator.theory.isometry import isometry
from simulator.weights import Role, stream

OWN, GAUSSIAN, ORTHOGONAL = "own", "gaussian", "orthogonal"
LAWS = (OWN, GAUSSIAN, ORTHOGONAL)
"""The laws of the weights: the experiment's own, or another of the same second moment in every layer."""

SNAPSHOTS = 6
"""At how many layers the singular values are worked out, at most."""

QUANTITY = "jacobian"

_SECONDS = 4.0
"""Widths are narrowed until the estimate for one law is below this."""
_WIDTHS = (512, 384, 256, 192, 128, 96, 64)

# Measured on one core: a draw, an n x n product or two with it, an orthogonal draw's factorization, singular values.
_DRAW, _PRODUCT, _FACTORIZATION, _VALUES, _LAYER = 1e-8, 1e-10, 3e-10, 6e-10, 4e-4

_KIND = {GAUSSIAN: "lecun_normal", ORTHOGONAL: "orthogonal"}


@dataclass(frozen=True)
class Jacobian(Displayed):
    """Singular values of J_l = dx_l/dx_0, an (n_l, n_0) matrix, at the first example of the first network.

    `singular[k]` are log10 of the singular values at layer `layers[k]`, largest first, -inf where J is zero;
    arrays over layers 0..L: `log10_mean_square` of the mean squared singular value |J|_F^2 / n_0 (-inf for
    zero), `relative_variance` of the squared singular values, `rank` a bound on the rank, from the units whose
    slope is not zero. `theory_log10` and `theory_variance` are their infinite-width values, NaN where there are none.
    """

    experiment: Experiment
    law: str
    widths: tuple[int, ...]
    layers: tuple[int, ...]
    singular: tuple[Floats, ...] = field(repr=False)
    log10_mean_square: Floats = field(repr=False)
    relative_variance: Floats = field(repr=False)
    rank: tuple[int, ...] = field(repr=False)
    theory_log10: Floats = field(repr=False)
    theory_variance: Floats = field(repr=False)

    @property
    def narrowed(self) -> bool:
        """Whether the experiment's layers were wider than was worked out."""
        return self.widths != self.experiment.layer_widths

    @cached_property
    def resolved(self) -> tuple[Floats, ...]:
        """Of `singular`, those that are not zero nor rounding: the rest is below eps n of the largest."""
        known = []
        for layer, logs in zip(self.layers, self.singular, strict=True):
            floor = logs[0] + math.log10(np.finfo(float).eps * max(self.widths)) if logs[0] > -np.inf else np.inf
            known.append(logs[: self.rank[layer]][logs[: self.rank[layer]] > floor])
        return tuple(known)

    @cached_property
    def log10_condition(self) -> Floats:
        """log10 of the largest over the smallest singular value at `layers`; infinite where the smallest is 0 or lost.

        NaN where J is zero.
        """
        return np.array(
            [
                math.nan if not kept.size else float(kept[0] - kept[-1]) if kept.size == logs.size else math.inf
                for kept, logs in zip(self.resolved, self.singular, strict=True)
            ]
        )

    def to_frame(self, label: str = "") -> pd.DataFrame:
        """The tidy table by layer: mean square, relative variance and, at `layers`, condition and largest value."""
        depth = len(self.widths) - 1
        condition, largest = np.full((2, depth + 1), np.nan)
        condition[list(self.layers)] = np.where(np.isfinite(self.log10_condition), self.log10_condition, np.nan)
        largest[list(self.layers)] = [logs[0] for logs in self.singular]
        curves = {
            "mean_square": Curve.of_log10(self.log10_mean_square[None]),
            "relative_variance": Curve.of(self.relative_variance[None]),
            "condition": Curve.of_log10(condition[None]),
            "largest": Curve.of_log10(largest[None]),
        }
        theory = {
            "mean_square": Curve.of_log10(self.theory_log10[None]),
            "relative_variance": Curve.of(self.theory_variance[None]),
        }
        return frames.concat(
            *(
                frames.tidy(label, source, (seed,), range(depth + 1), {(QUANTITY, name): c for name, c in some.items()})
                for source, seed, some in (
                    (frames.SIMULATION, self.experiment.seed, curves),
                    (frames.THEORY, frames.NO_SEED, theory),
                )
            )
        )

    def spectra(self, label: str = "") -> pd.DataFrame:
        """The singular values, largest first: label, layer, index (from 1), log10, resolved."""
        tables = []
        for layer, logs, kept in zip(self.layers, self.singular, self.resolved, strict=True):
            count = np.arange(1, logs.size + 1)
            tables.append(
                pd.DataFrame(
                    {"label": label, "layer": layer, "index": count, "log10": logs, "resolved": count <= kept.size}
                )
            )
        return pd.concat(tables, ignore_index=True)


def jacobian(experiment: Experiment, law: str = OWN, progress: Progress | None = None) -> Jacobian:
    """The Jacobian of the first network, with its own weights or those of another law with the same second moments.

    The weights are those that the dense engine draws. Layers too wide for a few seconds' work are narrowed, their
    n_in Var(W) kept; branches, normalization and dropout are left out. Raises SettingError for an unknown law.
    `progress(done, total)` is called after every layer.
    """
    one_of(law, LAWS, "jacobian.law")
    widths = _narrowed(experiment.layer_widths)
    depth, n_0 = len(widths) - 1, widths[0]
    wanted = snapshots(depth)
    logs, spread, rank = np.zeros(depth + 1), np.zeros(depth + 1), [n_0]
    singular = []
    for layer, matrix, active in jacobians(experiment, law):
        rank.append(min(rank[-1], active))
        logs[layer], spread[layer] = _spread(matrix)
        if layer in wanted:
            singular.append(_singular(matrix))
        if progress is not None:
            progress(layer, depth)
    orthogonal = [_kind(experiment, law, layer).orthogonal for layer in range(1, depth + 1)]
    theory = isometry(experiment, widths, _input(experiment, n_0), orthogonal=orthogonal)
    return Jacobian(experiment, law, widths, wanted, tuple(singular), logs, spread, tuple(rank), *theory)


def jacobians(experiment: Experiment, law: str = OWN) -> Iterator[tuple[int, Scaled, int]]:
    """(l, J_l transposed, units of layer l whose slope is not 0) for l = 1..L; values are (1, n_0, n_l)."""
    widths = _narrowed(experiment.layer_widths)
    bias, gains = experiment.bias_part, lasting_gains(experiment.bare())
    signal = Scaled(_input(experiment, widths[0])[None, None]).rescaled()
    matrix = Scaled(np.eye(widths[0])[None])
    for layer, (fan_in, fan_out) in enumerate(pairwise(widths), 1):
        init = _kind(experiment, law, layer)
        weights = init.sample(stream(experiment.seed, Role.WEIGHT, layer), fan_out, fan_in)
        own = init.deviation(fan_in, fan_out)
        factor = gains[layer - 1] * _deviation(experiment, layer, fan_in) / own if own else 0.0
        with np.errstate(under="ignore"):  # what underflows inside a scaled array is negligible there
            rows = np.concatenate([signal.values, matrix.values], axis=1)
            product = np.matmul(rows, weights.T)
            product *= factor
            preactivation = Scaled(product[:, :1], signal.exponent)
            if not bias.is_zero:
                made = bias.sample(
                    stream(experiment.seed, Role.BIAS, layer), fan_out, experiment.layer_widths[layer - 1]
                )
                preactivation = add(preactivation, Scaled(np.asarray(made)[None, None]))
            signal, slope = activate(experiment.activation_at(layer), preactivation.rescaled(), experiment.saturation)
            matrix = multiply(slope, Scaled(product[:, 1:], matrix.exponent)).rescaled()
        yield layer, matrix, int(np.count_nonzero(slope.values))


def laws(experiment: Experiment) -> tuple[str, ...]:
    """The laws to show beside each other: the experiment's own, and a Gaussian and an orthogonal one like it."""
    if all(init.orthogonal for init in experiment.init_parts):
        return GAUSSIAN, OWN
    return (OWN, ORTHOGONAL) if all(init.gaussian for init in experiment.init_parts) else (OWN, GAUSSIAN, ORTHOGONAL)


def label(experiment: Experiment, law: str) -> str:
    """The name of a law beside the others."""
    if law != OWN:
        return {GAUSSIAN: "Gaussian", ORTHOGONAL: "orthogonal"}[law]
    inits = dict.fromkeys(experiment.init_parts)
    kinds = {"Gaussian" if init.gaussian else "orthogonal" if init.orthogonal else init.name for init in inits}
    return f"{kinds.pop() if len(kinds) == 1 else 'mixed'} (own)"


def seconds(experiment: Experiment) -> float:
    """An estimate of what `jacobian` takes, the same for all laws, so that all have the same width."""
    return _seconds(_narrowed(experiment.layer_widths))


def snapshots(depth: int) -> tuple[int, ...]:
    """At most SNAPSHOTS of the layers 1, 2, 5, 10, ... and the last."""
    steps = [digit * 10**power for power in range(4) for digit in (1, 2, 5) if digit * 10**power < depth]
    steps.append(depth)
    chosen = {round(k * (len(steps) - 1) / (SNAPSHOTS - 1)) for k in range(SNAPSHOTS)}
    return tuple(steps) if len(steps) <= SNAPSHOTS else tuple(steps[k] for k in sorted(chosen))


def _narrowed(widths: Sequence[int]) -> tuple[int, ...]:
    for limit in _WIDTHS:
        narrow = tuple(min(width, limit) for width in widths)
        if _seconds(narrow) < _SECONDS:
            break
    return narrow


def _seconds(widths: Sequence[int]) -> float:
    n_0, total = widths[0], 0.0
    for fan_in, fan_out in pairwise(widths):
        total += _DRAW * fan_in * fan_out + _PRODUCT * fan_in * fan_out * n_0 + _LAYER
        total += _FACTORIZATION * fan_in * fan_out * min(fan_in, fan_out)
    return total + SNAPSHOTS * _VALUES * max(widths) ** 2 * n_0


def _kind(experiment: Experiment, law: str, layer: int) -> Initializer:
    return experiment.init_at(layer) if law == OWN else Initializer.parse(_KIND[law])


def _deviation(experiment: Experiment, layer: int, fan_in: int) -> float:
    """sqrt(E W_ij^2) without the gain, such that n_in Var(W) is the experiment's whatever the width."""
    before, after = experiment.layer_widths[layer - 1 : layer + 1]
    return experiment.init_at(layer).deviation(before, after) * math.sqrt(before / fan_in)


def _input(experiment: Experiment, width: int) -> Floats:
    """The first example, (width,)."""
    batch = experiment.inputs_part.sample(stream(experiment.seed, Role.INPUTS), experiment.batch, width)
    return np.asarray(batch[0], dtype=np.float64)


def _singular(matrix: Scaled) -> Floats:
    values = np.linalg.svd(matrix.values[0], compute_uv=False)
    with np.errstate(divide="ignore"):
        return np.asarray(np.log10(values) + matrix.exponent[0] * LOG10_2)


def _spread(matrix: Scaled) -> tuple[float, float]:
    """log10 of the mean squared singular value per input, and the squared ones' variance relative to it."""
    rows = matrix.values[0]
    n_0, n_l = rows.shape
    with np.errstate(under="ignore"):
        gram = rows @ rows.T if n_0 <= n_l else rows.T @ rows
        mean = float(np.trace(gram)) / n_0
        if mean == 0:
            return -math.inf, math.nan
        # The squared deviations from the mean, so that an isometry's is rounding squared; zeros beside the gram count.
        count = len(gram)
        off = float(np.sum(np.square(gram / mean - np.eye(count)))) + (n_0 - count)
    return math.log10(mean) + 2 * float(matrix.exponent[0]) * LOG10_2, off / n_0
