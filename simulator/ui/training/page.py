"""The page Training: its widgets, the data, and a run that advances in slices while the page stays alive."""

from __future__ import annotations

from functools import partial

import streamlit as st

from simulator import tables
from simulator.experiment import Experiment
from simulator.initializers import Initializer
from simulator.losses import Loss
from simulator.serving import limits
from simulator.settings import Part, SettingError
from simulator.studies.training import SERIES, Dataset, Optimizer, Record, Run, Training, digits, of_table
from simulator.studies.training.plan import MOST_SCHEMES, label
from simulator.ui import cache, chooser, notices, panels, slices, state
from simulator.ui.training import board
from simulator.ui.training import words as trained

RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
MINIBATCHES = (8, 16, 32, 64, 128, 256)
OFFERED = ("normal(std=0.01)", "constant(value=0.02)")
"""Schemes that the menu offers beside the defaults of all."""

NAME = "training"
"""The name of the session's work here."""
_TABLE = "_training_table"
_MOMENT = "training_moment"


def choosers(experiment: Experiment) -> Dataset:
    """Every widget of the page; returns what is learnt from."""
    training = state.training()
    with st.container(key="training-compared", horizontal=True):
        _compare(training)
        if training.train_compare == "schemes":
            _schemes(experiment, training)
    with st.container(key="chooser", horizontal=True):
        _part("optimizer", Optimizer, training.optimizer)
        _ladder("learning_rate", training.learning_rate, RATES)
        _slider("epochs", training.epochs, 1, 20)
    with st.expander("Network, loss and data"), st.container(key="training-more", horizontal=True):
        _slider("train_depth", training.train_depth, 1, 30)
        _ladder("train_width", training.train_width, (4, 8, 16, 32, 64, 128, 256))
        _ladder("minibatch", training.minibatch, MINIBATCHES)
        _part("train_loss", Loss, training.train_loss, without="none")
        chooser.among("standardize", {"on": "on", "off": "off"}, training)
        return _data()


def panel(experiment: Experiment, data: Dataset) -> None:
    """The run: its buttons, its bar, its charts."""
    training = state.training()
    refused = training.refusal(experiment, data, patience=limits.JOB_SECONDS) or ""
    try:
        if refused:
            raise SettingError(refused)
        held = _held(experiment, training, data)
    except SettingError as error:
        refused = str(error)
        held = _held(Experiment(), Training(), digits())
    with notices.place("training-refused"):
        if refused:
            notices.plain(f"{refused} Shown instead: this page's defaults.")
    with st.container(key="training-chooser", horizontal=True, vertical_alignment="bottom"):
        slices.button("Train", NAME, key="train", disabled=bool(refused))
        _followed(training)
    before = f"Before training: {held.work.total:,} steps"
    slices.follow(held, _draw, before=before, going="Training", where="step {:,} of {:,}")
    notices.facts(trained.sentences(held.work, experiment.last_activation))


def _draw(held: slices.Held[Run]) -> None:
    _charts(held.work.record(), state.training(), held.work.data, held.going)


def _charts(record: Record, training: Training, data: Dataset, going: bool) -> None:
    panels.show(board.curves(record), key="training-curves", table=record.to_frame, filename="training")
    with notices.place("training-found"):
        if record.steps[-1]:
            notices.facts(record.sentences)
    panels.show(board.maps(record, training.pair), key="training-maps")
    last = len(record.steps) - 1
    index = last
    with st.container(key="training-moment"):
        if last and not going:
            steps = record.steps.tolist()
            chosen = st.select_slider(
                "Moment (training step)", steps, value=steps[-1], key=f"{_MOMENT}-{record.total}-{last}"
            )
            index = steps.index(chosen)
    panels.show(board.moment(record, training.pair, index), key="training-layers")
    if data.picture is not None:
        panels.show(board.pictures(record, index, data.picture), key="training-pictures")


def _held(experiment: Experiment, training: Training, data: Dataset) -> slices.Held[Run]:
    """The session's run of these settings, a new one that has not begun where they changed; raises SettingError."""
    # What the maps show is no setting of the run; the experiment's other settings are not used.
    starts = training.networks(experiment, data)
    made_from = (starts, training.replace(followed=Training().followed), data)
    return slices.held(NAME, made_from, partial(_run, experiment, training, data), anew=True)


def _run(experiment: Experiment, training: Training, data: Dataset) -> Run:
    with cache.gate():
        return Run(experiment, training, data)


def _data() -> Dataset:
    """The digits, or the visitor's table; one that cannot be used leaves a sentence and nothing else."""
    file = st.file_uploader(
        f"Your own table (CSV, at most {tables.MAX_BYTES // 2**20} MB)",
        key="table",
        help="Numbers, one row an example; the last column is the target: classes (words or few whole numbers) or a "
        "number. It stays in this session's memory and is gone with it.",
        max_upload_size=tables.MAX_BYTES // 2**20,
    )
    if file is None:
        st.session_state.pop(_TABLE, None)
        return digits()
    kept: tuple[str, Dataset] | None = st.session_state.get(_TABLE)
    if kept is not None and kept[0] == file.file_id:
        return kept[1]
    st.session_state.pop(_TABLE, None)
    try:
        with cache.gate():
            data = of_table(tables.parse(file.getvalue()), file.name)
    except tables.TableError as error:
        notices.plain(f"{error} Until then the digits are used.")
        return digits()
    st.session_state[_TABLE] = file.file_id, data
    return data


def _compare(training: Training) -> None:
    chooser.among("train_compare", {"schemes": "Init schemes", "wirings": "Skip and normalization"}, training)


def _schemes(experiment: Experiment, training: Training) -> None:
    about = Training.settings()["schemes"]
    shown = list(training.compared(experiment))
    options = list(dict.fromkeys([*shown, *OFFERED, *Initializer.registry]))
    st.multiselect(
        about.title,
        options,
        key=state.show("schemes", shown, *options),
        format_func=label,
        max_selections=MOST_SCHEMES,
        accept_new_options=True,
        help=f"At most {MOST_SCHEMES}, side by side; write one with its numbers, as normal(std=0.05). None: the scheme "
        "above and two more.",
    )
    notices.complaint("schemes")


def _followed(training: Training) -> None:
    titles = {" ".join(pair): title for pair, title in SERIES.items()}
    chooser.among("followed", titles, training, "Followed layer by layer")


def _part(name: str, registry: type[Part], value: str, *, without: str = "") -> None:
    about = Training.settings()[name]
    options = [option for option in dict.fromkeys([*registry.registry, value]) if option != without]
    summary = registry.parse(value).summary()
    st.selectbox(
        about.title, options, key=state.show(name, value, *options), filter_mode=None,
        help=notices.escape(f"{about.help} {value}: {summary}"),
    )  # fmt: skip
    notices.complaint(name)


def _ladder(name: str, value: float, rungs: tuple[float, ...]) -> None:
    about = Training.settings()[name]
    options = sorted({*rungs, value})
    title = f"{about.title} {about.symbol}".strip()
    st.select_slider(title, options, key=state.show(name, value, *options), help=about.help,
                     format_func="{:g}".format)  # fmt: skip


def _slider(name: str, value: int, low: int, high: int) -> None:
    about = Training.settings()[name]
    limits = min(low, value), max(high, value)
    st.slider(f"{about.title} {about.symbol}".strip(), *limits, key=state.show(name, value, *limits), help=about.help)
