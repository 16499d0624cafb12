"""Rooms in a SQLite file: for one host, however many processes it runs; `rooms.RoomStore` says what a method does."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.serving import rooms
from simulator.serving.rooms import (
    COUNTED,
    DAY,
    EXPLORE,
    FOLLOW,
    GONE,
    NOT_LED,
    NOT_OPEN,
    REVEALED,
    VOTE,
    Room,
    Sign,
    Tally,
)
from simulator.settings import SettingError, echo

_TABLES = """
CREATE TABLE IF NOT EXISTS rooms (code TEXT PRIMARY KEY, opened REAL, version INTEGER, mode TEXT, scene TEXT,
    question TEXT, round INTEGER, ballots INTEGER) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS keys (code TEXT, key BLOB, kind TEXT, PRIMARY KEY (code, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS votes (code TEXT, question TEXT, round INTEGER, voter BLOB, choice TEXT,
    PRIMARY KEY (code, question, round, voter)) WITHOUT ROWID;
"""
_MEMBERS = "(SELECT COUNT(*) FROM keys WHERE keys.code = rooms.code AND kind = 'member')"
_LEADER, _MEMBER, _TICKET = "leader", "member", "ticket"


class Rooms:
    """Rooms in a SQLite file, which any number of processes of one host may share."""

    def __init__(self, path: str | Path, *, now: Callable[[], float] = time.time) -> None:
        self._now, self._lock = now, threading.RLock()
        # One for all threads, in turns: a server draws every page in a thread of its own, and makes new ones all day.
        self._connection = _connect(str(path))
        with self._changes() as database:
            for statement in filter(str.strip, _TABLES.split(";")):
                database.execute(statement)

    def open(self) -> tuple[str, str]:
        key = secrets.token_urlsafe(16)
        with self._changes() as database:
            for (code,) in database.execute("SELECT code FROM rooms WHERE opened < ?", (self._oldest,)).fetchall():
                _forget(database, code)
            used = {code for (code,) in database.execute("SELECT code FROM rooms")}
            if len(used) >= rooms.MOST_ROOMS:
                raise SettingError(f"There are {rooms.MOST_ROOMS} rooms open here; another must close first.")
            code = next(code for code in iter(_random_code, "") if code not in used)
            row = (code, self._now(), 1, FOLLOW, "", "", 0, 0)
            database.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            _keep(database, code, key, _LEADER)
        return code, key

    def join(self, code: str) -> str:
        key = secrets.token_urlsafe(16)
        with self._changes() as database:
            if self._room(database, code).members >= rooms.MOST_MEMBERS:
                raise SettingError(f"This room has {rooms.MOST_MEMBERS:,} members, the most that it takes.")
            _keep(database, code, key, _MEMBER)
        return key

    def room(self, code: str) -> Room:
        with self._lock:
            return self._room(self._connection, code)

    def leads(self, code: str, key: str) -> bool:
        return self._kind(code, key) == _LEADER

    def belongs(self, code: str, key: str) -> bool:
        return self._kind(code, key) in {_LEADER, _MEMBER}

    def ticket(self, code: str, key: str) -> str:
        ticket = secrets.token_urlsafe(16)
        with self._led(code, key) as database:
            # The last one alone holds: what was shown and not used lets nobody in later.
            database.execute("DELETE FROM keys WHERE code = ? AND kind = ?", (code, _TICKET))
            _keep(database, code, ticket, _TICKET)
        return ticket

    def redeem(self, code: str, ticket: str) -> str:
        key = secrets.token_urlsafe(16)
        with self._changes() as database:
            self._room(database, code)
            used = "DELETE FROM keys WHERE code = ? AND key = ? AND kind = ?"
            if database.execute(used, (code, _digest(ticket), _TICKET)).rowcount != 1:
                raise SettingError("This lecturer's link was used before, or is none.")
            _keep(database, code, key, _LEADER)
        return key

    def show(self, code: str, key: str, scene: str) -> None:
        if len(scene) > rooms.MOST_TEXT:
            raise SettingError(f"A room shows links of at most {rooms.MOST_TEXT:,} characters.")
        with self._led(code, key) as database:
            _set(database, code, "scene", scene)

    def turn(self, code: str, key: str, mode: str) -> None:
        with self._led(code, key) as database:
            if mode not in {FOLLOW, EXPLORE, REVEALED}:
                raise SettingError(f"A room has no mode {echo(mode)}.")
            if mode == REVEALED and not self._room(database, code).question:
                raise SettingError("Nothing was asked yet.")
            _set(database, code, "mode", mode)

    def ask(self, code: str, key: str, question: str) -> None:
        if not question or len(question) > 100:
            raise SettingError("A question's name has 1 to 100 characters.")
        with self._led(code, key) as database:
            rounds = "SELECT COALESCE(MAX(round), 0) FROM votes WHERE code = ? AND question = ?"
            (last,) = database.execute(rounds, (code, question)).fetchone()
            if last >= rooms.MOST_ROUNDS:
                raise SettingError(f"A question is put to the vote {rooms.MOST_ROUNDS} times at most.")
            values = (question, last + 1, VOTE, code)
            database.execute(
                "UPDATE rooms SET question = ?, round = ?, mode = ?, ballots = 0, version = version + 1 WHERE code = ?",
                values,
            )

    def vote(self, code: str, key: str, question: str, round: int, choice: str) -> None:
        if not 0 < len(choice) <= rooms.MOST_TEXT:
            raise SettingError("A vote says something, and no more than the question asks for.")
        with self._changes() as database:
            room = self._room(database, code)
            if _kind(database, code, key) != _MEMBER:
                raise SettingError("Only who is in the room has a vote.")
            if room.mode != VOTE or (room.question, room.round) != (question, round):
                raise SettingError(NOT_OPEN)
            row = (code, question, round, _digest(key), choice)
            if database.execute("INSERT OR IGNORE INTO votes VALUES (?, ?, ?, ?, ?)", row).rowcount != 1:
                raise SettingError(COUNTED)
            database.execute("UPDATE rooms SET ballots = ballots + 1 WHERE code = ?", (code,))

    def choice(self, code: str, key: str) -> str:
        voted = "SELECT choice FROM votes JOIN rooms USING (code, question, round) WHERE code = ? AND voter = ?"
        with self._lock:
            row = self._connection.execute(voted, (code, _digest(key))).fetchone()
        return "" if row is None else str(row[0])

    def tally(self, code: str) -> Tally:
        counted = (
            "SELECT question, round, choice, COUNT(*) FROM votes WHERE code = ? GROUP BY question, round, choice "
            "ORDER BY question, round, choice"
        )
        with self._lock:
            self._room(self._connection, code)
            rows = self._connection.execute(counted, (code,)).fetchall()
        votes: Tally = {}
        for question, round_, choice, count in rows:
            rounds = votes.setdefault(question, [])
            rounds += [{} for _ in range(round_ - len(rounds))]
            rounds[round_ - 1][choice] = count
        return votes

    def close(self, code: str, key: str) -> None:
        with self._led(code, key) as database:
            _forget(database, code)

    def signs(self, codes: Iterable[str]) -> dict[str, Sign]:
        wanted = set(codes)
        asked = f"SELECT code, version, {_MEMBERS}, ballots FROM rooms WHERE opened >= ?"
        with self._lock:
            rows = self._connection.execute(asked, (self._oldest,)).fetchall()
        return {code: Sign(*sign) for code, *sign in rows if code in wanted}

    @property
    def _oldest(self) -> float:
        return self._now() - DAY

    def _room(self, database: sqlite3.Connection, code: str) -> Room:
        shown = f"code, version, mode, scene, question, round, {_MEMBERS}, ballots"
        asked = f"SELECT {shown} FROM rooms WHERE code = ? AND opened >= ?"
        row = database.execute(asked, (code, self._oldest)).fetchone()
        if row is None:
            raise SettingError(GONE.format(echo(code)))
        return Room(*row)

    def _kind(self, code: str, key: str) -> str | None:
        with self._lock:
            self._room(self._connection, code)
            return _kind(self._connection, code, key)

    @contextmanager
    def _led(self, code: str, key: str) -> Iterator[sqlite3.Connection]:
        with self._changes() as database:
            self._room(database, code)
            if _kind(database, code, key) != _LEADER:
                raise SettingError(NOT_LED)
            yield database

    @contextmanager
    def _changes(self) -> Iterator[sqlite3.Connection]:
        """All of it or nothing, and nobody else's changes in between."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")


def _connect(path: str) -> sqlite3.Connection:
    database = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
    # A commit is then no wait for the disk: it outlives the process, though not the machine.
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "secure_delete = ON"):
        database.execute(f"PRAGMA {pragma}").close()
    return database


def _digest(key: str) -> bytes:
    # Keys are random and as long as any: a plain digest tells nothing of them.
    return hashlib.sha256(key[: rooms.MOST_TEXT].encode("utf-8", "replace")).digest()


def _random_code() -> str:
    return "".join(secrets.choice(rooms.LETTERS) for _ in range(rooms.LENGTH))


def _keep(database: sqlite3.Connection, code: str, key: str, kind: str) -> None:
    database.execute("INSERT INTO keys VALUES (?, ?, ?)", (code, _digest(key), kind))


def _kind(database: sqlite3.Connection, code: str, key: str) -> str | None:
    row = database.execute("SELECT kind FROM keys WHERE code = ? AND key = ?", (code, _digest(key))).fetchone()
    return None if row is None else str(row[0])


def _set(database: sqlite3.Connection, code: str, column: str, value: str) -> None:
    """Change what members see, unless it is that already."""
    changed = f"UPDATE rooms SET {column} = ?1, version = version + 1 WHERE code = ?2 AND {column} <> ?1"
    database.execute(changed, (value, code))


def _forget(database: sqlite3.Connection, code: str) -> None:
    for table in ("rooms", "keys", "votes"):
        database.execute(f"DELETE FROM {table} WHERE code = ?", (code,))
