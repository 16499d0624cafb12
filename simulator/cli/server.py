"""The command that starts the app."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from simulator.cost import MAX_BYTES
from simulator.settings import SettingError


def app(arguments: argparse.Namespace) -> int:
    """simulator app."""
    if not arguments.port.isdecimal() or not 0 < int(arguments.port) < 65536:
        raise SettingError(f"--port must lie in [1, 65535]; got {arguments.port!r}.")
    here = Path(__file__).resolve().parents[1]
    root = next((place for place in (here.parent, here / "bundle") if (place / "app.py").is_file()), None)
    if root is None:
        raise SettingError("app.py was not found beside the simulator package.")
    # Streamlit reads .streamlit/config.toml from the folder it is started in.
    where = ["--server.port", arguments.port, "--server.address", arguments.address]
    # A machine of one's own has nobody to share with; a public server keeps the smaller limits.
    own = {"SIMULATOR_RUN_MB": str(MAX_BYTES // 2**20), "SIMULATOR_ONE_THREAD": "0"}
    return subprocess.call(
        [sys.executable, "-m", "streamlit", "run", "app.py", *where], cwd=root, env={**own, **os.environ}
    )
