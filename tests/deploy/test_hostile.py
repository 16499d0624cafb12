"""Hostile links and messages: an answer for each, no traceback, and the next visitor is served as before."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import gc
import re
import urllib.request
import weakref
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import pytest
import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.runtime.caching.ttl_cache import TTLCache
from streamlit.runtime.memory_session_storage import MemorySessionStorage
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from benchmarks import hostile_files, hostile_flags, hostile_uploads
from benchmarks.class_load import Server
from benchmarks.door import fuzz
from benchmarks.hostile import links, visit
from benchmarks.hostile_values import Attempts
from benchmarks.visitors import Visitor
from deploy import asgi, local, uploads
from simulator import tables
from tests.waiting import PATIENCE

SMALL = "depth=3&width=16&batch=8"


def test_hostile_links_get_a_page(replica) -> None:
    attempts = Attempts()
    asyncio.run(visit(replica.address, links(30, seed=1), attempts))
    assert attempts.count == 30 and not attempts.wrong


@pytest.mark.parametrize(
    "query",
    ["sweep_across=gain%3D" + "1," * 8_000, "&".join(f"x{place}=1" for place in range(990)), "x" * 16_000 + "=1"],
    ids=["a list", "many names", "a long name"],
)
def test_a_link_as_long_as_one_may_be_takes_no_longer_than_another(replica, query: str) -> None:
    async def open_it(query: str) -> None:
        async with Visitor(replica.address, f"depth=2&width=4&batch=2&{query}", "sweep") as visitor:
            await visitor.open()
            assert visitor.charts and not visitor.exceptions

    server = Server(replica.address, [replica.process.pid])

    def spent(query: str) -> float:
        """Processor time of a server that is otherwise at rest."""
        before = server.seconds()
        asyncio.run(open_it(query))
        return server.seconds() - before

    plain = max(spent("") for _ in range(2))
    assert spent(query) < 20 * plain, "A list of half a million once took a hundred times as long."


@pytest.mark.parametrize(
    ("page", "query"),
    [
        ("compare", "depth=4&width=65536&batch=2&sheet=matrix"),
        ("finite_width", "depth=1&width=65536&batch=2&loss=softmax_cross_entropy&normalization=batch_norm"),
    ],
)
def test_the_widest_networks_form_no_square_matrix(replica, page: str, query: str) -> None:
    """Both once asked for 32 GiB."""

    async def open_it() -> None:
        async with Visitor(replica.address, query, page) as visitor:
            await visitor.open()
            assert not visitor.exceptions

    asyncio.run(open_it())


@pytest.fixture(scope="module")
def attacked(folder: Path) -> Iterator[local.Replica]:
    """A replica of its own: what it is sent leaves warnings in its log."""
    with local.replicas(1, folder) as (replica,):
        yield replica


@pytest.mark.parametrize(
    "message", [b"\xff" * 100, b"", "text", bytes(20 * 2**20)], ids=["noise", "empty", "text", "large"]
)
def test_a_message_that_is_none_ends_that_session_only(attacked, message: bytes | str) -> None:
    async def attack() -> None:
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            with contextlib.suppress(TimeoutError, websockets.WebSocketException, OSError):
                await visitor.socket.send(message)
                await (await visitor.socket.ping())  # answered once the message has been dealt with
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            assert visitor.charts and not visitor.exceptions

    asyncio.run(attack())
    assert not re.search("Exception in ASGI application|Traceback", attacked.log.read_text())


def test_messages_of_every_kind_with_random_fields_leave_no_traceback(attacked) -> None:
    """Widgets that there are not, values of other types than a widget's, sockets left in the middle."""
    counted: Counter[str] = Counter()
    before = len(attacked.log.read_text())

    async def attack() -> None:
        await fuzz(attacked.address, 1, counted, sockets=30)
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            visitor.widgets["activation"].string_array_value.data[:] = ["tanh"]  # of a box that holds one text
            await visitor.open()

    asyncio.run(attack())
    written = attacked.log.read_text()[before:]
    assert counted["messages"] > 300 and "Traceback" not in written and "\nERROR forged" not in written
    assert max(map(len, written.splitlines())) < 1000 and "another type" in written
    with urllib.request.urlopen(f"{attacked.address}/healthz", timeout=PATIENCE) as answer:
        assert answer.status == 200


def test_what_is_written_into_the_log_is_cut_and_forges_no_line(attacked) -> None:
    """20 messages once wrote 151 MiB, and a line break in one began a line of the visitor's own making."""

    async def attack() -> None:
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            for fragment in ("x\n2026-01-01 ERROR forged", "y" * 500, "z" * 60_000):
                message = BackMsg()
                message.rerun_script.fragment_id = fragment
                await visitor.socket.send(message.SerializeToString())
            with contextlib.suppress(websockets.ConnectionClosed):
                while True:  # until the last of them ends the socket
                    await visitor.socket.recv()

    before = len(attacked.log.read_text())
    asyncio.run(attack())
    written = attacked.log.read_text()[before:]
    assert "x\\n2026-01-01 ERROR forged" in written and "\n2026-01-01 ERROR" not in written
    assert len(written) < 3000 and "yyy" in written and "zzz" not in written


@pytest.mark.slow
def test_hostile_uploads_get_a_sentence_or_a_4xx(attacked) -> None:
    found = asyncio.run(hostile_uploads.run(attacked.address, 25, seed=1))
    assert not found["wrong"], found["first"]
    assert found["count"] == found["brought_to_a_page"] == 25
    assert not hostile_uploads.left_open(attacked.process.pid)
    assert "Traceback" not in attacked.log.read_text()


def test_a_session_cannot_keep_more_than_its_share(attacked) -> None:
    async def flood() -> list[int]:
        cookie = hostile_uploads.token(attacked.address)
        async with Visitor(attacked.address, SMALL) as visitor:
            await visitor.open()
            whom, content = (attacked.address, cookie, "good", visitor.session), bytes(tables.MAX_BYTES - 4096)
            count = uploads.SESSION_BYTES // tables.MAX_BYTES + 2
            return [await hostile_uploads.attack(*whom, str(number), "a.csv", content) for number in range(count)]

    statuses = asyncio.run(flood())
    assert statuses.count(204) == uploads.SESSION_BYTES // tables.MAX_BYTES and set(statuses[-2:]) == {413}


def test_hostile_files_are_read_or_refused_in_a_sentence() -> None:
    found = hostile_files.run(60, seed=1)
    assert not found["wrong"], found["first"]
    assert min(found["outcomes"].values()) > 10, "Some are good and some are not."


def test_hostile_flags_end_with_0_or_one_sentence() -> None:
    found = hostile_flags.run(60, seed=1)
    assert not found["wrong"], found["first"]
    assert set(found["outcomes"]) == {"0", "2"}


def test_a_file_that_breaks_its_reader_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str, content: bytes) -> None:
        raise KeyError(name)

    monkeypatch.setattr(hostile_files, "READERS", (broken,))
    assert hostile_files.run(2, seed=1)["wrong"] == 2


def test_a_command_that_breaks_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.cli.catalogue.show", lambda arguments: 1 / 0)
    assert "ZeroDivisionError" in hostile_flags.judged(["list", "inits"])[1]


def test_what_is_too_large_is_refused_at_once(replica) -> None:
    async def visit() -> None:
        async with Visitor(replica.address, "depth=2000&width=65536") as visitor:
            await visitor.open()
            assert not visitor.charts and not visitor.exceptions

    asyncio.run(visit())


def test_a_session_is_gone_when_its_time_is_over_though_nobody_else_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    now, storage = [0.0], MemorySessionStorage(ttl_seconds=10)
    storage._cache = TTLCache(maxsize=128, ttl=10, timer=lambda: now[0])
    manager = WebsocketSessionManager(storage, mock.Mock(), mock.Mock(), None)
    monkeypatch.setattr(asgi.runtime, "get_instance", lambda: SimpleNamespace(_session_mgr=manager))
    left = mock.Mock()
    storage.save(left)
    gone = weakref.ref(left)
    del left
    now[0] = 11.0
    gc.collect()
    assert gone() is not None, "Streamlit lets go of it by itself: asgi.forget_sessions can go too."
    asgi.forget_sessions()
    gc.collect()
    assert gone() is None


def test_no_cache_grows_with_what_visitors_ask() -> None:
    """functools' caches without a bound are for functions of nothing, or of a name from a fixed list."""
    fixed = {"thresholds": "one of the number formats"}
    found = set()
    for path in (local.ROOT / "simulator").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and (node.args.args or node.args.kwonlyargs):
                decorators = {ast.unparse(decorator) for decorator in node.decorator_list}
                if decorators & {"cache", "functools.cache", "lru_cache(maxsize=None)", "lru_cache(None)"}:
                    found.add(node.name)
    assert found == set(fixed)
