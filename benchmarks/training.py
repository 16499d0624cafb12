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
SCHEMES = ("xavier_normal", "normal(std=0.02)", "lecun_normal")


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
            layers += [linear, torch.nn.Tanh()]
        nets.append(torch.nn.Sequential(*layers[:-1]))
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


def main() -> None:
    blas = ThreadpoolController()
    print(f"{'threads':>7} {'networks':>8} {'width':>5} {'optimizer':<10}{'ours ms':>9}{'torch ms':>10}{'ratio':>7}")
    for threads in (1, 2):
        torch.set_num_threads(threads)
        for count in (1, 3):
            for width in (64, 256):
                for optimizer in OPTIMIZERS:
                    training = Training(
                        schemes="; ".join(SCHEMES[:count]), optimizer=optimizer, train_width=width, learning_rate=0.001
                    )
                    run = Run(Experiment(), training, dtype=np.float32)
                    theirs, ours = torch_steps(training, run), our_steps(run)
                    with blas.limit(limits=threads, user_api="blas"):
                        rounds = [(clocked(ours), clocked(theirs)) for _ in range(ROUNDS)]
                    mine, other = (statistics.median(times) for times in zip(*rounds, strict=True))
                    ratio = statistics.median(a / b for a, b in rounds)
                    print(
                        f"{threads:>7} {count:>8} {width:>5} {optimizer:<10}{mine:>9.2f}{other:>10.2f}{ratio:>7.2f}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
