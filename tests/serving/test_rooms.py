"""Rooms: the contract of every store, what does not get in, and what outlives a process."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from simulator.serving import rooms
from simulator.serving.rooms import COUNTED, EXPLORE, FOLLOW, NOT_LED, NOT_OPEN, REVEALED, VOTE, RoomStore, Sign
from simulator.serving.sqlite import Rooms
from simulator.settings import SettingError
from tests.conftest import REPOSITORY


@dataclass
class Clock:
    seconds: float = 1e9

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=[Rooms])
def store(request, tmp_path: Path, clock: Clock) -> RoomStore:
    """Every kind of store there is."""
    return request.param(tmp_path / "rooms", now=clock)


def _everything(path: Path) -> list[object]:
    with sqlite3.connect(path) as database:
        return [database.execute(f"SELECT * FROM {table}").fetchall() for table in ("rooms", "keys", "votes")]


def _tried(act: Callable[..., Any], *arguments: object) -> tuple[Any, str]:
    """What came of it, or None and the sentence."""
    try:
        return act(*arguments), ""
    except SettingError as error:
        return None, str(error)


def test_a_room_leads_votes_reveals_and_votes_again(store: RoomStore) -> None:
    code, lead = store.open()
    members = [store.join(code) for _ in range(3)]
    assert store.leads(code, lead) and not any(store.leads(code, member) for member in members)
    assert store.room(code).members == 3 and store.room(code).mode == FOLLOW
    versions = [store.room(code).version]

    def changed() -> bool:
        versions.append(store.room(code).version)
        return versions[-1] > versions[-2]

    store.show(code, lead, "signal?depth=40")
    assert changed() and store.room(code).scene == "signal?depth=40"
    store.show(code, lead, "signal?depth=40")
    assert not changed()  # nobody is woken for what is on the screen
    store.ask(code, lead, "xavier-half")
    assert changed() and (store.room(code).mode, store.room(code).round) == (VOTE, 1)
    for member, choice in zip(members, ("half", "none", "half"), strict=True):
        store.vote(code, member, "xavier-half", 1, choice)
    assert not changed() and store.room(code).ballots == 3
    assert [store.choice(code, member) for member in (*members, lead)] == ["half", "none", "half", ""]
    store.turn(code, lead, REVEALED)
    assert changed()
    store.ask(code, lead, "xavier-half")
    assert store.room(code).round == 2 and store.room(code).ballots == 0 and not store.choice(code, members[0])
    store.vote(code, members[1], "xavier-half", 2, "half")
    assert store.tally(code) == {"xavier-half": [{"half": 2, "none": 1}, {"half": 1}]}
    store.turn(code, lead, EXPLORE)
    store.close(code, lead)
    for gone in (store.room, store.join, store.tally, lambda code: store.leads(code, lead)):
        with pytest.raises(SettingError, match="no open room"):
            gone(code)


def test_what_may_not_be_done_is_a_sentence_and_changes_nothing(store: RoomStore, tmp_path: Path) -> None:
    code, lead = store.open()
    other, other_lead = store.open()
    member = store.join(code)
    early = store.join(other)
    store.ask(code, lead, "q")
    store.vote(code, member, "q", 1, "yes")
    before = _everything(tmp_path / "rooms")
    refused: list[tuple[Callable[..., object], tuple[object, ...], str]] = [
        (store.vote, (code, member, "q", 1, "no"), COUNTED),
        (store.vote, (code, member, "q", 2, "no"), NOT_OPEN),
        (store.vote, (code, member, "another", 1, "no"), NOT_OPEN),
        (store.vote, (code, early, "q", 1, "no"), "Only who is in the room"),  # of another room
        (store.vote, (code, "guessed", "q", 1, "no"), "Only who is in the room"),
        (store.vote, (code, lead, "q", 1, "no"), "Only who is in the room"),
        (store.vote, (code, member, "q", 1, "n" * 10_000), "no more than"),
        (store.vote, (other, early, "q", 1, "no"), NOT_OPEN),
        (store.turn, (other, other_lead, REVEALED), "Nothing was asked"),
        (store.turn, (code, lead, "party"), "no mode"),
        (store.redeem, (code, "guessed"), "was used before"),
        (store.show, (code, lead, "s" * 10_000), "at most"),
        (store.ask, (code, lead, ""), "1 to 100"),
    ]
    for key in (member, other_lead, "", "' OR 1=1 --"):
        refused += [(act, (code, key), NOT_LED) for act in (store.close, store.ticket)]
        led = ((store.show, "signal?"), (store.turn, EXPLORE), (store.ask, "q"))
        refused += [(act, (code, key, what), NOT_LED) for act, what in led]
    for act, arguments, said in refused:
        with pytest.raises(SettingError) as error:
            act(*arguments)
        assert said in str(error.value)
    assert _everything(tmp_path / "rooms") == before
    store.turn(code, lead, REVEALED)
    with pytest.raises(SettingError, match=NOT_OPEN):
        store.vote(code, store.join(code), "q", 1, "late")
    assert store.tally(code) == {"q": [{"yes": 1}]} and store.tally(other) == {}


def test_two_rooms_do_not_see_each_other(store: RoomStore) -> None:
    (one, lead), (two, _) = store.open(), store.open()
    before = store.room(two)
    store.show(one, lead, "signal?depth=9")
    store.ask(one, lead, "q")
    store.vote(one, store.join(one), "q", 1, "yes")
    store.close(one, lead)
    assert store.room(two) == before and store.signs([one, two]) == {two: Sign(version=1, members=0, ballots=0)}


def test_a_ticket_lets_one_screen_in_once_and_the_last_one_alone_holds(store: RoomStore) -> None:
    code, lead = store.open()
    older, newer = store.ticket(code, lead), store.ticket(code, lead)
    with pytest.raises(SettingError):
        store.redeem(code, older)
    second = store.redeem(code, newer)
    assert store.leads(code, second) and second != lead and not store.belongs(code, newer)
    with pytest.raises(SettingError):
        store.redeem(code, newer)


def test_hostile_codes_get_a_sentence(store: RoomStore, tmp_path: Path) -> None:
    store.open()
    before = _everything(tmp_path / "rooms")
    draw = random.Random(1)
    alphabet = [*rooms.LETTERS, "'", '"', ";", "%", "\0", "\n", "ß", "Ａ", "𝔸", "I", "O", "0", "/", "..", "\ud800"]
    for _ in range(10_000):
        text = "".join(draw.choices(alphabet, k=draw.choice([0, 1, 3, 4, 4, 4, 5, 40, 3000])))
        code, said = _tried(rooms.code_of, text)
        assert len(said) < 300
        assert code is None or (len(code) == rooms.LENGTH and set(code) <= set(rooms.LETTERS))
    for text in ("", "AAAA", "' OR 1=1", "\0" * 5, "x" * 10_000, "Ａ"):
        with pytest.raises(SettingError) as error:
            store.room(text)
        assert len(str(error.value)) < 300
    assert _everything(tmp_path / "rooms") == before


def test_a_room_closes_after_a_day_and_nothing_stays(store: RoomStore, clock: Clock, tmp_path: Path) -> None:
    code, lead = store.open()
    member = store.join(code)
    clock.seconds += rooms.DAY - 1
    store.ask(code, lead, "q")
    clock.seconds += 2
    for act in (lambda: store.room(code), lambda: store.vote(code, member, "q", 1, "yes"), lambda: store.join(code)):
        with pytest.raises(SettingError, match="no open room"):
            act()
    assert store.signs([code]) == {}
    other, _ = store.open()
    assert [len(table) for table in _everything(tmp_path / "rooms")] == [1, 1, 0] and other != code


def test_rooms_members_and_rounds_are_bounded(store: RoomStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "MOST_ROOMS", 3)
    monkeypatch.setattr(rooms, "MOST_MEMBERS", 2)
    for _ in range(3):
        code, lead = store.open()
    with pytest.raises(SettingError, match="another must close"):
        store.open()
    one, _ = store.join(code), store.join(code)
    with pytest.raises(SettingError, match="most that it takes"):
        store.join(code)
    for number in range(rooms.MOST_ROUNDS):
        store.ask(code, lead, "q")
        store.vote(code, one, "q", number + 1, "yes")
    with pytest.raises(SettingError, match="times at most"):
        store.ask(code, lead, "q")


def test_two_hundred_vote_at_once_through_two_stores(tmp_path: Path) -> None:
    """Two replicas, many threads: each vote once, also where a browser sends it again."""
    replicas = [Rooms(tmp_path / "rooms"), Rooms(tmp_path / "rooms")]
    code, lead = replicas[0].open()
    members = [replicas[number % 2].join(code) for number in range(200)]
    replicas[1].ask(code, lead, "q")

    def vote(number: int) -> bool:
        member, choice = members[number % 200], "yes" if number % 200 < 120 else "no"
        _, said = _tried(replicas[(number // 7) % 2].vote, code, member, "q", 1, choice)
        assert said in {"", COUNTED}
        return not said

    with ThreadPoolExecutor(16) as pool:
        counted = list(pool.map(vote, range(600)))
    assert sum(counted) == 200 and replicas[0].room(code).ballots == 200
    assert replicas[1].tally(code) == {"q": [{"no": 80, "yes": 120}]}


def test_what_was_voted_outlives_a_killed_process(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys; from simulator.serving.sqlite import Rooms\n"
        "store = Rooms(sys.argv[1]); code, lead = store.open(); store.ask(code, lead, 'q')\n"
        "store.vote(code, store.join(code), 'q', 1, 'yes'); print(code, lead, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "rooms")], capture_output=True, text=True, cwd=REPOSITORY
    )
    assert told.returncode == -9
    code, lead = told.stdout.split()
    store = Rooms(tmp_path / "rooms")
    store.turn(code, lead, REVEALED)
    assert store.tally(code) == {"q": [{"yes": 1}]}


def test_the_file_holds_no_keys(tmp_path: Path) -> None:
    store = Rooms(tmp_path / "rooms")
    code, lead = store.open()
    keys = [lead, store.ticket(code, lead), store.join(code)]
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert all(key.encode() not in written for key in keys)
