"""The order of a network's layers and branches, forward and back: the one walk of simulation, training and theory."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

from simulator.residual import Residual

S = TypeVar("S")


@dataclass(frozen=True)
class Walk:
    """Layers 1..L: at layer l the signal of layer l - `back[l - 1]` joins `factor` times the branch; 0 where none does.

    What a signal is, what a layer does to it and how two are added is the caller's: scaled arrays in a simulation,
    plain arrays in training, moments at infinite width.
    """

    back: tuple[int, ...]
    factor: float = 1.0

    @classmethod
    def of(cls, residual: Residual, depth: int, layer_widths: Sequence[int] = ()) -> Walk:
        """The walk through `depth` layers; of the widths (n_0, ..., n_L), if given, only equal ones are joined."""
        back = [residual.skips(layer) for layer in range(1, depth + 1)]
        if layer_widths:
            back = [
                skip if layer_widths[layer - skip] == layer_widths[layer] else 0 for layer, skip in enumerate(back, 1)
            ]
        return cls(tuple(back), residual.factor(depth))

    @cached_property
    def _longest(self) -> int:
        return max(self.back, default=0)

    def branch(self, layer: int) -> tuple[int, bool]:
        """How many layers the branch that passes through `layer` has, 0 for none, and whether it ends there."""
        furthest = min(layer + self._longest, len(self.back) + 1)
        ends = (end for end in range(layer, furthest) if end - self.back[end - 1] < layer)
        end = next(ends, 0)
        return (self.back[end - 1], end == layer) if end else (0, False)

    def forward(self, signal: S, step: Callable[[int, S, S | None], S]) -> Iterator[S]:
        """x_1, ..., x_L from x_0: `step(l, x_(l-1), beside)` makes x_l, `beside` the signal that joins it, if any."""
        joins_last = {layer - skip: layer for layer, skip in enumerate(self.back, 1) if skip}
        passing = {0: signal} if 0 in joins_last else {}
        for layer, skip in enumerate(self.back, 1):
            signal = step(layer, signal, passing[layer - skip] if skip else None)
            if skip and joins_last[layer - skip] == layer:
                del passing[layer - skip]
            if layer in joins_last:
                passing[layer] = signal
            yield signal

    def backward(self, gradient: S, step: Callable[[int, S, float], S | None], add: Callable[[S, S], S]) -> Iterator[S]:
        """dE/dx_(L-1), ..., dE/dx_0 from dE/dx_L.

        `step(l, dE/dx_l, factor)` brings `factor` times dE/dx_l, 1 where nothing joins, to the layer's input; None
        ends the walk. `add` gives the sum of two and leaves both as they are.
        """
        passing: dict[int, S] = {}
        for layer in range(len(self.back), 0, -1):
            skip = self.back[layer - 1]
            if skip:
                beside = passing.get(layer - skip)
                passing[layer - skip] = gradient if beside is None else add(beside, gradient)
            below = step(layer, gradient, self.factor if skip else 1.0)
            if below is None:
                return
            gradient = add(passing.pop(layer - 1), below) if layer - 1 in passing else below
            yield gradient
