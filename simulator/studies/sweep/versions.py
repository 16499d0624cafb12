"""The versions that the numbers of a sweep depend on beside its grid."""

from __future__ import annotations

import numpy as np

from simulator import threads
from simulator.version import __version__

KERNEL = "kernel"
"""Dense chaotic networks amplify the last digits, in which the kernels of other processors differ."""


def versions() -> dict[str, str]:
    """The versions that the numbers depend on beside the grid: to the last digits on the kernel."""
    return {"simulator": __version__, "numpy": np.__version__, KERNEL: threads.kernel()}


def unlike(theirs: dict[str, str], ours: dict[str, str], *, mixed: bool = False) -> bool:
    """Whether numbers of these versions do not belong together; the kernels may be `mixed`."""
    left_out = {KERNEL} if mixed or KERNEL not in theirs else set()
    return any(theirs.get(name) != number for name, number in ours.items() if name not in left_out)
