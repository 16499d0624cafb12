"""The length map and the correlation map with their diagonals: theory as lines, simulated layers as points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from simulator.figures import marks, style
from simulator.figures.figure import Figure
from simulator.figures.notation import tagged
from simulator.figures.series import Floats

_POOLE, _SCHOENHOLZ = "Poole et al. 2016", "Schoenholz et al. 2017"


def length_map(
    q: Floats,
    images: Floats,
    *,
    walk: tuple[Floats, Floats],
    measured: tuple[Floats, Floats],
    q_star: float,
    slope: float,
    name: str = "length-map",
) -> Figure:
    """q_(l+1) over q_l with the diagonal, theory's walk from q_1 as a cobweb, and simulated pairs (seeds x layers)."""
    settled = 0 < q_star < math.inf
    traces = [
        marks.diagonal(q[[0, -1]]),
        marks.line(q, images, "theory (infinite width)", style.INK, dash=style.dash(0),
                   hover="q<sub>l</sub> = %{x:.4g} → %{y:.4g}"),
        marks.line(*walk, "cobweb: layer by layer", style.VERMILLION, width=1.5),
        marks.points(*measured, "simulation", style.BLUE, hover="simulated: %{x:.4g} → %{y:.4g}"),
    ]  # fmt: skip
    if settled:
        here, words = [q_star], f"q* = {q_star:.4g}"
        traces.append(marks.points(here, here, words, style.GREEN, symbol="diamond", size=11, hover="q* = %{x:.5g}"))
    end = f"the fixed point q* = {q_star:.4g}" if settled else "0" if q_star == 0 else "infinity"
    sentence = f"The cobweb walks from q₁ towards {end}; the map's slope there is {slope:.3g}"
    if settled and np.allclose(images, q, rtol=1e-12, atol=0):
        sentence = "The map is the diagonal: any variance stays as it is"
    high = float(q[-1])
    return Figure(
        traces,
        style.layout(
            {"title": {"text": "q<sub>l</sub> (variance of the preactivations at layer l)"}, "range": [0, high],
             "exponentformat": "power"},
            {"title": {"text": "q<sub>l+1</sub> (the next layer's)"}, "range": [0, 1.04 * high],
             "exponentformat": "power"},
            hovermode="closest",
        ),
        name=name,
        title="Length map: the variance, from layer to layer",
        caption=f"{sentence} ({_POOLE}).",
        alt=f"The length map with its diagonal. {sentence}; {len(measured[0])} simulated pairs lie beside it.",
    )  # fmt: skip


def correlation_map(
    c: Floats,
    images: Sequence[tuple[str, float, float, float, Floats]],
    *,
    sigma_b2: float,
    measured: tuple[Floats, Floats] | None = None,
    name: str = "correlation-map",
) -> Figure:
    """c_(l+1) over c_l with the diagonal, a line for each (phase, sigma_w2, chi_1, q*, images of c).

    The phase "here" is the experiment's own, to which the simulated pairs belong; `sigma_b2` is the others'.
    """
    traces, sentences = [marks.diagonal(c[[0, -1]])], []
    for index, (phase, sigma_w2, chi_1, q_star, image) in enumerate(images):
        here = phase == "here"
        # norms that change by the same factor as the tangent leave a slope of 1
        slope = "slope χ₁" if 0 < q_star < math.inf else f"slope 1 at q* = {'∞' if q_star else 0}, χ₁"
        sentences.append(f"{'this experiment' if here else phase}: σ_w² = {sigma_w2:.4g}, {slope} = {chi_1:.3g}")
        tone, width, dash = (style.INK, 3.0, 0) if here else (style.color(index), 2.0, index + 1)
        label = tagged(sentences[-1])
        hover = f"{label}<br>%{{x:.3f}} → %{{y:.4f}}"
        traces.append(marks.line(c, image, label, tone, width=width, dash=style.dash(dash), hover=hover))
    if measured is not None and len(measured[0]):
        traces.append(marks.points(*measured, "simulation", style.BLUE, hover="simulated: %{x:.4f} → %{y:.4f}"))
    low = float(c[0])
    return Figure(
        traces,
        style.layout(
            {"title": {"text": "c<sub>l</sub> (cosine of two inputs' preactivations at layer l)"},
             "range": [low, 1.02]},
            {"title": {"text": "c<sub>l+1</sub> (the next layer's)"}, "range": [low, 1.04]},
            hovermode="closest",
        ),
        name=name,
        title="Correlation map: two inputs, from layer to layer",
        caption="A line's slope at c = 1 is χ<sub>1</sub> wherever q settles: below 1 all inputs become alike, "
        f"above 1 alike ones are torn apart ({_POOLE}, {_SCHOENHOLZ}). Lines: theory at q*; the thin ones have "
        f"{tagged('σ_b²')} = {sigma_b2:.3g}.",
        alt="The correlation map with its diagonal. " + "; ".join(sentences) + ".",
    )  # fmt: skip
