"""A lock that goes with the process that holds it, however that ends."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import IO

from simulator.settings import SettingError


def lock(path: Path) -> IO[bytes]:
    """Hold a file as long as it is open; raises SettingError where another process holds it."""
    file = path.open("ab")
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise SettingError(f"Another sweep is writing to {path.parent}.") from None
    return file
