"""A statistic from layer to layer: measured lines, bands over seeds, theory dashed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.marks import Mark
from simulator.figures.series import Floats, Series, Shown, series
from simulator.statistics import QUANTITIES, STATISTICS
from simulator.values import check_kind, one_of

SYMBOLS = {
    "preactivation": "h<sub>l</sub>",
    "activation": "x<sub>l</sub>",
    "preactivation_gradient": "∂E/∂h<sub>l</sub>",
    "activation_gradient": "∂E/∂x<sub>l</sub>",
    "weight_gradient": "∂E/∂W<sub>l</sub>",
}
POOLED = {"weight_gradient": "pooled over the weights of a layer, gradient summed over the batch"}
FORWARD, BACKWARD = "Poole et al. 2016", "Schoenholz et al. 2017"
"""Whose theory of infinite width a dashed line is."""

_FEW_SEEDS = 8
_FEW_LAYERS = 60
_MOST_MARKS, _FEW_MARKS = 16, 9  # of overlaid networks, lest they hide each other and theory's dashes


def layer_profile(
    frame: Shown,
    quantity: str = "activation",
    statistic: str = "variance",
    *,
    log: bool | None = None,
    name: str = "",
    title: str = "",
    caption: str | None = None,
    clickable: bool = False,
    lost: float | None = None,
) -> Figure:
    """One statistic over the layers of a tidy table, or of a list of lines; `log` defaults to what suits the statistic.

    Each label is one network: a line for one seed, the median with a band for several; theory
    rows are dashed. What is more than `lost` decades from where the pass begins is shaded. `name` keeps a chart's
    identity on a page whatever it shows.
    """
    check_kind(frame, pd.DataFrame, "layer_profile.frame", list)
    one_of(quantity, tuple(QUANTITIES), "layer_profile.quantity")
    kind = STATISTICS[one_of(statistic, tuple(STATISTICS), "layer_profile.statistic")].kind
    log = kind == "positive" if log is None else log
    lines = list(series(frame, quantity, statistic))
    depth = max((int(line.layers[-1]) for line in lines if line.layers.size), default=1)
    words = f"{quantity} {statistic}".replace("_", " ")
    up = axes.two_lines(heading(quantity, statistic, words, log))
    shown = np.concatenate([(line.log10 if log else line.value).ravel() for line in lines] or [np.empty(0)])
    yaxis = shown_axis(kind, up, shown, log)
    notes = [*(zeros(lines) if log else []), *marks.flow(quantity)]
    layout = style.layout(axes.layer_axis(depth), yaxis, annotations=notes)
    if lost is not None and log and lines:
        layout["shapes"] = _lost(lines[0], quantity.endswith("gradient"), lost, yaxis["range"])
    return Figure(
        _drawn(lines, log),
        layout,
        name=name or f"{quantity}-{statistic}",
        title=title or words.capitalize(),
        caption=_caption(lines, quantity, log) if caption is None else caption,
        alt=_alt(words, lines, log),
        clickable=clickable,
    )


def _drawn(lines: list[Series], log: bool) -> list[Mark]:
    """The marks of all networks, in the order of the table."""
    labels = list(dict.fromkeys(line.label for line in lines if not line.is_at_width))
    overlaid = len(labels) > 1
    foretold = {line.label for line in lines if line.is_theory and _seen(line, log)} if overlaid else set()
    made = [
        Mark(trace, source=line.source, label=line.label)
        for line in lines
        if not line.is_at_width
        for trace in _traces(line, labels.index(line.label), overlaid=overlaid, beneath=line.label in foretold, log=log)
    ]
    at_width = [line for line in lines if line.is_at_width and not overlaid]
    return made + [Mark(_at_width(line, log), source=line.source, label=labels[0]) for line in at_width]


def _traces(line: Series, index: int, *, overlaid: bool, beneath: bool, log: bool) -> list[Trace]:
    tone, count = style.color(index), len(line.seeds)
    middle, low, high = line.quantiles(0.5, *_band(line), log=log)
    source = "theory" if line.is_theory else "simulation" if count == 1 else "median"
    who = f"{line.label}, {source}" if overlaid else source
    # Overlaid networks have one legend entry each, which stands for all their lines.
    beside: Trace = {"legendgroup": line.label, "showlegend": False} if overlaid else {}
    if line.is_theory:
        name = f"{line.label} theory" if overlaid else "theory (infinite width)"
        tone = tone if overlaid else style.INK
        return [_named_line(line, middle, name, who, tone, log=log, dash=style.dash(index), **beside)]
    about = f"seed {line.seeds[0]}" if count == 1 else f"median of {count} seeds"
    main = _named_line(line, middle, line.label if overlaid else f"simulation ({about})", who, tone, log=log)
    if overlaid or (count == 1 and line.layers[-1] <= _FEW_LAYERS):
        main = marks.dotted(main, index, most=_FEW_MARKS if overlaid and line.layers[-1] > _MOST_MARKS else 0)
    if beneath:
        main["line"] = style.beneath(tone)
    if count == 1:
        return [main]
    label = f"{'min to max' if count <= _FEW_SEEDS else '16 to 84 %'} of {count} seeds"
    ribbon = marks.band(line.layers, low, high, label, tone, **beside)
    pale = style.translucent(tone, 0.45)
    alone: Trace = {"showlegend": False, "legendgroup": label, **beside}
    rows = (line.log10 if log else line.value) if count <= _FEW_SEEDS else ()
    thin = [marks.line(line.layers, row, "", pale, width=1, **alone) for row in rows]
    return [ribbon, *thin, main]


def _at_width(line: Series, log: bool) -> Trace:
    """Theory for the width that was simulated."""
    middle, name = line.quantiles(0.5, log=log)[0], f"theory ({line.label})"
    return _named_line(line, middle, name, f"theory, {line.label}", style.VERMILLION, log=log, width=2,
                        dash=style.dash(1))  # fmt: skip


def _named_line(line: Series, y: Floats, name: str, who: str, tone: str, *, log: bool, **more: Any) -> Trace:
    """A line over the layers whose hover says whose number it is."""
    text = [axes.number(v) if log else f"{v:.3g}" for v in y]
    return marks.line(line.layers, y, name, tone, hover=f"{who} %{{text}}", text=text, **more)


def _band(line: Series) -> tuple[float, float]:
    return (0.0, 1.0) if len(line.seeds) <= _FEW_SEEDS else (0.16, 0.84)


def shown_axis(kind: str, title: str, shown: Floats, log: bool) -> Trace:
    """The axis that suits a statistic's kind and what is shown of it."""
    if log:
        return axes.log_axis(title, shown)
    if kind == "fraction":
        return axes.fraction_axis(title, shown)
    if kind == "correlation":
        return axes.correlation_axis(title, shown)
    return axes.positive_axis(title, shown) if kind == "positive" else axes.signed_axis(title, shown)


def heading(quantity: str, statistic: str, words: str, log: bool) -> str:
    """The title of a statistic's axis: how it is written, and what it is in words."""
    about = STATISTICS[statistic]
    written = about.symbol.format(x=SYMBOLS[quantity])
    sentence = about.about.removeprefix("The ").removesuffix(".")
    if about.is_fraction:
        return sentence
    if log and about.kind != "positive":
        written = f"|{written}|"
    if about.kind == "correlation":
        return f"{written} ({sentence})"
    return f"{written} ({words}, {POOLED.get(quantity, 'pooled over batch × units')})"


def _lost(line: Series, backward: bool, most: float, shown: list[float]) -> list[Trace]:
    """Bands over what lies more than `most` decades from where the pass of a network begins."""
    middle = line.quantiles(0.5, log=True)[0]
    known = middle[np.isfinite(middle)]
    if not known.size:
        return []
    start, (low, high) = known[-1 if backward else 0], shown
    bands = [(max(low, start + most), high), (low, min(high, start - most))]
    return [style.band(*ends) for ends in bands if ends[0] < ends[1]]


def zeros(lines: list[Series]) -> list[Trace]:
    """Where a line ends because the value is exactly 0, which no log axis has."""
    notes = []
    for line in lines:
        middle = line.quantiles(0.5, log=True)[0]
        zero, there = np.isneginf(middle), np.flatnonzero(np.isfinite(middle))
        if not zero.any():
            continue
        place: Trace = {"showarrow": True, "arrowhead": 2, "ay": -38}
        if not there.size:
            text, place = "exactly 0 at every layer", {"xref": "paper", "yref": "paper", "x": 0.5, "y": 0.5}
        elif zero[-1]:
            text, end = f"exactly 0 from layer {line.layers[there[-1] + 1]}", there[-1]
        else:
            text, end = f"exactly 0 up to layer {line.layers[there[0] - 1]}", there[0]
        if there.size:
            # A long text turns inwards where the line ends near the edge.
            edge = line.layers[end] / max(1, line.layers[-1])
            place |= {"ax": -24, "xanchor": "right"} if edge > 0.6 else {"ax": 24, "xanchor": "left"}
            place |= {"x": int(line.layers[end]), "y": float(middle[end])}
        notes.append(style.note(f"theory: {text}" if line.is_theory else text, **place))
    return notes


def _caption(lines: list[Series], quantity: str, log: bool) -> str:
    several = max((len(line.seeds) for line in lines), default=0)
    measured = medians(several).capitalize() if several > 1 else "Each point is one layer of a simulated network"
    dashed = any(_seen(line, log) for line in lines if line.is_theory)
    return f"{measured}; {theory(quantity)}." if dashed else f"{measured}."


def medians(seeds: int) -> str:
    """Say what line and band of several seeds are."""
    band = "lowest to highest" if seeds <= _FEW_SEEDS else "16 to 84 % of them"
    return f"line: median of {seeds} networks; band: {band}"


def theory(quantity: str) -> str:
    """Say what a dashed line is, and whose theory."""
    return f"dashed: theory for infinite width ({BACKWARD if quantity.endswith('gradient') else FORWARD})"


def _seen(line: Series, log: bool) -> bool:
    """Whether there is anything of the line to draw: a 0 is nowhere on a log axis."""
    return bool(np.isfinite(line.quantiles(0.5, log=log)).any())


def _alt(words: str, lines: list[Series], log: bool) -> str:
    sentences = []
    for line in lines:
        middle = line.quantiles(0.5, log=log)[0]
        ends = [axes.number(v) if log else f"{v:.3g}" for v in (middle[0], middle[-1])]
        first, last = line.layers[0], line.layers[-1]
        sentences.append(f"{line.label} {line.source}: {ends[0]} at layer {first}, {ends[1]} at layer {last}".strip())
    return f"Line chart of {words} by layer. " + "; ".join(sentences) + "."
