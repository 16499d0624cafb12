"""The app's one HTML page, with a script element for plotly.js: the browser fetches it beside Streamlit's own scripts.

Without it the charts' own script asks for plotly.js, once Streamlit's have run, a session is open and a page has come.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulator.ui import host

_END = b"</head>"
_SCRIPT = f'<script data-plotly defer src=".{host.address(host.PLOTLY)}plotly.min.js"></script>'.encode()
"""Deferred: fetched and compiled at once, run after Streamlit's own, while that waits for its session."""

_OF_THE_FILE = {b"content-length", b"etag", b"last-modified"}
"""Headers that say what the page on disk is."""


class Page:
    """Adds the element to every page that a browser opens."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] != "http"
            or scope["method"] != "GET"
            or b"text/html" not in dict(scope["headers"]).get(b"accept", b"")
        ):
            await self.app(scope, receive, send)
            return
        # As it is: what Streamlit compressed could not be added to.
        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        start: Message | None = None
        body = b""

        async def send_on(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start" and _is_page(message):
                start = message
            elif start is None:
                await send(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await _send_page(start, body.replace(_END, _SCRIPT + _END, 1), send)

        await self.app({**scope, "headers": plain}, receive, send_on)


def _is_page(start: Message) -> bool:
    return start["status"] == 200 and dict(start["headers"]).get(b"content-type", b"").startswith(b"text/html")


async def _send_page(start: Message, body: bytes, send: Send) -> None:
    kept = [(name, value) for name, value in start["headers"] if name not in _OF_THE_FILE]
    await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
