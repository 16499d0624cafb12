"""Tidy tables made by hand, so that a figure's test needs no simulation."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

from simulator import frames
from simulator.figures.figure import Figure, Trace

Table = Callable[..., pd.DataFrame]


@pytest.fixture(autouse=True)
def known_tags(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's legend knows subscripts and superscripts: a series' name has no other tag, and ends each."""
    make = Figure.__init__

    def checked(figure: Figure, data: list[Trace], *arguments: Any, **options: Any) -> None:
        for trace in data:
            assert not re.search("</?[a-z]+>", re.sub("<(su[bp])>[^<]*</\\1>", "", trace.get("name", "")))
        make(figure, data, *arguments, **options)

    monkeypatch.setattr(Figure, "__init__", checked)


@pytest.fixture
def table() -> Table:
    """table(log10 (seeds, layers), ...) -> the tidy table of one quantity and statistic."""

    def make(
        log10: object,
        *,
        quantity: str = "activation",
        statistic: str = "variance",
        source: str = "simulation",
        label: str = "",
        seeds: Sequence[int] | None = None,
        zeros: object = False,
    ) -> pd.DataFrame:
        logs = np.atleast_2d(np.asarray(log10, dtype=np.float64)).copy()
        inside = np.abs(logs) < 300
        values = np.where(inside, 10.0 ** np.where(inside, logs, 0.0), np.nan)
        zero = np.broadcast_to(np.asarray(zeros, dtype=bool), logs.shape)
        values, logs = np.where(zero, 0.0, values), np.where(zero, np.nan, logs)
        chosen = ([-1] if source == "theory" else range(len(logs))) if seeds is None else seeds
        return frames.tidy(label, source, list(chosen), range(logs.shape[1]), {(quantity, statistic): (values, logs)})

    return make
