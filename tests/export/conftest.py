"""Exported scripts as the tests see them: run without their last part, and asked the same of every framework."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from simulator import Experiment, export
from simulator.inputs import DIGIT_LEVELS, digit_images

Arrays = list[np.ndarray]

MODULES = {"numpy": ["numpy"], "pytorch": ["torch"], "keras": ["keras"], "flax": ["jax", "flax.nnx"]}
"""What a framework's scripts import; where it is missing its tests are skipped."""


class Script:
    """A script's names, and in NumPy's arrays what is asked of them."""

    def __init__(self, experiment: Experiment, framework: str) -> None:
        self.names: dict[str, Any] = {"__name__": "exported"}
        text = export.code(experiment, framework, "A diagnosis.")
        exec(compile(text, framework, "exec"), self.names)

    def __getitem__(self, name: str) -> Any:
        return self.names[name]

    def network(self, seed: int) -> Any:
        """A network of this seed."""
        raise NotImplementedError

    def parameters(self, network: Any) -> tuple[Arrays, Arrays]:
        """Weights (fan_out, fan_in) and biases of a network."""
        raise NotImplementedError

    def passes(self, network: Any, x: np.ndarray, top: np.ndarray) -> tuple[Arrays, Arrays]:
        """x_0 ... x_L and dE/dx_0 ... dE/dx_L."""
        raise NotImplementedError

    def slopes(self, name: str, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A function of the script and its derivative."""
        raise NotImplementedError


class NumPy(Script):
    def network(self, seed: int) -> Any:
        return self["Network"](self["WIDTHS"], np.random.default_rng(seed))

    def parameters(self, network: Any) -> tuple[Arrays, Arrays]:
        return network.weights, network.biases

    def passes(self, network: Any, x: np.ndarray, top: np.ndarray) -> tuple[Arrays, Arrays]:
        return network.forward(x), network.backward(top)

    def slopes(self, name: str, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self[name](h), self[f"{name}_derivative"](h)


class PyTorch(Script):
    def network(self, seed: int) -> Any:
        self["torch"].manual_seed(seed)
        return self["Network"]()

    def parameters(self, network: Any) -> tuple[Arrays, Arrays]:
        return [w.weight.detach().numpy() for w in network.layers], [w.bias.detach().numpy() for w in network.layers]

    def passes(self, network: Any, x: np.ndarray, top: np.ndarray) -> tuple[Arrays, Arrays]:
        torch = self["torch"]
        xs = network.signals(torch.tensor(x, requires_grad=True))
        for signal in xs:
            signal.retain_grad()
        xs[-1].backward(torch.tensor(top))
        return [signal.detach().numpy() for signal in xs], [signal.grad.numpy() for signal in xs]

    def slopes(self, name: str, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import torch

        at = torch.tensor(h, requires_grad=True)
        value = self[name](at)
        value.sum().backward()
        return value.detach().numpy(), at.grad.numpy()


class Keras(Script):
    def network(self, seed: int) -> Any:
        self["keras"].utils.set_random_seed(seed)
        return self["Network"]()

    def parameters(self, network: Any) -> tuple[Arrays, Arrays]:
        numpy = sys.modules["keras"].ops.convert_to_numpy
        return [numpy(w.kernel).T for w in network.dense], [numpy(w.bias) for w in network.dense]

    def passes(self, network: Any, x: np.ndarray, top: np.ndarray) -> tuple[Arrays, Arrays]:
        ops = sys.modules["keras"].ops
        x, top = (ops.convert_to_tensor(side) for side in (x, top))
        xs = [ops.convert_to_numpy(signal) for signal in network.signals(x)]
        energy = self["Energy"](network)
        energy.train_on_batch([x, top])
        return xs, [-ops.convert_to_numpy(probe) for probe in energy.probes]

    def slopes(self, name: str, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        pytest.skip("Keras has no derivative of a function; the passes have it.")


class Flax(Script):
    def network(self, seed: int) -> Any:
        return self["Network"](self["nnx"].Rngs(seed))

    def parameters(self, network: Any) -> tuple[Arrays, Arrays]:
        weights = [np.asarray(w.kernel[...]).T for w in network.linear]
        return weights, [np.asarray(w.bias[...]) for w in network.linear]

    def passes(self, network: Any, x: np.ndarray, top: np.ndarray) -> tuple[Arrays, Arrays]:
        probes = [np.zeros((len(x), width)) for width in self["WIDTHS"]]
        gradients = self["jax"].grad(lambda probes: (network.signals(x, probes)[-1] * top).sum())(probes)
        return [np.asarray(signal) for signal in network.signals(x)], [np.asarray(g) for g in gradients]

    def slopes(self, name: str, h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        import jax

        value = np.asarray(self[name](jax.numpy.asarray(h)))
        return value, np.asarray(jax.grad(lambda h: self[name](h).sum())(jax.numpy.asarray(h)))


SCRIPTS = {"numpy": NumPy, "pytorch": PyTorch, "keras": Keras, "flax": Flax}


@pytest.fixture
def run_script(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Experiment, str], Script]]:
    """`run_script(experiment, framework)` gives the script; without the framework the test is skipped."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    doubled = []

    def run(experiment: Experiment, framework: str) -> Script:
        for module in MODULES[framework]:
            pytest.importorskip(module)
        if framework == "keras":  # 3.15 asks PyTorch 2.13 for arrays as NumPy 1 did
            warnings.filterwarnings("ignore", "__array__ implementation doesn't accept a copy")
        if framework == "flax":
            import jax

            jax.config.update("jax_enable_x64", True)
            doubled.append(jax)
        return SCRIPTS[framework](experiment, framework)

    yield run
    for jax in doubled:
        jax.config.update("jax_enable_x64", False)


@pytest.fixture
def scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    """scikit-learn's digits, from the copy in this repository."""
    data = digit_images().reshape(-1, 64) * DIGIT_LEVELS
    module: Any = ModuleType("sklearn.datasets")
    module.load_digits = lambda: SimpleNamespace(data=data)
    monkeypatch.setitem(sys.modules, "sklearn", ModuleType("sklearn"))
    monkeypatch.setitem(sys.modules, "sklearn.datasets", module)
