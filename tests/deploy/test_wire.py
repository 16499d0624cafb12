"""uvicorn's protocols without a network: what has no end is ended."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from uvicorn import Config
from uvicorn.server import ServerState

from deploy import wire
from deploy.messages import MOST_BYTES
from tests.waiting import until_done

SHAKE = (
    b"GET /_stcore/stream HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
DEFLATED = SHAKE.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n")


class Transport(asyncio.Transport):
    """A connection that notes what is written to it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False
        self.protocol: Any = None

    def write(self, data: Any) -> None:
        self.written += bytes(data)

    def close(self) -> None:
        self.closed = True

    abort = close

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None: ...
    def resume_reading(self) -> None: ...
    def set_protocol(self, protocol: Any) -> None:
        self.protocol = protocol


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Lets a socket in and takes what comes."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
    else:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def spoken(*pieces: bytes, first: bytes = b"", ticks: int = 5) -> tuple[Transport, Any]:
    """The connection and its protocol after these bytes."""

    async def speak() -> tuple[Transport, Any]:
        config = Config(app, http=wire.Requests, ws=wire.Messages, ws_max_size=MOST_BYTES, log_config=None)
        config.load()
        transport = Transport()
        transport.protocol = protocol = wire.Requests(config, ServerState(), {})
        protocol.connection_made(transport)
        for piece in (first, *pieces):
            if piece:
                transport.protocol.data_received(piece)
            for _ in range(ticks):
                await asyncio.sleep(0)
        ended.append(transport.closed)  # the end of the loop closes it too
        return transport, transport.protocol

    ended: list[bool] = []
    transport, protocol = asyncio.run(speak())
    transport.closed = ended[0]
    return transport, protocol


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, packed: bool = False) -> bytes:
    """A browser's frame, its mask zero."""
    size = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes([(0x80 if fin else 0) | (0x40 if packed else 0) | opcode]) + size + bytes(4) + payload


PIECE = b"a" * 50_000
ENDLESS = {
    "an address": (b"GET /" + PIECE, PIECE),
    "a header": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + PIECE, PIECE),
    "headers": (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 8000, b"X: y\r\n" * 8000),
    "a mark between chunks": (
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n1;" + PIECE, PIECE,
    ),
    "what follows the last chunk": (
        b"PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 8000,
        b"X: y\r\n" * 8000,
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", ENDLESS)
def test_what_has_no_end_in_a_request_is_ended(what: str) -> None:
    pieces = ENDLESS[what]
    assert not spoken(pieces[0], ticks=0)[0].closed
    transport, _ = spoken(*pieces, pieces[1], ticks=0)
    assert transport.closed and b"400 Bad Request" in transport.written


def test_a_large_body_and_one_request_after_the_other_are_no_large_head() -> None:
    put = b"PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 200000\r\n\r\n"
    transport, _ = spoken(put, *(PIECE for _ in range(4)), b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 5)
    assert not transport.closed and transport.written.startswith(b"HTTP/1.1 200")
    transport, _ = spoken(*(b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 9000 + b"\r\n\r\n" for _ in range(20)))
    assert not transport.closed and transport.written.count(b"HTTP/1.1 200") == 20


def test_a_head_that_does_not_come_ends_its_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "HEAD_SECONDS", 0.0)
    assert spoken(b"GET / HTTP/1.1\r\n")[0].closed
    monkeypatch.setattr(wire, "HEAD_SECONDS", 1e6)
    assert not spoken(b"GET / HTTP/1.1\r\n")[0].closed


def deflated(data: bytes) -> bytes:
    import zlib

    packer = zlib.compressobj(wbits=-12)
    return (packer.compress(data) + packer.flush(zlib.Z_SYNC_FLUSH))[:-4]


SOCKETS = {
    "a large message": (SHAKE, frame(2, PIECE, fin=False) + frame(0, PIECE)),
    "a message that is large unpacked": (DEFLATED, frame(2, deflated(bytes(2**23)), packed=True)),
    "pieces that unpack to a large message": (
        DEFLATED, frame(2, deflated(PIECE), fin=False, packed=True) + frame(0, deflated(PIECE)),
    ),
    "empty pieces": (SHAKE, frame(2, fin=False) + frame(0, fin=False) * 300),
    "an unknown kind of frame": (SHAKE, frame(11)),
    "noise": (SHAKE, b"\xff" * 50),
    "text that is none": (SHAKE, frame(1, b"\xff")),
}  # fmt: skip


@pytest.mark.parametrize("what", SOCKETS)
def test_what_no_browser_sends_ends_its_socket(what: str) -> None:
    first, piece = SOCKETS[what]
    transport, protocol = spoken(piece, first=first)
    assert b"101 Switching" in transport.written and isinstance(protocol, wire.Messages)
    assert transport.closed


def test_a_message_of_the_largest_size_comes_through_in_pieces() -> None:
    pieces = frame(2, bytes(MOST_BYTES - 200), fin=False) + frame(0) * 200
    transport, _ = spoken(pieces.replace(frame(0), frame(0, b"a", fin=False)) + frame(0), first=SHAKE)
    assert not transport.closed


@pytest.mark.parametrize("head", [SHAKE.replace(b"Host: a", b"X: " + b"y" * 9000), SHAKE.replace(b"13", b"\xff")])
def test_a_handshake_that_breaks_the_protocol_ends_without_a_traceback(head: bytes) -> None:
    transport, _ = spoken(first=head)
    assert transport.closed and b"101" not in transport.written


def test_who_reads_nothing_is_answered_no_pings() -> None:
    ping = frame(9, b"x" * 100)

    async def speak() -> tuple[int, int]:
        config = Config(app, http=wire.Requests, ws=wire.Messages, log_config=None)
        config.load()
        transport = Transport()
        protocol = wire.Messages(config, ServerState(), {})
        protocol.connection_made(transport)
        protocol.data_received(SHAKE)

        async def answered() -> bool:
            return bool(transport.written)

        await until_done(answered)
        counts = []
        for pause in (protocol.resume_writing, protocol.pause_writing):
            pause()
            before = len(transport.written)
            protocol.data_received(ping * 1000)
            counts.append(len(transport.written) - before)
        return counts[0], counts[1]

    assert asyncio.run(speak()) == (102_000, 0)
