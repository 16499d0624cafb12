"""What is kept for everybody, bounded by its bytes."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd


class Store:
    """Values by key, at most `limit` bytes of them, the least recently used dropped first; the newest always stays."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """What is kept, in bytes."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable) -> tuple[Any] | None:
        """The value of `key` in a tuple, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return (found[0],)

    def keep(self, key: Hashable, value: object) -> tuple[Any]:
        """Keep a value, weighed now and once more when the next one comes: a result may work out more when asked."""
        with self._lock:
            if self._kept:
                newest = next(reversed(self._kept))
                self._weigh(newest, self._kept[newest][0])
            self._weigh(key, value)
            self._kept.move_to_end(key)
            while self._bytes > self.limit and len(self._kept) > 1:
                _, (_, size) = self._kept.popitem(last=False)
                self._bytes -= size
        return (value,)

    def _weigh(self, key: Hashable, value: object) -> None:
        before = self._kept.get(key, (None, 0))[1]
        size = weight((key, value))
        self._kept[key] = value, size
        self._bytes += size - before


def weight(value: object, _seen: set[int] | None = None) -> int:
    """The memory of a value in bytes, arrays and tables to the byte, everything reachable from it once."""
    seen = set() if _seen is None else _seen
    if id(value) in seen or isinstance(value, type | type(sys)) or callable(value):
        return 0
    seen.add(id(value))
    if isinstance(value, np.ndarray):
        return value.nbytes + 112 if value.base is None else weight(value.base, seen) + 112
    if isinstance(value, pd.DataFrame | pd.Series):
        return int(np.sum(value.memory_usage(deep=True)))
    size = sys.getsizeof(value)
    if isinstance(value, dict):  # no other mapping: one that works its values out when asked would do so now
        return size + sum(weight(key, seen) + weight(item, seen) for key, item in list(value.items()))
    if isinstance(value, list | tuple | set | frozenset):
        return size + sum(weight(item, seen) for item in value)
    return size + (weight(vars(value), seen) if hasattr(value, "__dict__") else 0)
