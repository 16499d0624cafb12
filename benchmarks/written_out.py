"""`propagate` against the same job written out by hand in NumPy for one network, in one run, in processor time.

The same algorithm, draws and statistics, on arrays of one network in one thread, without all that a simulator needs
besides: no exponents beyond the range of floats, no dependent examples, no other wiring, no choice of activation
while it runs. What the simulator costs above this floor is its price for being one.

python -m benchmarks.written_out [--rounds 40]
"""

from __future__ import annotations

import argparse
import math
import statistics
import time
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy import special
from scipy.linalg.blas import dtrsm
from scipy.linalg.lapack import dpotrf
from threadpoolctl import ThreadpoolController

from simulator import Experiment, propagate
from simulator.weights import Role, stream
from simulator.weights.normals import singles

Array = NDArray[np.float32]
Numbers = dict[str, float]

SEEDS = 8


def _tanh(h: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    x = np.tanh(h)
    slope = x * x
    np.subtract(1, slope, out=slope)
    return x, slope, np.abs(h) > 2.17827221


def _relu(h: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    active = h > 0
    return np.maximum(h, 0), active.astype(np.float32), ~active


def _sigmoid(h: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    x = np.exp(-np.abs(h))
    gate = 1 / (x + 1)
    slope = gate * gate
    slope *= x
    x = np.maximum(x, h >= 0)
    x *= gate
    return x, slope, np.abs(h) > 4.3565444


def _gelu(h: Array) -> tuple[Array, Array, NDArray[np.bool_]]:
    x = special.ndtr(h)
    slope = h * h
    slope *= -0.5
    np.exp(slope, out=slope)
    slope *= h
    slope *= np.float32(1 / math.sqrt(2 * math.pi))
    slope += x
    x *= h
    return x, slope, (h < -2.11) | ((h > -0.80) & (h < -0.70))  # about where |phi'| is below 5 % of its largest


ACTIVATIONS = {"tanh": _tanh, "relu": _relu, "gelu": _gelu, "sigmoid": _sigmoid}


def written_out(experiment: Experiment) -> list[tuple[str, Numbers]]:
    """Forward and backward of one network, every statistic of every layer."""
    width, batch, deviation = experiment.width, experiment.batch, np.float32(math.sqrt(experiment.weight_variance(1)))
    activate, found = ACTIVATIONS[experiment.activation], []
    image, fresh = (np.empty((batch, width), np.float32) for _ in range(2))
    x = stream(0, Role.INPUTS).standard_normal((batch, width)).astype(np.float32)
    found.append(("activation", _moments(x) | _alike(x)))
    kept = []
    for layer in range(1, experiment.depth + 1):
        rows = x - (x @ x[0] / np.vdot(x[0], x[0]))[:, None] * x[0]
        rows[0] = x[0]
        precise = rows.astype(np.float64)
        gram = precise @ precise.T
        lower = dpotrf(gram.T, lower=0, clean=1)[0].T
        mixing = lower.copy()
        share = (x @ x[0] / np.vdot(x[0], x[0])).astype(np.float64)
        mixing[1:, 0] += share[1:] * mixing[0, 0]
        image = np.empty((batch, width), np.float32)
        singles([stream(0, Role.WEIGHT, layer)], image[None])
        h = (deviation * mixing).astype(np.float32) @ image
        found.append(("preactivation", _moments(h) | _alike(h)))
        kept.append((x, rows, lower, image, mixing))
        x, slope, flat = activate(h)
        kept[-1] += (slope,)
        found.append(("activation", _moments(x) | _alike(x) | _saturated(flat)))
    gradient = stream(0, Role.TOP_GRADIENT).standard_normal((batch, width), dtype=np.float32)
    found.append(("activation_gradient", _moments(gradient)))
    for layer in range(experiment.depth, 0, -1):
        x, rows, lower, image, mixing, slope = kept.pop()
        upstream = gradient * slope
        gram = (upstream @ upstream.T).astype(np.float64)
        found.append(("preactivation_gradient", _moments(upstream)))
        pair = np.vdot(upstream.sum(axis=1), x.sum(axis=1)) / width**2
        square = np.vdot(gram, mixing @ mixing.T) / width**2
        found.append(("weight_gradient", {"second_moment": square, "variance": square - pair * pair}))
        singles([stream(0, Role.FRESH_WEIGHT, layer)], fresh[None])
        onto = (upstream @ image.T).astype(np.float64)
        across = (fresh @ rows.T).astype(np.float64)
        dtrsm(1.0, lower.T, across.T, trans_a=1, overwrite_b=1)
        mixing = dpotrf(gram.T, lower=0, clean=1)[0].T
        onto -= mixing @ across
        dtrsm(1.0, lower.T, onto.T, overwrite_b=1)
        gradient = (deviation * mixing).astype(np.float32) @ fresh
        gradient += (deviation * onto).astype(np.float32) @ rows
        found.append(("activation_gradient", _moments(gradient)))
    return found


def _moments(values: Array) -> Numbers:
    mean, square = float(values.mean()), float(np.vdot(values, values)) / values.size
    return {"mean": mean, "second_moment": square, "variance": square - mean * mean}


def _alike(values: Array) -> Numbers:
    total = (1 / np.sqrt(np.vecdot(values, values))) @ values
    count = len(values)
    return {"correlation": (float(np.vdot(total, total)) - count) / (count * (count - 1))}


def _saturated(flat: NDArray[np.bool_]) -> Numbers:
    return {
        "saturated_fraction": np.count_nonzero(flat) / flat.size,
        "dead_fraction": np.count_nonzero(flat.all(axis=0)) / flat.shape[1],
    }


def _clocked(call: Callable[[], object]) -> tuple[float, float]:
    """Seconds of the processor, and of the clock."""
    processor, clock = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - processor, time.perf_counter() - clock


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.written_out", description=__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args()
    print(
        f"{'activation':<12}{'by hand':>9}{'ours':>8}{'ratio':>7}{f'{SEEDS} seeds':>9}{'ratio':>7}{'by the clock':>14}"
    )
    blas = ThreadpoolController()
    for activation in ACTIVATIONS:
        one = Experiment(activation=activation)
        several = one.replace(seeds=SEEDS)
        rounds = []
        for _ in range(options.rounds + 2):
            with blas.limit(limits=1, user_api="blas"):
                floor = _clocked(partial(written_out, one))
            rounds.append((floor, _clocked(partial(propagate, one)), _clocked(partial(propagate, several))))
        taken = rounds[2:]
        middle = [[1e3 * statistics.median(times[run][kind] for times in taken) for run in range(3)] for kind in (0, 1)]
        ratio = [[statistics.median(t[run][kind] / t[0][kind] for t in taken) for run in (1, 2)] for kind in (0, 1)]
        (floor_ms, our_ms, several_ms), (processor, clock) = middle[0], ratio
        print(
            f"{activation:<12}{floor_ms:>9.1f}{our_ms:>8.1f}{processor[0]:>7.2f}{several_ms:>9.1f}{processor[1]:>7.2f}"
            f"{clock[0]:>7.2f}{clock[1]:>7.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
