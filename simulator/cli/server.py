"""The command that starts the app."""

from __future__ import annotations

import argparse
import os
import re
import socket
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from simulator.cost import MAX_BYTES
from simulator.settings import SettingError, echo


def app(arguments: argparse.Namespace) -> int:
    """simulator app."""
    if not re.fullmatch("0*[1-9][0-9]{0,4}", arguments.port) or int(arguments.port) > 65535:
        raise SettingError(f"--port must lie in [1, 65535]; got {echo(arguments.port)}.")
    if find_spec("streamlit") is None:
        raise SettingError('The app needs Streamlit: pip install "variance-propagation-simulator[app]".')
    _check(arguments.address, int(arguments.port))
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


def _check(address: str, port: int) -> None:
    """Raise SettingError where this machine cannot listen; Streamlit would show a traceback."""
    try:
        version = socket.AF_INET6 if ":" in address else socket.AF_INET  # as Streamlit does
        family, kind, _, _, place = socket.getaddrinfo(address, port, version, socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        said = error.strerror or type(error).__name__
        raise SettingError(f"The app cannot listen on port {port} of {echo(address)}: {said}.") from None
    except ValueError:  # a zero byte, or a name of more characters than names have
        raise SettingError(f"--address must be an address of this machine; got {echo(address)}.") from None
