"""uvicorn's two protocols, bounded where they are not: heads of requests, and frames of messages.

A message is bounded by uvicorn's own `ws_max_size`, which stops unpacking there.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

MOST_HEAD = 64 * 2**10
"""Bytes of a request outside of its body: address and headers, the marks between chunks, what follows the last one."""

HEAD_SECONDS = 15.0
"""Seconds in which a head must have come: nginx's."""

MOST_FRAMES = 256
"""Frames of one message."""

_log = logging.getLogger(__name__)


class Requests(HttpToolsProtocol):
    """Ends a connection whose head does not end."""

    _head = 0
    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._late = self.loop.call_later(HEAD_SECONDS, transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        self._in_time()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        if self._late is None and (self.cycle is None or self.cycle.response_complete):  # a further request begins
            self._late = self.loop.call_later(HEAD_SECONDS, self.transport.close)
        self._head += len(data)
        super().data_received(data)
        if self._head > MOST_HEAD and not self.transport.is_closing():
            self.send_400_response("The request's head is too large.")

    def on_headers_complete(self) -> None:
        self._head = 0
        self._in_time()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._head = 0
        super().on_message_complete()

    def _in_time(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class Messages(WebSocketsSansIOProtocol):
    """Ends a connection that sends a message in pieces without end, and answers no ping of one who reads nothing."""

    def data_received(self, data: bytes) -> None:
        if self.transport.is_closing():
            return
        try:
            super().data_received(data)
        except Exception as error:  # the protocol's own, of bytes that were made to break it
            _log.warning("A socket's bytes could not be read: %s", type(error).__name__)
            self.transport.abort()
        if self.conn.handshake_exc is not None and not self.handshake_initiated:  # uvicorn would leave it open
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
        if len(self.frames) > MOST_FRAMES:
            self.transport.abort()

    def handle_ping(self) -> None:
        pong: list[Any] = self.conn.data_to_send()
        if self.writable.is_set():
            self.transport.write(b"".join(pong))
