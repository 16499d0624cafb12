"""The default page's simulation against the bare random draws and matrix products of real weights, in one run.

Two engines against the same floor: dense forms every weight matrix as the floor does; matrix-free, the choice of
"auto" at this size, forms none.

python -m benchmarks.default_run
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from threadpoolctl import ThreadpoolController

from simulator import Experiment, propagate
from simulator.weights import Role, stream

ROUNDS = 40


def bare(experiment: Experiment) -> None:
    """Draw inputs, top gradient and every weight matrix, and form the products of both passes, nothing else."""
    batch, widths = experiment.batch, experiment.layer_widths
    signal = stream(0, Role.INPUTS).standard_normal((batch, widths[0]))
    gradient = stream(0, Role.TOP_GRADIENT).standard_normal((batch, widths[-1]))
    weights = [
        experiment.init_part.sample(stream(0, Role.WEIGHT, layer), widths[layer], widths[layer - 1])
        for layer in range(1, len(widths))
    ]
    for weight in weights:
        signal = np.matmul(signal, weight.T)
        np.matmul(signal, signal.T)  # the weight gradient's moments need the examples' inner products
    for weight in reversed(weights):
        np.matmul(gradient, gradient.T)
        gradient = np.matmul(gradient, weight)


def clocked(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def main() -> None:
    blas = ThreadpoolController()
    heads = f"{'activation':<12}{'engine':<12}{'bare ms':>9}{'ours ms':>9}{'ratio':>7}"
    print(f"{heads}   medians of {ROUNDS} interleaved rounds")
    for activation, engine in itertools.product(("tanh", "relu", "sigmoid", "gelu"), ("dense", "matrix_free")):
        experiment = Experiment(activation=activation, engine=engine)
        rounds = []
        for _ in range(ROUNDS):
            with blas.limit(limits=1, user_api="blas"):
                floor = clocked(partial(bare, experiment))
            rounds.append((floor, clocked(partial(propagate, experiment))))
        floors, ours = (1e3 * statistics.median(times) for times in zip(*rounds, strict=True))
        ratio = statistics.median(mine / least for least, mine in rounds)
        print(f"{activation:<12}{engine:<12}{floors:>9.1f}{ours:>9.1f}{ratio:>7.2f}")


if __name__ == "__main__":
    main()
