"""Results kept for everybody, bounded by their bytes."""

from __future__ import annotations

import sys
from collections import OrderedDict
from collections.abc import Hashable, Iterable
from itertools import chain
from threading import Lock
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

_ATOMS = {float, int, bool, str, type(None)}


class Store:
    """Values by key, at most `limit` bytes of them, the least recently used dropped first; the newest always stays."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    @property
    def nbytes(self) -> int:
        """The size of all that is kept, in bytes."""
        return self._bytes

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, key: Hashable) -> tuple[Any] | None:
        """The value of `key` in a tuple, or None."""
        with self._lock:
            kept = self._kept.get(key)
            if kept is None:
                return None
            self._kept.move_to_end(key)
            return (kept[0],)

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


def weight(value: object) -> int:
    """The memory of a value in bytes, arrays and tables to the byte, everything reachable from it once."""
    total, seen, waiting = 0, set[int](), [value]
    while waiting:  # every result is weighed twice, with all layers of its theory: a loop, and the usual first
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if type(one) in _ATOMS:
            total += sys.getsizeof(one)
            continue
        if callable(one) or isinstance(one, ModuleType):
            continue
        if isinstance(one, np.ndarray):
            total += 112
            if one.base is None:
                total += one.nbytes
            else:
                waiting.append(one.base)
        elif isinstance(one, (pd.DataFrame, pd.Series)):
            total += int(np.sum(one.memory_usage(deep=True)))
        else:
            total += sys.getsizeof(one)
            waiting += _within(one)
    return total


def _within(value: object) -> Iterable[object]:
    if isinstance(value, dict):  # no other mapping: one that works its values out when asked would do so now
        return chain.from_iterable(list(value.items()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return value
    return (vars(value),) if hasattr(value, "__dict__") else ()
