"""Residual branches: which layers are added to an earlier signal, with what factor, before or after the activation."""

from __future__ import annotations

import math
from dataclasses import dataclass

from simulator.settings import Part, setting

_HELP_ALPHA = "The branch's factor α."
_HELP_EVERY = "Layers from one sum to the next."
_HELP_SCALING = "Whether α is divided by the root of the number of branches, so that their sum keeps its size."


class Residual(Part):
    """How a layer's output joins the signal that passed it by."""

    before: bool = False
    """Whether a branch is W φ(x) + b, with the activation in front of the weights, and not φ(W x + b)."""

    def skips(self, layer: int) -> int:
        """How many layers the sum at `layer` reaches back; 0 where nothing is added."""
        return 0

    def factor(self, depth: int) -> float:
        """The branch's factor in a network of `depth` layers."""
        return 1.0


@dataclass(frozen=True)
class NoResidual(Residual, name="none"):
    """No residual branches: every layer replaces the signal."""


@dataclass(frozen=True)
class _Branches(Residual):
    alpha: float = setting(1.0, bounds=(0, 100), symbol="α", help=_HELP_ALPHA)
    every: int = setting(1, bounds=(1, 100), help=_HELP_EVERY)
    scaling: str = setting("none", choices=("none", "depth"), help=_HELP_SCALING)

    def skips(self, layer: int) -> int:
        return 0 if layer % self.every else self.every

    def factor(self, depth: int) -> float:
        branches = depth // self.every if self.scaling == "depth" else 1
        return self.alpha / math.sqrt(max(1, branches))


@dataclass(frozen=True)
class Post(_Branches, name="post"):
    """x + α φ(W x + b): the activation closes the branch (He et al. 2016a)."""


@dataclass(frozen=True)
class Pre(_Branches, name="pre"):
    """x + α (W φ(x) + b): the activation opens the branch, the sum meets none (He et al. 2016b)."""

    before = True
