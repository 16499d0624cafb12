"""The charts of the page on trust and the numbers behind them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator import figures
from simulator.studies import published
from simulator.studies.published import CLAIMS, COURSE_TABLE, Check
from simulator.ui import cache, host

_COURSE_SOURCE = "CS231n, Stanford 2017, lecture 6 (slides, and re-runs of their cell)"


def checks() -> tuple[Check, ...]:
    """Every claim, worked out once a server."""
    return cache.result(published.check, seconds=published.SECONDS, text=f"Working out {len(CLAIMS)} claims")


def charts(done: tuple[Check, ...]) -> bytes:
    """The course's table, and how far off every number is where they have been worked out."""
    ours = {check.claim.title: check.found for check in done}
    rows = [
        (claim.title, np.array(claim.published), ours.get(claim.title))
        for claim in CLAIMS
        if claim.table == COURSE_TABLE
    ]
    shown = [figures.published_table(rows, source=_COURSE_SOURCE, title=f"{COURSE_TABLE}, 10 layers × 500 units")]
    if done:
        shown.append(figures.published_offsets([(check.claim.title, check.off) for check in done]))
    return host.encode(shown, columns=len(shown))


def table(done: tuple[Check, ...]) -> pd.DataFrame:
    """A row a number."""
    return published.table(done)
