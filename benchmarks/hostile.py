"""Random and hostile links, one session each: no exception on the page, no traceback in the log, no lasting memory.

python -m benchmarks.hostile [--count 10000] [--at-once 4] [--seed 0]
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
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

from benchmarks.class_load import Server
from benchmarks.visitors import LostError, Visitor
from deploy import local
from simulator.experiment import Experiment
from simulator.ui import shell
from simulator.ui.view import View

PAGES = [row.address for row in shell.PAGES if row.address]
NAMES = [*Experiment.settings(), *View.settings(), "embed", "__proto__", "widths", "table", ""]

EVIL = (
    "<script>alert(1)</script>",
    "javascript:alert(1)",
    "../../../etc/passwd",
    "'; DROP TABLE x; --",
    "__import__('os').system('true')",
    "{{7*7}}${7*7}",
    "normal(std=1e999)",
    "normal(std=__class__)",
    "variance_scaling(scale=nan)",
    "((((((((((((((((",
    "tanh(" * 50,
    "9" * 400,
    "-1",
    "0",
    "1e308",
    "nan",
    "inf",
    "0x10",
    "१२",
    "\u202egnp.exe",
    "\x00\x01",
    "\ud7ff\uffff",
    "2000",
    "65536",
    "1-" * 3000 + "1",
    "a" * 8000,
    " ",
)


def links(count: int, seed: int) -> Iterator[tuple[str, str]]:
    """So many (page, query) pairs; what is drawn small enough to be run stays small."""
    chance = random.Random(seed)
    for _ in range(count):
        settings = {"depth": str(chance.randint(1, 4)), "width": str(chance.choice((1, 2, 8))), "batch": "2"}
        for _ in range(chance.randint(1, 6)):
            settings[chance.choice(NAMES)] = _value(chance)
        query = "&".join(f"{quote(name)}={quote(value)}" for name, value in settings.items())
        yield chance.choice(["", *PAGES, "none", "a/b"]), query if chance.random() > 0.05 else _noise(chance)


def _value(chance: random.Random) -> str:
    kind = chance.random()
    if kind < 0.6:
        return chance.choice(EVIL)
    return _noise(chance) if kind < 0.8 else str(chance.choice((-1, 0.5, 3, 10**9, 1e-320)))


def _noise(chance: random.Random) -> str:
    return "".join(chr(chance.randrange(1, 0x3000)) for _ in range(chance.randrange(40)))


async def visit(address: str, wanted: Iterator[tuple[str, str]]) -> tuple[int, list[str]]:
    """Open links until there are no more; returns how many, and what went wrong."""
    done, wrong = 0, []
    for page, query in wanted:
        done += 1
        try:
            async with Visitor(address, query, page) as visitor:
                await visitor.open()
                wrong += [f"{page}?{query}: {found}" for found in visitor.exceptions]
        except (LostError, OSError) as error:
            wrong.append(f"{page}?{query}: {type(error).__name__}: {error}")
    return done, wrong


def main() -> int:
    """Open them all; the exit status is 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--at-once", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--settle", type=float, default=100.0, help="seconds after which memory is measured again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, local.replicas(1, Path(name)) as (replica,):
        server, shared = Server(replica.address, [replica.process.pid]), links(options.count, options.seed)

        async def all_of_them() -> list[tuple[int, list[str]]]:
            return await asyncio.gather(*(visit(replica.address, shared) for _ in range(options.at_once)))

        start, began = server.memory(), time.monotonic()
        found = asyncio.run(all_of_them())
        lasted, end = time.monotonic() - began, server.memory()
        time.sleep(options.settle)
        log = replica.log.read_text(errors="replace")
        wrong = [each for _, several in found for each in several]
        report = {
            "links": sum(count for count, _ in found),
            "seconds": round(lasted),
            "wrong": len(wrong),
            "first": wrong[:3],
            "tracebacks": len(re.findall("Traceback", log)),
            "memory_mib": {"start": round(start), "end": round(end), "after": round(server.memory())},
        }
    print(json.dumps(report, indent=1))
    return int(bool(wrong or report["tracebacks"]))


if __name__ == "__main__":
    sys.exit(main())
