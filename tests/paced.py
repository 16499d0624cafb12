"""Streamlit's command line with a hand brake on the app's work in slices: python -m tests.paced run app.py ...

While the file that SIMULATOR_BRAKE names is there, work goes as far as the number in it and stands still there.
"""

from __future__ import annotations

import os
from pathlib import Path

from streamlit.web import cli

from simulator.ui import slices
from simulator.ui.slices import Work

BRAKE = Path(os.environ["SIMULATOR_BRAKE"])
_STEPS = 20
"""Of the least size, in a slice under the brake."""

_advance = slices.advance


def braked(work: Work, seconds: float) -> None:
    """Advance, as far as the brake lets."""
    try:
        most = int(BRAKE.read_text(encoding="utf-8"))
    except FileNotFoundError:
        _advance(work, seconds)
        return
    for _ in range(min(_STEPS, most - work.done)):
        _advance(work, 0.0)


if __name__ == "__main__":
    slices.advance = braked
    cli.main(prog_name="streamlit")
