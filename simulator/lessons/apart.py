"""Kept variance is not all: inputs must stay apart, and no direction may be lost."""

from __future__ import annotations

import numpy as np

from simulator import figures
from simulator.experiment import Experiment
from simulator.lessons.lesson import Control, Found, Lesson, Numbers
from simulator.lessons.networks import SIGNAL, decades, last, profile, simulate
from simulator.studies.jacobian import jacobian

_LIKENESS = ("preactivation", "correlation")
_APART, _BETWEEN, _ALIKE = "still near 0", "about 0.6", "0.9 or more"
_DEEP = 10


def _run(seed: int, *, depth: int) -> Found:
    base = Experiment(depth=depth, width=128, batch=16, seed=seed, init="he_normal", activation="relu")
    tanh = {"activation": "tanh", "init": "lecun_normal"}
    networks = simulate(
        {
            "ReLU, He": base,
            "tanh, 1/n": base.replace(**tanh),
            "linear, 1/n": base.replace(**tanh | {"activation": "linear"}),
        }
    )
    square = Experiment(depth=_DEEP, width=100, batch=1, seed=seed, activation="linear", init="lecun_normal")
    spectra = {law: jacobian(square.replace(init=law)) for law in ("lecun_normal", "orthogonal")}
    numbers = {
        "depth": depth,
        "relu": last(networks["ReLU, He"], _LIKENESS),
        "tanh": last(networks["tanh, 1/n"], _LIKENESS),
        "size": 10.0 ** decades(networks["ReLU, He"]),
        "gaussian": float(spectra["lecun_normal"].relative_variance[-1]),
        "orthogonal": abs(float(spectra["orthogonal"].relative_variance[-1])),
        "weakest": float(spectra["lecun_normal"].singular[-1][-1]),
    }
    places = np.arange(1, 101).tolist()
    lines = {"Gaussian, 1/n": spectra["lecun_normal"].singular[-1], "orthogonal": spectra["orthogonal"].singular[-1]}
    return numbers, (
        profile(networks, _LIKENESS, name="likeness", title="How alike two examples are",
                caption="At 1 the network says the same to every input (Poole et al. 2016)."),
        profile(networks, SIGNAL, name="signal", title="Signal", caption="The mean square alone shows nothing of it "
                "(He et al. 2015)."),
        figures.line_chart(places, lines, across="rank (largest first)",
                           up="singular value of ∂x<sub>L</sub>/∂x<sub>0</sub>",
                           name="singular", title="Ten linear layers: what happens to directions", logs=True,
                           caption="The same mean square, and directions lost or kept (Saxe et al. 2014)."),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    return _ALIKE if numbers["relu"] > 0.9 else _BETWEEN if numbers["relu"] > 0.25 else _APART


def _holds(numbers: Numbers) -> bool:
    # Theory: a Gaussian product of L layers spreads by L, an orthogonal one not at all.
    alike = numbers["relu"] > 0.9 if numbers["depth"] >= 30 else 0.25 < numbers["relu"] < 0.85
    return alike and numbers["gaussian"] > _DEEP / 2 and numbers["orthogonal"] < 1e-9


LESSON = Lesson(
    title="If variance is kept, is all well?",
    question="Fifty ReLU layers with He's weights keep the variance. Two inputs start unrelated, with a correlation of "
    "0. In the last layer it is …",
    options=(_APART, _BETWEEN, _ALIKE),
    controls=(Control("depth", "Depth L", (5, 30, 50), 50),),
    run=_run,
    right=_right,
    shown="Measured after {depth:.0f} layers: two inputs have a correlation of {relu:.3f} with ReLU and {tanh:.2f} "
    "with tanh, while ReLU's mean square is {size:.2g} times what it was. In ten linear layers the squared singular "
    "values have a relative variance of {gaussian:.2g} with Gaussian weights and {orthogonal:.1g} with "
    "orthogonal ones.",
    answer="No. With ReLU and He any two inputs turn into the same direction, so that the output hardly depends on the "
    "input. And a mean that is kept can hide a spread: a Gaussian network stretches some directions and loses others, "
    "an orthogonal one (if linear) keeps them all.",
    formula="c<sub>l+1</sub> = f(c<sub>l</sub>), for ReLU 1 − c<sub>l</sub> ≈ 9π<sup>2</sup>/(2l<sup>2</sup>)",
    source="Poole et al. (2016); Hayou et al. (2019); Saxe et al. (2014); Pennington et al. (2017).",
    claim="30 He ReLU layers and more make inputs alike; Gaussian singular values spread, orthogonal ones do not.",
    holds=_holds,
    page="jacobian",
    lab={"activation": "linear", "init": "lecun_normal", "depth": 10},
    seconds=1.5,
)
