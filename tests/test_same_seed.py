"""The same seed, the same numbers: to the bit on one machine, and nearly so on another processor."""

from __future__ import annotations

import json
import os
import platform
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from simulator import Experiment, SettingError, propagate, threads
from simulator.activations import Activation
from simulator.cost import Shape
from simulator.initializers import Initializer
from simulator.normalization import Normalization
from simulator.residual import Residual
from simulator.studies.sweep.rows import measure

CONFIGURATIONS = 200
SEEDS = 6

CHOICES = {
    "activation": tuple(Activation.registry),
    "init": tuple(Initializer.registry),
    "normalization": tuple(Normalization.registry),
    "residual": tuple(Residual.registry),
    "dropout": (0.0, 0.0, 0.0, 0.3),
    "lsuv": ("off", "off", "off", "on"),
    "gain": (1.0, 1.0, 0.3, 1.7, 30.0, 1e-3),
    "bias": ("zeros", "zeros", "normal(std=0.3)", "constant(value=1e-50)", "torch_default"),
    "inputs": ("gaussian", "gaussian", "digits", "uniform", "gaussian(mean=1, std=1e-3)", "gaussian(std=1e-40)"),
    "loss": ("none", "none", "squared_error", "softmax_cross_entropy", "softmax_cross_entropy(naive_log=1)"),
    "engine": ("auto", "dense", "matrix_free"),
    "width": (1, 5, 16, 33, 64),
    "batch": (1, 2, 7, 16),
    "depth": (1, 4, 30),
}


def configurations() -> Iterator[Experiment]:
    """Random ones that go together, always the same."""
    chance = random.Random(14)
    made = 0
    while made < CONFIGURATIONS:
        try:
            yield Experiment(**{name: chance.choice(values) for name, values in CHOICES.items()}, seeds=SEEDS)
        except SettingError:
            continue
        made += 1


def bits(experiment: Experiment) -> dict[str, bytes]:
    return {" ".join(pair): np.stack(both, axis=1).tobytes() for pair, both in propagate(experiment).curves.items()}


def apart(experiment: Experiment) -> dict[str, bytes]:
    """Every network on its own, last one first."""
    alone = [bits(experiment.replace(seeds=1, seed=experiment.seed + number)) for number in reversed(range(SEEDS))]
    return {pair: b"".join(one[pair] for one in reversed(alone)) for pair in alone[0]}


@pytest.mark.parametrize("part", range(8))
def test_a_network_is_the_same_in_any_company(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever other networks run with it, in whatever groups, threads and order: the same bits."""
    chance = random.Random(part)
    for experiment in list(configurations())[part::8]:
        with monkeypatch.context() as patch:
            patch.setattr(threads, "cores", lambda: 1)
            expected = apart(experiment)
            assert bits(experiment) == expected, experiment.params()
        group_size, cores = chance.choice((2, 3, 4)), chance.choice((2, 3))
        with monkeypatch.context() as patch:
            patch.setattr(Shape, "group_size", lambda self, *, dense, size=group_size: size)
            patch.setattr(threads, "cores", lambda cores=cores: cores)
            patch.setattr(threads, "LARGE_DRAW", chance.choice((1, 2**14)))
            patch.setattr(threads, "LARGE_DRAW_SINGLE", chance.choice((1, 2**17)))
            assert bits(experiment) == expected, experiment.params()


def test_a_network_whose_values_are_all_but_equal_is_the_same_in_any_company() -> None:
    """Where one network's variance has no digits left, another's beside it has."""
    for part in ("hardsigmoid", "softplus"):
        experiment = Experiment(activation=part, init="lecun_normal", gain=30, width=1, batch=2, depth=4, seeds=SEEDS)
        assert bits(experiment) == apart(experiment)


def test_a_sweep_s_worker_and_many_threads_measure_the_same_bits() -> None:
    some = list(configurations())[::20]
    expected = [bits(experiment) for experiment in some]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(bits, some)) == expected
    for experiment in some:
        rows, again = (measure(experiment, {}, 0, keep="layers") for _ in range(2))
        assert not rows.errors and rows.value.tobytes() == again.value.tobytes()


@pytest.mark.parametrize(("engine", "gain"), [("dense", 20), ("matrix_free", 6)])
def test_what_is_no_number_stays_its_own_network_s(engine: str, gain: float) -> None:
    """Gradients of a naive cross-entropy are NaN in some networks, and in no other."""
    naive = Experiment(
        activation="linear", init="lecun_normal", gain=gain, depth=2, width=8, batch=2, seeds=8, engine=engine,
        loss="softmax_cross_entropy(naive_log=1)",
    )  # fmt: skip
    gradients = propagate(naive).curves["activation_gradient", "variance"][1]
    missing = np.isnan(gradients).all(axis=1)
    assert 0 < missing.sum() < 8
    assert np.isfinite(gradients[~missing]).all()


@pytest.mark.parametrize("engine", ["dense", "matrix_free"])
@pytest.mark.parametrize("size", [1e-50, 1e-200])
def test_no_signal_is_too_small_for_either_engine(engine: str, size: float) -> None:
    """A linear network of inputs or biases of that size is one of size 1, moved by as many decades."""
    plain = Experiment(activation="linear", init="lecun_normal", depth=4, width=64, batch=8, engine=engine)
    for name, text in (("inputs", "gaussian(std={:g})"), ("bias", "constant(value={:g})")):
        rest = {"inputs": "gaussian(std=0)"} if name == "bias" else {}
        tiny, unit = (plain.replace(**rest, **{name: text.format(value)}) for value in (size, 1.0))
        logs = [propagate(experiment).curves["preactivation", "second_moment"][1][:, 1:] for experiment in (tiny, unit)]
        np.testing.assert_allclose(logs[0] - logs[1], 2 * np.log10(size), rtol=1e-6)


def test_a_mean_square_is_never_negative() -> None:
    """In a batch of two, batch norm leaves gradients that cancel in every weight."""
    nets = Experiment(
        activation="relu", init="he_normal", normalization="batch_norm", batch=2, width=40, depth=10, seeds=20
    )
    for engine in ("dense", "matrix_free"):
        curves = propagate(nets.replace(engine=engine)).curves
        for (_, statistic), (values, _) in curves.items():
            if statistic in ("variance", "second_moment"):
                assert np.nanmin(values) >= 0


KERNELS = ("Haswell", "SkylakeX", "Sandybridge")
ACROSS = (
    dict(activation="leaky_relu", init="he_normal"),
    dict(activation="relu", init="he_normal", bias="normal(std=0.1)", loss="softmax_cross_entropy"),
    dict(activation="tanh", init="lecun_normal", gain=2.0),
    dict(activation="tanh", init="lecun_normal", gain=0.7, bias="normal(std=0.3)"),
    dict(activation="sigmoid", init="xavier_normal"),
    dict(activation="gelu", init="he_normal"),
    dict(activation="tanh", init="orthogonal", gain=1.5),
    dict(activation="selu", init="lecun_normal", inputs="digits", normalization="layer_norm"),
    dict(activation="erf", init="lecun_normal", gain=3.0, residual="post"),
)
CHILD = """
import json, sys
from threadpoolctl import threadpool_info
from simulator import Experiment, propagate
found = []
for settings in json.loads(sys.argv[1]):
    curves = propagate(Experiment(**settings, depth=100, seed=1, engine="matrix_free")).curves
    squares = {" ".join(pair): logs for pair, (_, logs) in curves.items() if pair[1] in ("variance", "second_moment")}
    kept = {name: logs.tolist() for name, logs in squares.items()}
    found.append(kept)
print(json.dumps([sorted({library["architecture"] for library in threadpool_info()}), found]))
"""


@pytest.mark.slow
@pytest.mark.skipif(platform.machine().lower() not in ("x86_64", "amd64"), reason="these kernels are of x86-64")
def test_matrix_free_networks_are_nearly_the_same_on_another_processor() -> None:
    """Variances and second moments of 100 layers agree to 1e-3 between three kernels of the matrix library."""
    children = [
        subprocess.Popen(
            [sys.executable, "-c", CHILD, json.dumps(ACROSS)],
            env={**os.environ, "OPENBLAS_CORETYPE": kernel, "OPENBLAS_NUM_THREADS": "1"},
            stdout=subprocess.PIPE,
        )
        for kernel in KERNELS
    ]
    said = [child.communicate()[0] for child in children]
    # A kernel of instructions that this processor lacks ends by SIGILL.
    told = [json.loads(text) for text, child in zip(said, children, strict=True) if child.returncode != -signal.SIGILL]
    assert len(told) >= 2
    assert not any(child.returncode not in (0, -signal.SIGILL) for child in children)
    kernels = {kernel for used, _ in told for kernel in used}
    if len(kernels) < 3:
        pytest.skip(f"this processor, or its matrix library, has only {', '.join(sorted(kernels))}")
    for settings, *found in zip(ACROSS, *(curves for _, curves in told), strict=True):
        for pair in found[0]:
            logs = np.array([one[pair] for one in found], dtype=float)[:, 0]
            known = ~np.isnan(logs).any(axis=0)
            assert np.ptp(logs[:, known], axis=0).max() < 1e-3 / np.log(10), (settings, pair)
