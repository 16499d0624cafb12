"""Hooks on a model's modules, and the numbers they take as the passes go."""

from __future__ import annotations

import contextlib
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from simulator.activations import Activation
from simulator.probing.in_torch.measures import Numbers, activation_of, kind_of, moments, sides, weights_of
from simulator.probing.in_torch.nests import floats
from simulator.probing.points import Point, ProbedPasses

FUSED = {"MultiheadAttention": "projections", "LSTM": "steps", "GRU": "steps", "RNN": "steps"}
"""Classes that hide a part of what they do in one operation, and which."""

Wanted = Callable[[str, nn.Module], bool] | None


class Watch:
    """Records a model's modules in order of execution; `listening` ends before the backward pass."""

    def __init__(self, model: nn.Module, wanted: Wanted, saturation: float) -> None:
        self.modules = {name or "model": module for name, module in model.named_modules()}
        self.wanted, self.saturation, self.listening = wanted, saturation, True
        self.passes = ProbedPasses()
        self._numbers: dict[tuple[int, str, str], Tensor] = {}
        self._known: dict[int, tuple[weakref.ref[Any], int]] = {}
        self._calls: Counter[str] = Counter()
        self._first: dict[str, int] = {}

    @contextlib.contextmanager
    def hooked(self) -> Iterator[None]:
        """Hooks on every module that is wanted, gone afterwards."""
        handles = []
        try:
            for name, module in self.modules.items():
                if self.wanted is not None and not self.wanted(name, module):
                    continue
                kind = type(module).__name__
                if part := FUSED.get(kind):
                    self.passes.notes.append(f"{name} ({kind}): its {part} are one operation; only its output is seen.")
                if kind_of(module) == "activation":
                    before = partial(self._before, activation_of(module))
                    handles.append(module.register_forward_pre_hook(before, with_kwargs=True))
                handles.append(module.register_forward_hook(partial(self._after, name)))
            yield
        finally:
            for handle in handles:
                handle.remove()

    def seen(self, tensor: Tensor, point: Point, batch_at: int = 0) -> None:
        """A further point, its tensor measured now and its gradient when that comes."""
        layer = len(self.passes.points)
        self.passes.points.append(point)
        self._known[id(tensor)] = weakref.ref(tensor), tensor._version
        self._measure(layer, "activation", tensor, batch_at)
        if not tensor.requires_grad:
            self.passes.notes.append(f"{point.module}: no gradient reaches it.")

    def _measure(self, layer: int, quantity: str, tensor: Tensor, batch_at: int = 0) -> None:
        self._add(layer, quantity, moments(tensor.transpose(0, batch_at)))
        if tensor.requires_grad:
            tensor.register_hook(
                lambda gradient: self._add(layer, f"{quantity}_gradient", moments(gradient, pairs=False))
            )

    def _add(self, layer: int, quantity: str, numbers: Numbers) -> None:
        self._numbers |= {(layer, quantity, statistic): number for statistic, number in numbers.items()}

    def _before(self, ours: Activation | None, module: nn.Module, arguments: Any, keywords: Any) -> None:
        """An activation's input: what is in it, how much of it is flat, and its gradient."""
        given = next(iter(floats((arguments, keywords))), None)
        if not self.listening or given is None:
            return
        layer = len(self.passes.points)  # of the output that comes next
        self._measure(layer, "preactivation", given)
        if ours is not None:
            self._add(layer, "activation", sides(given, ours, self.saturation))

    def _after(self, name: str, module: nn.Module, arguments: Any, output: Any) -> None:
        """A module's output, unless it is another's that was seen, or the same numbers in another shape."""
        if not self.listening:
            return
        out, kind = next(iter(floats(output)), None), kind_of(module)
        if out is None or self._is_known(out) or (kind == "other" and out._is_view()):
            layer = len(self.passes.points)
            for key in [key for key in self._numbers if key[0] == layer]:
                del self._numbers[key]
            return
        self._calls[name] += 1
        self._first.setdefault(name, len(self.passes.points))
        if kind == "other" and next(module.children(), None) is not None:
            # What a module with others inside puts out, and none of these did: most often a branch is joined there.
            kind = "sum" if out.grad_fn is not None and out.grad_fn.name().startswith("AddBackward") else "block"
        sequence = out.dim() > 2 and getattr(module, "batch_first", True) is False
        ours = activation_of(module) if kind == "activation" else None
        point = Point(name, kind, self._calls[name], type(module).__name__, "" if ours is None else str(ours))
        self.seen(out, point, int(sequence))

    def _is_known(self, tensor: Tensor) -> bool:
        """Whether this very tensor, unchanged since, has been seen as another module's output."""
        if id(tensor) not in self._known:
            return False
        reference, version = self._known[id(tensor)]
        same = reference() is tensor
        return same and version == getattr(tensor, "_version", 0)

    def weighed(self, gradients: Mapping[int, Tensor | None], learning_rate: float | None) -> None:
        """The weights of every module that was seen, and their gradients (by a parameter's id), at its first call."""
        for name, layer in self._first.items():
            module = self.modules[name]
            weight = getattr(module, "weight", None)
            if not isinstance(weight, Tensor):
                continue
            if weight.dim() > 1 and kind_of(module) in ("linear", "convolution"):
                self.passes.weights.append(weights_of(name, module))
            gradient = gradients.get(id(weight))
            if gradient is not None:
                numbers = moments(gradient, pairs=False)
                if learning_rate is not None:
                    numbers["update_ratio"] = learning_rate * (numbers["variance"] / moments(weight)["variance"]).sqrt()
                del numbers["mean"]
                self._add(layer, "weight_gradient", numbers)

    def finished(self) -> ProbedPasses:
        """All numbers, brought from the device together."""
        if self._numbers:
            numbers = torch.stack([number.to("cpu", torch.float64) for number in self._numbers.values()]).tolist()
            self.passes.numbers = dict(zip(self._numbers, numbers, strict=True))
        return self.passes
