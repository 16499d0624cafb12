"""The gains that an activation asks for, from Gaussian averages alone, and where each of them leads."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from simulator.activations import Activation
from simulator.display import Displayed
from simulator.experiment import Experiment
from simulator.gaussian import average, moments
from simulator.settings import number_text
from simulator.theory.fixed_points import fixed_point
from simulator.theory.phase_diagram import edge_of_chaos

PURPOSES = {
    "signal": "keeps the signal: q* = 1",
    "gradient": "keeps the gradient: χ₁ = 1 at q = 1",
    "variance": "keeps the centred variance at q = 1",
    "torch": "PyTorch's calculate_gain",
}
"""The purposes of a gain."""

_SAME = 1e-9
_LOST = 0.5
"""A factor of the gradient variance per layer below which a gain that keeps the signal does not save a deep network."""

ORDINARY = 3.0
"""The largest sigma_w that is still of ordinary size."""


@dataclass(frozen=True)
class Lead:
    """Where sigma_w leads an infinitely wide network without biases that starts from q = 1.

    `signal`, `gradient` are the factors of the variances per layer at q = 1, `q_star` is where the variance
    settles (0 or infinite where it does not), `chi_1`, `chi_parallel` are the slopes there.
    """

    purpose: str
    sigma_w: float
    signal: float
    gradient: float
    q_star: float
    chi_1: float
    chi_parallel: float

    @property
    def stable(self) -> bool:
        """Whether a variance near q* comes back to it, or stays where it is."""
        return self.chi_parallel < 1 + _SAME


@dataclass(frozen=True)
class Gains(Displayed):
    """Averages over z ~ N(0, 1) and what gain they call for (biases zero).

    Where units are dropped at a rate p between layers, every gain but PyTorch's is sqrt(1 - p) of the one without
    (Pretorius et al. 2018). `keeps_q` is the sigma_w that makes q* = 1, `keeps_gradient` the one for chi_1 = 1 at
    q = 1, `keeps_variance` counts the centred variance only; `chi_1` and `chi_parallel` hold at `keeps_q`.
    `kurtosis` is E phi^4 / (E phi^2)^2; `torch` PyTorch's own gain, if it has one.
    """

    activation: Activation
    mean: float
    second_moment: float
    variance: float
    derivative_second_moment: float
    kurtosis: float
    keeps_q: float
    keeps_variance: float
    keeps_gradient: float
    chi_1: float
    chi_parallel: float
    torch: float | None
    dropout: float = 0.0

    def lead(self, purpose: str) -> Lead | None:
        """Where the gain for a purpose, one of PURPOSES, leads; None if there is no such gain."""
        return next((lead for lead in self.leads if lead.purpose == purpose), None)

    @cached_property
    def leads(self) -> list[Lead]:
        """Where each of the gains leads, in the order of PURPOSES."""
        wanted = {
            "signal": self.keeps_q,
            "gradient": self.keeps_gradient,
            "variance": self.keeps_variance,
            "torch": self.torch,
        }
        return [self._lead(purpose, sigma_w) for purpose, sigma_w in wanted.items() if sigma_w is not None]

    @cached_property
    def remarks(self) -> list[str]:
        """Cautions before using one of them, a sentence each."""
        sentences = [self._both()]
        if self.dropout:
            sentences.append(
                f"With dropout {number_text(self.dropout)} each gain but PyTorch's is √(1 − p) of the one without it."
            )
        if self.chi_parallel > 1 + _SAME:
            sentences.append(
                f"q* = 1 is unstable (slope {self.chi_parallel:.4g}): a variance near 1 drifts off, to 0 or far above."
            )
        if self.chi_1 < _LOST:
            sentences.append(self._lost())
        if (torch := self.lead("torch")) is not None:
            sentences.append(self._of_torch(torch))
        return sentences

    def to_frame(self) -> pd.DataFrame:
        """A row for each gain: activation, purpose, sigma_w, where it leads, and whether the variance is stable there.

        `signal` and `gradient` are factors of the variances per layer at q = 1, `chi_1` and `chi_parallel` hold at q*,
        which is missing where the variance grows without bound.
        """
        rows = [{"activation": str(self.activation), **vars(lead), "stable": lead.stable} for lead in self.leads]
        frame = pd.DataFrame(rows)
        return frame.assign(q_star=frame.q_star.where(np.isfinite(frame.q_star)))

    def _lead(self, purpose: str, sigma_w: float) -> Lead:
        square = sigma_w**2 / (1 - self.dropout)
        there = fixed_point(self.activation, square, 0.0)
        return Lead(
            purpose,
            sigma_w,
            square * self.second_moment,
            square * self.derivative_second_moment,
            there.q_star,
            there.chi_1,
            there.chi_parallel,
        )

    def _both(self) -> str:
        if math.isclose(self.keeps_q, self.keeps_gradient, rel_tol=_SAME):
            where = "at every variance" if self.activation.homogeneous else "at variances near 1"
            return f"σ_w = {self.keeps_q:.4g} keeps both signal and gradient, {where}."
        grows = f"multiplies the gradient variance by {self.chi_1:.4g} per layer"
        return f"No gain keeps both: σ_w = {self.keeps_q:.4g} keeps q = 1 and {grows}."

    def _lost(self) -> str:
        points = [point for point in edge_of_chaos(self.activation, 0.0) if point.stable]
        if not points:
            return "No gain makes χ₁ = 1 at a variance that settles."
        sigma_w, q_star = math.sqrt((1 - self.dropout) * points[0].sigma_w2), points[0].q_star
        size = "no gain of ordinary size saves the gradient: " if sigma_w > ORDINARY else ""
        return f"{size[:1].upper()}{size[1:]}χ₁ reaches 1 only at σ_w = {sigma_w:.4g}, where q* = {q_star:.4g}."

    def _of_torch(self, lead: Lead) -> str:
        if math.isclose(lead.sigma_w, self.keeps_q, rel_tol=_SAME):
            return "PyTorch's calculate_gain is the one that keeps the signal."
        ends = "infinity" if math.isinf(lead.q_star) else f"q* = {lead.q_star:.4g}"
        return (
            f"PyTorch's {lead.sigma_w:.4g} ends at {ends} and multiplies the gradient variance by "
            f"{lead.chi_1:.4g} per layer there."
        )


def gains(activation: str | Activation, dropout: float = 0.0) -> Gains:
    """The gains of an activation, for z ~ N(0, 1), where units are dropped at a rate.

    Raises SettingError for an activation that is not known, or a rate that an experiment cannot have.

    >>> relu = gains("relu", dropout=0.5)
    >>> round(relu.keeps_q, 12)  # the root of 2 (1 - p)
    1.0
    """
    part = Activation.parse(activation)
    rate = float(Experiment.settings()["dropout"].check(dropout, "gains"))
    share = math.sqrt(1 - rate)
    unit = moments(part, 1.0)
    mean, square, variance, steepness, parallel = (
        float(value)
        for value in (unit.mean, unit.second_moment, unit.variance, unit.derivative_second_moment, unit.parallel)
    )
    return Gains(
        activation=part,
        mean=mean,
        second_moment=square,
        variance=variance,
        derivative_second_moment=steepness,
        kurtosis=average(part, lambda z: np.power(part.function(z), 4)) / square**2,
        keeps_q=share / math.sqrt(square),
        keeps_variance=share / math.sqrt(variance),
        keeps_gradient=share / math.sqrt(steepness),
        chi_1=steepness / square,
        chi_parallel=parallel / square,
        torch=part.torch_gain,
        dropout=rate,
    )


def every(*also: str, dropout: float = 0.0) -> list[Gains]:
    """The gains of every activation that is not rare, with its defaults, and of `also`, each once."""
    wanted = [Activation.parse(name) for name in Activation.menu(rare=False)]
    for text in also:
        part = Activation.parse(text)
        if part not in wanted:
            same = [index for index, other in enumerate(wanted) if other.name == part.name]
            place = 1 + max(same, default=len(wanted) - 1)
            wanted.insert(place, part)
    return [gains(part, dropout) for part in wanted]


def table(results: Iterable[Gains]) -> pd.DataFrame:
    """The rows of several activations as one table."""
    return pd.concat([result.to_frame() for result in results], ignore_index=True)
