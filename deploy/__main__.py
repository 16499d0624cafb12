"""The server: the app behind the door, on one port, with every bound in place.

python -m deploy [--host 0.0.0.0] [--port 8501] [--workers 1]
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import os
import sys
import tempfile

import uvicorn

from deploy.messages import MOST_BYTES


def main() -> int:
    """Serve until ended; SIGTERM gives those who are being answered five seconds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8501)
    parser.add_argument("--workers", type=int, default=1, help="processes on the port, each with caches of its own")
    options = parser.parse_args()
    _many_files()
    if options.workers > 1 and "SIMULATOR_ROOMS" not in os.environ:  # they are to find each other's rooms
        kept = tempfile.TemporaryDirectory(prefix="simulator-rooms-")
        os.environ["SIMULATOR_ROOMS"] = os.path.join(kept.name, "rooms.sqlite")
    bounded = importlib.util.find_spec("httptools") is not None  # h11, which takes its place, has bounds of its own
    uvicorn.run(
        "deploy.asgi:app",
        host=options.host,
        port=options.port,
        workers=options.workers,
        http="deploy.wire:Requests" if bounded else "auto",
        ws="deploy.wire:Messages" if bounded else "auto",
        ws_max_size=MOST_BYTES,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )
    return 0


def _many_files() -> None:
    """As many sockets as the system lets this process have: of a thousand, idle ones would lock all others out."""
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


if __name__ == "__main__":
    sys.exit(main())
