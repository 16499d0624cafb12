"""A sweep on Dask whose network is cut and healed: at most the same command again gives the clean run's rows.

    python -m benchmarks.cut_network [--seconds 5 40] [--cells 6000]

Needs root and `ip`: two network namespaces with a cable between them, the scheduler in the first, and in the second
one of two workers, or the driver, or all but the driver. The cable is pulled while rows come, for so many seconds.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd

from simulator import Experiment, Grid, load_sweep, sweep

HERE, THERE = f"cut{os.getpid()}a", f"cut{os.getpid()}b"
HOSTS = {HERE: "10.213.7.1", THERE: "10.213.7.2"}
SMALL = {"depth": 4, "width": 16, "batch": 8}
CASES: dict[str, Any] = {
    "one of two workers": {"scheduler": HERE, "driver": HERE, "workers": (HERE, THERE)},
    "the driver": {"scheduler": HERE, "driver": THERE, "workers": (HERE, HERE)},
    "both workers": {"scheduler": HERE, "driver": HERE, "workers": (THERE, THERE)},
}
PATIENCE = 900


def ip(*words: str) -> None:
    """One `ip` command."""
    subprocess.run(["ip", *words], check=True, capture_output=True)


@contextlib.contextmanager
def cabled() -> Iterator[None]:
    """Two namespaces with a cable between them."""
    for name in (HERE, THERE):
        ip("netns", "add", name)
    try:
        ip("link", "add", "cable", "netns", HERE, "type", "veth", "peer", "name", "cable", "netns", THERE)
        for name, host in HOSTS.items():
            ip("-n", name, "addr", "add", f"{host}/24", "dev", "cable")
            ip("-n", name, "link", "set", "cable", "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield
    finally:
        for name in (HERE, THERE):
            ip("netns", "del", name)


@contextlib.contextmanager
def started() -> Iterator[list[subprocess.Popen[bytes]]]:
    """The processes that are ended with the block."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


def command(name: str, folder: Path, log: str, *words: str) -> subprocess.Popen[bytes]:
    """A Python module in a namespace, its output in a file of the folder."""
    with (folder / log).open("wb") as sink:
        return subprocess.Popen(
            ["ip", "netns", "exec", name, sys.executable, "-m", *words],
            cwd=folder,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "OPENBLAS_NUM_THREADS": "1"},
            stdout=sink,
            stderr=subprocess.STDOUT,
        )


def until(file: Path, text: str) -> None:
    """Wait until a file holds a text."""
    end = time.monotonic() + 60
    while text not in (file.read_text() if file.exists() else ""):
        if time.monotonic() > end:
            raise RuntimeError(f"{file} never had {text!r}: {file.read_text()[-500:]}")
        time.sleep(0.05)


def one(case: str, seconds: float, cells: int, clean: pd.DataFrame) -> str:
    """A sweep with the cable pulled in the middle; what came of it, in a line."""
    where = CASES[case]
    words = [word for key, value in SMALL.items() for word in (f"--{key}", str(value))]
    with tempfile.TemporaryDirectory() as name, cabled():
        folder = Path(name)
        with started() as running:
            address = f"tcp://{HOSTS[where['scheduler']]}:8786"
            host = ["--host", HOSTS[where["scheduler"]], "--no-dashboard", "--no-show"]
            running.append(command(where["scheduler"], folder, "s.txt", "distributed.cli.dask_scheduler", *host))
            until(folder / "s.txt", "Scheduler at")
            for number, place in enumerate(where["workers"]):
                more = ["--host", HOSTS[place], "--no-dashboard", "--nthreads", "1"]
                log = f"w{number}.txt"
                running.append(command(place, folder, log, "distributed.cli.dask_worker", address, *more))
                until(folder / log, "Registered to")
            asked = ["simulator", "sweep", "--grid", f"seed=0:{cells - 1}:{cells}", *words, "--dask", address]
            driver = command(where["driver"], folder, "d.txt", *asked, "--output", "out")
            running.append(driver)
            end = time.monotonic() + 60
            while not list((folder / "out").glob("part-*.parquet")) and time.monotonic() < end:
                time.sleep(0.02)
            ip("-n", THERE, "link", "set", "cable", "down")
            time.sleep(seconds)
            before = driver.poll()
            ip("-n", THERE, "link", "set", "cable", "up")
            healed = time.monotonic()
            status = driver.wait(timeout=PATIENCE)
            took = time.monotonic() - healed
        again = 0
        while status != 0 and again < 3:
            again += 1
            status = subprocess.run(
                [sys.executable, "-m", *asked[:-2], "--output", str(folder / "out")], capture_output=True
            ).returncode
        kept = load_sweep(folder / "out")
        pd.testing.assert_frame_equal(kept, clean, check_exact=True)
    went = "went on by itself" if not again else f"run again {again} time"
    return f"{case}, {seconds:g} s: {went}, over {took:.0f} s later; ended meanwhile: {before is not None}"


def main() -> int:
    """Every case with every duration."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, nargs="+", default=[5, 40])
    parser.add_argument("--cases", nargs="+", choices=list(CASES), default=list(CASES))
    parser.add_argument("--cells", type=int, default=6000)
    options = parser.parse_args()
    clean = sweep(Grid(Experiment(**SMALL), seed=range(options.cells)), workers=2)  # type: ignore[arg-type]
    for seconds in options.seconds:
        for case in options.cases:
            print(one(case, seconds, options.cells, clean), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
