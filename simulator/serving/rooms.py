"""Rooms: a class that is connected. A lecturer leads, students follow and vote; no names, and gone after a day.

A room is a code, a scene, a question and votes. Who leads it and who is in it holds a random key; the store keeps only
the keys' digests. `Store` is what every store does; `simulator/serving/sqlite.py` is the one there is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from simulator.settings import SettingError, echo

LETTERS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""The letters of a code: none that looks or sounds like another."""

LENGTH, DAY = 4, 24 * 3600.0
MOST_ROOMS, MOST_MEMBERS, MOST_ROUNDS, MOST_TEXT = 500, 1000, 9, 8000
FOLLOW, EXPLORE, VOTE, REVEALED = "follow", "explore", "vote", "revealed"
"""The stages of a room: the lecturer's screen, each on one's own, a question, its answer."""

GONE = (
    "There is no open room with the code {}: a room closes a day after it was opened, or when its lecturer closes it."
)
NOT_LED = "Only the lecturer who opened this room can do that."
NOT_OPEN = "This vote is closed."
COUNTED = "Your vote was counted already."


@dataclass(frozen=True)
class Room:
    """A room as everybody in it may see it."""

    code: str
    version: int
    """One more with everything that changes what members see; a vote does not."""
    mode: str
    scene: str
    """The lecturer's screen: a page's address, "?" and the link's settings."""
    question: str
    round: int
    members: int
    ballots: int
    """Votes in this round."""


@dataclass(frozen=True)
class Sign:
    """The news that a screen listens for."""

    version: int
    members: int
    ballots: int


Tally = dict[str, list[dict[str, int]]]
"""Of each question, of each round: how many chose what."""


class RoomStore(Protocol):
    """Where rooms are kept. Each method raises SettingError, one sentence, and then has changed nothing."""

    def open(self) -> tuple[str, str]:
        """A new room: its code and its lecturer's key."""

    def join(self, code: str) -> str:
        """A new member's key."""

    def room(self, code: str) -> Room:
        """The room as it is."""

    def leads(self, code: str, key: str) -> bool:
        """Whether this is a lecturer's key of the open room."""

    def belongs(self, code: str, key: str) -> bool:
        """Whether this is a key of the open room."""

    def ticket(self, code: str, key: str) -> str:
        """A ticket that lets in another of the lecturer's screens, once."""

    def redeem(self, code: str, ticket: str) -> str:
        """A lecturer's key for a ticket, which is then used up."""

    def show(self, code: str, key: str, scene: str) -> None:
        """The lecturer's screen has changed."""

    def turn(self, code: str, key: str, mode: str) -> None:
        """Lead (FOLLOW), let go (EXPLORE), or reveal what was asked (REVEALED)."""

    def ask(self, code: str, key: str, question: str) -> None:
        """Begin a vote: a question's first round, or its next one."""

    def vote(self, code: str, key: str, question: str, round: int, choice: str) -> None:
        """A member's vote in the round that is open; one each."""

    def choice(self, code: str, key: str) -> str:
        """A member's vote in the round that is on, or ""."""

    def tally(self, code: str) -> Tally:
        """All votes."""

    def close(self, code: str, key: str) -> None:
        """End the room; what was kept of it is gone."""

    def signs(self, codes: Iterable[str]) -> dict[str, Sign]:
        """Those of these rooms that are open."""


def code_of(text: str, where: str = "A room's code") -> str:
    """The code that somebody typed, as rooms have it; raises SettingError for one that none can have."""
    code = text.strip().upper() if len(text) < 20 else text
    if len(code) != LENGTH or not set(code) <= set(LETTERS):
        raise SettingError(f"{where} must be {LENGTH} of the characters {LETTERS}; got {echo(text)}.")
    return code
