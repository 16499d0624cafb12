"""A real Dask scheduler and two workers on loopback, one of them killed on the way."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pytest

from simulator import Experiment, Grid, load_sweep, sweep
from tests.waiting import PATIENCE, until

if importlib.util.find_spec("distributed") is None:
    pytest.skip("Dask is not installed: pip install -e '.[dask]'.", allow_module_level=True)

REPOSITORY = Path(__file__).resolve().parents[3]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(REPOSITORY), "OPENBLAS_NUM_THREADS": "1"}
GRID = Grid(Experiment(depth=4, width=16, batch=8), seed=range(200))
COMMAND = ["sweep", "--grid", "seed=0:199:200", "--depth", "4", "--width", "16", "--batch", "8"]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """start(module, *arguments): a process that is ended with the test; its output goes to a file of its number."""
    running: list[subprocess.Popen[str]] = []

    def one(module: str, *arguments: str) -> subprocess.Popen[str]:
        with (tmp_path / f"{len(running)}.txt").open("w") as sink:
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", module, *arguments],
                    cwd=tmp_path,
                    env=ENVIRONMENT,
                    stdin=subprocess.PIPE,
                    stdout=sink,
                    stderr=subprocess.STDOUT,
                    text=True,
                )
            )
        return running[-1]

    yield one
    for process in running:
        process.kill()
        process.communicate()


def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        found: int = probe.getsockname()[1]
        return found


def test_a_killed_worker_changes_nothing(start: Start, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{port()}"
    logs = [tmp_path / f"{number}.txt" for number in range(4)]
    host = ["--host", "127.0.0.1", "--no-dashboard"]
    start("distributed.cli.dask_scheduler", *host, "--port", address.rpartition(":")[2], "--no-show")
    until(lambda: "Scheduler at" in logs[0].read_text(), "The scheduler does not start.")
    workers = [start("distributed.cli.dask_worker", address, *host, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    for log in logs[1:3]:
        until(lambda log=log: "Registered to" in log.read_text(), "A worker does not start.")
    out = tmp_path / "out"
    driver = start("tests.standing", "3", *COMMAND, "--output", str(out), "--dask", address)
    until(lambda: "standing" in logs[3].read_text() or driver.poll() is not None)
    workers[0].send_signal(signal.SIGKILL)
    workers[0].wait()
    driver.communicate("go on\n", timeout=PATIENCE)
    assert driver.returncode == 0, logs[3].read_text()
    assert "Traceback" not in logs[3].read_text()
    pd.testing.assert_frame_equal(load_sweep(out), sweep(GRID, workers=2), check_exact=True)


def test_no_scheduler_is_a_sentence(start: Start, tmp_path: Path) -> None:
    driver = start("simulator", *COMMAND, "--dask", f"127.0.0.1:{port()}")
    assert driver.wait(timeout=PATIENCE) == 2
    told = (tmp_path / "0.txt").read_text().splitlines()
    assert told[-1].startswith("--dask 127.0.0.1:") and told[-1].endswith(".")
    assert not any("Traceback" in line for line in told)
