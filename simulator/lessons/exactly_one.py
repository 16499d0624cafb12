"""Where sigmoid(z) is exactly 1, and what NaN comes from."""

from __future__ import annotations

import math

import numpy as np

from simulator import figures
from simulator.lessons.lesson import Control, Found, Lesson, Numbers, Text
from simulator.studies.formats import COMPUTED, FORMATS
from simulator.studies.thresholds import PYTORCH, losses, thresholds

_ONE = "sigmoid(z) = 1"
_PLACES = {"about 8": 8.0, "about 17": 17.0, "about 35": 36.0, "never": math.inf}


def _run(seed: int, *, format: str) -> Found:
    rounded = {name: thresholds(name) for name in COMPUTED}
    numbers = {name: rounded[name][_ONE] for name in COMPUTED} | {
        "asked": rounded[format][_ONE],
        "nan": rounded[format]["naive loss NaN, y = 1"],
    }
    z = np.linspace(0, 40, 161)
    rest: dict[str, np.ndarray] = {}
    for name in COMPUTED:
        kind = FORMATS[name]
        with np.errstate(divide="ignore", under="ignore"):
            rest[name] = np.log10((1 - kind.sigmoid(kind.round(z))).astype(np.float64))
    wrong = losses(format, z)
    return numbers, (
        figures.line_chart(
            z.tolist(), rest, across="z (logit)", up="1 − sigmoid(z) (what is left to 1)", name="rest", logs=True,
            title="What is left to 1", caption="A line ends where its format rounds to exactly 1 (IEEE 754).",
        ),
        figures.line_chart(
            z.tolist(), {"from the logit": wrong["stable"], "−log(1 − a)": wrong["naive"]}, across="z (logit)",
            up="E (cross-entropy, y = 0)", name="loss", title=f"A wrong answer's loss in {format}",
            caption="The naive loss ends where 1 − a is 0; from the logit it goes on (Goodfellow et al. 2016, "
            "6.2.2.2).",
        ),
    )  # fmt: skip


def _right(numbers: Numbers) -> str:
    if math.isnan(numbers["asked"]):
        return "never"
    return min(_PLACES, key=lambda text: abs(_PLACES[text] - numbers["asked"]))


def _holds(numbers: Numbers) -> bool:
    # To one unit in the last place of each format, which is what its definition leaves open.
    return all(
        abs(numbers[name] / known - 1) <= 2.0 ** (1 - FORMATS[name].digits)
        for name, known in zip(COMPUTED, PYTORCH[_ONE], strict=True)
    )


LESSON = Lesson(
    title="When is sigmoid(z) exactly 1? 35 or so?",
    question="In pure mathematics never. In float32, the format that networks are mostly trained in, from which z on?",
    options=tuple(_PLACES),
    controls=(Control("format", "Number format", COMPUTED, "float32"),),
    run=_run,
    right=_right,
    shown="Measured: sigmoid(z) is exactly 1 from z = {float64:.2f} in float64, {float32:.2f} in float32, "
    "{float16:.2f} in float16 and {bfloat16:.2f} in bfloat16.",
    answer="1/(1 + e⁻ᶻ) rounds to 1 once e⁻ᶻ is less than half the last digit. That alone is harmless. The NaN comes "
    "from a naive loss that takes 0 · log 0; computed from the logit, the loss is finite and its gradient is a − y.",
    formula="sigmoid(z) = 1 from z ≈ t ln 2, with t significant bits (53, 24, 11, 8)",
    source="IEEE 754; Goodfellow, Bengio and Courville (2016), section 6.2.2.2; the question is from a course forum.",
    text=Text("sigmoid(z) == 1 for z > 35 or so", "36.74, and in float64 only"),
    claim="The thresholds are 36.74, 16.64, 8.32 and 6.25 in float64, float32, float16 and bfloat16.",
    holds=_holds,
    chance=False,
    page="precision",
    lab={"activation": "sigmoid", "init": "xavier_normal", "depth": 10},
)
