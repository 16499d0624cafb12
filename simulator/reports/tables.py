"""The report's tables as HTML."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np
import pandas as pd

from simulator.experiment import Experiment
from simulator.figures import axes
from simulator.figures.notation import set_html
from simulator.figures.series import Floats, series
from simulator.settings import number_text
from simulator.studies.direction import Direction
from simulator.studies.verdict import Verdict
from simulator.theory.mean_field import MeanField

_COLUMNS = (
    ("activation", "variance", True),
    ("activation", "second_moment", True),
    ("activation", "saturated_fraction", False),
    ("activation_gradient", "variance", True),
    ("weight_gradient", "variance", True),
)


def pairs(values: Mapping[str, str]) -> str:
    """A table of names and values."""
    rows = "".join(
        f'<tr><th scope="row">{set_html(name)}</th><td>{set_html(value)}</td></tr>' for name, value in values.items()
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'


def verdict(judged: Verdict) -> str:
    """The verdict in sentences, and both directions in numbers."""
    said = [*judged.details, *judged.remarks, judged.cause]
    if judged.advice is not None:
        said.append(f"{judged.advice.label}: {judged.advice.reason}")
    sentences = "".join(f"<p>{set_html(sentence)}</p>" for sentence in said if sentence)
    rows = [
        (name, side.rate, _ratio(side), f"{side.survives} of {side.steps} layers")
        for name, side in (("signal", judged.signal), ("gradient", judged.gradient), ("inputs apart", judged.apart))
    ]
    tone = str(judged.level)
    head = ("variance", "factor per layer", "in all", "survives")
    return f'<div class="verdict {tone}">{sentences}{_table(head, rows)}</div>'


def settings(experiment: Experiment) -> str:
    """Every setting; those that are not at their default are marked."""
    changed = experiment.params()
    rows = "".join(
        f'<tr{" class=changed" if name in changed else ""}><th scope="row">{escape(about.title)}</th>'
        f"<td>{escape(number_text(getattr(experiment, name)) or '–')}</td><td>{set_html(about.help)}</td></tr>"
        for name, about in Experiment.settings().items()
    )
    return f'<div class="scroll"><table><tbody>{rows}</tbody></table></div>'


def theory(prediction: MeanField) -> str:
    """The fixed point and what follows of it, or why there is none."""
    outcome = f"<p>{set_html(str(prediction.outcome))}</p>"
    point = prediction.fixed_point
    if point is None:
        return outcome
    numbers = {
        "q*, fixed point of E h²": prediction.q_star,
        "c*, fixed point of the correlation of two examples": prediction.c_star,
        "χ₁ = σ_w² E φ′² at q*": point.chi_1,
        "ξ_q, layers to forget the length of an input": prediction.xi_q,
        "ξ_c, layers to forget the angle of two inputs": prediction.xi_c,
    }
    texts = {name: _number(value) for name, value in numbers.items()}
    return outcome + pairs({**texts, "phase": str(prediction.phase or "none")})


def layers(frame: pd.DataFrame) -> str:
    """Medians over the networks by layer, theory beside them."""
    head, columns = ["layer"], list[tuple[Mapping[int, float], bool]]()
    for quantity, statistic, log in _COLUMNS:
        for line in series(frame, quantity, statistic):
            middle: Floats = line.quantiles(0.5, log=log)[0]
            words = f"{quantity} {statistic}".replace("_", " ")
            head.append(f"{words}, theory {line.label}".rstrip() if line.is_theory else words)
            columns.append((dict(zip(line.layers.tolist(), middle.tolist(), strict=True)), log))
    numbers = sorted(set[int]().union(*(values for values, _ in columns)))
    rows = [(str(layer), *(_cell(values.get(layer, math.nan), log) for values, log in columns)) for layer in numbers]
    return f'<div class="tall">{_table(tuple(head), rows)}</div>'


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    top = "".join(f'<th scope="col">{escape(title)}</th>' for title in head)
    body = "".join(
        f'<tr><th scope="row">{set_html(first)}</th>' + "".join(f"<td>{set_html(cell)}</td>" for cell in rest) + "</tr>"
        for first, *rest in rows
    )
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def _cell(value: float, log: bool) -> str:
    if math.isnan(value):
        return ""
    return axes.number(value) if log else f"{value:.4g}"


def _ratio(side: Direction) -> str:
    return "× 0" if side.zero else f"× {axes.number(side.decades)}"


def _number(value: float) -> str:
    if math.isnan(value):
        return "none"
    return (
        f"{np.sign(value) * np.inf:+}".replace("+inf", "∞").replace("-inf", "−∞")
        if math.isinf(value)
        else f"{value:.6g}"
    )
