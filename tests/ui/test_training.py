"""The page Training without a browser: a run goes on in slices, stops, starts anew; tables good and bad."""

from __future__ import annotations

import pytest

from simulator.experiment import Experiment
from simulator.studies.training import Training
from simulator.tables import MAX_BYTES
from simulator.ui import slices
from simulator.ui.training import page as training
from simulator.ui.view import View

PAGE = "pages/training.py"
QUICK = {"train_depth": "3", "train_width": "8", "epochs": "1", "schemes": "xavier_normal; zeros"}
SMALL = {"depth": "3", "width": "8", "batch": "8"}
TABLE = b"a,b,kind\n" + b"".join(b"%d,%d,%s\n" % (k, -k, b"even" if k % 2 else b"odd") for k in range(60))


def progress(app) -> str:
    (bar,) = app.get("progress")
    return bar.proto.text


def finish(app) -> None:
    """Let the timer tick until the run ends: each tick does a step at least."""
    while progress(app).startswith("Training"):
        before = progress(app)
        app.test.run()
        assert progress(app) != before, "It stands still."


def trained(app) -> int:
    """The last step that the curves show."""
    (loss,) = [figure for figure in app.charts if figure["name"] == "training-loss"]
    return max(loss["data"][0]["x"])


@pytest.fixture
def short_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step a slice, so that a run can be met under way on any machine."""
    monkeypatch.setattr(slices, "SLICE", 0.0)


def test_settings_have_names_of_their_own() -> None:
    assert not Training.settings().keys() & (Experiment.settings().keys() | View.settings().keys())


def test_before_training_the_page_shows_the_start(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    assert not app.exception
    assert progress(app) == "Before training: 44 steps"
    assert trained(app) == 0
    assert app.says("64 → 2 × 8 → 10")
    assert app.button(key="training_stop").disabled


def test_a_run_goes_to_its_end(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="train").click().run()
    finish(app)
    assert not app.exception
    assert progress(app) == "Finished, step 44 of 44"
    assert trained(app) == 44
    assert app.says("<b>zeros:</b>")
    assert app.says("symmetric")
    assert app.link == SMALL | QUICK


def test_a_run_shows_what_it_has_and_can_be_stopped(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="train").click().run()
    assert progress(app) == "Training, step 1 of 44"
    app.test.run()
    assert trained(app) >= 1
    app.button(key="training_stop").click().run()
    stopped = progress(app)
    assert stopped.startswith("Stopped at step")
    assert not app.session_state[slices.key_of(training.NAME)].timed, "No timer ticks on."
    app.test.run()
    assert progress(app) == stopped, "It stands still."
    app.button(key="train").click().run()
    assert progress(app) == "Training, step 1 of 44", "Train begins anew."


def test_a_changed_setting_ends_the_run_and_a_look_does_not(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="train").click().run()
    app.segmented_control(key="followed").set_value("activation variance").run()
    assert progress(app).startswith("Training")
    assert any("Activation variance" in figure["title"] for figure in app.charts)
    app.select_slider(key="learning_rate").set_value(0.03).run()
    assert progress(app).startswith("Before training")
    assert app.link == SMALL | QUICK | {"followed": "activation variance", "learning_rate": "0.03"}


def test_leaving_the_page_stops_the_run(open_app, short_slices) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.button(key="train").click().run()
    app.switch_page("pages/saturation.py").run()
    app.switch_page(PAGE).run()
    assert progress(app).startswith("Stopped at step")


def test_a_moment_can_be_looked_at(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    assert not [slider for slider in app.select_slider if slider.key.startswith("training_moment")]
    app.button(key="train").click().run()
    finish(app)
    (slider,) = [slider for slider in app.select_slider if slider.key.startswith("training_moment")]
    slider.set_value("0").run()
    app.test.run()
    assert any("at step 0" in figure["title"] for figure in app.charts)


def test_schemes_are_chosen_and_kept_in_the_link(open_app) -> None:
    app = open_app(PAGE, **SMALL | {"train_depth": "2", "train_width": "4"})
    app.multiselect(key="schemes").set_value(["zeros", "normal(std=0.5)"]).run()
    assert not app.exception
    assert app.link["schemes"] == "zeros; normal(std=0.5)"
    app.multiselect(key="schemes").set_value([]).run()
    assert "schemes" not in app.link
    assert len(app.multiselect(key="schemes").value) == 3


def test_wirings_side_by_side_are_trained_and_kept_in_the_link(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    assert app.says("no residual branches; no normalization")
    app.segmented_control(key="train_compare").set_value("wirings").run()
    assert not app.exception
    assert app.link == SMALL | QUICK | {"train_compare": "wirings"}
    assert "schemes" not in [widget.key for widget in app.multiselect]
    assert app.says("residual branches pre(scaling=depth) with a sum at 1 of 3 layers")
    assert app.says("Batch norm:")
    app.button(key="train").click().run()
    finish(app)
    (loss,) = [figure for figure in app.charts if figure["name"] == "training-loss"]
    *names, even = dict.fromkeys(trace["name"] for trace in loss["data"])
    assert names == ["plain", "skip", "batch_norm", "skip + batch_norm"] and even == "ln 10"
    assert app.says("Equal probabilities have a loss of ln 10 = 2.303")
    for name in names:
        assert app.says(f"<b>{name}:</b>")
    app.segmented_control(key="train_compare").set_value("schemes").run()
    assert app.link == SMALL | QUICK
    assert app.multiselect(key="schemes").value == ["xavier_normal", "zeros"]


def test_the_wiring_above_is_what_is_trained_and_told(open_app) -> None:
    lab = {
        "residual": "post(every=2)",
        "normalization": "layer_norm",
        "last_init": "zeros",
        "last_activation": "sigmoid",
    }
    app = open_app(PAGE, **SMALL | QUICK | {"train_depth": "5"} | lab)
    assert not app.exception
    assert app.says("residual branches post(every=2) with a sum at 1 of 5 layers")
    assert app.says("layer_norm in front of every activation")
    assert app.says("last init scheme zeros")
    assert app.says("the last activation sigmoid stays out")
    assert not app.says("Wirings: plain layers")
    assert not app.says("Batch norm:")
    app.selectbox(key="last_activation").set_value("tanh").run()
    assert app.says("the last activation tanh stays out"), "The run is the same, the sentence is not."


def test_a_scheme_that_does_not_exist_is_a_sentence(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.multiselect(key="schemes").set_value(["zeros", "xavier_nromal"]).run()
    assert not app.exception
    assert app.says("Did you mean &#x27;xavier_normal&#x27;?")
    assert app.link == SMALL | QUICK


def test_what_is_too_large_is_a_sentence(open_app) -> None:
    app = open_app(PAGE, **SMALL, train_depth="50", train_width="512")
    assert not app.exception
    assert app.says("Limit: 2,000,000")
    assert app.button(key="train").disabled
    assert app.charts


def test_the_visitors_own_table_is_learnt(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.file_uploader(key="table").set_value(("mine.csv", TABLE, "text/csv")).run()
    assert not app.exception
    assert app.says("mine.csv, 2 features, 2 classes; 48 rows to learn from, 12 held out")
    app.button(key="train").click().run()
    finish(app)
    assert progress(app).startswith("Finished")
    assert not [figure for figure in app.charts if figure["name"].startswith("training-picture")]
    app.file_uploader(key="table").set_value(None).run()
    assert app.says("digits, 64 features")
    assert training._TABLE not in app.session_state


def test_a_target_of_numbers_has_no_accuracy(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    numbers = b"".join(b"%d,%d.5\n" % (k, k * k) for k in range(40))
    app.file_uploader(key="table").set_value(("mine.csv", numbers, "text/csv")).run()
    assert app.says("1 feature, a number")
    assert app.says("Loss: squared_error")
    assert "training-accuracy" not in [figure["name"] for figure in app.charts]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("book.xlsx", b"PK\x03\x04" + bytes(64), "Excel"),
        ("words.csv", TABLE + b"1,red,odd\n", "Line 62, column 2 is"),
        ("nan.csv", TABLE + b"1,nan,odd\n", "is missing"),
        ("ragged.csv", TABLE + b"1,2\n", "Line 62 has 2 cells where the first line has 3"),
        ("one.csv", b"1,2,3\n", "1 row of data"),
        ("formula.csv", TABLE + b"1,=A1,odd\n", "holds a formula"),
        ("latin.csv", TABLE + "1,ä,odd\n".encode("latin-1"), "not UTF-8"),
        ("empty.csv", b"", "is empty"),
        ("markup.csv", TABLE + b"1,<img src=x onerror=alert(1)>,odd\n", "&lt;img"),
        ("large.csv", b"1,2\n" * (MAX_BYTES // 4 + 1), "at most 2 MB"),
    ],
    ids=["workbook", "word", "nan", "ragged", "one-row", "formula", "latin-1", "empty", "markup", "large"],
)
def test_a_bad_table_leaves_a_sentence_and_nothing_else(open_app, name: str, content: bytes, words: str) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.file_uploader(key="table").set_value((name, content, "text/csv")).run()
    assert not app.exception
    assert app.says(words)
    assert app.says("Until then the digits are used")
    assert app.says("digits, 64 features")
    assert training._TABLE not in app.session_state
    assert app.charts


def test_a_bad_table_does_not_leave_the_good_one_before_it(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    for name, content in (("mine.csv", TABLE), ("bad.csv", b"1,2\n")):
        app.file_uploader(key="table").set_value((name, content, "text/csv")).run()
    assert app.says("digits, 64 features")
    assert training._TABLE not in app.session_state


def test_a_name_of_a_file_stays_text(open_app) -> None:
    app = open_app(PAGE, **SMALL | QUICK)
    app.file_uploader(key="table").set_value(("<b>mine</b>.csv", TABLE, "text/csv")).run()
    assert app.says("&lt;b&gt;mine&lt;/b&gt;.csv")
    assert not app.says("<b>mine")


def test_the_server_takes_no_more_than_the_table_may_have() -> None:
    import tomllib
    from pathlib import Path

    config = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert config["server"]["maxUploadSize"] * 2**20 == MAX_BYTES
