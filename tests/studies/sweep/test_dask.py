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

pytestmark = pytest.mark.slow

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


HOST = ["--host", "127.0.0.1", "--no-dashboard"]


def cluster(start: Start, where: Path) -> tuple[str, list[subprocess.Popen[str]]]:
    """A scheduler's address, and it and its two workers as processes."""
    address = f"tcp://127.0.0.1:{port()}"
    logs = [where / f"{number}.txt" for number in range(3)]
    scheduler = start("distributed.cli.dask_scheduler", *HOST, "--port", address.rpartition(":")[2], "--no-show")
    until(lambda: "Scheduler at" in logs[0].read_text(), "The scheduler does not start.")
    workers = [start("distributed.cli.dask_worker", address, *HOST, "--nthreads", "1", "--no-nanny") for _ in range(2)]
    for log in logs[1:3]:
        until(lambda log=log: "Registered to" in log.read_text(), "A worker does not start.")
    return address, [scheduler, *workers]


def killed(start: Start, where: Path, *numbers: int) -> tuple[int, str]:
    """A driver whose cluster loses these processes while it stands: its status and what it told."""
    address, processes = cluster(start, where)
    log = where / "3.txt"
    driver = start("tests.standing", "3", *COMMAND, "--output", str(where / "out"), "--dask", address)
    until(lambda: "standing" in log.read_text() or driver.poll() is not None)
    for number in numbers:
        processes[number].send_signal(signal.SIGKILL)
        processes[number].wait()
    driver.communicate("go on\n", timeout=PATIENCE)
    return driver.returncode, log.read_text()


def test_a_killed_worker_changes_nothing(start: Start, tmp_path: Path) -> None:
    status, told = killed(start, tmp_path, 1)
    assert status == 0, told
    assert "Traceback" not in told
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "out"), sweep(GRID, workers=2), check_exact=True)


@pytest.mark.parametrize("numbers", [(0,), (1, 2)], ids=["the scheduler", "all workers"])
def test_a_lost_cluster_leaves_cells_open_and_the_same_command_ends_it(
    start: Start, tmp_path: Path, numbers: tuple[int, ...]
) -> None:
    status, told = killed(start, tmp_path, *numbers)
    assert status == 1, told
    assert "the same call goes on" in told and "200 cells are kept" in told.replace("of ", "")
    kept = load_sweep(tmp_path / "out")
    assert 0 < kept["cell"].nunique() < 200 and not kept["error"].astype(object).any()
    pd.testing.assert_frame_equal(sweep(GRID, output=tmp_path / "out"), sweep(GRID), check_exact=True)


def test_a_killed_driver_leaves_what_it_wrote_and_the_same_command_ends_it(start: Start, tmp_path: Path) -> None:
    address, _ = cluster(start, tmp_path)
    words = [*COMMAND, "--output", str(tmp_path / "out"), "--dask", address]
    driver = start("tests.standing", "3", *words)
    until(lambda: "standing" in (tmp_path / "3.txt").read_text(), "The driver does not begin.")
    driver.send_signal(signal.SIGKILL)
    driver.wait()
    assert 0 < load_sweep(tmp_path / "out")["cell"].nunique() < 200
    assert start("simulator", *words).wait(timeout=PATIENCE) == 0, (tmp_path / "4.txt").read_text()
    pd.testing.assert_frame_equal(load_sweep(tmp_path / "out"), sweep(GRID, workers=2), check_exact=True)


def test_a_cluster_without_a_worker_is_told_and_waited_for(start: Start, tmp_path: Path) -> None:
    address = f"tcp://127.0.0.1:{port()}"
    start("distributed.cli.dask_scheduler", *HOST, "--port", address.rpartition(":")[2], "--no-show")
    until(lambda: "Scheduler at" in (tmp_path / "0.txt").read_text(), "The scheduler does not start.")
    driver = start("tests.standing", "0", *COMMAND, "--output", str(tmp_path / "out"), "--dask", address)
    until(lambda: "no worker yet" in (tmp_path / "1.txt").read_text(), "Nothing is told.")
    start("distributed.cli.dask_worker", address, *HOST, "--nthreads", "1", "--no-nanny")
    assert driver.wait(timeout=PATIENCE) == 0, (tmp_path / "1.txt").read_text()


def test_no_scheduler_is_a_sentence(start: Start, tmp_path: Path) -> None:
    driver = start("simulator", *COMMAND, "--dask", f"127.0.0.1:{port()}")
    assert driver.wait(timeout=PATIENCE) == 2
    told = (tmp_path / "0.txt").read_text().splitlines()
    assert told[-1].startswith("--dask 127.0.0.1:") and told[-1].endswith(".")
    assert not any("Traceback" in line for line in told)
