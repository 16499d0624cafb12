"""Depth 100 at width 65,536: the whole run against the bare draws and products that it needs, in turn.

python -m benchmarks.giant
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from simulator import Experiment, propagate
from simulator.weights.normals import singles
from simulator.weights.streams import Role, stream

EXPERIMENT = Experiment(activation="relu", init="he_normal", depth=100, width=65536, batch=32)
ROUNDS = 4


def bare() -> None:
    """Two draws and seven products of a batch a layer, in one thread and in memory that is used over and over."""
    shape = (EXPERIMENT.batch, EXPERIMENT.width)
    signal, image, product = (np.ones(shape, dtype=np.float32) for _ in range(3))
    for layer in range(EXPERIMENT.depth):
        singles([stream(0, Role.WEIGHT, layer)], image[None])
        mixing = signal @ signal.T
        np.matmul(mixing, image, out=product)
    for layer in range(EXPERIMENT.depth):
        singles([stream(0, Role.FRESH_WEIGHT, layer)], image[None])
        mixing = signal @ signal.T
        onto, fresh = signal @ image.T, image @ signal.T
        np.matmul(mixing + fresh, image, out=product)
        np.matmul(onto, signal, out=product)


def main() -> int:
    for number in range(ROUNDS):
        floor, whole = _clocked(threadpool_limits.wrap(limits=1)(bare)), _clocked(lambda: propagate(EXPERIMENT))
        note = " (the system hands out the memory for the first time)" if number == 0 else ""
        print(f"bare {floor:.2f} s  whole {whole:.2f} s  ratio {whole / floor:.2f}{note}", flush=True)
    print(f"resident {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB at most")
    return 0


def _clocked(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
