"""The one function that draws, in a script run without a browser."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from simulator.ui import panels
from tests.waiting import PATIENCE


def page() -> None:
    import pandas as pd

    from simulator.figures import Figure
    from simulator.ui import panels

    figures = [Figure([{"type": "scatter", "y": [1, 2]}], {}, name=name, title=name.upper()) for name in "abc"]
    clicked = panels.show(figures, key="page", columns=2, table=lambda: pd.DataFrame({"x": [1]}), filename="rows")
    assert clicked is None


def bare() -> None:
    from simulator.figures import Figure
    from simulator.ui import host, panels

    panels.show(host.encode([Figure([], {}, name="a", title="A")]), key="page")


def only(app: AppTest, kind: str) -> list:
    return list(app.get(kind))


def test_figures_reach_the_host_as_bytes():
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    assert not app.exception
    (component,) = only(app, "bidi_component")
    payload = json.loads(component.proto.bytes)
    assert [figure["name"] for figure in payload["figures"]] == ["a", "b", "c"]
    assert len(component.proto.js_content) < 400  # it travels with every update


def test_a_second_run_keeps_the_component():
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    first = only(app, "bidi_component")[0].proto.id
    assert only(app.run(), "bidi_component")[0].proto.id == first


def test_the_table_is_offered_and_made_only_when_asked_for():
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    (button,) = only(app, "download_button")
    assert button.proto.label == "Download CSV"
    assert button.proto.deferred_file_id


def test_without_a_table_nothing_is_offered():
    app = AppTest.from_function(bare, default_timeout=PATIENCE).run()
    assert not app.exception
    assert not only(app, "download_button")
    assert only(app, "bidi_component")


def test_streamlits_own_charts_show_the_same_figures(monkeypatch):
    monkeypatch.setenv("SIMULATOR_CHARTS", "plotly_chart")
    app = AppTest.from_function(page, default_timeout=PATIENCE).run()
    assert not app.exception
    charts = only(app, "plotly_chart")
    assert [json.loads(chart.proto.spec)["data"][0]["y"] for chart in charts] == [[1, 2]] * 3
    assert [chart.proto.alt for chart in charts] == ["A", "B", "C"]


@pytest.mark.parametrize("lazy", [False, True])
def test_csv_reads_back(lazy):
    frame = pd.DataFrame({"layer": [0, 1], "value": [0.1 + 0.2, np.nan]})
    text = panels.csv((lambda: frame) if lazy else frame)
    pd.testing.assert_frame_equal(pd.read_csv(io.BytesIO(text)), frame)
