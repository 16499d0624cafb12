"""The ASGI entry: compressed files, headers, health, and the app itself."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
from urllib.parse import urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from benchmarks.visitors import LostError, Visitor, load_page
from deploy import asgi, files, headers
from tests.waiting import PATIENCE

SMALL = "depth=3&width=16&batch=8"


class Answer:
    """Status, headers in lower case, body."""

    def __init__(self, address: str, path: str, method: str = "GET", **given: str) -> None:
        parts = urlsplit(address)
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers={name.replace("_", "-"): value for name, value in given.items()})
            response = connection.getresponse()
            self.status = response.status
            self.headers = {name.lower(): value for name, value in response.getheaders()}
            self.body = response.read()
        finally:
            connection.close()


def test_every_file_is_there_and_compressed(replica) -> None:
    packed = next(address for address in files.addresses() if address.endswith("/plotly.min.js"))
    plain, small = Answer(replica.address, packed), Answer(replica.address, packed, Accept_Encoding="br, gzip")
    assert small.headers["content-encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body == files.addresses()[packed].read_bytes()
    assert len(small.body) < 0.4 * len(plain.body)
    assert "immutable" in small.headers["cache-control"]
    assert small.headers["content-type"].startswith("text/javascript")
    head = Answer(replica.address, packed, "HEAD", Accept_Encoding="gzip")
    assert head.body == b"" and head.headers["content-length"] == str(len(small.body))


@pytest.mark.parametrize(
    "path", ["/static/../../etc/passwd", "/static/%2e%2e/index.html", "/static//etc/passwd", "/static/js/none.js"]
)
def test_nothing_else_is_handed_out(replica, path: str) -> None:
    answer = Answer(replica.address, path, Accept_Encoding="gzip")
    assert answer.status < 500 and b"root:" not in answer.body


def test_every_answer_has_the_headers(replica) -> None:
    for path in ("/", "/training", "/healthz", "/static/none.js", "/_stcore/health", "/static/../x"):
        found = Answer(replica.address, path).headers
        assert {name: found.get(name) for name in headers.headers()} == headers.headers(), path


def test_the_policy_allows_no_eval_and_no_other_host() -> None:
    rules = dict(rule.split(" ", 1) for rule in headers.policy().split("; "))
    assert "unsafe-eval" not in headers.policy() and "http" not in headers.policy()
    assert "'unsafe-inline'" not in rules["script-src"] and "sha256-" in rules["script-src"]
    assert rules["default-src"] == "'self'" and rules["object-src"] == "'none'"


def test_sites_that_may_embed_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_EMBED_ORIGINS", "https://moodle.example.edu https://*.example.org:8443")
    assert "frame-ancestors 'self' https://moodle.example.edu https://*.example.org:8443;" in headers.policy()


@pytest.mark.parametrize("origin", ["*", "example.edu", "https://a.example; script-src *", "javascript:alert(1)"])
def test_what_is_no_origin_is_refused(origin: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIMULATOR_EMBED_ORIGINS", origin)
    with pytest.raises(ValueError, match="SIMULATOR_EMBED_ORIGINS must hold origins like"):
        headers.policy()


def test_health_says_what_is_queued_and_kept(replica) -> None:
    answer = Answer(replica.address, "/healthz")
    assert answer.status == 200
    state = json.loads(answer.body)
    assert state["waiting"] == 0 and state["chart_bytes"] > 0, "The first page was worked out ahead."


def test_a_session_opens_a_link_and_moves_a_slider(replica) -> None:
    async def visit() -> Visitor:
        async with Visitor(replica.address, SMALL) as visitor:
            await visitor.open()
            await visitor.move(depth=7)
            return visitor

    visitor = asyncio.run(visit())
    assert visitor.query == "depth=7&width=16&batch=8"
    assert visitor.charts == 4 and not visitor.exceptions


def test_a_page_load_brings_every_file(replica) -> None:
    asyncio.run(load_page(replica.address, ["/", *list(files.addresses())[:40]]))
    with pytest.raises(LostError):
        asyncio.run(load_page(replica.address, ["/", "/component/none/x.js"]))


def test_a_foreign_site_opens_no_socket(replica) -> None:
    async def visit() -> None:
        visitor = Visitor(replica.address)
        visitor.origin = "https://evil.example"
        async with visitor:
            await visitor.open()

    with pytest.raises(Exception, match=r"403|1008"):
        asyncio.run(visit())


def test_files_are_answered_without_the_app() -> None:
    """The middleware alone: what it has it sends, all else goes on."""
    sent, asked = [], []

    async def app(scope, receive, send) -> None:
        asked.append(scope["path"])

    async def send(message) -> None:
        sent.append(message)

    served = asgi.Files(app)
    known = next(iter(served.files))
    for kind, method in (("http", "GET"), ("http", "POST"), ("websocket", "GET")):
        asyncio.run(served({"type": kind, "method": method, "path": known, "headers": []}, None, send))
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert asked == [known, known]


def test_nobody_is_told_of_the_repository(replica) -> None:
    """Any visitor once got its branch, untracked and uncommitted files, while all others waited for 8 s."""

    async def ask() -> list[str]:
        async with Visitor(replica.address, SMALL) as visitor:
            await visitor.open()
            for kind in ("load_git_info", "set_run_on_save", "clear_cache", "debug_shutdown_runtime", "app_heartbeat"):
                await visitor.socket.send(BackMsg(**{kind: True}).SerializeToString())
            kinds = []
            while "heartbeat_ack" not in kinds:
                answer = ForwardMsg.FromString(await visitor.socket.recv(decode=False))
                kinds.append(str(answer.WhichOneof("type")))
            return kinds

    assert set(asyncio.run(ask())) <= {"session_status_changed", "heartbeat_ack"}, "The first is the page's own end."
