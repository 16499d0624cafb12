"""The element that the ASGI entry adds to the app's page."""

from __future__ import annotations

import asyncio

import pytest

from deploy import files
from deploy.page import Page


def answer(
    kind: str, *parts: bytes, status: int = 200, method: str = "GET", accept: bytes = b"text/html,*/*"
) -> tuple[dict[bytes, bytes], bytes]:
    """Headers and body of what an app that answers so is turned into."""
    sent = []
    headers = [(b"content-type", kind.encode()), (b"content-length", str(len(b"".join(parts))).encode())]

    async def app(scope, receive, send) -> None:
        assert (b"accept-encoding" in dict(scope["headers"])) is (b"html" not in accept or method != "GET")
        await send({"type": "http.response.start", "status": status, "headers": [*headers, (b"etag", b"1")]})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": part is not parts[-1]})

    async def send(message) -> None:
        sent.append(message)

    asked = [(b"accept", accept), (b"accept-encoding", b"gzip")]
    asyncio.run(Page(app)({"type": "http", "method": method, "headers": asked}, None, send))
    return dict(sent[0]["headers"]), b"".join(message.get("body", b"") for message in sent[1:])


def test_a_page_asks_for_a_file_that_is_served() -> None:
    headers, body = answer("text/html; charset=utf-8", b"<html><head><title>x</title></he", b"ad><body></body></html>")
    before, script, after = body.partition(b'<script data-plotly defer src="')
    assert before == b"<html><head><title>x</title>" and after.endswith(b"</head><body></body></html>") and script
    address = after.split(b'"')[0].decode()
    assert address.startswith("./") and address[1:] in files.addresses()
    assert int(headers[b"content-length"]) == len(body) and b"etag" not in headers


@pytest.mark.parametrize(
    ("kind", "status", "method"),
    [("text/html", 404, "GET"), ("text/html", 200, "HEAD"), ("application/json", 200, "GET"), ("", 200, "GET")],
)
def test_all_else_stays_as_it_is(kind: str, status: int, method: str) -> None:
    headers, body = answer(kind, b"<head></head>", status=status, method=method)
    assert body == b"<head></head>" and headers[b"etag"] == b"1"


def test_a_script_that_asks_for_a_page_gets_it_as_it_is() -> None:
    assert answer("text/html", b"<head></head>", accept=b"*/*")[1] == b"<head></head>"
