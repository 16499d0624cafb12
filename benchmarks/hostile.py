"""Hostile links, uploads, files and flags: a page, a sentence or a 4xx for each, no traceback, no lasting memory.

    python -m benchmarks.hostile [--links 6000] [--uploads 400] [--files 2000] [--flags 2000] [--out FILE.json]

Links are opened and uploads sent one session each, in real sessions over websockets, to the ASGI entry on loopback;
files go through what reads them, flags through the command line, both in this process (flags: a few in their own).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from benchmarks import hostile_files, hostile_flags, hostile_uploads
from benchmarks.class_load import Server, machine
from benchmarks.hostile_values import EVIL, Attempts, noise, value
from benchmarks.visitors import LostError, Visitor
from deploy import local
from simulator.experiment import Experiment
from simulator.settings import Setting
from simulator.studies.training import Training
from simulator.ui import shell
from simulator.ui.view import View

PAGES = [row.address for row in shell.PAGES if row.address]
SETTINGS: dict[str, Setting | None] = {**Experiment.settings(), **View.settings(), **Training.settings()}
NAMES = [*SETTINGS, "embed", "__proto__", "table", ""]
GIANT, FIELDS = 15_000, 990
"""Characters and settings of the longest query: the door and Streamlit take a few more of them."""


def links(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """So many (page, query) pairs; what is drawn small enough to be run stays small."""
    chance = random.Random(seed)
    for _ in range(count):
        settings = {"depth": str(chance.randint(1, 4)), "width": str(chance.choice((1, 2, 8))), "batch": "2"}
        for _ in range(chance.randint(1, 6)):
            name = chance.choice(NAMES)
            settings[name] = value(chance, SETTINGS.get(name), wild=0.4)
        query = "&".join(f"{quote(name)}={quote(text)}" for name, text in settings.items())
        kind = chance.random()
        if kind < 0.05:
            query = noise(chance)
        elif kind < 0.055:
            query = _giant(chance)
        yield chance.choice(["", *PAGES, "none", "a/b"]), query


def _giant(chance: random.Random) -> str:
    """One setting whose value does not end, or more settings than there are."""
    if chance.random() < 0.7:
        text = chance.choice((*EVIL, "1,", "1-", "a|", "gain=1,", "("))
        piece = quote(text, safe="=|(),")
        return f"{chance.choice(NAMES)}={piece * (GIANT // len(piece))}"
    return "&".join(f"{chance.choice(NAMES)}{place}=1" for place in range(FIELDS))


PATIENCE = 180.0
"""Seconds that a page may take on a busy machine: hundreds of networks of depth 2,000 are let in."""


class Track:
    """Memory of the server while visitors come, noted at every `step` of them."""

    def __init__(self, server: Server, step: int) -> None:
        self.server, self.step, self.done = server, step, 0
        self.noted = {"0": round(server.memory(), 1)}

    def one(self) -> None:
        """One more is through."""
        self.done += 1
        if self.done % self.step == 0:
            self.noted[str(self.done)] = round(self.server.memory(), 1)


async def visit(
    address: str, wanted: Iterator[tuple[str, str]], attempts: Attempts, track: Track | None = None
) -> None:
    """Open links until there are no more."""
    for page, query in wanted:
        wrong = []
        try:
            async with Visitor(address, query, page) as visitor:
                await visitor.open(PATIENCE)
                wrong += visitor.exceptions
        except (LostError, OSError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        attempts.add(page or "signal", "; ".join(wrong), f"{page}?{query}")
        if track is not None:
            track.one()


def opened(options: argparse.Namespace, server: Server, track: Track) -> dict[str, Any]:
    """All links, so many sessions at once."""
    shared, attempts = links(options.links, options.seed), Attempts()

    async def all_of_them() -> None:
        await asyncio.gather(*(visit(server.address, shared, attempts, track) for _ in range(options.at_once)))

    asyncio.run(all_of_them())
    return attempts.report()


def log_of(replica: local.Replica) -> dict[str, Any]:
    """What a server's log has that it should not."""
    text = replica.log.read_text(errors="replace")
    kinds = Counter(re.findall(r"^(\w+(?:\.\w+)*(?:Error|Exception|Warning|Disconnect))\b", text, re.MULTILINE))
    return {"lines": text.count("\n"), "tracebacks": text.count("Traceback"), "errors": dict(kinds.most_common(10))}


def served(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    """Links and uploads, with the server's memory and log."""
    with local.replicas(1, folder) as (replica,):
        server = Server(replica.address, [replica.process.pid])
        track = Track(server, options.step)
        report: dict[str, Any] = {"links": opened(options, server, track)}
        report["uploads"] = asyncio.run(hostile_uploads.run(replica.address, options.uploads, options.seed))
        track.noted["end"] = round(server.memory(), 1)
        kept = sorted(str(path) for path in hostile_uploads.left_open(replica.process.pid))
        for passed in range(1, options.settle // 20 + 1):
            time.sleep(20)
            track.noted[f"{20 * passed} s later"] = round(server.memory(), 1)
        report |= {"memory_mib": track.noted, "log": log_of(replica), "files_left": kept}
        if options.log:
            Path(options.log).write_bytes(replica.log.read_bytes())
    return report


def main() -> int:
    """Run all of it; the exit status is 0 where nothing went wrong."""
    options = _options()
    report: dict[str, Any] = {"machine": machine(), "options": {**vars(options), "out": None, "log": None}}
    with tempfile.TemporaryDirectory() as name:
        report |= served(options, Path(name))
    report["files"] = hostile_files.run(options.files, options.seed)
    report["flags"] = hostile_flags.run(options.flags, options.seed)
    report["processes"] = hostile_flags.processes(options.flags // 100, options.seed + 1)
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    kinds = ("links", "uploads", "files", "flags", "processes")
    return int(
        any(report[kind]["wrong"] for kind in kinds) or report["log"]["tracebacks"] or bool(report["files_left"])
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--links", type=int, default=6000)
    parser.add_argument("--uploads", type=int, default=400)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--flags", type=int, default=2000)
    parser.add_argument("--at-once", type=int, default=4, help="sessions at a time")
    parser.add_argument("--step", type=int, default=1000, help="links after which memory is noted")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--settle", type=int, default=100, help="seconds for which memory is followed afterwards")
    parser.add_argument("--out", default="", help="write the raw figures to this file")
    parser.add_argument("--log", default="", help="keep the server's log in this file")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
