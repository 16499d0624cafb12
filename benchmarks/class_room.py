"""A class in one room: how soon a lecturer's move is on every screen, and whether every vote counts.

    python -m benchmarks.class_room [--students 200] [--moves 10] [--replicas 2] [--kill | --bare] [--out FILE.json]

Two replicas behind nginx on loopback (deploy/local.py) share one file of rooms. Members are sessions over real
websockets that listen to the room's events and take up what they hear, as a browser does (charts/browser/room.js).
Latency is from the lecturer's message to the end of each member's run with the new settings. Then all vote within five
seconds; with --kill one replica ends (SIGKILL) in the middle, and whoever lost it comes back to the other. With --bare
the class is in one process of `streamlit run`, which has no events: every page asks for itself.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import numpy as np
from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks.class_load import machine, processor
from benchmarks.visitors import LostError, Visitor
from deploy import local
from simulator.serving.rooms import REVEALED
from simulator.serving.sqlite import Rooms

QUESTION = "target"
_WIRE = "room-wire"


class Member(Visitor):
    """A screen in a room: it joins with the key that its browser keeps, and follows."""

    def __init__(self, address: str, code: str, number: int, key: str = "", deaf: bool = False) -> None:
        cookie = f"simulator_route={number * 0x9E3779B97F4A7C15 % 2**128:032x}"
        super().__init__(address, query=f"room={code}", cookie=cookie)
        self.code, self.key, self.deaf, self.seen = code, key, deaf, 0
        self.buttons: dict[str, str] = {}
        self.came: dict[str, float] = {}
        """When this screen first had each link."""
        self._turn = asyncio.Lock()
        self._told: dict[str, Any] = {}
        self._wired = ""
        """The fragment that a browser asks for when the wire has news."""

    async def join(self, patience: float = 60) -> None:
        """Open the page and say which key was kept."""
        async with self._turn:
            await self.open(patience)
            await self._tell(patience, kept=self.key or "none")
            if self.deaf:
                await self._tell(patience, deaf=True)

    async def again(self) -> None:
        """Come back as a browser does whose server went: a new session, the same key."""
        await self.close()
        self.session, self.widgets, self._told = "", {}, {}
        self._known.clear()
        await self.connect()
        await self.join()

    async def listen(self) -> None:
        """Take up what the room tells, again and again as a browser does."""
        while True:
            with contextlib.suppress(OSError, LostError, KeyError):
                await (self._ask() if self.deaf else self._hear())
            await asyncio.sleep(2)

    async def _ask(self) -> None:
        """What a browser does by itself where the server has no events; news draw the whole page."""
        async with self._turn:
            await self._take_up(self.repeated, 60)

    async def _hear(self) -> None:
        parts = urlsplit(self.address)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"GET /rooms/{self.code} HTTP/1.1\r\nHost: {parts.netloc}\r\nCookie: {self.cookie}\r\n"
        writer.write((head + "Accept: text/event-stream\r\n\r\n").encode())
        with contextlib.closing(writer):
            async for line in reader:
                version = json.loads(line[6:])["version"] if line.startswith(b"data: ") else self.seen
                if version != self.seen:
                    self.seen = version
                    async with self._turn:
                        await self._tell(60, woken=version)

    async def press(self, name: str, patience: float = 60) -> None:
        """Press a button."""
        async with self._turn:
            self.widgets[name] = WidgetState(id=self.buttons[name], trigger_value=True)
            try:
                await self._run(patience)
            finally:
                del self.widgets[name]

    async def lead(self, **values: float) -> None:
        """Move a slider."""
        async with self._turn:
            await self.move(**values)

    async def _tell(self, patience: float, **told: Any) -> None:
        self._told |= told
        self.widgets[_WIRE].json_value = json.dumps(self._told)
        await self._take_up(self._wired, patience)

    async def _take_up(self, fragment: str, patience: float) -> None:
        """Ask for a part of the page, and note when what came of it was first there."""
        self.fragment = fragment
        try:
            await self._run(patience)
        finally:
            self.fragment = ""
        self.came.setdefault(self.query, time.perf_counter())

    def _see(self, element: object, fragment: str) -> None:
        kind = element.WhichOneof("type")  # type: ignore[attr-defined]
        shown = getattr(element, kind)
        if kind == "button":
            self.buttons[_name(shown.id)] = shown.id
        elif kind == "bidi_component" and shown.id.endswith(_WIRE):
            self._wired = fragment
            if _WIRE not in self.widgets or self.widgets[_WIRE].id != shown.id:
                self.widgets[_WIRE] = WidgetState(id=shown.id)
            found = json.loads(shown.json)
            self.key, self.seen = found["key"] or self.key, max(self.seen, found["version"])
        else:
            super()._see(element, fragment)


def _name(id_: str) -> str:
    """A widget's own key, which its id ends with; no key of a button here has a digit group as long as the hash."""
    return "-".join(id_.split("-")[2:])


async def measure(
    address: str, path: Path, options: argparse.Namespace, replicas: Sequence[local.Replica]
) -> dict[str, Any]:
    store = Rooms(path)
    code, key = store.open()
    async with contextlib.AsyncExitStack() as stack:
        lecturer = await stack.enter_async_context(Member(address, code, 0, key, deaf=options.bare))
        await lecturer.join()
        members = [Member(address, code, number, deaf=options.bare) for number in range(1, options.students + 1)]
        for some in (members[first : first + 20] for first in range(0, len(members), 20)):
            await asyncio.gather(*(stack.enter_async_context(member) for member in some))
            await asyncio.gather(*(member.join() for member in some))
        listening = [asyncio.create_task(member.listen()) for member in members]
        before = sum(processor(replica.process.pid) for replica in replicas)
        await asyncio.sleep(options.quiet)
        idle = (sum(processor(replica.process.pid) for replica in replicas) - before) / options.quiet
        found: dict[str, Any] = {"idle_cores": round(idle, 3), "moves": await _moves(lecturer, members, options.moves)}
        found["votes"] = await _votes(store, code, key, members, replicas[-1] if options.kill else None)
        for task in listening:
            task.cancel()
        await asyncio.gather(*listening, return_exceptions=True)
        found["errors"] = [error for member in (lecturer, *members) for error in member.exceptions][:5]
    return found


async def _moves(lecturer: Member, members: Sequence[Member], count: int) -> dict[str, Any]:
    """Seconds from a move to each member's screen."""
    seconds: list[float] = []
    missed = 0
    for number in range(count):
        depth = 11 + number
        started = time.perf_counter()
        await lecturer.lead(depth=depth)
        wanted = [member for member in members if not _shows(member, depth)]
        end = started + 20
        while wanted and time.perf_counter() < end:
            await asyncio.sleep(0.02)
            wanted = [member for member in wanted if not _shows(member, depth)]
        missed += len(wanted)
        seconds += [member.came[member.query] - started for member in members if _shows(member, depth)]
        await asyncio.sleep(2)
    p50, p95, worst = np.percentile(seconds, [50, 95, 100]) if seconds else (0, 0, 0)
    return {"p50_s": round(p50, 2), "p95_s": round(p95, 2), "worst_s": round(worst, 2), "missed": missed}


def _shows(member: Member, depth: int) -> bool:
    return f"depth={depth}&" in member.query + "&" and member.query in member.came


async def _votes(
    store: Rooms, code: str, key: str, members: Sequence[Member], victim: local.Replica | None
) -> dict[str, Any]:
    store.show(code, key, f"lessons?lesson={QUESTION}")
    store.ask(code, key, QUESTION)
    await _until(lambda: all("guess-0" in member.buttons and QUESTION in member.query for member in members), 60)

    async def vote(member: Member, number: int) -> bool:
        await asyncio.sleep(random.random() * 5)
        for _ in range(8):
            try:
                await member.press(f"guess-{number % 2}", patience=10)
                return True
            except (LostError, OSError, KeyError):
                with contextlib.suppress(LostError, OSError, KeyError):
                    await asyncio.sleep(0.5)
                    await member.again()
        return False

    voting = [asyncio.create_task(vote(member, number)) for number, member in enumerate(members)]
    if victim is not None:
        await asyncio.sleep(2.5)
        victim.process.kill()
    started = time.perf_counter()
    sent = sum(await asyncio.gather(*voting))
    store.turn(code, key, REVEALED)
    return {"sent": sent, "seconds": round(time.perf_counter() - started, 1), "tally": store.tally(code)[QUESTION]}


async def _until(true: Any, seconds: float) -> None:
    end = time.perf_counter() + seconds
    while not true():
        if time.perf_counter() > end:
            raise LostError("The question did not come to every screen.")
        await asyncio.sleep(0.05)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=200)
    parser.add_argument("--moves", type=int, default=10)
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--quiet", type=float, default=10, help="seconds in which nothing happens, for the idle figure")
    parser.add_argument("--kill", action="store_true", help="end one replica while the class votes")
    parser.add_argument("--bare", action="store_true", help="one process of `streamlit run`, asked every two seconds")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    count = 1 if options.bare else options.replicas
    with (
        tempfile.TemporaryDirectory() as name,
        local.replicas(count, Path(name), bare=options.bare) as running,
        contextlib.nullcontext(running[0].address)
        if options.bare
        else local.proxy([replica.port for replica in running], Path(name)) as address,
    ):
        found = asyncio.run(measure(address, Path(name) / local.ROOMS, options, running))
    found = {
        "students": options.students,
        "replicas": count,
        "bare": options.bare,
        "killed": options.kill,
        **found,
        **machine(),
    }
    text = json.dumps(found, indent=1)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
