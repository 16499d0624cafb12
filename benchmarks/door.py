"""The door under attack: messages of every kind with random fields, and sockets that send as much as they may.

    python -m benchmarks.door [sockets] [fuzz] [--minutes 10] [--seconds 60] [--sockets 56] [--out FILE.json]

Against the ASGI entry on loopback, in a process of 1 GiB (a control group where this user may make one, else a bound
on its address space). Somebody else asks /healthz four times a second all the while, and opens the page now and then.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import random
import re
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from math import inf
from pathlib import Path
from typing import Any

import websockets
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from benchmarks.class_load import Server, machine
from benchmarks.hostile_values import EVIL, noise
from benchmarks.visitors import LostError, Visitor, load_page
from deploy import local

BYTES = 2**30
SMALL = "depth=3&width=16&batch=8"
HUGE = 8 * 2**20
"""Characters of a text that is sent compressed: 8 KB on the line."""

KINDS = [field.name for field in BackMsg.DESCRIPTOR.oneofs_by_name["type"].fields]
NUMBERS = (0, 1, 2, 127, 2**31 - 1, -1, -(2**31))
_NUMBER: dict[int, tuple[float, ...]] = {
    FieldDescriptor.CPPTYPE_BOOL: (0, 1),
    FieldDescriptor.CPPTYPE_DOUBLE: (0.0, -1.5, 1e308, float("nan"), float("inf")),
    FieldDescriptor.CPPTYPE_FLOAT: (0.0, 1e38, float("nan")),
    FieldDescriptor.CPPTYPE_UINT32: (0, 1, 2**32 - 1),
    FieldDescriptor.CPPTYPE_UINT64: (0, 1, 2**64 - 1),
}


def message(chance: random.Random, widgets: list[str]) -> bytes:
    """One message of any kind with random fields; now and then cut, changed or no message at all."""
    one = BackMsg()
    filled(one, chance, only=chance.choice(KINDS))
    for state in one.rerun_script.widget_states.widgets if one.HasField("rerun_script") else ():
        if chance.random() < 0.7:  # a widget that there is, with a value of whatever type
            state.id = chance.choice(widgets)
    data = one.SerializeToString()
    kind = chance.random()
    if kind < 0.05:
        return chance.randbytes(chance.randrange(300))
    if kind < 0.1 and data:
        place = chance.randrange(len(data))
        return data[:place] + chance.randbytes(1) + data[place + 1 :]
    return data[: chance.randrange(len(data) + 1)] if kind < 0.13 else data


def filled(one: Message, chance: random.Random, depth: int = 0, only: str | None = None) -> None:
    """Give a message's fields values, of a choice between fields one."""
    for field in one.DESCRIPTOR.fields:
        alone = field.containing_oneof is not None
        if only is not None and alone:
            if field.name != only:
                continue
        elif chance.random() < (0.7 if alone else 0.4) or depth > 5:
            continue
        if field.is_repeated:
            several = getattr(one, field.name)
            for _ in range(chance.choice((0, 1, 2, 2, 5, 300))):
                if field.type != field.TYPE_MESSAGE:
                    several.append(scalar(field, chance))
                elif not field.message_type.GetOptions().map_entry:
                    filled(several.add(), chance, depth + 1)
        elif field.type == field.TYPE_MESSAGE:
            inner = getattr(one, field.name)
            inner.SetInParent()
            filled(inner, chance, depth + 1)
        else:
            setattr(one, field.name, scalar(field, chance))


def scalar(field: FieldDescriptor, chance: random.Random) -> Any:
    """A value of a field's type."""
    kind = field.cpp_type
    if kind == field.CPPTYPE_STRING:
        text = chance.choice((*EVIL, "", SMALL, "\n" * 400, "a\nERROR forged line", "x" * 70_000)) + noise(chance)
        raw = text.encode("utf-8", "replace")
        return raw if field.type == field.TYPE_BYTES else raw.decode()
    if kind == field.CPPTYPE_ENUM:
        return chance.choice(field.enum_type.values).number
    value = chance.choice(_NUMBER.get(kind, NUMBERS))
    return bool(value) if kind == field.CPPTYPE_BOOL else value


async def socket(address: str, compressed: bool = False) -> ClientConnection:
    """A socket as a browser opens it."""
    return await connect(
        f"ws://{address.removeprefix('http://')}/_stcore/stream",
        origin=Origin(address),
        subprotocols=[Subprotocol("streamlit"), Subprotocol("PLACEHOLDER_AUTH_TOKEN")],
        max_size=None,
        compression="deflate" if compressed else None,
        proxy=None,
    )


class Bystander:
    """Somebody who asks for /healthz and opens the page meanwhile."""

    def __init__(self, server: Server) -> None:
        self.server, self.waited, self.opened = server, [0.0], [0.0]
        self.lost: list[str] = []
        self.memory: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        for turn in range(10**9):
            try:
                self.waited.append(await load_page(self.server.address, ["/healthz"]))
                if turn % 40 == 20:
                    async with Visitor(self.server.address, SMALL) as visitor:
                        self.opened.append(await visitor.open(30))
            except (LostError, OSError, asyncio.IncompleteReadError) as error:
                self.lost.append(f"{type(error).__name__}: {error}"[:200])
            if turn % 20 == 0:
                self.memory.append(round(self.server.memory(), 1))
            await asyncio.sleep(0.25)

    def report(self) -> dict[str, Any]:
        """The longest that it waited, what it lost, and the server's memory over time."""
        return {
            "healthz_longest_s": round(max(self.waited), 3),
            "page_longest_s": round(max(self.opened), 3),
            "lost": len(self.lost),
            "first_lost": self.lost[:3],
            "memory_mib": self.memory[:: max(1, len(self.memory) // 40)],
        }


async def fuzz(address: str, seed: int, counted: Counter[str], until: float = inf, sockets: float = inf) -> None:
    """Sockets one after the other, each sent random messages until it is closed or had two hundred."""
    chance = random.Random(seed)
    async with Visitor(address, SMALL) as visitor:
        await visitor.open()
    widgets = [state.id for state in visitor.widgets.values()]
    while time.monotonic() < until and counted["sockets"] < sockets:
        with contextlib.suppress(OSError, websockets.WebSocketException):
            async with await socket(address) as opened:
                counted["sockets"] += 1
                reader = asyncio.ensure_future(_drain(opened))
                for _ in range(200):
                    await opened.send(message(chance, widgets))
                    counted["messages"] += 1
                    if time.monotonic() > until or reader.done():
                        break
                    await asyncio.sleep(0)
                reader.cancel()
        counted[f"closed {opened.close_code}"] += 1


async def _drain(opened: ClientConnection) -> None:
    with contextlib.suppress(websockets.WebSocketException):
        async for _ in opened:
            pass


async def hold(address: str, number: int, until: float, counted: Counter[str]) -> None:
    """A socket that sends a large message, reads nothing and stays; closed, it comes again."""
    chance = random.Random(number)
    while time.monotonic() < until:
        with contextlib.suppress(OSError, websockets.WebSocketException):
            async with await socket(address, compressed=True) as opened:
                counted["sockets"] += 1
                while time.monotonic() < until:
                    await asyncio.wait_for(opened.send(_large(chance)), 5)
                    counted["messages"] += 1
                    await asyncio.sleep(chance.random())
        await asyncio.sleep(0.1)


def _large(chance: random.Random) -> bytes:
    """What took 0.45 MB of traffic to end a process, or as much as the door lets through."""
    one = BackMsg()
    state = one.rerun_script
    length = chance.choice((HUGE, HUGE, 15_000, 15_000, 200_000))
    place = chance.randrange(4)
    if place == 0:
        state.query_string = "a=" + "b" * length
    elif place == 1:
        state.page_name = "p" * length
    elif place == 2:
        state.context_info.url = "u" * length
    else:
        for number in range(min(length // 100, 240)):
            state.widget_states.widgets.add(id=f"w{number}", string_value="v" * (length // 240))
    return one.SerializeToString()


@contextlib.contextmanager
def bounded(size: int) -> Iterator[str]:
    """What is started inside has so much memory; yields by what."""
    old = Path("/sys/fs/cgroup/memory")
    new = Path("/sys/fs/cgroup")
    place, name = (old, "memory.limit_in_bytes") if old.is_dir() else (new, "memory.max")
    group = place / f"door-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        (group / name).write_text(str(size))
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        soft, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (3 * size, hard))
        try:
            yield "address space of 3 GiB"
        finally:
            resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
        return
    try:
        yield "control group of 1 GiB"
    finally:
        (place / "cgroup.procs").write_text(str(os.getpid()))


def attacked(kind: str, options: argparse.Namespace) -> dict[str, Any]:
    """One attack on a server of its own."""
    with tempfile.TemporaryDirectory() as name, contextlib.ExitStack() as stack:
        with bounded(BYTES) as bound:
            (replica,) = stack.enter_context(local.replicas(1, Path(name)))
        server = Server(replica.address, [replica.process.pid])
        counted: Counter[str] = Counter()
        bystander = Bystander(server)

        async def run() -> None:
            asking = asyncio.ensure_future(bystander.run())
            await asyncio.sleep(12)  # a visit first: what it needs is no growth
            bystander.memory.append(round(server.memory(), 1))
            counted["MiB before"] = round(server.memory())
            if kind == "fuzz":
                until = time.monotonic() + 60 * options.minutes
                await asyncio.gather(*(fuzz(replica.address, seed, counted, until) for seed in range(4)))
            else:
                until = time.monotonic() + options.seconds
                await asyncio.gather(*(hold(replica.address, one, until, counted) for one in range(options.sockets)))
            counted["MiB at the end"] = round(server.memory())
            await asyncio.sleep(options.after)
            counted[f"MiB {options.after} s later"] = round(server.memory())
            asking.cancel()

        asyncio.run(run())
        text = replica.log.read_text(errors="replace")
        if options.log:
            Path(options.log).write_text(text, encoding="utf-8")
        lines = text.splitlines() or [""]
        alive = replica.process.poll() is None
        return {
            "bound": bound,
            "alive": alive,
            **counted,
            **bystander.report(),
            "log": {
                "lines": len(lines),
                "longest_line": max(map(len, lines)),
                "tracebacks": text.count("Traceback"),
                "forged": sum(line.startswith("ERROR forged") for line in lines),
                "errors": dict(Counter(re.findall(r"^\w+(?:\.\w+)*Error\b", text, re.MULTILINE)).most_common(5)),
            },
        }


def main() -> int:
    """Run both attacks; the exit status is 0 where nothing went wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("attacks", nargs="*", default=["sockets", "fuzz"], help="sockets, fuzz or both")
    parser.add_argument("--minutes", type=float, default=10, help="of random messages")
    parser.add_argument("--seconds", type=float, default=60, help="of sockets that hold what they may")
    parser.add_argument("--sockets", type=int, default=56)
    parser.add_argument("--after", type=int, default=150, help="seconds of rest: sessions that left are kept for 120")
    parser.add_argument("--log", help="a file for the server's log of the last attack")
    parser.add_argument("--out", help="a file for the raw figures")
    options = parser.parse_args()
    report: dict[str, Any] = {"machine": machine()}
    report |= {kind: attacked(kind, options) for kind in options.attacks}
    text = json.dumps(report, indent=1)
    print(text)
    if options.out:
        Path(options.out).write_text(text + "\n", encoding="utf-8")
    found = [report[kind] for kind in options.attacks]
    fine = all(each["alive"] and not each["log"]["tracebacks"] and not each["lost"] for each in found)
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
