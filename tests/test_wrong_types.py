"""What is given in place of an experiment, a grid or a table gets one sentence, from every function of the package."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import simulator as sim
from simulator import figures

GRID = sim.Grid(sim.Experiment(depth=1, width=2, batch=2), gain=[1])
FRAME = sim.mean_field(sim.Experiment(depth=2)).to_frame()
CALLS = {
    "propagate": lambda: sim.propagate(None),  # type: ignore[arg-type]
    "mean_field": lambda: sim.mean_field("tanh"),  # type: ignore[arg-type]
    "sweep": lambda: sim.sweep(sim.Experiment()),  # type: ignore[arg-type]
    "no workers": lambda: sim.sweep(GRID, workers=0),
    "a million workers": lambda: sim.sweep(GRID, workers=10**6),
    "half a worker": lambda: sim.sweep(GRID, workers=0.5),  # type: ignore[arg-type]
    "true workers": lambda: sim.sweep(GRID, workers=True),
    "concat": lambda: sim.concat(3),  # type: ignore[arg-type]
    "no statistic": lambda: figures.layer_profile(FRAME, statistic="std"),
    "no quantity": lambda: figures.layer_profile(FRAME, quantity="activations"),
    "no table": lambda: figures.layer_profile({"value": [1]}),  # type: ignore[arg-type]
    "complex weights": lambda: sim.Network([np.ones((2, 2)) * 1j]),
    "words for weights": lambda: sim.Network("ab"),
}


@pytest.mark.parametrize("name", CALLS)
def test_what_is_of_another_kind_gets_a_sentence(name: str) -> None:
    call: Any = CALLS[name]
    with pytest.raises(ValueError, match=r"^[A-Za-z_.0-9\[\] ]+ (must|takes|has|needs) .*[.?]$"):
        call()
