"""He's scheme keeps the mean; the typical narrow network decays all the same."""

from __future__ import annotations

import math

import numpy as np

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import FATES, SIGNAL, SURE, fate, log10, profile, simulate
from simulator.lessons.sketch import Sketch

_NETWORKS, _EARLY = 200, 5


def _run(seed: int, *, width: int, depth: int) -> Found:
    base = Experiment(
        activation="relu", init="he_normal", width=width, depth=depth, batch=1, seed=seed, seeds=_NETWORKS
    )
    networks = simulate({f"{_NETWORKS} networks": base})
    logs = log10(next(iter(networks.values())))
    logs = logs - logs[:, :1]  # each network's own input is 1
    ends = logs[:, -1]
    numbers = {
        "width": width,
        "depth": depth,
        "change": max(float(np.median(ends)), -300.0),
        "typical": float(10.0 ** max(float(np.median(ends)), -300.0)),
        "rough": math.exp(-2.5 * depth / width),
        "below": float(np.mean(ends < 0)),
        "early": float(np.mean([10.0**value for value in logs[:, _EARLY].tolist()])),
        "early_error": math.sqrt(((1 + 5 / width) ** _EARLY - 1) / _NETWORKS),
    }
    return numbers, (
        profile(networks, SIGNAL, name="signal", title="Signal of many networks",
                caption="Line: the median network; band: 16 to 84 % of them (Hanin and Nica 2020)."),
        figures.ending_histogram("activation", depth, ends * math.log(10), reference="E x<sub>0</sub>²"),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    return fate(numbers["change"])


def _holds(numbers: Numbers) -> bool:
    mean = abs(numbers["early"] - 1) <= SURE * numbers["early_error"]
    vanishes = _right(numbers) == "vanish" or numbers["depth"] < 3 * numbers["width"]
    return mean and vanishes and numbers["below"] > 0.5


LESSON = Lesson(
    title="It vanished with He init at width 16 and depth 50: is He wrong?",
    question="Two hundred ReLU networks, 16 units wide and 50 layers deep, with He's weights. The signal of the "
    "typical (median) network will …",
    options=FATES,
    sketch=Sketch("signal", "200 networks", fate),
    controls=(
        Control("width", "Width n", (8, 16, 32, 64, 128), 16),
        Control("depth", "Depth L", (10, 20, 50), 50),
    ),
    run=_run,
    right=_right,
    shown="Measured at n = {width:.0f}, L = {depth:.0f}: the median network keeps {typical:.2g} of its mean square "
    "(e^(−2.5 L/n) = {rough:.2g}), and {below:.0%} of the networks end below their start. After five layers the mean "
    "over networks is {early:.2f} (in theory 1).",
    answer="He is right about the mean, and the mean is kept. But a narrow layer's factor scatters around 1, and a "
    "product of such factors is typically far below its mean, which a few lucky networks make up. What counts is depth "
    "over width.",
    formula="median of E x<sub>L</sub><sup>2</sup> ≈ exp(−(5/2) Σ 1/n<sub>l</sub>) · E x<sub>0</sub><sup>2</sup>",
    source="Hanin (2018); Hanin and Nica (2020).",
    claim="The mean is kept, most networks end below it, and where depth exceeds three widths the median vanishes.",
    holds=_holds,
    page="finite_width",
    lab={"activation": "relu", "init": "he_normal", "width": 16, "depth": 50},
    seconds=1.0,
)
