"""A room's vote on a lesson's question: by an option's button, or by a curve that stands for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulator.serving.rooms import REVEALED, VOTE
from simulator.ui import state
from simulator.ui.rooms import seat
from simulator.ui.whole import whole


@dataclass(frozen=True)
class Ballot:
    """A question that the room was asked, as this screen sees it."""

    open: bool
    leads: bool
    choice: str
    """The option that this member chose in this round, or ""."""
    drawn: str
    """The curve that it was chosen by, or ""."""
    rounds: Sequence[dict[str, int]]
    """How many chose which option in each round; none while the vote is open."""
    curves: Sequence[str]
    """The curve drawn in the last of them."""


def ballot(question: str) -> Ballot | None:
    """The room's round of this question, if the room is at it."""
    own, here = seat.mine(), seat.room()
    if own is None or here is None or here.question != question or here.mode not in {VOTE, REVEALED}:
        return None
    rounds = seat.store().tally(here.code).get(question, []) if here.mode == REVEALED else []
    choice, drawn = halves("" if own.leads else seat.store().choice(here.code, own.key))
    last = [(halves(vote)[1], count) for vote, count in rounds[-1].items()] if rounds else []
    curves = [curve for curve, count in last for _ in range(count) if curve]
    return Ballot(here.mode == VOTE, own.leads, choice, drawn, [by_option(each) for each in rounds], curves)


def halves(vote: str) -> tuple[str, str]:
    """A vote's option, and the curve that it was chosen by, or ""."""
    option, _, drawn = vote.partition("|")
    return option, drawn


def joined(option: str, drawn: str) -> str:
    """The inverse of `halves`: two parts in one text."""
    return f"{option}|{drawn}" if drawn else option


def by_option(votes: dict[str, int]) -> dict[str, int]:
    """How many chose each option, whether by its button or by a curve."""
    counts: dict[str, int] = {}
    for vote, count in votes.items():
        counts[halves(vote)[0]] = counts.get(halves(vote)[0], 0) + count
    return counts


@whole
def vote(question: str, option: str, drawn: str = "") -> None:
    """This member's vote, with the curve that it was chosen by."""
    here = seat.room()
    if here is not None:
        seat.press(seat.store().vote, question, here.round, joined(option, drawn))


@whole
def ask(page: str) -> None:
    """Put the lesson that is open to the vote."""
    seat.attempt(seat.store().show, seat.scene(page))
    seat.press(seat.store().ask, state.view().lesson)
