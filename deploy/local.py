"""The deployment on one's own machine, on loopback: replicas, and nginx before them with the shipped configuration.

    python -m deploy.local [--replicas 2] [--port 8900]

The tests and the load test run the same.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from deploy import files

ROOT = Path(__file__).resolve().parents[1]
ROOMS = "rooms.sqlite"
"""The file in the folder that all replicas keep rooms in."""

CONFIGURATION = ROOT / "deploy" / "nginx" / "simulator.conf"

_FRAME = """
{user} daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
    include {mime}; default_type application/octet-stream; sendfile on; access_log {folder}/access.log;
    client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    include {folder}/simulator.conf;
}}
"""


class Replica:
    """One process of the app on a port of this machine, its log in a file."""

    def __init__(
        self, port: int, environment: dict[str, str], log: Path, *, root: Path = ROOT, bare: bool = False
    ) -> None:
        self.port, self.environment, self.log, self.root, self.bare = port, environment, log, root, bare
        self.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it, without waiting until it answers."""
        command = [sys.executable, "-m", "deploy", "--port", str(self.port)]
        if self.bare:
            command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.address", "127.0.0.1"]
            command += ["--server.port", str(self.port), "--server.headless", "true"]
        fixed = {"OPENBLAS_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "2"}
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                command,
                cwd=self.root,
                env={**os.environ, **fixed, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )

    def wait(self, patience: float = 60) -> None:
        """Wait until it answers; raises RuntimeError with its log."""
        answers(f"{self.address}/{'_stcore/health' if self.bare else 'healthz'}", self.process, self.log, patience)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it."""
        stop(self.process, how)


@contextlib.contextmanager
def orderly() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl+C does, so that what it started ends with it."""

    def leave(number: int, frame: FrameType | None) -> NoReturn:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, leave) for each in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextlib.contextmanager
def replicas(
    count: int, folder: Path, environment: dict[str, str] | None = None, *, root: Path = ROOT, bare: bool = False
) -> Iterator[list[Replica]]:
    """So many replicas, of the app in `root`, that share a cookie secret; bare ones are `streamlit run app.py`."""
    kept = {"STREAMLIT_SERVER_COOKIE_SECRET": secrets.token_hex(32), "SIMULATOR_ROOMS": str(folder / ROOMS)}
    shared = {**kept, **(environment or {})}
    running: list[Replica] = []
    with orderly():
        try:
            running.extend(
                Replica(port, shared, folder / f"{port}.log", root=root, bare=bare) for port in free_ports(count)
            )
            for replica in running:
                replica.wait()
            yield running
        finally:
            for replica in running:
                replica.stop()


@contextlib.contextmanager
def proxy(ports: Sequence[int], folder: Path, port: int = 0) -> Iterator[str]:
    """The address of an nginx before the replicas on these ports, with the shipped configuration."""
    port = port or free_ports(1)[0]
    files.write(folder / "files")
    text = CONFIGURATION.read_text(encoding="utf-8")
    servers = "\n".join(f"    server 127.0.0.1:{each} max_fails=2 fail_timeout=5s;" for each in ports)
    text = re.sub(r"(    server 127\.0\.0\.1:\d+ [^\n]*\n)+", servers + "\n", text)
    text = text.replace("listen 8900;", f"listen 127.0.0.1:{port};").replace("/srv/simulator/files", f"{folder}/files")
    (folder / "simulator.conf").write_text(text, encoding="utf-8")
    mime = next(
        place for place in (Path("/etc/nginx/mime.types"), Path("/usr/local/etc/nginx/mime.types")) if place.exists()
    )
    user = "user root;" if os.getuid() == 0 else ""  # it would change to one who may not read the folder
    (folder / "nginx.conf").write_text(_FRAME.format(folder=folder, mime=mime, user=user), encoding="utf-8")
    command = [nginx() or "nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    log = folder / "nginx.log"
    with log.open("wb") as sink:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT)
    try:
        answers(f"http://127.0.0.1:{port}/healthz", process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        stop(process)


def nginx() -> str | None:
    """Where nginx is, or None."""
    return shutil.which("nginx", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]))


def free_ports(count: int) -> list[int]:
    """Ports that nobody uses now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def answers(address: str, process: subprocess.Popen[bytes], log: Path, patience: float = 60) -> None:
    """Wait until an address answers; raises RuntimeError with the log where it does not."""
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=2) as answer:
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError(f"{address} does not answer:\n{log.read_text(errors='replace')}")


def stop(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> None:
    """End a process, at once if it does not end by itself."""
    process.send_signal(how)
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def main() -> int:
    """Run replicas behind nginx until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--port", type=int, default=8900)
    options = parser.parse_args()
    if nginx() is None:
        print("nginx was not found. On Debian or Ubuntu: sudo apt install nginx-light", file=sys.stderr)
        return 2
    with (
        tempfile.TemporaryDirectory() as name,
        replicas(options.replicas, Path(name)) as running,
        proxy([replica.port for replica in running], Path(name), options.port) as address,
        contextlib.suppress(KeyboardInterrupt),
    ):
        print(f"{address}, replicas on {', '.join(str(replica.port) for replica in running)}; Ctrl+C ends them")
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
