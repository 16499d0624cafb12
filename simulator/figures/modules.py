"""A statistic from module to module of somebody's own network."""

from __future__ import annotations

import numpy as np
import pandas as pd

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.propagation import heading, shown_axis
from simulator.figures.series import Series, series
from simulator.statistics import QUANTITIES, STATISTICS
from simulator.values import check_kind, one_of

KINDS = {
    "input": "circle-open", "linear": "circle", "convolution": "square", "norm": "diamond", "activation": "triangle-up",
    "attention": "star", "recurrent": "hourglass", "embedding": "pentagon", "pooling": "triangle-down",
    "dropout": "x-thin-open", "sum": "cross", "block": "hexagon", "other": "circle-open",
}  # fmt: skip
"""The mark of each kind of module."""

Named = dict[tuple[str, int], tuple[str, str]]
"""Module and kind by label and layer."""


def module_profile(
    frame: pd.DataFrame, quantity: str = "activation", statistic: str = "variance", *, name: str = "", title: str = ""
) -> Figure:
    """One statistic over the modules of a probe's table, in order of execution; a mark tells a module's kind.

    Each label is one network, the median where it was drawn several times; theory is dashed.
    """
    check_kind(frame, pd.DataFrame, "module_profile.frame")
    one_of(quantity, tuple(QUANTITIES), "module_profile.quantity")
    kind = STATISTICS[one_of(statistic, tuple(STATISTICS), "module_profile.statistic")].kind
    log = kind == "positive"
    lines = list(series(frame, quantity, statistic))
    names = frame[["label", "layer", "module", "kind"]].astype({"module": object, "kind": object})
    distinct = names.drop_duplicates().itertuples(index=False, name=None)
    named: Named = {(str(label), int(layer)): (str(module), str(kind)) for label, layer, module, kind in distinct}
    labels = list(dict.fromkeys(line.label for line in lines))
    traces: list[Trace] = []
    seen: set[str] = set()
    for line in lines:
        tone = style.color(labels.index(line.label))
        traces += _line(line, tone, named, seen, log, several=len(labels) > 1)
    last = max((int(line.layers[-1]) for line in lines if line.layers.size), default=1)
    words = f"{quantity} {statistic}".replace("_", " ")
    numbers = np.concatenate([(line.log10 if log else line.value).ravel() for line in lines] or [np.empty(0)])
    yaxis = shown_axis(kind, axes.two_lines(heading(quantity, statistic, words, log)), numbers, log)
    xaxis = axes.layer_axis(last) | {"title": {"text": "module, in order of execution"}}
    notes = marks.flow(quantity)
    return Figure(
        traces,
        style.layout(xaxis, yaxis, annotations=notes),
        name=name or f"modules-{quantity}-{statistic}",
        title=title or words.capitalize(),
        caption="Each mark is one output of a module; its shape tells the kind.",
        alt=f"Line chart of {words} by module. " + "; ".join(_ends(line, named, log) for line in lines) + ".",
    )


def _line(line: Series, tone: str, named: Named, seen: set[str], log: bool, *, several: bool) -> list[Trace]:
    """The line of one network, and its marks by kind."""
    middle = line.quantiles(0.5, log=log)[0]
    y = marks.finite(middle)
    places = [named.get((line.label, int(layer)), ("", "other")) for layer in line.layers]
    texts = [axes.number(float(v)) if log else f"{v:.3g}" for v in middle]
    if line.is_theory:
        name = "theory (infinite width)"
        return [marks.line(line.layers, y, name, style.INK, width=2, dash=style.dash(0), connectgaps=True)]
    hover = [f"{module}, {kind}: {text}" for (module, kind), text in zip(places, texts, strict=True)]
    who = f"{line.label}: " if several else ""
    traces = [
        marks.line(line.layers, y, line.label or "measured", tone, width=2, hover=f"{who}%{{text}}", text=hover,
                   connectgaps=True, showlegend=several)
    ]  # fmt: skip
    for kind in dict.fromkeys(kind for _, kind in places):
        chosen = np.array([other == kind for _, other in places])
        entry: Trace = {"legendgroup": kind, "showlegend": kind not in seen}
        place = line.layers[chosen], y[chosen]
        traces.append(
            marks.points(*place, kind, tone, symbol=KINDS.get(kind, "circle-open"), size=8, connectgaps=True, **entry)
        )
        seen.add(kind)
    return traces


def _ends(line: Series, named: Named, log: bool) -> str:
    middle = line.quantiles(0.5, log=log)[0]
    ends = [axes.number(float(v)) if log else f"{v:.3g}" for v in (middle[0], middle[-1])]
    first, last = (named.get((line.label, int(line.layers[end])), ("?", ""))[0] for end in (0, -1))
    return f"{line.label} {line.source}: {ends[0]} at {first}, {ends[1]} at {last}".strip()
