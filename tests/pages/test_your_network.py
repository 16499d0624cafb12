"""The page Your network: an example, an uploaded probe, two of them, and files that are none."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import Experiment, Probe, propagate
from simulator.assets import asset
from simulator.probing.points import Point

PAGE = "pages/your_network.py"


def example(name: str) -> bytes:
    return asset(f"probe_{name}.parquet").read_bytes()


def chain(where: Path) -> bytes:
    """A probe of what is a multilayer perceptron, made without PyTorch: an experiment's curves at its activations."""
    experiment = Experiment(depth=3, width=32, batch=16)
    points = (Point("input", "input"), *(Point(f"{at}", "activation", type="Tanh", part="tanh") for at in range(3)))
    Probe(points, propagate(experiment).curves, batch=16).save(where / "chain.parquet")
    return (where / "chain.parquet").read_bytes()


def test_an_example_is_there_before_anything_is_opened(open_app) -> None:
    app = open_app(PAGE)
    assert app.says("An example, until you open one of yours")
    assert [figure["title"] for figure in app.charts[:2]] == ["Signal, variance", "Gradient, variance"]
    assert app.says(Probe.load(example("before")).verdict.headline.split(":")[0])
    assert app.says("before, advice: Set init to he_normal") or app.says("Set init to he_normal")


def test_one_probe_and_two_to_compare(open_app, tmp_path: Path) -> None:
    app = open_app(PAGE)
    app.file_uploader(key="own_files").set_value([("chain.parquet", chain(tmp_path), "")]).run()
    assert not app.exception and not app.says("An example, until")
    assert app.says(Probe.load(chain(tmp_path)).verdict.headline.split(":")[0])
    files = [("chain.parquet", chain(tmp_path), ""), ("other.parquet", example("after"), "")]
    app.file_uploader(key="own_files").set_value(files).run()
    assert not app.exception
    names = {trace.get("name") for trace in app.charts[0]["data"]}
    assert {"chain", "other"} <= names
    app.file_uploader(key="own_files").set_value([]).run()
    assert app.says("An example, until you open one of yours")


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([("a.parquet", b"nothing", "")], "cannot be read"),
        ([(f"{at}.parquet", example("after"), "") for at in range(3)], "At most 2 probes"),
        ([("<b>x</b>.csv", b"a,b\n1,2", "")], "is not"),
    ],
)
def test_other_files_are_a_sentence(open_app, files: list[tuple[str, bytes, str]], said: str) -> None:
    app = open_app(PAGE)
    app.file_uploader(key="own_files").set_value(files).run()
    assert not app.exception
    assert app.says(said)


def test_a_sweep_is_no_probe_and_a_few_rows_stand_for_no_large_array(open_app) -> None:
    whole = Probe.load(example("after"))
    frame = whole.to_frame().head(40).assign(layer=np.arange(40) * 190)
    lone = replace(whole, points=tuple(Point(f"{at}", "linear") for at in range(8000)), curves={})
    sink = io.BytesIO()
    pd.DataFrame(frame).to_parquet(sink)
    app = open_app(PAGE)
    for content in (sink.getvalue(), _saved(lone)):
        app.file_uploader(key="own_files").set_value([("few.parquet", content, "")]).run()
        assert not app.exception and app.says("few.parquet")


def _saved(probe: Probe) -> bytes:
    sink = io.BytesIO()
    probe.save(sink)
    return sink.getvalue()
