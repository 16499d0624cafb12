"""The deployment as it is shipped: real processes, a real nginx, on loopback."""

from __future__ import annotations

import gc
import re
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy import local

NO_NGINX = "nginx was not found (Debian, Ubuntu: apt install nginx-light)."


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where logs and nginx's files go."""
    return tmp_path_factory.mktemp("deployment")


@pytest.fixture(scope="session")
def replicas(folder: Path) -> Iterator[list[local.Replica]]:
    """Two replicas of the ASGI entry; their logs must stay free of warnings and tracebacks."""
    with local.replicas(2, folder) as running:
        yield running
    for replica in running:
        text = replica.log.read_text(errors="replace")
        assert not re.search(r"Traceback|Uncaught|WARNING|Error", text), text


@pytest.fixture(scope="session")
def replica(replicas: list[local.Replica]) -> local.Replica:
    """One of them."""
    return replicas[0]


@pytest.fixture(scope="session")
def proxy(replicas: list[local.Replica], folder: Path) -> Iterator[str]:
    """nginx before both."""
    if local.nginx() is None:
        pytest.skip(NO_NGINX)
    with local.proxy([replica.port for replica in replicas], folder) as address:
        yield address


@pytest.fixture(autouse=True)
def _nothing_left_to_collect(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a test with servers left half open is closed here, and not in the middle of some other test."""
    yield
    if not {"replicas", "attacked"} & set(request.fixturenames):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()
