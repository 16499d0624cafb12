"""The report's HTML, section by section; every text is escaped, every file it needs is inside."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from html import escape

import numpy as np
import pandas as pd
import scipy

from simulator import charts, figures, frames
from simulator.experiment import Experiment
from simulator.export import FRAMEWORKS, code
from simulator.export.script import command, link
from simulator.figures.notation import set_html
from simulator.figures.payload import encode
from simulator.reports import files, tables
from simulator.settings import SettingError
from simulator.studies.distributions import Distributions
from simulator.studies.propagation import Propagation
from simulator.theory.mean_field import MeanField
from simulator.version import __version__

MOST_ROWS = 200_000
"""Rows of the tidy table that a file carries; of more networks it carries the first."""

_CURVES = 5

_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' blob:; style-src 'unsafe-inline'; img-src data: blob:; "
    "connect-src data: blob:"
)


def document(result: Propagation, theory: MeanField, shape: Distributions) -> str:
    """The report on a simulated experiment, its theory and the histograms of one quantity."""
    experiment, verdict = result.experiment, result.verdict
    frame = frames.concat(result, theory)
    sections = [
        ("Verdict", tables.verdict(verdict)),
        ("Settings", tables.settings(experiment) + _addresses(experiment)),
        ("Signal and gradient", _charts("signal", _profiles(frame), 2)),
        (f"Distributions: {shape.quantity}s", _charts("distributions", _histograms(shape, theory), 2)),
        ("Theory", tables.theory(theory) + files.read("theory.html")),
        ("Every layer", tables.layers(frame)),
        ("Code", _code(experiment, verdict.headline)),
        ("Data", _data(experiment, str(result.outcome), frame)),
        ("Versions", _versions()),
    ]
    contents = "".join(f'<a href="#{_anchor(title)}">{escape(title.split(":")[0])}</a>' for title, _ in sections)
    body = "".join(
        f'<section id="{_anchor(title)}"><h2>{escape(title)}</h2>{content}</section>' for title, content in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">'
        '<meta name="color-scheme" content="light dark"><link rel="icon" href="data:,">'
        f"<title>{escape(verdict.headline)}</title>"
        f"<style>{files.sheets()}</style></head><body>"
        f"<header><h1>{set_html(verdict.headline)}</h1><nav>{contents}</nav></header><main>{body}</main>"
        f'<script type="application/gzip" id="plotly">{files.plotly()}</script>'
        f'<script type="module">{files.scripts()}</script></body></html>\n'
    )


def _profiles(frame: pd.DataFrame) -> list[figures.Figure]:
    wanted = {
        ("activation", "variance"): "Activation variance",
        ("activation_gradient", "variance"): "Gradient variance, dE/dx",
        ("activation", "saturated_fraction"): "Saturated units",
        ("weight_gradient", "variance"): "Weight gradient variance, dE/dW",
        ("activation", "correlation"): "Correlation of two examples",
        ("preactivation", "second_moment"): "Second moment of the preactivations",
    }
    present = set(zip(frame["quantity"], frame["statistic"], strict=True))
    source = " Mean field: Poole et al. 2016, Schoenholz et al. 2017."
    made = [figures.layer_profile(frame, *pair, title=title) for pair, title in wanted.items() if pair in present]
    for figure in made:
        if "theory" in figure.caption:
            figure.caption += source
    return made


def _histograms(shape: Distributions, theory: MeanField) -> list[figures.Figure]:
    depth = max(shape.layers)
    chosen = sorted({round(layer) for layer in np.linspace(min(shape.layers), depth, _CURVES).tolist()})
    predicted = theory.to_frame()
    curves = figures.distribution_curves(shape, chosen, "rms", theory=predicted if len(predicted) else None)
    return [figures.distribution_map(shape, "rms"), curves]


def _charts(name: str, shown: Sequence[figures.Figure], columns: int) -> str:
    text = encode(shown, columns).decode()
    return (
        f'<div class="sim-charts" data-figures="figures-{name}"></div>'
        f'<script type="application/json" id="figures-{name}">{files.inert(text)}</script>'
    )


def _addresses(experiment: Experiment) -> str:
    texts = {"In the app": link(experiment), "On the command line": command(experiment)}
    return "".join(f"<p>{escape(name)}: <code>{escape(text)}</code></p>" for name, text in texts.items())


def _code(experiment: Experiment, headline: str) -> str:
    made = []
    for name, title in FRAMEWORKS.items():
        try:
            text = f"<pre><code>{escape(code(experiment, name, headline))}</code></pre>"
        except SettingError as error:
            text = f"<p>{escape(str(error))}</p>"
        made.append(f"<details><summary>{escape(title)}</summary>{text}</details>")
    note = "<p>The same scheme with the same variance; its random numbers are the framework's own.</p>"
    return note + "".join(made)


def _data(experiment: Experiment, outcome: str, frame: pd.DataFrame) -> str:
    """Downloads of the tidy table as CSV and JSON, and how many networks are in it."""
    kept, note = frame, "A row per seed, layer, quantity and statistic, theory included."
    if len(frame) > MOST_ROWS:
        networks = max(1, int(MOST_ROWS * experiment.seeds // len(frame)))
        kept = frame[frame["seed"] < experiment.seed + networks]
        note += f" Of {experiment.seeds:,} networks it holds the first {networks:,}; the command line writes them all."
    comma = kept.to_csv(index=False, lineterminator="\n")
    records = {"experiment": settings(experiment), "outcome": outcome, "rows": frames.records(kept)}
    return (
        f"<p>{set_html(note)}</p><p>"
        '<button type="button" data-file="simulation.csv" data-from="csv" data-type="text/csv">CSV</button> '
        '<button type="button" data-file="simulation.json" data-from="json" data-type="application/json">JSON</button>'
        f'</p><script type="text/csv" id="csv">{files.inert(comma, quoted=False)}</script>'
        f'<script type="application/json" id="json">{files.inert(dump(records))}</script>'
    )


def settings(experiment: Experiment) -> dict[str, int | float | str]:
    """Every setting by name."""
    return {name: getattr(experiment, name) for name in Experiment.settings()}


def dump(value: object) -> str:
    """A value as JSON, without NaN."""
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def _versions() -> str:
    versions = {
        "variance-propagation-simulator": __version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "SciPy": scipy.__version__,
        "pandas": pd.__version__,
        "plotly.js": charts.plotly_version(),
    }
    return tables.pairs(versions)


def _anchor(title: str) -> str:
    return title.split(":")[0].lower().replace(" ", "-")
