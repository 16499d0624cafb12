"""Runs that keep to one thread, whatever the machine has."""

from __future__ import annotations

import platform
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_info

from simulator import Experiment, propagate, threads

SEVERAL = Experiment(depth=3, width=256, batch=64, seeds=4, engine="dense")


def blas_threads() -> list[int]:
    return [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]


def test_in_one_thread_no_other_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "cores", lambda: 2)
    shared = propagate(SEVERAL)

    def refuse(*arguments: object, **keywords: object) -> None:
        raise AssertionError("A thread is started.")

    monkeypatch.setattr(threads, "_Pool", refuse)
    with pytest.raises(AssertionError):
        propagate(SEVERAL)
    with threads.in_one_thread():
        assert set(blas_threads()) <= {1}
        alone = propagate(SEVERAL)
    for pair, (value, _) in shared.curves.items():
        np.testing.assert_array_equal(alone.curves[pair][0], value)


def test_what_was_allowed_before_is_allowed_again() -> None:
    before = blas_threads()
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda seed: _alone(seed), range(8)):
            pass
    assert blas_threads() == before


def test_another_threads_limit_does_not_stand_in_the_way() -> None:
    """A newer threadpoolctl listens to the first thread that sets a limit and, until that lets go, to no other."""
    limiter = ThreadpoolController().limit(limits=2, user_api="blas")
    try:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_alone, 0).result()
    finally:
        limiter.restore_original_limits()
        threads._disown()


def _alone(seed: int) -> None:
    with threads.in_one_thread(), threads.in_one_thread():
        propagate(Experiment(depth=2, width=8, batch=4, seed=seed))
        assert set(blas_threads()) <= {1}


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="another C library has rules of its own")
def test_a_run_is_given_the_memory_of_the_one_before() -> None:
    """To be given it by the system anew, page by page, took up to a fifth of a run."""
    resource = pytest.importorskip("resource")
    one = Experiment()
    propagate(one)
    asked = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        propagate(one)
        asked.append(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
    kept = 3 * 4 * one.depth * one.width * one.batch  # what the backward pass needs: images, activations and slopes
    assert min(asked) < 0.05 * kept / resource.getpagesize()
