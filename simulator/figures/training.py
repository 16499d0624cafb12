"""How training goes: loss, accuracy and update ratio over the steps, maps of layers over time, first-layer pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.figures import axes, marks, style
from simulator.figures.figure import Figure, Trace
from simulator.figures.series import Floats

GOOD_RATIO = 1e-3
"""The size of an update relative to the weights that the course notes CS231n (Karpathy 2015) look for."""

TITLES = {
    ("weight_gradient", "variance"): ("Gradient variance", "Var ∂E/∂W<sub>l</sub> (weight gradient variance)"),
    ("preactivation_gradient", "variance"): ("Gradient variance", "Var ∂E/∂h<sub>l</sub> (gradient variance)"),
    ("activation", "variance"): ("Activation variance", "Var x<sub>l</sub> (activation variance)"),
    ("activation", "saturated_fraction"): ("Saturated units", "saturated (fraction of units and examples)"),
    ("weight", "update_ratio"): ("Update / weight", "‖ΔW<sub>l</sub>‖ / ‖W<sub>l</sub>‖ (update to weight ratio)"),
}
_KARPATHY, _GLOROT = "Karpathy, CS231n, 2015", "Glorot & Bengio 2010"
_MOST_DECADES = 30
_STEP = "training step"


class Trained(Protocol):
    """K networks over E moments of a run of `total` steps, L layers.

    `steps` (E,); `loss`, `accuracy` (2, K, E) on training and held-out rows, `even` the loss of equal probabilities or
    NaN; `series` by (quantity, statistic): (E, K, L); `pictures` (E, K, units, features) or None; `rank` and `units`
    (K, L), -1 where a weight is no number.
    """

    @property
    def schemes(self) -> Sequence[str]: ...
    @property
    def steps(self) -> NDArray[np.int64]: ...
    @property
    def total(self) -> int: ...
    @property
    def layer_widths(self) -> Sequence[int]: ...
    @property
    def loss(self) -> Floats: ...
    @property
    def accuracy(self) -> Floats: ...
    @property
    def series(self) -> Mapping[tuple[str, str], Floats]: ...
    @property
    def pictures(self) -> Floats | None: ...
    @property
    def rank(self) -> NDArray[np.int64]: ...
    @property
    def units(self) -> NDArray[np.int64]: ...
    @property
    def even(self) -> float: ...


def training_loss(result: Trained, *, name: str = "training-loss", title: str = "Loss") -> Figure:
    """The loss over the steps, a colour a scheme; held-out rows dashed."""
    logs = _log10(result.loss)
    traces = _lines(result, logs, [[axes.number(v) for v in row] for row in logs.reshape(-1, logs.shape[-1])])
    shown, caption = logs, f"{_parts(result)} A line ends where the loss is no number."
    if result.even > 0:
        traces.append(_across(result, float(np.log10(result.even)), f"ln {np.exp(result.even):.0f}"))
        shown = np.append(logs, traces[-1]["y"])
        caption += f" {traces[-1]['name']}: the loss of equal probabilities."
    return Figure(traces, style.layout(_step_axis(result), axes.log_axis("E (loss)", shown)), name=name, title=title,
                  caption=caption, alt=f"Line chart of the loss over {result.total} steps. "
                                       + _ends(result, result.loss))  # fmt: skip


def training_accuracy(result: Trained, *, name: str = "training-accuracy", title: str = "Accuracy") -> Figure:
    """The fraction of rows whose largest output is their class, over the steps."""
    values = result.accuracy
    traces = _lines(result, values, [[f"{v:.1%}" for v in row] for row in values.reshape(-1, values.shape[-1])])
    axis = axes.fraction_axis("accuracy")
    return Figure(traces, style.layout(_step_axis(result), axis), name=name, title=title, caption=_parts(result),
                  alt=f"Line chart of the accuracy over {result.total} steps. " + _ends(result, values))  # fmt: skip


def update_ratios(result: Trained, *, name: str = "training-ratio", title: str = "Size of the updates") -> Figure:
    """The median over layers of the update to weight ratio, over the steps, with the line at 1e-3."""
    logs = _log10(result.series["weight", "update_ratio"])  # (E, K, L)
    middle = np.full((1, *logs.shape[1::-1]), np.nan)
    for k in range(logs.shape[1]):
        for e in range(logs.shape[0]):
            known = logs[e, k][~np.isnan(logs[e, k])]
            if known.size:
                middle[0, k, e] = np.sort(known)[known.size // 2]
    middle[~np.isfinite(middle)] = np.nan
    traces = _lines(result, middle, [[axes.number(v) for v in row] for row in middle[0]])
    good = float(np.log10(GOOD_RATIO))
    traces.append(_across(result, good, "10⁻³"))
    axis = axes.log_axis(
        axes.two_lines("‖ΔW‖ / ‖W‖ (update to weight ratio, median layer)"), np.append(middle.ravel(), good)
    )
    return Figure(traces, style.layout(_step_axis(result), axis), name=name, title=title,
                  caption="Length of a step over the length of the weights; about 10<sup>−3</sup> is a usual aim "
                          f"({_KARPATHY}).",
                  alt="Line chart of the update to weight ratio. " + _ends(result, 10.0 ** middle))  # fmt: skip


def layer_maps(result: Trained, pair: tuple[str, str], *, name: str = "training-map") -> list[Figure]:
    """A heat map a scheme, layers upwards and steps to the right, all on one scale of colours."""
    heading, symbol = TITLES[pair]
    fraction = pair[1] == "saturated_fraction"
    values = np.moveaxis(result.series[pair], 0, -1)  # (K, L, E)
    shown = values if fraction else _log10(values)
    shown = np.where(np.isfinite(shown), shown, np.nan)
    low, high = (0, 1) if fraction else axes.decades(shown)
    low = max(low, high - _MOST_DECADES)
    step = 1 if fraction else axes.tick_step(low, high)
    ticks = [0, 0.5, 1] if fraction else list(range(low, high + 1, step))
    depth = values.shape[1]
    figures = []
    for k, scheme in enumerate(result.schemes):
        texts = ["0", "50 %", "100 %"] if fraction else [axes.power(round(v)) for v in ticks]
        trace = marks.heat(
            result.steps, np.arange(1, depth + 1), shown[k], (low, high), colorbar=marks.key(ticks, texts),
            hover="step %{x}, layer %{y}<br>" + ("%{z:.0%}" if fraction else "10<sup>%{z:.1f}</sup>"),
        )  # fmt: skip
        yaxis = {"title": {"text": "layer l"}, "range": [0.5, depth + 0.5], "showgrid": False, "tick0": 0,
                 "dtick": max(1, round(depth / 8))}  # fmt: skip
        layout = style.layout({**_step_axis(result), "showgrid": False}, yaxis, hovermode="closest", margin={"r": 70})
        known = shown[k][np.isfinite(shown[k])]
        span = (
            "no value is above 0" if not known.size
            else f"from {known.min():.1%} to {known.max():.1%}" if fraction
            else f"from {axes.number(float(known.min()))} to {axes.number(float(known.max()))}"
        )  # fmt: skip
        figures.append(
            Figure([trace], layout, name=f"{name}-{k}", title=f"{heading}: {scheme}",
                   caption=f"{symbol}, layer by layer over the run (after {_source(pair)}); blank: "
                           + ("the outputs, which are linear." if fraction else "exactly 0 or no number."),
                   alt=f"Heat map for {scheme}: {symbol} by layer and step, {span}.")
        )  # fmt: skip
    return figures


def layer_moment(
    result: Trained, pair: tuple[str, str], moment: int, *, name: str = "training-moment", title: str = ""
) -> Figure:
    """One column of the maps: the quantity by layer at one moment, a line a scheme, beside its start."""
    heading, symbol = TITLES[pair]
    fraction = pair[1] == "saturated_fraction"
    values = result.series[pair]
    shown = values if fraction else _log10(values)
    shown = np.where(np.isfinite(shown), shown, np.nan)
    layers, step, traces = np.arange(1, values.shape[2] + 1), int(result.steps[moment]), []
    for k, scheme in enumerate(result.schemes):
        row = shown[moment, k]
        texts = [f"{v:.1%}" for v in row] if fraction else [axes.number(float(v)) for v in row]
        traces.append(_line(k, scheme, layers, row, texts, markers=True))
    depth = len(layers)
    xaxis = {**axes.layer_axis(depth), "title": {"text": "layer l"}, "range": [1 - 0.04 * depth, 1.02 * depth]}
    # The axis holds the whole run, so that curves move over it and it stays.
    yaxis = axes.fraction_axis(symbol) if fraction else axes.log_axis(axes.two_lines(symbol), shown)
    starts = "; ".join(f"{trace['name']} {trace['text'][0]} at layer 1" for trace in traces)
    return Figure(traces, style.layout(xaxis, yaxis), name=name, title=title or f"{heading} at step {step:,}",
                  caption=f"The layers at step {step:,} (after {_source(pair)}); the axis holds the whole run.",
                  alt=f"Line chart by layer at step {step}: {starts}.")  # fmt: skip


def change_ranks(result: Trained, *, name: str = "training-rank", title: str = "Directions learnt") -> Figure:
    """The rank of W - W(0) by layer, a line a scheme; symmetric weights stay at 1."""
    layers = np.arange(1, result.rank.shape[1] + 1)
    traces = []
    for k, scheme in enumerate(result.schemes):
        row = np.where(result.rank[k] < 0, np.nan, result.rank[k])
        texts = [
            "" if rank < 0 else f"rank {rank}, {units} different units"
            for rank, units in zip(result.rank[k], result.units[k], strict=True)
        ]
        traces.append(_line(k, scheme, layers, row, texts, markers=True))
        traces[k]["marker"]["size"] = _nested(k, len(result.schemes), 3)  # ranks are often alike
    depth = len(layers)
    most = float(max(min(a, b) for a, b in zip(result.layer_widths, result.layer_widths[1:], strict=False)))
    xaxis = {**axes.layer_axis(depth), "title": {"text": "layer l"}, "range": [1 - 0.04 * depth, 1.02 * depth]}
    yaxis = axes.positive_axis(axes.two_lines("rank of W<sub>l</sub> − W<sub>l</sub>(0) (learnt directions)"),
                               np.array([most]))  # fmt: skip
    ends = "; ".join(f"{s}: {_ranks(result.rank[k])}" for k, s in enumerate(result.schemes))
    return Figure(traces, style.layout(xaxis, yaxis), name=name, title=title,
                  caption="Equal weights get equal gradients, so a symmetric layer learns one direction or none "
                          "(Goodfellow, Bengio & Courville 2016, sec. 8.4).",
                  alt=f"Line chart of the rank of the weights' change by layer. {ends}.")  # fmt: skip


def first_layer(
    result: Trained, moment: int, picture: tuple[int, int], *, name: str = "training-picture"
) -> list[Figure]:
    """The first units' weights as small pictures, a figure a scheme, each on a scale of its own."""
    if result.pictures is None:
        return []
    step, figures = int(result.steps[moment]), []
    for k, scheme in enumerate(result.schemes):
        weights = result.pictures[moment, k]
        weights = np.where(np.isfinite(weights), weights, np.nan)
        end = float(np.nanmax(np.abs(weights))) if np.isfinite(weights).any() else 0.0
        tiles = _tiles(weights / end if end > 0 else weights, picture)
        trace: Trace = {"type": "heatmap", "z": tiles, "zmin": -1, "zmax": 1, "colorscale": style.SIGNED,
                        "showscale": False, "hoverinfo": "skip"}  # fmt: skip
        hidden: dict[str, Any] = {"visible": False, "showgrid": False, "zeroline": False, "fixedrange": True}
        layout = style.layout({**hidden, "constrain": "domain"},
                              {**hidden, "autorange": "reversed", "scaleanchor": "x", "constrain": "domain"},
                              hovermode=False, margin={"l": 8, "r": 8, "t": 8, "b": 8})  # fmt: skip
        alike = _alike(weights)
        figures.append(
            Figure([trace], layout, name=f"{name}-{k}", title=f"First-layer weights: {scheme}",
                   caption=f"{len(weights)} units at step {step:,}, one tile each; blue −, red +, white 0, "
                           f"darkest at {end:.2g}.{alike}",
                   alt=f"Pictures of the first-layer weights of {scheme} at step {step}, largest {end:.2g}.{alike}")
        )  # fmt: skip
    return figures


def _source(pair: tuple[str, str]) -> str:
    return _KARPATHY if pair[1] == "update_ratio" else _GLOROT


def _lines(result: Trained, values: Floats, texts: list[list[str]]) -> list[Trace]:
    """Lines over the steps for values (1 or 2, K, E): the second part dashed, without a legend of its own."""
    traces, count = [], len(result.schemes)
    for part in range(len(values)):
        for k, scheme in enumerate(result.schemes):
            row = np.where(np.isfinite(values[part, k]), values[part, k], np.nan)
            who = scheme if len(values) == 1 else f"{scheme}, {('training', 'held out')[part]}"
            trace = _line(k, who, result.steps, row, texts[part * count + k], markers=len(result.steps) < 2)
            trace |= {"name": scheme, "legendgroup": scheme}
            if len(result.steps) < 2:
                trace["marker"] |= {"size": _nested(k, count, 5), "symbol": style.symbol(k) + "-open" * part}
            if part:
                trace |= {"showlegend": False, "line": trace["line"] | {"dash": "dash", "width": 1.5}}
            traces.append(trace)
    return traces


def _line(k: int, who: str, x: NDArray[Any], y: Floats, texts: list[str], *, markers: bool) -> Trace:
    trace = marks.line(x, y, who, style.color(k), hover=f"{who} %{{text}}", text=texts)
    return marks.dotted(trace, k) if markers else trace


def _across(result: Trained, y: float, name: str) -> Trace:
    return marks.line([0, result.total], [y, y], name, style.INK, width=1.5, dash="dot")


def _parts(result: Trained) -> str:
    here, held = ("Solid", "dashed") if len(result.steps) > 1 else ("Filled", "hollow")
    return f"{here}: training examples; {held}: held out."


def _nested(k: int, count: int, step: int) -> int:
    # Marks of several schemes may share a place: the last and smallest lies on top.
    return 7 + step * (count - 1 - k)


def _step_axis(result: Trained) -> dict[str, Any]:
    end = max(1, result.total)
    return {"title": {"text": _STEP}, "range": [-0.02 * end, 1.02 * end], "unifiedhovertitle": {"text": "step %{x}"}}


def _log10(values: Floats) -> Floats:
    """log10, -inf at 0, NaN where there is no number."""
    known = np.isfinite(values) & (values > 0)
    logs = np.log10(values, out=np.full(values.shape, np.nan), where=known)
    return np.where(values == 0, -np.inf, logs)


def _ends(result: Trained, values: Floats) -> str:
    last = values[-1, :, -1]
    texts = (f"{v:.3g}" if np.isfinite(v) else "no number" for v in last)
    return "; ".join(f"{s}: {t} at step {result.steps[-1]}" for s, t in zip(result.schemes, texts, strict=True)) + "."


def _ranks(ranks: NDArray[np.int64]) -> str:
    return "no number" if (ranks < 0).any() else f"{ranks.min()} to {ranks.max()}"


def _tiles(weights: Floats, picture: tuple[int, int]) -> Floats:
    """Rows of weights as pictures in a square grid, a missing line between them."""
    height, width = picture
    side = int(np.ceil(np.sqrt(len(weights))))
    canvas = np.full((side * (height + 1) - 1, side * (width + 1) - 1), np.nan)
    for index, unit in enumerate(weights):
        row, column = divmod(index, side)
        top, left = row * (height + 1), column * (width + 1)
        canvas[top : top + height, left : left + width] = unit.reshape(height, width)
    return canvas


def _alike(weights: Floats) -> str:
    """Told where all units of several are one."""
    if len(weights) < 2 or not np.isfinite(weights).all():
        return ""
    size = float(np.abs(weights).max())
    return " All units are the same." if float(np.ptp(weights, axis=0).max()) <= 1e-4 * size else ""
