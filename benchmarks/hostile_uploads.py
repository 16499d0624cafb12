"""Hostile uploads over HTTP to a running server: 204 and then a sentence on the page, or a 4xx; nothing stays."""

from __future__ import annotations

import asyncio
import random
import secrets
import urllib.request
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from streamlit.proto.WidgetStates_pb2 import WidgetState

from benchmarks import hostile_files
from benchmarks.hostile_values import Attempts
from benchmarks.visitors import LostError, Visitor
from deploy.messages import SHORT

PLACES = (
    ("sweep", "sweep_files", "depth=2&width=4&batch=2"),
    ("training", "table", "depth=2&width=4&batch=2&epochs=1&train_width=4"),
    ("present", "scenes-file", "depth=2&width=4&batch=2"),
    ("signal", "inputs-table", "depth=2&width=4&batch=2&inputs=table"),
)
"""Where a file can be brought: page, the uploader's key, a link that shows it."""

FORMS = (
    "good", "good", "good", "good", "no token", "other token", "no cookie", "other session", "two files", "no file",
    "no boundary", "other type", "cut", "garbage", "large", "long name", "chunked", "lying length", "no name", "delete",
    "odd charset",
)  # fmt: skip
OVER = 3 * 2**20
PATIENCE = 20.0


class Uploader(Visitor):
    """A visitor who has the address of an uploader's widget and may say what was uploaded."""

    uploader = ""
    key = ""

    def _see(self, element: object, fragment: str) -> None:
        super()._see(element, fragment)
        found = getattr(element, "file_uploader", None)
        if found is not None and found.id.endswith(f"-{self.key}"):
            self.uploader = found.id

    async def bring(self, file: str, name: str, size: int) -> None:
        """Say that this file is the widget's value, and wait for the page."""
        state = WidgetState(id=self.uploader)
        about = state.file_uploader_state_value.uploaded_file_info.add()
        about.file_id, about.name, about.size = file, name[:SHORT].encode("utf-8", "replace").decode(), size
        place = f"/_stcore/upload_file/{self.session}/{file}"
        about.file_urls.file_id, about.file_urls.upload_url, about.file_urls.delete_url = file, place, place
        self.widgets["uploader"] = state
        await self._run(PATIENCE * 3)


def token(address: str) -> str:
    """A cookie that protects against requests of other sites, as the server gives it."""
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE) as answer:
        for value in answer.headers.get_all("Set-Cookie") or []:
            if value.startswith("_streamlit_xsrf="):
                return str(value.split(";")[0].partition("=")[2])
    raise LostError("no token")


async def send(address: str, method: str, path: str, headers: dict[str, str], body: bytes, cut: int = 0) -> int:
    """One request with exactly these headers; the status, or 0 where the server hangs up."""
    parts = urlsplit(address)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    said = "".join(
        f"{name}: {value}\r\n" for name, value in {"Host": parts.netloc, "Connection": "close", **headers}.items()
    )
    try:
        writer.write(f"{method} {path} HTTP/1.1\r\n{said}\r\n".encode("latin-1", "replace") + body[: len(body) - cut])
        if cut:
            writer.write_eof()
        line = await asyncio.wait_for(reader.readline(), PATIENCE)
        return int(line.split()[1]) if line.count(b" ") >= 2 else 0
    except OSError:
        return 0
    finally:
        writer.close()


def form(name: str, content: bytes, boundary: str, count: int = 1) -> bytes:
    """A browser's form with the file in it, so many times."""
    told = "".join(f"%{ord(letter):02X}" if letter in '"\r\n' else letter for letter in name).encode("utf-8", "replace")
    part = (
        b'Content-Disposition: form-data; name="file"; filename="'
        + told
        + b'"\r\nContent-Type: text/csv\r\n\r\n'
        + content
    )
    start = f"--{boundary}\r\n".encode()
    return b"".join(start + part + b"\r\n" for _ in range(count)) + f"--{boundary}--\r\n".encode()


async def attack(address: str, cookie: str, kind: str, session: str, file: str, name: str, content: bytes) -> int:
    """One upload that is wrong in one way, or good; the status."""
    boundary = secrets.token_hex(8)
    body = form(name, content, boundary, 2 if kind == "two files" else 1)
    headers = {
        "Content-Type": f"multipart/form-data; boundary={boundary}",
        "Content-Length": str(len(body)),
        "Cookie": f"_streamlit_xsrf={cookie}",
        "X-Xsrftoken": cookie,
    }
    path, cut = f"/_stcore/upload_file/{session}/{file}", 0
    if kind == "no token":
        del headers["X-Xsrftoken"]
    elif kind == "other token":
        headers["X-Xsrftoken"] = "2|00000000|" + "0" * 32 + "|1"
    elif kind == "no cookie":
        del headers["Cookie"]
    elif kind == "other session":
        path = (
            f"/_stcore/upload_file/{quote(random.choice((str(uuid.uuid4()), '../../x', 'a' * 5000)), safe='')}/{file}"
        )
    elif kind == "no file":
        body = f'--{boundary}\r\nContent-Disposition: form-data; name="x"\r\n\r\ntext\r\n--{boundary}--\r\n'.encode()
    elif kind == "no boundary":
        headers["Content-Type"] = "multipart/form-data"
    elif kind == "other type":
        headers["Content-Type"] = random.choice(("application/json", "text/plain", "x", "multipart/mixed; boundary=a"))
    elif kind == "cut":
        cut = len(body) // 2
    elif kind == "garbage":
        body = random.randbytes(2000)
    elif kind == "large":
        body = form(name, bytes(OVER), boundary)
    elif kind == "long name":
        body = form("n" * 10**5 + "\0../../x.csv", content, boundary)
    elif kind == "chunked":  # more than is let in, and no word of how much
        body = b"".join(f"{2**16:x}\r\n".encode() + bytes(2**16) + b"\r\n" for _ in range(64)) + b"0\r\n\r\n"
        headers["Transfer-Encoding"] = "chunked"
        del headers["Content-Length"]
    elif kind == "no name":
        body = f"--{boundary}\r\nContent-Disposition: form-data; filename=x\r\n\r\n1\r\n--{boundary}--\r\n".encode()
    elif kind == "odd charset":
        headers["Content-Type"] += "; charset=none-such"
    if "Content-Length" in headers:
        headers["Content-Length"] = "ten" if kind == "lying length" else str(len(body))
    return await send(address, "DELETE" if kind == "delete" else "PUT", path, headers, body, cut)


GOOD = {"good", "odd charset", "delete", "two files"}


async def run(address: str, count: int, seed: int) -> dict[str, Any]:
    """So many uploads, each from a session of its own that then shows what became of the file."""
    chance, cookie = random.Random(seed), await asyncio.to_thread(token, address)
    attempts, shown = Attempts(), 0
    for name, content in hostile_files.files(count, seed):
        kind, (page, key, query) = chance.choice(FORMS), chance.choice(PLACES)
        wrong, status = [], 0
        try:
            async with Uploader(address, query, page) as visitor:
                visitor.key = key
                await visitor.open()
                file = str(uuid.uuid4())
                status = await attack(address, cookie, kind, visitor.session, file, name, content)
                if not (status == 0 or 400 <= status < 500 or (status == 204 and kind in GOOD)):
                    wrong.append(f"status {status}")
                if visitor.uploader:
                    shown += 1
                    await visitor.bring(file, name, len(content))
                else:
                    wrong.append(f"no uploader {key}")
                wrong += visitor.exceptions
        except (LostError, OSError) as error:
            wrong.append(f"{type(error).__name__}: {error}")
        about = f"{page} {kind} {name[:40]} ({len(content):,} bytes)"
        attempts.add(f"{kind}: {status}", "; ".join(wrong), about)
    return attempts.report(brought_to_a_page=shown)


def left_open(pid: int) -> list[Path]:
    """The files under a temporary folder that a process still has open: what it keeps on disk."""
    found = []
    for link in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = link.readlink()
        except OSError:  # closed meanwhile
            continue
        if target.is_absolute() and target.suffix != ".log" and target.parts[1:2] in (("tmp",), ("var",)):
            found.append(target)
    return found
