"""One training step against PyTorch's, in turn in one process: the same networks, minibatches, optimizer and type.

python -m benchmarks.training
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from threadpoolctl import ThreadpoolController

from simulator import Experiment
from simulator.studies.training import Run, Training

ROUNDS = 15
STEPS = 20
OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": torch.optim.SGD,
    "momentum": partial(torch.optim.SGD, momentum=0.9),
    "adam": torch.optim.Adam,
}
WIRINGS: dict[str, dict[str, str]] = {
    "plain": {},
    "skip": {"residual": "pre"},
    "batch_norm": {"normalization": "batch_norm"},
    "skip + batch_norm": {"residual": "pre", "normalization": "batch_norm"},
}
SCHEMES = ("xavier_normal", "normal(std=0.02)", "lecun_normal")


class Opened(torch.nn.Module):
    """W phi(norm(x)) + b, added to x where both have as many units."""

    def __init__(self, linear: torch.nn.Linear, norm: torch.nn.Module) -> None:
        super().__init__()
        self.branch = torch.nn.Sequential(norm, torch.nn.Tanh(), linear)
        self.passes = linear.in_features == linear.out_features

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        branch: torch.Tensor = self.branch(x)
        return x + branch if self.passes else branch


def torch_steps(training: Training, run: Run) -> Callable[[], None]:
    """STEPS steps of each network of the run as nn.Sequential, all on the same minibatches."""
    inputs, labels = torch.tensor(run.parts.inputs), torch.tensor(run.parts.targets.argmax(axis=1))
    nets, optimizers = [], []
    for k in range(len(run.networks.params)):
        layers: list[torch.nn.Module] = []
        for weight, bias in zip(run.networks.weights, run.networks.biases, strict=True):
            linear = torch.nn.Linear(weight.shape[2], weight.shape[1], dtype=inputs.dtype)
            with torch.no_grad():
                linear.weight.copy_(torch.tensor(weight[k]))
                linear.bias.copy_(torch.tensor(bias[k, 0]))
            norms = run.experiment.normalization == "batch_norm"
            if run.experiment.residual == "pre":
                units = linear.in_features
                norm = torch.nn.BatchNorm1d(units, affine=False) if norms else torch.nn.Identity()
                layers.append(Opened(linear, norm))
                continue
            layers += [linear, torch.nn.BatchNorm1d(linear.out_features, affine=False)] if norms else [linear]
            layers.append(torch.nn.Tanh())
        if run.experiment.residual == "none":
            del layers[-2 if run.experiment.normalization == "batch_norm" else -1 :]
        nets.append(torch.nn.Sequential(*layers))
        optimizers.append(OPTIMIZERS[training.optimizer](nets[-1].parameters(), lr=training.learning_rate))
    loss, batch, rows = torch.nn.CrossEntropyLoss(), training.minibatch, len(inputs)

    def go() -> None:
        for _ in range(STEPS):
            chosen = torch.randint(rows, (batch,))
            for net, optimizer in zip(nets, optimizers, strict=True):
                optimizer.zero_grad()
                loss(net(inputs[chosen]), labels[chosen]).backward()
                optimizer.step()

    return go


def our_steps(run: Run) -> Callable[[], None]:
    def go() -> None:
        for _ in range(STEPS):
            run.step()

    return go


def clocked(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1e3 * (time.perf_counter() - start) / STEPS


def compared(training: Training, experiment: Experiment, threads: int) -> str:
    """Medians of our step and PyTorch's in turn, and of their ratio."""
    run = Run(experiment, training, dtype=np.float32)
    theirs, ours = torch_steps(training, run), our_steps(run)
    with ThreadpoolController().limit(limits=threads, user_api="blas"):
        rounds = [(clocked(ours), clocked(theirs)) for _ in range(ROUNDS)]
    mine, other = (statistics.median(times) for times in zip(*rounds, strict=True))
    return f"{mine:>9.2f}{other:>10.2f}{statistics.median(a / b for a, b in rounds):>7.2f}"


def main() -> None:
    print(f"{'threads':>7} {'networks':>8} {'width':>5} {'optimizer':<10}{'ours ms':>9}{'torch ms':>10}{'ratio':>7}")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for count in (1, 3):
            for width in (64, 256):
                for optimizer in OPTIMIZERS:
                    training = Training(
                        schemes="; ".join(SCHEMES[:count]), optimizer=optimizer, train_width=width, learning_rate=0.001
                    )
                    told = compared(training, Experiment(), threads)
                    print(f"{threads:>7} {count:>8} {width:>5} {optimizer:<10}{told}", flush=True)
    torch.set_num_threads(1)
    print(f"\n{'depth':>7} {'width':>8} {'wiring':<17}{'ours ms':>9}{'torch ms':>10}{'ratio':>7}")
    for depth in (10, 50):
        for width in (64, 256)[: 1 + (depth == 10)]:
            for name, wiring in WIRINGS.items():
                training = Training(schemes=SCHEMES[0], train_depth=depth, train_width=width, learning_rate=0.001)
                told = compared(training, Experiment(**wiring), 1)
                print(f"{depth:>7} {width:>8} {name:<17}{told}", flush=True)


if __name__ == "__main__":
    main()
