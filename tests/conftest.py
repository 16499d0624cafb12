"""What every test runs under, and the real server and browser for those that need them."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import hypothesis
import numpy as np
import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect, sync_playwright

from tests.waiting import PATIENCE, PATIENCE_MS, until

REPOSITORY = Path(__file__).resolve().parent.parent
CI = os.environ.get("CI", "").lower() in {"1", "true"}

hypothesis.settings.register_profile("default", deadline=None, max_examples=50)
hypothesis.settings.register_profile("ci", deadline=None, max_examples=50, derandomize=True, print_blob=True)
hypothesis.settings.register_profile("quick", deadline=None, max_examples=5)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=1000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if CI else "default"))


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """A script that Streamlit runs becomes `__main__`, and every process that is started then imports it."""
    before = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = before


_OF_THE_APP = re.compile(r"^(?:from|import) (?:streamlit|simulator\.ui|tests\.ui|deploy|benchmarks)\b", re.MULTILINE)


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Where Streamlit is not installed, what needs the app is no test."""
    if find_spec("streamlit") is not None:
        return None
    file = collection_path / "conftest.py" if collection_path.is_dir() else collection_path
    needs = file.suffix == ".py" and file.exists() and _OF_THE_APP.search(file.read_text(encoding="utf-8"))
    return True if needs else None


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="the first case of each test, without servers and browsers")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("quick"):
        hypothesis.settings.load_profile("quick")


SHARED = (
    "tests/browser/", "tests/deploy/", "tests/test_recipes.py", "tests/studies/test_published.py",
    "tests/studies/sweep/", "tests/studies/training/", "tests/cli/test_sweep.py", "tests/reports/",
)  # fmt: skip
"""Where tests share what takes seconds to make: a server, a browser, a copy of the project, a table."""


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One worker runs all tests of a place in SHARED; every other test goes to whichever is free."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduler(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return next((place for place in SHARED if nodeid.startswith(place)), nodeid)

    return Scheduler(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Function]) -> None:
    """Whatever lies in tests/browser is a browser test."""
    for item in items:
        if (REPOSITORY / "tests" / "browser") in item.path.parents:
            item.add_marker(pytest.mark.browser)
    if config.getoption("quick"):
        firsts = list({item.nodeid.split("[")[0]: item for item in reversed(items)}.values())[::-1]
        served = {"browser", "start_server", "replicas"}
        quick = [one for one in firsts if not served & set(one.fixturenames)]
        config.hook.pytest_deselected(items=[item for item in items if item not in quick])
        items[:] = quick


@pytest.fixture(autouse=True)
def floating_point_errors() -> Iterator[None]:
    """Overflow, underflow, 0/0 and 1/0 are errors; code that means to underflow says so with np.errstate."""
    with np.errstate(all="raise"):
        yield


# ---------------------------------------------------------------------------------------------- server

StartServer = Callable[[], str]
Brake = Callable[[int], None]


@pytest.fixture(scope="session")
def brake_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the servers look for the brake: tests/paced.py."""
    return tmp_path_factory.mktemp("brake") / "brake"


@pytest.fixture
def brake(brake_file: Path) -> Iterator[Brake]:
    """brake(count): from here on work in slices stands still at that count; brake(0) lets it go on."""

    def pull(count: int) -> None:
        made = brake_file.with_suffix(".new")
        made.write_text(str(count), encoding="utf-8")
        made.replace(brake_file)
        if not count:
            brake_file.unlink()

    yield pull
    brake_file.unlink(missing_ok=True)


@pytest.fixture(scope="session")
def start_server(tmp_path_factory: pytest.TempPathFactory, brake_file: Path) -> Iterator[StartServer]:
    """Start the real app in a process of its own; the address comes back once it is healthy."""
    running: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start() -> str:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        log = tmp_path_factory.mktemp("server") / "log.txt"
        command = [sys.executable, "-m", "tests.paced", "run", "app.py"]
        command += ["--server.address=127.0.0.1", f"--server.port={port}", "--server.headless=true"]
        with log.open("wb") as sink:
            process = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                env=os.environ | {"SIMULATOR_BRAKE": str(brake_file)},
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        running.append((process, log))
        _wait_until_healthy(f"http://127.0.0.1:{port}", process, log)
        return f"http://127.0.0.1:{port}"

    yield start
    complaints = []
    for process, log in running:
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        text = log.read_text(errors="replace")
        if re.search(r"Traceback|Uncaught|Warning", text):
            complaints.append(text)
    assert not complaints, "The server's log has warnings or exceptions:\n" + "\n".join(complaints)


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    def said() -> str:
        return f"The server at {address} did not become healthy:\n{log.read_text(errors='replace')}"

    def healthy() -> bool:
        assert process.poll() is None, said()
        try:
            with urllib.request.urlopen(f"{address}/_stcore/health", timeout=PATIENCE) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    until(healthy, said)


@pytest.fixture(scope="session")
def server(start_server: StartServer, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the one server that most browser tests share."""
    if worker := os.environ.get("PYTEST_XDIST_WORKER"):
        mark = tmp_path_factory.getbasetemp().parent / "server-of-a-worker"  # a folder that all workers of this run see
        assert not mark.exists(), f"{mark.read_text()} and {worker} share no server: tests are not kept together."
        mark.write_text(worker)
    return start_server()


# --------------------------------------------------------------------------------------------- browser

_FLAGS = [
    "--no-sandbox",  # Chromium refuses to run as root with it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_NO_BROWSER = (
    "No Chromium found. Install one (`python -m playwright install chromium`, or your system's chromium or Chrome), "
    "or name its executable in the environment variable SIMULATOR_CHROMIUM."
)


def _chromium(own: str) -> str | None:
    """The first browser there is: the named one, Playwright's own, the system's (a headless one is quickest)."""
    named = os.environ.get("SIMULATOR_CHROMIUM")
    if named:
        return named
    if Path(own).exists():
        return own
    programs = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "chrome")
    return next(filter(None, map(shutil.which, programs)), None)


expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Headless Chromium; a machine without one skips, continuous integration fails."""
    with sync_playwright() as playwright:
        path = _chromium(playwright.chromium.executable_path)
        if path is None:
            (pytest.fail if CI else pytest.skip)(_NO_BROWSER)
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]

# Opened on a subpage, Streamlit's own script first looks for its server below that page's address.
_SEARCH_FOR_ROOT = re.compile(r"^http://127\.0\.0\.1:\d+/\w+/_stcore/(health|host-config)$")


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Open a page with the given context options; whatever goes wrong in any of them fails the test."""
    contexts, complaints = [], []

    def listen(page: Page) -> None:
        def console(message: ConsoleMessage) -> None:
            where = message.location.get("url", "")
            if message.type == "error" and not _SEARCH_FOR_ROOT.search(where):
                complaints.append(f"console: {message.text} ({where})")

        def failure(error: Error) -> None:
            complaints.append(f"uncaught: {error}")

        def request(request: Request) -> None:
            if not re.match(r"https?://127\.0\.0\.1[:/]|data:|blob:", request.url):
                complaints.append(f"asks another host: {request.url}")

        page.on("console", console)
        page.on("pageerror", failure)
        page.on("request", request)

    def open_one(**options: object) -> Page:
        options = {"viewport": {"width": 1280, "height": 900}, "reduced_motion": "reduce", **options}
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        listen(page)
        return page

    yield open_one
    for context in contexts:
        for page in context.pages:
            complaints += [f"exception box: {text}" for text in page.get_by_test_id("stException").all_inner_texts()]
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    """A wide, light page."""
    return open_page()
