"""The page on trust in words: each claim with its source, tolerance and verdict."""

from __future__ import annotations

import numpy as np
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from simulator.cost import seconds_text
from simulator.studies.published import CLAIMS, SECONDS, Check, Claim
from simulator.studies.reworked import NETWORKS
from simulator.ui import notices, results
from simulator.ui.trust import board

_DONE = "_trust_checked"
_HEADS = ("claim", "source", "quantity", "published", "ours", "may be off by", "verdict")


def done() -> tuple[Check, ...]:
    """Say what is run and for how long; returns what has been worked out, nothing at first."""
    numbers = sum(len(claim.published) for claim in CLAIMS)
    tables = sum(len(claim.published) == 10 for claim in CLAIMS)
    notices.facts(
        [
            f"What is run: {len(CLAIMS)} claims with {numbers} numbers; {tables} of them are tables of 10 layers × 500 "
            f"units and 1,000 examples, {NETWORKS} networks each. Nothing depends on any setting.",
            f"How long: about {seconds_text(SECONDS)}, once per server; then everybody sees the same numbers.",
        ]
    )
    return board.checks() if st.session_state.get(_DONE) else ()


def work_out(place: DeltaGenerator) -> None:
    """Work everything out once the page is on its way to the browser; the wait is shown in `place`."""
    if not st.session_state.get(_DONE):
        with place:
            board.checks()
        st.session_state[_DONE] = True
        st.rerun()


def verdict(checks: tuple[Check, ...]) -> None:
    """How many claims agree, in one sentence."""
    if checks:
        agree = sum(check.agrees for check in checks)
        differ = ", ".join(str(index) for index, check in enumerate(checks, 1) if not check.agrees)
        notices.facts([f"Result: {agree} of {len(checks)} claims agree{f'; not number {differ}' if differ else ''}."])


def table(worked: tuple[Check, ...]) -> None:
    """A row a claim, with its tolerance's rule below."""
    checks: list[Check | None] = list(worked) or [None] * len(CLAIMS)
    rows = (_row(index, claim, check) for index, (claim, check) in enumerate(zip(CLAIMS, checks, strict=True), 1))
    results.table(_HEADS, rows)


def _row(index: int, claim: Claim, check: Check | None) -> results.Row:
    count = len(claim.published)
    symbol = f"{claim.symbol}, layers 1 … {count}" if count == 10 else claim.symbol
    ours, tolerance, outcome, tone = "–", "–", "not yet", ""
    if check is not None:
        ours = _ends([_number(v, e) for v, e in zip(check.found, check.error, strict=True)])
        tolerance = _ends([f"± {v:.1g}" for v in check.tolerance])
        good = int((np.abs(check.off) <= 1).sum())
        outcome = ("agrees" if check.agrees else "differs") + (f", {good} of {count}" if count > 1 else "")
        tone = "holds" if check.agrees else "fails"
    cells = (claim.source, symbol, _ends([_plain(v) for v in claim.published]), ours, tolerance, outcome)
    return results.Row(f"{index}. {claim.title}", cells, tone, f"Tolerance: {claim.rule}.")


def _ends(texts: list[str]) -> str:
    """A few numbers in full, of many the first and the last."""
    return ", ".join(texts) if len(texts) < 4 else f"{texts[0]} … {texts[-1]}"


def _plain(value: float) -> str:
    return f"{value:.6g}" if not value or abs(value) >= 1e-4 else f"{value:.6f}"


def _number(value: float, error: float) -> str:
    if not error:
        return f"{value:.7g}" if abs(value) > 1e-9 else "0"
    digits = max(0, min(9, 1 - int(np.floor(np.log10(error)))))
    return f"{value:.{digits}f} ± {error:.{digits}f}"
