"""The page Sweep without a browser: a grid fills in slices, stops, goes on; finished sweeps are explored."""

from __future__ import annotations

import io
import math
import shlex

import pytest

from simulator import Experiment, Grid, sweep
from simulator.cli import main
from simulator.serving import limits
from simulator.serving.store import weight
from simulator.studies.sweep.loading import joined
from simulator.studies.sweep.ready import READY
from simulator.ui import slices
from simulator.ui.sweep import page
from simulator.ui.sweep.page import command

PAGE = "pages/sweep.py"
SMALL = {"depth": "3", "width": "8", "batch": "8"}
QUICK = {"sweep_across": "gain=0.5,1,2", "sweep_up": "init=zeros,he_normal"}


def progress(app) -> str:
    (bar,) = app.get("progress")
    return bar.proto.text


def holes(app) -> int:
    """Cells of all maps without a number."""
    charts = [figure for figure in app.charts if figure["name"].startswith("sweep-")]
    return sum(value is None for figure in charts for row in figure["data"][0]["z"] for value in row)


def finish(app) -> None:
    """Let the timer tick until the sweep ends: each tick does a cell at least."""
    while progress(app).startswith("Running"):
        before = progress(app)
        app.test.run()
        assert progress(app) != before, "It stands still."


@pytest.fixture(autouse=True)
def on_demand(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No grid is so short that it begins by itself."""
    if "by_itself" not in request.node.name:
        monkeypatch.setattr(page, "SHORT", 0.0)


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell a slice, so that a sweep can be met under way on any machine."""
    monkeypatch.setattr(slices, "SLICE", 0.0)


def test_a_short_grid_begins_by_itself(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    assert progress(app) == "Running, 1 of 6 cells" and app.button(key="sweep").disabled is False
    finish(app)
    assert holes(app) == 0
    long = open_app(PAGE, **SMALL | QUICK | {"depth": "300", "width": "512", "batch": "64"})
    assert progress(long).startswith("Before the run: 6 cells")


def test_the_map_fills_in(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    assert progress(app).startswith("Before the run: 6 cells, about ")
    assert holes(app) == 6
    app.button(key="sweep").click().run()
    assert progress(app) == "Running, 1 of 6 cells"
    assert holes(app) == 5
    app.test.run()
    assert holes(app) == 4
    finish(app)
    assert not app.exception
    assert progress(app) == "Finished, 6 of 6 cells"
    assert holes(app) == 0
    assert app.button(key="sweep").disabled
    assert app.link == SMALL | QUICK
    assert not app.session_state[slices.key_of(page.NAME)].timed, "No timer ticks on."


def test_the_numbers_are_the_sweeps(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="sweep").click().run()
    finish(app)
    found = sweep(Grid(Experiment(depth=3, width=8, batch=8), init=["zeros", "he_normal"], gain=[0.5, 1, 2]))
    expected = found[(found["quantity"] == "gradient") & (found["statistic"] == "decades")]["value"].to_numpy()
    shown = [value for row in app.charts[0]["data"][0]["z"] for value in row]
    assert [value for value in shown if value != min(shown)] == pytest.approx(expected[3:].tolist(), rel=1e-4)
    assert expected[:3].tolist() == [-math.inf] * 3


def test_it_stops_and_goes_on(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="sweep").click().run()
    app.button(key="sweep_stop").click().run()
    stopped = progress(app)
    assert stopped.startswith("Stopped at ")
    app.test.run()
    assert progress(app) == stopped
    app.button(key="sweep").click().run()
    assert progress(app).startswith("Running, ")
    finish(app)
    assert progress(app).startswith("Finished")


def test_leaving_stops_and_a_changed_grid_begins_anew(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="sweep").click().run()
    app.switch_page("pages/saturation.py").run()
    app.switch_page(PAGE).run()
    assert progress(app).startswith("Stopped at ")
    app.text_input(key="sweep_up").set_value("depth=1,2").run()
    assert progress(app).startswith("Before the run: 6 cells")
    assert app.link["sweep_up"] == "depth=1,2"


def test_what_is_shown_changes_without_a_new_run(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="sweep").click().run()
    finish(app)
    for shown in page.SHOWN:
        app.selectbox(key="sweep_shown").set_value(shown).run()
        assert not app.exception
        assert progress(app).startswith("Finished")
    app.text_input(key="sweep_up").set_value("").run()
    assert not app.exception
    assert app.charts[0]["data"][0]["type"] == "scatter"


@pytest.mark.parametrize("name", READY)
def test_a_ready_made_study_is_set_up(open_app, name: str) -> None:
    app = open_app(PAGE, **SMALL)
    app.button(key=f"ready_{name}").click().run()
    assert not app.exception
    ready = READY[name]
    assert progress(app).startswith(f"Before the run: {len(ready.grid())} cells")
    assert app.link["sweep_shown" if ready.picture.pair != ("gradient", "decades") else "sweep_across"]
    assert Experiment.from_params(app.link)[0] == ready.grid().experiment


def test_a_failing_cell_is_told_and_the_rest_is_there(open_app) -> None:
    app = open_app(PAGE, **SMALL, sweep_across="init=he_normal,constant(value=1)", sweep_up="", engine="matrix_free")
    app.button(key="sweep").click().run()
    finish(app)
    assert not app.exception
    assert app.says("Failed at init constant(value=1)")
    assert progress(app) == "Finished, 2 of 2 cells"


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("sweep_across", "gian=1", "Did you mean"),
        ("sweep_up", "gain", "must look like"),
        ("sweep_up", "init=<b>x</b>", "&lt;b&gt;"),
        ("sweep_across", "", "must name a setting"),
    ],
)
def test_a_bad_grid_is_a_sentence(open_app, field: str, text: str, words: str) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.text_input(key=field).set_value(text).run()
    assert not app.exception
    assert app.says(words)
    assert app.link == SMALL | QUICK
    assert app.charts


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"sweep_up": "gain=1,2"}, "Grid names gain twice"),
        ({"sweep_up": "seed=1:1000:1000"}, "beyond the limit of 1,000 here"),
        ({"seeds": "2000"}, "12,000 networks, beyond"),
        ({"sweep_up": "depth=1900:2000:100", "width": "96"}, "use the command below"),
        ({"sweep_up": "depth=3,2000", "width": "2048", "batch": "64"}, "One cell would take"),
        ({"sweep_up": "width=8,8192", "init": "he_uniform", "depth": "1"}, "limit of 256 MiB here"),
    ],
)
def test_what_is_too_much_is_a_sentence(open_app, params: dict[str, str], words: str) -> None:
    app = open_app(PAGE, **SMALL | QUICK | params)
    assert not app.exception
    assert app.says(words)
    assert app.button(key="sweep").disabled
    assert app.charts


def test_the_command_is_the_same_grid(capsys) -> None:
    grid = Grid(
        Experiment(depth=2, width=4, batch=2, bias="normal(std=0.5)"), init=["zeros", "normal(std=2)"], gain=[1]
    )
    words = shlex.split(command(grid))
    assert words[:2] == ["simulator", "sweep"]
    assert main([*words[1 : words.index("--output")], "--format", "json"]) == 0
    assert '"bias": "normal(std=0.5)"' in capsys.readouterr().out


def test_a_finished_sweep_is_explored(open_app) -> None:
    grid = Grid(
        Experiment(depth=3, width=8, batch=4), activation=["relu", "tanh"], init=["zeros", "he_normal"], gain=[1, 2]
    )
    sink = io.BytesIO()
    sweep(grid, keep="layers").to_parquet(sink)
    app = open_app(PAGE, **SMALL)
    app.file_uploader(key="sweep_files").set_value([("part-000000.parquet", sink.getvalue(), "")]).run()
    assert not app.exception
    assert app.says("settings varied: activation, init scheme, gain")
    explored = [figure for figure in app.charts if figure["name"].startswith("explored")]
    assert explored[0]["data"][0]["type"] == "heatmap"
    boxes = {box.label: box for box in app.selectbox if box.label in ("Across", "Up", "Panels")}
    boxes["Panels"].set_value("activation").run()
    assert len([figure for figure in app.charts if figure["name"].startswith("explored")]) == 2
    (colour,) = [box for box in app.selectbox if box.label == "Shown" and box.key is None]
    colour.set_value(("activation", "variance")).run()
    (layer,) = [box for box in app.selectbox if box.label == "Layer"]
    layer.set_value(1).run()
    assert not app.exception
    assert any("layer 1" in figure["title"] for figure in app.charts)
    app.file_uploader(key="sweep_files").set_value([]).run()
    assert not [figure for figure in app.charts if figure["name"].startswith("explored")]


def test_all_sessions_together_have_so_much_room(open_app, monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    sweep(Grid(Experiment(depth=2, width=4, batch=2), gain=[1, 2])).to_parquet(sink)
    file = [("a.parquet", sink.getvalue(), "")]
    room = 1.5 * weight(joined([("a.parquet", sink.getvalue())]))
    monkeypatch.setattr(limits, "TABLE_BYTES", room)
    first, second = open_app(PAGE, **SMALL), open_app(PAGE, **SMALL)
    first.file_uploader(key="sweep_files").set_value(file).run()
    assert first.says("settings varied: gain")
    second.file_uploader(key="sweep_files").set_value(file).run()
    assert second.says("This server has no room for another file") and not second.says("settings varied: gain")
    first.file_uploader(key="sweep_files").set_value([]).run()
    second.run()
    assert second.says("settings varied: gain")


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.csv", b"a,b\n1,2\n"), ("a.parquet", b"nothing"), ("<i>.csv", b""),
     ("flat.csv", b"quantity,statistic,value,log10,layer\nactivation,variance,1,0,3\n")],
)  # fmt: skip
def test_a_file_that_is_no_sweep_is_a_sentence(open_app, name: str, content: bytes) -> None:
    app = open_app(PAGE, **SMALL)
    app.file_uploader(key="sweep_files").set_value([(name, content, "")]).run()
    assert not app.exception
    assert [sentence for sentence in app.sentences if "complaint" in sentence]
    assert not app.says("<i>.csv")
