"""The same training in PyTorch, double precision; run as a script it writes tests/data/training_traces.npz.

python tests/studies/training/reference.py
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

STORED = Path(__file__).resolve().parents[2] / "data" / "training_traces.npz"
STEPS, ROWS, WIDTHS = 20, 8, (5, 7, 6, 3)
CASES = {
    "sgd": ("sgd", "tanh", "softmax_cross_entropy", 0.1),
    "momentum": ("momentum", "tanh", "softmax_cross_entropy", 0.05),
    "adam": ("adam", "tanh", "softmax_cross_entropy", 0.01),
    "sgd-relu-squared": ("sgd", "relu", "squared_error", 0.1),
    "momentum-gelu-sigmoid": ("momentum", "gelu", "sigmoid_cross_entropy", 0.3),
    "adam-sigmoid-squared": ("adam", "sigmoid", "squared_error", 0.02),
}
"""Optimizer, activation, loss and learning rate by name."""


def problem() -> dict[str, np.ndarray]:
    """Minibatches (STEPS, ROWS, n_0), one-hot targets (STEPS, ROWS, n_L), and parameters in the order of `Networks`."""
    rng = np.random.default_rng(7)
    inputs = rng.standard_normal((STEPS, ROWS, WIDTHS[0]))
    targets = np.eye(WIDTHS[-1])[rng.integers(WIDTHS[-1], size=(STEPS, ROWS))]
    pieces = [
        part
        for a, b in pairwise(WIDTHS)
        for part in (rng.standard_normal(a * b) * 1.2 / np.sqrt(a), 0.1 * rng.standard_normal(b))
    ]
    return {"inputs": inputs, "targets": targets, "start": np.concatenate(pieces)}


def trace(case: str, given: dict[str, np.ndarray]) -> np.ndarray:
    """All parameters after each step, (STEPS, P)."""
    import torch

    rule, activation, loss, rate = CASES[case]
    double: dict[str, Any] = {"dtype": torch.float64}
    parameters, place = [], 0
    for fan_in, fan_out in pairwise(WIDTHS):
        for shape in ((fan_out, fan_in), (fan_out,)):
            size = int(np.prod(shape))
            values = given["start"][place : place + size].reshape(shape)
            parameters.append(torch.tensor(values, **double).requires_grad_())
            place += size
    optimizer = {
        "sgd": lambda: torch.optim.SGD(parameters, lr=rate),
        "momentum": lambda: torch.optim.SGD(parameters, lr=rate, momentum=0.9),
        "adam": lambda: torch.optim.Adam(parameters, lr=rate),
    }[rule]()
    phi = {"tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid, "gelu": torch.nn.functional.gelu}[
        activation
    ]
    found = []
    for inputs, targets in zip(given["inputs"], given["targets"], strict=True):
        signal = torch.tensor(inputs, **double)
        for layer in range(len(WIDTHS) - 1):
            signal = torch.nn.functional.linear(signal, *parameters[2 * layer : 2 * layer + 2])
            signal = phi(signal) if layer < len(WIDTHS) - 2 else signal
        optimizer.zero_grad()
        _loss(loss, signal, torch.tensor(targets, **double)).backward()
        optimizer.step()
        found.append(np.concatenate([part.detach().numpy().ravel() for part in parameters]))
    return np.array(found)


def losses(outputs: np.ndarray, targets: np.ndarray) -> dict[str, np.ndarray]:
    """Value and gradient of every loss: `name.value`, `name.gradient`."""
    import torch

    found = {}
    for name in ("squared_error", "sigmoid_cross_entropy", "softmax_cross_entropy"):
        z = torch.tensor(outputs, dtype=torch.float64).requires_grad_()
        value = _loss(name, z, torch.tensor(targets, dtype=torch.float64))
        value.backward()
        found |= {f"{name}.value": np.array(value.item()), f"{name}.gradient": z.grad.numpy()}
    return found


def _loss(name: str, outputs: Any, targets: Any) -> Any:
    from torch.nn import functional

    if name == "squared_error":
        return functional.mse_loss(outputs, targets)
    if name == "sigmoid_cross_entropy":
        return functional.binary_cross_entropy_with_logits(outputs, targets)
    return functional.cross_entropy(outputs, targets)


def extreme_outputs() -> tuple[np.ndarray, np.ndarray]:
    """Outputs from small to far beyond every exponential's range, and one-hot targets, each (12, 3)."""
    rng = np.random.default_rng(8)
    sizes = np.repeat([1.0, 40.0, 1000.0, 1e-3], 3)[:, None]
    return sizes * rng.standard_normal((12, 3)), np.eye(3)[np.arange(12) % 3]


if __name__ == "__main__":
    stored = problem()
    stored |= {f"trace.{case}": trace(case, stored) for case in CASES}
    stored |= losses(*extreme_outputs())
    np.savez_compressed(STORED, **stored)
