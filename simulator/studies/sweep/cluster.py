"""Whether a Dask cluster that finishes nothing is lost."""

from __future__ import annotations

import math
import time
from concurrent.futures import Executor
from typing import Any

ALONE = 60.0
"""Seconds without a worker, where there had been some, after which a cluster counts as lost."""


class Cluster:
    """The cluster behind an executor, if that is Dask's: of its loss futures say nothing."""

    def __init__(self, executor: Executor) -> None:
        self._client: Any = getattr(executor, "_client", None)
        self._seen = -math.inf
        self.lost()

    def lost(self) -> bool:
        """Whether its scheduler is lost for good, or all the workers that it had, for a while; asks the scheduler."""
        if self._client is None:
            return False
        if getattr(self._client, "status", "running") in ("closing", "closed"):
            return True
        try:
            workers = len(self._client.nthreads())
        except Exception:  # whatever a broken connection raises: the client finds out by itself, and its status tells
            return False
        now = time.monotonic()
        if workers or self._seen == -math.inf:  # a queue may not have started the first one yet
            self._seen = now if workers else self._seen
            return False
        return now - self._seen > ALONE
