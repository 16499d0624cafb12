"""How a gradient becomes a step: plain SGD, momentum, Adam, each as PyTorch has it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.settings import Part, setting

Array = NDArray[np.floating[Any]]
Update = Callable[[Array], Array]
"""From a gradient to what is taken off the parameters; the array is the optimizer's own and is used again."""


class Optimizer(Part):
    """A rule of descent; `start` gives its state for one run."""

    @abstractmethod
    def start(self, shape: tuple[int, ...], dtype: type[np.floating[Any]], rate: float) -> Update:
        """The rule for parameters of this shape at this learning rate."""


@dataclass(frozen=True)
class SGD(Optimizer, name="sgd"):
    """Stochastic gradient descent: the learning rate times the gradient."""

    def start(self, shape: tuple[int, ...], dtype: type[np.floating[Any]], rate: float) -> Update:
        step = np.empty(shape, dtype)

        def update(gradient: Array) -> Array:
            return np.multiply(gradient, rate, out=step)

        return update


@dataclass(frozen=True)
class Momentum(Optimizer, name="momentum"):
    """SGD with momentum: v becomes beta v + gradient, the step is the learning rate times v (Polyak 1964)."""

    beta: float = setting(0.9, bounds=(0, 0.9999), symbol="β", help="How much of the last step's v is kept.")

    def start(self, shape: tuple[int, ...], dtype: type[np.floating[Any]], rate: float) -> Update:
        velocity, step = np.zeros(shape, dtype), np.empty(shape, dtype)

        def update(gradient: Array) -> Array:
            np.multiply(velocity, self.beta, out=velocity)
            np.add(velocity, gradient, out=velocity)
            return np.multiply(velocity, rate, out=step)

        return update


@dataclass(frozen=True)
class Adam(Optimizer, name="adam"):
    """Adam: the gradient's running mean over the root of its running square, unbiased (Kingma & Ba 2015)."""

    beta1: float = setting(0.9, bounds=(0, 0.9999), symbol="β₁", help="Memory of the running mean.")
    beta2: float = setting(0.999, bounds=(0, 0.99999), symbol="β₂", help="Memory of the running square.")
    epsilon: float = setting(1e-8, bounds=(1e-12, 1), symbol="ε", help="Added to the root.")

    def start(self, shape: tuple[int, ...], dtype: type[np.floating[Any]], rate: float) -> Update:
        mean, square, step, work = (np.zeros(shape, dtype) for _ in range(4))
        count = 0

        def update(gradient: Array) -> Array:
            nonlocal count
            count += 1
            np.multiply(mean, self.beta1, out=mean)
            np.multiply(gradient, 1 - self.beta1, out=work)
            np.add(mean, work, out=mean)
            np.multiply(square, self.beta2, out=square)
            np.multiply(gradient, gradient, out=work)
            np.multiply(work, 1 - self.beta2, out=work)
            np.add(square, work, out=square)
            # sqrt(square / c2) + epsilon with the root's factor drawn into epsilon and the rate: two passes fewer.
            root = (1 - self.beta2**count) ** 0.5
            np.sqrt(square, out=work)
            np.add(work, self.epsilon * root, out=work)
            np.divide(mean, work, out=step)
            np.multiply(step, rate * root / (1 - self.beta1**count), out=step)
            return step

        return update
