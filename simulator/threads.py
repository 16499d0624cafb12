"""Which threads a run uses: some to draw weights ahead, and no more for matrix products than pay."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache

from threadpoolctl import ThreadpoolController

from simulator.experiment import Experiment

_LARGE_PRODUCT = 2**27
"""Multiply-adds of one matrix product from which more than one thread pays."""

_LARGE_DRAW = 2**14
"""Weights of one layer from which drawing them in another thread pays."""


@contextmanager
def workers(experiment: Experiment, n_seeds: int) -> Iterator[Executor | None]:
    """A pool that draws ahead while this thread multiplies, or None where it would not pay.

    Small products run in one thread: threads of a matrix library that wait for one another by spinning
    cost seconds, not milliseconds, once the cores have other work.
    """
    widths, batch = experiment.layer_widths, experiment.batch
    fan = batch if experiment.matrix_free else max(widths)
    per_layer = n_seeds * fan * max(widths)
    limit = None if fan * max(widths) * batch >= _LARGE_PRODUCT else 1
    with _controller().limit(limits=limit, user_api="blas"):
        if cores() == 1 or per_layer < _LARGE_DRAW or sys.platform == "emscripten":
            yield None
        else:
            # A pool per run: threads kept between runs would not survive a fork.
            with ThreadPoolExecutor(cores() - 1, thread_name_prefix="draw") as pool:
                yield pool


@lru_cache(maxsize=1)
def cores() -> int:
    """The processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@lru_cache(maxsize=1)
def _controller() -> ThreadpoolController:
    return ThreadpoolController()
