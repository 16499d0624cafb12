"""Several replicas behind nginx: spread, sticky, and no one is lost when one of them goes."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from benchmarks.visitors import LostError, Visitor
from deploy import files, local
from tests.waiting import PATIENCE, until_done

# A server that is killed leaves its clients' sockets half open; they are closed when they are collected.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

SMALL = "depth=3&width=16&batch=8"
STUDENTS = 24


def cookie(number: int) -> str:
    return f"simulator_route={number * 0x9E3779B97F4A7C15 % 2**128:032x}"


def sessions(replica: local.Replica) -> int:
    """How many are connected to a replica, from its own metrics."""
    with urllib.request.urlopen(f"{replica.address}/_stcore/metrics", timeout=PATIENCE) as answer:
        lines = answer.read().decode().splitlines()
    return int(sum(float(line.split()[-1]) for line in lines if line.startswith("active_sessions")))


NEXT = "99.0"


def another_version(root: Path) -> Path:
    """A copy of the app with another version's number and scripts."""
    for name in ("app.py", "simulator", "pages", "deploy", "assets", ".streamlit"):
        source = local.ROOT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            root.mkdir(exist_ok=True)
            shutil.copy(source, root)
    (root / "simulator" / "version.py").write_text(f'__version__ = "{NEXT}"\n', encoding="utf-8")
    for script in (root / "simulator" / "charts" / "browser").glob("*.js"):
        script.write_text(script.read_text(encoding="utf-8") + "\n// another\n", encoding="utf-8")
    return root


def version(replica: local.Replica) -> str:
    """Of the app that a replica runs, from its health route."""
    with urllib.request.urlopen(f"{replica.address}/healthz", timeout=PATIENCE) as answer:
        found: str = json.load(answer)["version"]
        return found


async def come_back(visitor: Visitor) -> None:
    """What a browser does when its socket closes: it connects again until it may, and asks for its link."""

    async def back() -> bool:
        try:
            await visitor.close()
            await visitor.connect()
            await visitor.open()
        except (LostError, OSError, ConnectionError):
            return False
        return True

    await until_done(back, "It never came back.")


def test_a_campus_behind_one_address_is_spread(replicas, proxy: str) -> None:
    async def visit() -> list[int]:
        visitors = [Visitor(proxy, SMALL, cookie=cookie(number)) for number in range(STUDENTS)]
        for visitor in visitors:
            await visitor.connect()
            await visitor.open()
        counts = [sessions(replica) for replica in replicas]
        for visitor in visitors:
            await visitor.close()
        return counts

    counts = asyncio.run(visit())
    # All on one side would have probability 2^-23; a quarter is 2.4 standard deviations away.
    assert sum(counts) == STUDENTS and min(counts) >= STUDENTS // 6, counts


def test_who_comes_back_finds_the_session(proxy: str) -> None:
    async def visit() -> list[bool]:
        found = []
        for number in range(6):
            visitor = Visitor(proxy, SMALL, cookie=cookie(number))
            async with visitor:
                await visitor.open()
            first = visitor.session
            async with visitor:
                await visitor.open()
            found.append(visitor.session == first)
        return found

    assert all(asyncio.run(visit()))


def test_the_proxy_gives_a_route_and_hides_metrics(proxy: str) -> None:
    with urllib.request.urlopen(proxy, timeout=PATIENCE) as answer:
        given = answer.headers["Set-Cookie"]
        assert answer.headers["Content-Security-Policy"]
    assert given.startswith("simulator_route=") and "HttpOnly" in given and "SameSite=Lax" in given
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(f"{proxy}/_stcore/metrics", timeout=PATIENCE)


def test_a_forged_route_is_replaced(proxy: str) -> None:
    request = urllib.request.Request(proxy, headers={"Cookie": "simulator_route=evil%0d%0aSet-Cookie:x"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert "evil" not in answer.headers["Set-Cookie"]


def test_files_come_compressed_from_the_disk(proxy: str) -> None:
    parts = urlsplit(proxy)
    for address in [next(a for a in files.addresses() if a.startswith(prefix)) for prefix in files.SOURCES]:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=PATIENCE)
        connection.request("GET", address, headers={"Accept-Encoding": "gzip"})
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        assert answer.status == 200 and body
        assert answer.getheader("X-Content-Type-Options") == "nosniff"
        assert answer.getheader("Cache-Control") == files.caching(address)


def test_an_upload_that_is_too_large_stops_at_the_proxy(proxy: str) -> None:
    request = urllib.request.Request(f"{proxy}/_stcore/upload_file/a/b", data=bytes(4 * 2**20), method="PUT")
    with pytest.raises((urllib.error.HTTPError, ConnectionError, urllib.error.URLError)) as refused:
        urllib.request.urlopen(request, timeout=PATIENCE)
    assert getattr(refused.value, "code", 413) == 413


def test_a_replica_is_killed_and_its_students_go_on(replicas, proxy: str) -> None:
    """Their browsers connect again by themselves; nothing is lost that was in the link."""

    async def visit() -> list[str]:
        visitors = [Visitor(proxy, f"{SMALL}&seed={number}", cookie=cookie(number)) for number in range(8)]
        for number, visitor in enumerate(visitors):
            await visitor.connect()
            await visitor.open()
            await visitor.move(depth=4 + number)
        replicas[0].stop(signal.SIGKILL)
        for visitor in visitors:
            try:
                await visitor.move(depth=visitor.values["depth"] + 20)
            except LostError:
                await come_back(visitor)
                await visitor.move(depth=visitor.values["depth"])
        for visitor in visitors:
            assert not visitor.exceptions
            await visitor.close()
        return [visitor.query for visitor in visitors]

    try:
        queries = asyncio.run(visit())
    finally:
        replicas[0].start()
        replicas[0].wait()
    assert len(set(queries)) == 8
    for number, query in enumerate(queries):
        settings = dict(pair.split("=") for pair in query.split("&"))
        assert settings.get("depth", "30") in {str(4 + number), str(24 + number)}
        assert settings.get("seed", "0") == str(number)


def test_a_new_version_replaces_one_replica_after_the_other(replicas, proxy: str, tmp_path: Path) -> None:
    """deploy/restart.sh with real processes, under students who keep moving: sessions come back with their settings.

    The new version has another number and other scripts for the charts; for a while both are behind nginx.
    """
    newer = another_version(tmp_path / "newer")
    asked, restarter = tmp_path / "asked", tmp_path / "restart"
    os.mkfifo(asked)
    restarter.write_text(f'#!/bin/sh\necho "$1" > {asked}\n', encoding="utf-8")
    restarter.chmod(0o755)
    # The script adds the port right behind the command, as in simulator@8901.
    environment = {**os.environ, "RESTART": f"{restarter} ", "PATIENCE": "60"}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), environment["PATH"]])

    async def visit() -> list[Visitor]:
        visitors = [Visitor(proxy, f"{SMALL}&seed={number}", cookie=cookie(number)) for number in range(3)]
        for visitor in visitors:
            await come_back(visitor)
            await visitor.move(depth=5)
        script = await asyncio.create_subprocess_exec(
            local.ROOT / "deploy" / "restart.sh", *(str(replica.port) for replica in replicas), env=environment
        )

        async def obey() -> None:
            for replica in replicas:
                port = (await asyncio.to_thread(asked.read_text)).strip()
                assert int(port) == replica.port
                await asyncio.to_thread(replica.stop)
                replica.root = newer
                replica.start()

        async def student(visitor: Visitor) -> None:
            while script.returncode is None:
                try:
                    await visitor.move(depth=5)
                except (LostError, ConnectionError):
                    await come_back(visitor)

        await asyncio.gather(obey(), script.wait(), *map(student, visitors))
        assert script.returncode == 0
        for visitor in visitors:
            await come_back(visitor)
            await visitor.close()
        return visitors

    try:
        for number, visitor in enumerate(asyncio.run(visit())):
            assert visitor.query.startswith("depth=5&width=16&batch=8") and not visitor.exceptions
            assert f"seed={number}" in visitor.query or number == 0
        assert {version(replica) for replica in replicas} == {NEXT}
    finally:
        for replica in replicas:
            replica.stop()
            replica.root = local.ROOT
            replica.start()
            replica.wait()


def test_the_shipped_configuration_is_valid(tmp_path: Path) -> None:
    if local.nginx() is None:
        pytest.skip("nginx was not found.")
    text = f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {local.CONFIGURATION}; }}"
    (tmp_path / "nginx.conf").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [local.nginx() or "", "-t", "-c", str(tmp_path / "nginx.conf")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "ip_hash" not in local.CONFIGURATION.read_text(encoding="utf-8")
    assert "[warn]" not in done.stderr
