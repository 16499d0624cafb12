"""Networks with branches and norms trained in PyTorch, double precision; as a script it writes training_wired.json.

python tests/studies/training/reference_wired.py
"""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

STORED = Path(__file__).resolve().parents[2] / "data" / "training_wired.json"
STEPS, ROWS, RATE = 20, 6, 0.1
DEEP, SQUARE = (4, 5, 5, 5, 5, 3), (4, 4, 4, 4)
CASES: dict[str, dict[str, Any]] = {
    "post": {"widths": DEEP, "residual": "post"},
    "pre": {"widths": DEEP, "residual": "pre"},
    "post, to the outputs": {"widths": SQUARE, "residual": "post"},
    "pre, to the outputs": {"widths": SQUARE, "residual": "pre"},
    "post every 2": {"widths": DEEP, "residual": "post(alpha=0.5,every=2,scaling=depth)"},
    "pre every 2": {"widths": DEEP, "residual": "pre(alpha=2,every=2,scaling=depth)"},
    "layer norm": {"widths": DEEP, "normalization": "layer_norm"},
    "rms norm": {"widths": DEEP, "normalization": "rms_norm"},
    "batch norm": {"widths": DEEP, "normalization": "batch_norm"},
    "post, batch norm": {"widths": DEEP, "residual": "post(scaling=depth)", "normalization": "batch_norm"},
    "pre, batch norm": {"widths": SQUARE, "residual": "pre(scaling=depth)", "normalization": "batch_norm"},
    "pre every 2, layer norm": {"widths": DEEP, "residual": "pre(every=2)", "normalization": "layer_norm"},
}
"""Widths and what is not plain about the network, as an experiment's text."""

BRANCHES = {  # in front of the weights?, alpha, every
    "post": (False, 1.0, 1),
    "pre": (True, 1.0, 1),
    "post(alpha=0.5,every=2,scaling=depth)": (False, 0.5 / 2**0.5, 2),
    "pre(alpha=2,every=2,scaling=depth)": (True, 2 / 2**0.5, 2),
    "post(scaling=depth)": (False, 1 / 5**0.5, 1),
    "pre(scaling=depth)": (True, 1 / 3**0.5, 1),
    "pre(every=2)": (True, 1.0, 2),
}


def problem(case: str) -> dict[str, np.ndarray]:
    """Minibatches (STEPS, ROWS, n_0), one-hot targets (STEPS, ROWS, n_L), and parameters in the order of `Networks`."""
    widths = CASES[case]["widths"]
    rng = np.random.default_rng(11)
    pieces = [
        part
        for a, b in pairwise(widths)
        for part in (rng.standard_normal(a * b) / np.sqrt(a), 0.1 * rng.standard_normal(b))
    ]
    return {
        "start": np.concatenate(pieces),
        "inputs": rng.standard_normal((STEPS, ROWS, widths[0])),
        "targets": np.eye(widths[-1])[rng.integers(widths[-1], size=(STEPS, ROWS))],
    }


def trained(case: str) -> dict[str, list[float]]:
    """The loss of every step, and all parameters after the last one."""
    import torch

    given, widths = problem(case), CASES[case]["widths"]
    double: dict[str, Any] = {"dtype": torch.float64}
    shapes = [shape for a, b in pairwise(widths) for shape in ((b, a), (b,))]
    ends = np.cumsum([int(np.prod(shape)) for shape in shapes])
    parameters = [
        torch.tensor(piece.reshape(shape), **double).requires_grad_()
        for piece, shape in zip(np.split(given["start"], ends[:-1]), shapes, strict=True)
    ]
    optimizer, losses = torch.optim.SGD(parameters, lr=RATE), []
    for inputs, targets in zip(given["inputs"], given["targets"], strict=True):
        optimizer.zero_grad()
        outputs = _outputs(case, torch.tensor(inputs, **double), parameters)
        loss = torch.nn.functional.cross_entropy(outputs, torch.tensor(targets, **double))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return {"loss": losses, "end": np.concatenate([part.detach().numpy().ravel() for part in parameters]).tolist()}


def _outputs(case: str, inputs: Any, parameters: list[Any]) -> Any:
    from torch.nn import functional

    settings = CASES[case]
    before, alpha, every = BRANCHES.get(settings.get("residual", ""), (False, 0.0, 0))
    kind, depth = settings.get("normalization"), len(parameters) // 2

    def opened(h: Any) -> Any:
        """tanh(norm(h)), by PyTorch's own norms."""
        if kind == "batch_norm":
            h = functional.batch_norm(h, None, None, training=True, eps=1e-5)
        elif kind:
            norm = {"layer_norm": functional.layer_norm, "rms_norm": functional.rms_norm}[kind]
            h = norm(h, h.shape[-1:], eps=1e-5)
        return h.tanh()

    signals = [inputs]
    for layer in range(1, depth + 1):
        signal = functional.linear(
            opened(signals[-1]) if before else signals[-1], *parameters[2 * layer - 2 : 2 * layer]
        )
        if not before and layer < depth:
            signal = opened(signal)
        if every and layer % every == 0 and signals[layer - every].shape == signal.shape:
            signal = signals[layer - every] + alpha * signal
        signals.append(signal)
    return signals[-1]


if __name__ == "__main__":
    STORED.write_text(json.dumps({case: trained(case) for case in CASES}, indent=0) + "\n", encoding="utf-8")
