"""A whole class at once: real sessions over websockets that open a link and move a slider, and browsers' page loads.

    python -m benchmarks.class_load [--students 200] [--pace 5] [--seconds 60] [--replicas 1] [--out FILE.json]

Starts the deployment on loopback (deploy/local.py), with two replicas behind nginx if asked for, or takes --address.
Scenarios: `follow`, all move to what the lecturer shows; `own`, every move is an experiment that nobody had before;
`arrive`, so many browsers load every file of the page within two seconds while the class goes on; `long`, one student
asks for the longest run that is allowed, again and again, while the others go on. Latency is from a slider's message
to the end of the run it starts, with all charts received. Memory is the resident size of all replicas. `others_share`
says how many cores other programs used meanwhile: figures of a busy machine say nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import os
import platform
import random
import re
import shutil
import sys
import tempfile
import time
from asyncio.subprocess import PIPE
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from playwright.sync_api import sync_playwright

from benchmarks.visitors import LostError, Visitor
from deploy import files, local

SCENARIOS = ("follow", "own", "arrive", "long")
BARS = {"follow": 0.3, "own": 1.0, "arrive": 1.0}
ARRIVALS, WITHIN = 100, 2.0
LOADED = 80
"""Files of one page load, about what a browser was seen to ask for."""

LARGE = "depth=200&width=1024&batch=64&seeds=64&seed="


@dataclass
class Tally:
    """What happened in one scenario."""

    opened: list[float] = field(default_factory=list)
    moved: list[float] = field(default_factory=list)
    loaded: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    received: int = 0


@dataclass
class Server:
    """Where the app is, and the processes that serve it."""

    address: str
    processes: list[int]
    paths: list[str] = field(default_factory=list)

    def memory(self) -> float:
        """Resident memory of all replicas, MiB."""
        return sum(_resident(pid) for pid in self.processes) / 2**20

    def seconds(self) -> float:
        """Processor time of all replicas so far."""
        return sum(processor(pid) for pid in self.processes)


def main() -> int:
    """Run the scenarios and print what they took; the exit status is 0 where every bar is met."""
    options = _options()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = _served(options, folder, stack)
        if "arrive" in options.scenarios:
            server.paths = browsed(server.address) or guessed()
        report: dict[str, Any] = {"machine": machine(), "options": vars(options) | {"out": None}, "scenarios": {}}
        for name in options.scenarios:
            report["scenarios"][name] = asyncio.run(_scenario(name, options, server))
            print(name, json.dumps(report["scenarios"][name]), flush=True)
    if options.out:
        Path(options.out).write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    met = [
        not found["errors"] and found["move_ms"]["p95"] <= 1000 * BARS.get(name, 1.0)
        for name, found in report["scenarios"].items()
    ]
    return 0 if all(met) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--pace", type=float, default=5.0, help="seconds between two moves of a student")
    parser.add_argument("--opening", type=float, default=30.0, help="seconds within which all students come")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long they move sliders after that")
    parser.add_argument("--replicas", type=int, default=1)
    parser.add_argument("--nginx", action="store_true", help="nginx before one replica too")
    parser.add_argument("--bare", action="store_true", help="`streamlit run` in place of the ASGI entry")
    parser.add_argument("--address", default="", help="a server that runs already (no figures of memory)")
    parser.add_argument("--settle", type=float, default=0.0, help="seconds to wait after they left, for memory")
    parser.add_argument("--out", default="", help="write the raw figures to this file")
    parser.add_argument("scenarios", nargs="*", default=["follow", "own", "arrive"], metavar="SCENARIO")
    options = parser.parse_args()
    for name in options.scenarios:
        if name not in SCENARIOS:
            parser.error(f"{name} is no scenario; there are {', '.join(SCENARIOS)}")
    return options


def _served(options: argparse.Namespace, folder: Path, stack: ExitStack) -> Server:
    if options.address:
        return Server(options.address, [])
    running = stack.enter_context(local.replicas(options.replicas, folder, bare=options.bare))
    address = running[0].address
    if options.replicas > 1 or options.nginx:
        address = stack.enter_context(local.proxy([replica.port for replica in running], folder))
    return Server(address, [replica.process.pid for replica in running])


async def _scenario(name: str, options: argparse.Namespace, server: Server) -> dict[str, Any]:
    gc.collect()
    tally, start, peak = Tally(), server.memory(), [0.0]
    watch = asyncio.create_task(_watch(server, peak))
    clock = asyncio.create_task(_clock(server, options))
    students = [_student(number, name, options, server, tally) for number in range(options.students)]
    extra = []
    if name == "arrive":
        extra = [_arrivals(server, tally, options.opening + options.seconds / 2)]
    elif name == "long":
        extra = [_glutton(server, options.opening + options.seconds, tally)]
    await asyncio.gather(*students, *extra)
    spent, others = await clock
    watch.cancel()
    await asyncio.sleep(options.settle)
    found: dict[str, Any] = {
        "students": options.students,
        "moves": len(tally.moved),
        "moves_per_s": round(len(tally.moved) / options.seconds, 1),
        "errors": len(tally.errors),
        "open_ms": _percentiles(tally.opened),
        "move_ms": _percentiles(tally.moved),
        "kb_per_move": round(tally.received / max(1, len(tally.moved)) / 1024, 1),
        "processor_ms_per_move": round(1000 * spent / max(1, len(tally.moved)), 1),
        "processor_share": round(spent / options.seconds, 2),
        "memory_mib": {"start": round(start, 1), "peak": round(max(peak), 1), "after": round(server.memory(), 1)},
        "others_share": round(others / options.seconds, 2),
    }
    if tally.loaded:
        found["page_load_ms"] = _percentiles(tally.loaded) | {"files": len(server.paths)}
    if tally.errors:
        found["first_errors"] = tally.errors[:3]
    return found


async def _student(number: int, name: str, options: argparse.Namespace, server: Server, tally: Tally) -> None:
    """Opens the link at some time while all do, then moves once in each pace, and once if it took too long to open."""
    own = random.Random(number)
    come = options.opening * number / options.students
    move = options.opening + options.pace * own.random()
    end = options.opening + options.seconds
    seed = f"seed={own.randrange(10**6)}" if name == "own" else ""
    begin = time.monotonic()
    await asyncio.sleep(come)
    try:
        cookie = f"simulator_route={own.getrandbits(128):032x}"
        async with Visitor(server.address, f"depth=20&{seed}".rstrip("&"), cookie=cookie) as visitor:
            tally.opened.append(await visitor.open())
            step = 0
            while (at := max(move + step * options.pace, time.monotonic() - begin)) < end or not step:
                await asyncio.sleep(begin + at - time.monotonic())
                before = visitor.bytes
                tally.moved.append(await visitor.move(depth=depth_at(name, step, number)))
                tally.received += visitor.bytes - before
                step += 1
            tally.errors.extend(visitor.exceptions)
    except (LostError, OSError) as error:
        tally.errors.append(f"{type(error).__name__}: {error}")


def depth_at(name: str, step: int, student: int) -> int:
    """The lecturer's depth at this step, or one's own around the default, none twice in 31 steps."""
    return 15 + (7 * step + student) % 31 if name == "own" else 21 + (7 * step) % 40


async def _arrivals(server: Server, tally: Tally, seconds: float) -> None:
    """All browsers of the opening minute, in a process of their own: the class is not to wait for this program."""
    asked = {"address": server.address, "paths": server.paths, "count": ARRIVALS, "within": WITHIN}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.visitors"), stdin=PIPE, stdout=PIPE, cwd=local.ROOT
    )
    said, _ = await process.communicate(json.dumps(asked | {"at": time.time() + seconds}).encode())
    for found in json.loads(said):
        (tally.errors if isinstance(found, str) else tally.loaded).append(found)


def browsed(address: str) -> list[str]:
    """What a real browser asked for on its first visit, page first; empty where there is none."""
    programs = map(shutil.which, ("chromium-headless-shell", "chromium", "google-chrome"))
    program = os.environ.get("SIMULATOR_CHROMIUM") or next(filter(None, programs), None)
    if program is None:
        return []
    asked: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("request", lambda request: asked.append(request.url.removeprefix(address)))
        page.goto(address + "/")
        page.wait_for_function("() => document.querySelectorAll('.js-plotly-plot .main-svg').length > 0")
        browser.close()
    return [path for path in dict.fromkeys(asked) if path.startswith("/") and "/stream" not in path]


def guessed() -> list[str]:
    """Much the same without a browser: the page, what it names, the charts' scripts, and others up to that many."""
    page = (files.STREAMLIT / "index.html").read_text(encoding="utf-8")
    named = [f"/{path.removeprefix('./')}" for path in re.findall(r'(?:src|href)="(\./static/[^"]+)"', page)]
    charts = [address for address in files.addresses() if address.startswith("/component/") and address.endswith("s")]
    scripts = sorted(address for address in files.addresses() if address.endswith(".js"))
    more = [address for address in scripts if address not in (*named, *charts)][: LOADED - 1 - len(named) - len(charts)]
    return ["/", *named, *charts, *more]


async def _glutton(server: Server, seconds: float, tally: Tally) -> None:
    """One student who asks for the longest run again and again."""
    end, number = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        number += 1
        try:
            async with Visitor(server.address, LARGE + str(number)) as visitor:
                await visitor.open(patience=120)
                tally.errors.extend(visitor.exceptions)
        except (LostError, OSError) as error:
            tally.errors.append(f"large: {type(error).__name__}: {error}")


async def _clock(server: Server, options: argparse.Namespace) -> tuple[float, float]:
    """Processor time while sliders are moved: the replicas', and what else ran on the machine beside this program."""
    await asyncio.sleep(options.opening)
    before, own, all_ = server.seconds(), time.process_time(), _machine_seconds()
    await asyncio.sleep(options.seconds)
    spent = server.seconds() - before
    return spent, _machine_seconds() - all_ - spent - (time.process_time() - own)


async def _watch(server: Server, peak: list[float]) -> None:
    while True:
        peak.append(server.memory())
        await asyncio.sleep(0.5)


def _percentiles(seconds: list[float]) -> dict[str, float]:
    if not seconds:
        return {}
    p50, p95, p99 = np.percentile(seconds, [50, 95, 99])
    return {
        name: round(1000 * float(value), 1) for name, value in zip(("p50", "p95", "p99"), (p50, p95, p99), strict=True)
    }


def _resident(pid: int) -> int:
    text = Path(f"/proc/{pid}/statm").read_text()
    return int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def processor(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(map(int, fields[11:13])) / os.sysconf("SC_CLK_TCK")


def _machine_seconds() -> float:
    """Processor time of everything that ran so far, idle time aside."""
    fields = [int(text) for text in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


def machine() -> dict[str, Any]:
    names = Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else ""
    model = re.search(r"model name\s*: (.*)", names)
    return {
        "processor": model.group(1) if model else platform.processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "load_1min": round(os.getloadavg()[0], 1),
    }


if __name__ == "__main__":
    sys.exit(main())
