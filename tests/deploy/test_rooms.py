"""A class in one room on two replicas: woken at once, every vote counted once, also when a replica is killed."""

from __future__ import annotations

import argparse
import asyncio
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from benchmarks import class_room
from deploy import local
from tests.deploy.conftest import NO_NGINX
from tests.waiting import PATIENCE

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

STUDENTS = 20


@pytest.mark.slow
def test_a_class_follows_and_votes_while_a_replica_is_killed(tmp_path: Path) -> None:
    if local.nginx() is None:
        pytest.skip(NO_NGINX)
    options = argparse.Namespace(students=STUDENTS, moves=2, quiet=1.0, kill=True, bare=False)
    with (
        local.replicas(2, tmp_path) as running,
        local.proxy([replica.port for replica in running], tmp_path) as address,
    ):
        found = asyncio.run(class_room.measure(address, tmp_path / local.ROOMS, options, running))
    assert found["moves"]["missed"] == 0 and not found["errors"]
    (votes,) = found["votes"]["tally"]
    assert sum(votes.values()) == STUDENTS and set(votes.values()) == {STUDENTS // 2}


@pytest.mark.parametrize("code", ["AAAA", "..%2F..", "%00%00%00%00", "a" * 3000, "O0O0"])
def test_a_code_of_no_room_has_no_events(replica: local.Replica, code: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{replica.address}/rooms/{code}", timeout=PATIENCE)
    with refused.value as answer:
        assert answer.code in {400, 404} and len(answer.read()) < 400
