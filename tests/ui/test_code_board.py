"""What the page Code and report hands out."""

from __future__ import annotations

from simulator import Experiment, propagate, report
from simulator.ui.code import board as code


def test_the_button_hands_out_the_same_report_as_the_command_line() -> None:
    experiment = Experiment(depth=3, width=8, batch=4)
    assert code.report(propagate(experiment)) == report(experiment).encode()
