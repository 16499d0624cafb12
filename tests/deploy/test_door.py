"""The door before Streamlit's sockets, alone: who comes in, how many, how fast, and from whom nothing is taken."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from streamlit import config, net_util
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.web.server.starlette.starlette_websocket import _is_origin_allowed

from deploy import door, messages
from deploy.door import Door, Pace, same_site
from simulator.serving import limits

HOST = (b"host", b"lab.example.edu:8501")


def scope(*headers: tuple[bytes, bytes], path: str = door.PATH) -> dict[str, Any]:
    return {"type": "websocket", "path": path, "headers": [HOST, *headers]}


def page(query: str = "depth=3") -> dict[str, Any]:
    message = BackMsg()
    message.rerun_script.query_string = query
    return {"type": "websocket.receive", "bytes": message.SerializeToString()}


def kind(name: str) -> dict[str, Any]:
    return {"type": "websocket.receive", "bytes": BackMsg(**{name: True}).SerializeToString()}


class Connection:
    """A socket as the server has it: what it is to receive, and what was sent to it."""

    def __init__(self, *incoming: dict[str, Any]) -> None:
        self.incoming = [*incoming, {"type": "websocket.disconnect", "code": 1001}]
        self.sent: list[dict[str, Any]] = []
        self.writable = asyncio.Event()
        self.writable.set()

    async def receive(self) -> dict[str, Any]:
        return self.incoming.pop(0)

    async def send(self, message: dict[str, Any]) -> None:
        await self.writable.wait()
        self.sent.append(message)


class App:
    """Streamlit's place: it takes messages until its socket is gone."""

    def __init__(self) -> None:
        self.scopes: list[dict[str, Any]] = []
        self.taken: list[dict[str, Any]] = []

    async def __call__(self, scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
        self.scopes.append(scope)
        while (message := await receive())["type"] == "websocket.receive":
            self.taken.append(message)


def visit(connection: Connection, **asked: Any) -> App:
    app = App()
    asyncio.run(Door(app)(asked or scope(), connection.receive, connection.send))  # type: ignore[arg-type]
    return app


@pytest.mark.parametrize(
    "origin", [b"https://evil.example", b"null", b"", b"http://lab.example.edu", b"http://[", b"localhost", b"\xff://x"]
)
def test_a_foreign_origin_is_turned_away_before_streamlit_asks_anybody(origin: bytes) -> None:
    connection = Connection(page())
    app = visit(connection, **scope((b"origin", origin)))
    assert not app.scopes and connection.sent == [{"type": "websocket.close", "code": 1008}]


@pytest.mark.parametrize(
    "origins", [(b"http://lab.example.edu:8501",), (b"https://LAB.example.edu:8501",), (), (b"https://course.example",)]
)
def test_streamlit_finds_the_origin_allowed_without_asking(origins, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would ask an outside address for this machine's own one, inside of the event loop."""
    for name in ("get_external_ip", "get_internal_ip"):
        monkeypatch.setattr(net_util, name, lambda name=name: pytest.fail(name))
    allowed = config.get_option("server.corsAllowedOrigins")
    config.set_option("server.corsAllowedOrigins", ["https://course.example"])
    try:
        given = same_site([HOST, *((b"origin", origin) for origin in origins)])
    finally:
        config.set_option("server.corsAllowedOrigins", allowed)
    assert given is not None
    found = {name.decode(): value.decode() for name, value in given}
    assert _is_origin_allowed(found.get("origin"), found["host"])


def test_of_two_origins_both_must_be_this_site() -> None:
    own, foreign = (b"origin", b"http://" + HOST[1]), (b"origin", b"http://evil.example")
    assert same_site([HOST, own, own]) and not same_site([HOST, foreign, own]) and not same_site([HOST, own, foreign])
    assert same_site([own]) is None


@pytest.mark.parametrize("asked", [scope(path="/_stcore/other"), scope((b"cookie", bytes(door.MOST_HEADERS)))])
def test_no_other_place_and_no_endless_headers(asked) -> None:
    connection = Connection(page())
    assert not visit(connection, **asked).scopes and connection.sent[0]["code"] == 1008


def test_what_is_not_needed_is_passed_over_and_the_rest_comes_through() -> None:
    app = visit(Connection(kind("load_git_info"), page(), kind("clear_cache"), kind("stop_script")))
    assert app.taken == [page(), kind("stop_script")]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"type": "websocket.receive", "text": "{}"}, 1003),
        ({"type": "websocket.receive", "bytes": b"\xff"}, 1003),
        ({"type": "websocket.receive", "bytes": bytes(messages.MOST_BYTES + 1)}, 1009),
        (page("x" * 20_000), 1009),
    ],
)
def test_what_cannot_be_a_message_ends_its_socket(message, code: int) -> None:
    connection = Connection(message, page())
    assert not visit(connection).taken
    assert connection.sent == [{"type": "websocket.close", "code": code}]


def test_after_the_end_nothing_is_sent() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.send", "bytes": b""})

    connection = Connection({"type": "websocket.receive", "bytes": b"\xff"})
    asyncio.run(Door(app)(scope(), connection.receive, connection.send))
    assert len(connection.sent) == 1


def test_a_socket_that_went_while_it_was_sent_something_is_told_of_once() -> None:
    told = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.send", "bytes": b"charts"})
        told.append(await receive())

    async def gone(message: Any) -> None:
        raise OSError

    asyncio.run(Door(app)(scope(), Connection(page(), page()).receive, gone))
    assert [each["type"] for each in told] == ["websocket.disconnect"]


def test_all_sockets_together_are_bounded_and_none_is_left_without_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSIONS", 10)
    monkeypatch.setattr(limits, "SOCKET_BYTES", 200_000)

    async def visit() -> tuple[int, list[int]]:
        over, waiting = asyncio.Event(), []

        class Waiting(Connection):
            async def receive(self) -> dict[str, Any]:
                if len(self.incoming) == 1:
                    waiting.append(self)
                    await over.wait()
                return await super().receive()

        entry = Door(App())
        sockets = [Waiting(page("x" * 16_000)) for _ in range(9)] + [Waiting(page())]
        tasks = [asyncio.create_task(entry(scope(), each.receive, each.send)) for each in sockets]
        while len(waiting) + sum(map(len, (each.sent for each in sockets))) < 10:
            await asyncio.sleep(0)
        kept = entry.kept
        over.set()
        await asyncio.gather(*tasks)
        return kept, [each.sent[0]["code"] if each.sent else 0 for each in sockets]

    kept, codes = asyncio.run(visit())
    assert 150_000 < kept <= 200_000 and codes == [0] * 6 + [1013] * 3 + [0]


def test_of_so_many_sockets_the_next_one_hears_that_there_is_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "SESSIONS", 1)
    inner = Connection(page())

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await entry(scope, inner.receive, inner.send)  # a second one while the first is open

    entry, outer = Door(app), Connection()
    asyncio.run(entry(scope(), outer.receive, outer.send))
    assert inner.sent[0]["status"] == 503 and not entry.open


def test_nothing_is_taken_from_one_who_does_not_take_what_is_sent() -> None:
    async def visit() -> tuple[int, int]:
        connection, app = Connection(page(), page()), App()

        async def sending(scope: Any, receive: Any, send: Any) -> None:
            await receive()
            connection.writable.clear()
            task = asyncio.create_task(send({"type": "websocket.send", "bytes": b"charts"}))
            rest = asyncio.create_task(app(scope, receive, send))
            for _ in range(20):
                await asyncio.sleep(0)
            counts.append(len(app.taken))
            connection.writable.set()
            await asyncio.gather(task, rest)
            counts.append(len(app.taken))

        counts: list[int] = []
        await Door(sending)(scope(), connection.receive, connection.send)
        return counts[0], counts[1]

    assert asyncio.run(visit()) == (0, 1)


def test_turns_come_at_a_steady_rate_after_a_burst() -> None:
    now = 100.0
    pace = Pace(10, 5, clock=lambda: now)
    assert [pace.wait(1) for _ in range(5)] == [0.0] * 5
    assert [round(pace.wait(1), 6) for _ in range(3)] == [0.1, 0.2, 0.3]
    assert round(pace.wait(10), 6) == 1.3
    now += 1.3
    assert round(pace.wait(1), 6) == 0.1
    now += 1e6
    assert [pace.wait(1) for _ in range(5)] == [0.0] * 5 and pace.wait(1) > 0, "A long pause saves up one burst."


def test_pages_are_begun_in_the_order_in_which_they_were_asked_for_and_few_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """60 sessions that never read once had a thread begun for each message, and left the loop no time: 10 s a look."""
    monkeypatch.setattr(door, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(door, "MOST_SECONDS", 1e6)
    drawing: list[str] = ["earlier"] * 2 * limits.SCRIPTS
    monkeypatch.setattr(door.waiting, "drawn", lambda: len(drawing))

    async def visit() -> list[str]:
        class Drawing(App):
            async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
                while (message := await receive())["type"] == "websocket.receive":
                    drawing.append(scope["path"] + str(len(message["bytes"])))

        entry = Door(Drawing())
        sockets = [Connection(page("x" * number)) for number in range(1, 6)]
        tasks = [asyncio.create_task(entry(scope(), each.receive, each.send)) for each in sockets]
        heart = App()
        await Door(heart)(scope(), (beat := Connection(kind("app_heartbeat"))).receive, beat.send)
        assert heart.taken, "What draws nothing does not wait."
        seen = []
        while not all(task.done() for task in tasks):
            seen.append(len(drawing))
            await asyncio.sleep(0)
            if drawing and drawing[0] == "earlier":
                drawing.pop(0)
        assert max(seen) <= 2 * limits.SCRIPTS
        return [each for each in drawing if each != "earlier"]

    order = asyncio.run(visit())
    assert len(order) == 5 and order == sorted(order)


def test_a_page_that_does_not_end_holds_the_others_up_for_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door.waiting, "drawn", lambda: 1000)
    monkeypatch.setattr(door, "LOOK_SECONDS", door.MOST_SECONDS / 3)
    looks: list[float] = []

    async def sleep(seconds: float, real: Any = asyncio.sleep) -> None:
        looks.append(seconds)
        await real(0)

    monkeypatch.setattr(door.asyncio, "sleep", sleep)
    assert visit(Connection(page())).taken == [page()]
    assert sum(looks) == pytest.approx(door.MOST_SECONDS)
