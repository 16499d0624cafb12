"""Figures of training, from a record made by hand."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from simulator import figures
from simulator.figures.training import TITLES

NAMES = ("good", "symmetric", "lost")


@pytest.fixture
def record() -> SimpleNamespace:
    """Three networks of three layers at four moments; the last one's loss ends, the second's units are all alike."""
    steps = np.array([0, 10, 20, 30])
    loss = np.stack([[np.geomspace(2.3, 0.1, 4), np.full(4, 2.3), [2.3, 50, np.nan, np.nan]]] * 2)
    loss[1] *= 1.1
    accuracy = np.where(np.isnan(loss), np.nan, 1 / (1 + loss))
    rng = np.random.default_rng(0)
    values = 10.0 ** rng.uniform(-9, -3, (4, 3, 3))
    values[:, 1, 0] = 0.0
    values[2:, 2] = np.nan
    series = dict.fromkeys(TITLES, values)
    series["activation", "saturated_fraction"] = rng.random((4, 3, 3))
    series["weight", "update_ratio"] = np.where(np.arange(4)[:, None, None] == 0, np.nan, values)
    pictures = rng.standard_normal((4, 3, 5, 6))
    pictures[:, 1] = pictures[:, 1, :1]
    pictures[3, 2] = np.nan
    return SimpleNamespace(
        schemes=NAMES, steps=steps, total=40, layer_widths=(6, 5, 5, 2), loss=loss, accuracy=accuracy, series=series,
        pictures=pictures, rank=np.array([[5, 5, 2], [1, 1, 1], [-1, -1, -1]]),
        units=np.array([[5, 5, 2], [1, 1, 2], [-1, -1, -1]]), even=float("nan"),
    )  # fmt: skip


def test_every_figure_is_a_figure_and_says_its_words(record) -> None:
    made = [
        figures.training_loss(record),
        figures.training_accuracy(record),
        figures.update_ratios(record),
        figures.change_ranks(record),
        *(figure for pair in TITLES for figure in figures.layer_maps(record, pair)),
        *(figures.layer_moment(record, pair, index) for pair in TITLES for index in range(4)),
        *figures.first_layer(record, 3, (2, 3)),
    ]
    for figure in made:
        figure.to_plotly()
        assert figure.caption.endswith(".")
        assert figure.alt != figure.title
    assert len({figure.name for figure in made[:4]}) == 4


def test_equal_probabilities_are_a_line_where_there_are_any(record) -> None:
    assert "equal" not in figures.training_loss(record).caption
    record.even = np.log(10)
    figure = figures.training_loss(record)
    np.testing.assert_allclose(figure["data"][-1]["y"], np.log10(np.log(10)))
    assert figure["data"][-1]["name"] == "ln 10" and "ln 10: the loss of equal probabilities." in figure.caption


def test_a_log_line_is_the_loss_and_ends_where_it_is_no_number(record) -> None:
    lines = figures.training_loss(record)["data"]
    assert [line["name"] for line in lines] == [*NAMES, *NAMES]
    np.testing.assert_allclose(lines[0]["y"], np.log10(record.loss[0, 0]))
    np.testing.assert_allclose(lines[3]["y"], np.log10(record.loss[1, 0]))
    assert np.isnan(lines[2]["y"]).tolist() == [False, False, True, True]
    assert [bool(line["line"].get("dash")) for line in lines] == [False] * 3 + [True] * 3
    assert "lost: no number" in figures.training_loss(record).alt


def test_the_ratio_has_its_line_at_a_thousandth(record) -> None:
    *lines, aim = figures.update_ratios(record)["data"]
    assert list(aim["y"]) == [-3.0, -3.0]
    middle = np.log10(np.median(record.series["weight", "update_ratio"][1, 0]))
    np.testing.assert_allclose(lines[0]["y"][1], middle)


def test_maps_share_one_scale_and_leave_blanks(record) -> None:
    maps = figures.layer_maps(record, ("weight_gradient", "variance"))
    assert [figure.title.split(": ")[1] for figure in maps] == list(NAMES)
    assert len({(figure["data"][0]["zmin"], figure["data"][0]["zmax"]) for figure in maps}) == 1
    z = maps[0]["data"][0]["z"]
    np.testing.assert_allclose(z, np.log10(record.series["weight_gradient", "variance"][:, 0].T))
    assert np.isnan(maps[1]["data"][0]["z"][0]).all(), "Exactly 0."
    assert np.isnan(maps[2]["data"][0]["z"][:, 2:]).all(), "No number."
    share = figures.layer_maps(record, ("activation", "saturated_fraction"))[0]["data"][0]
    assert (share["zmin"], share["zmax"]) == (0, 1)


def test_a_moment_is_a_column_of_the_maps(record) -> None:
    figure = figures.layer_moment(record, ("activation", "variance"), 1)
    np.testing.assert_allclose(figure["data"][0]["y"], np.log10(record.series["activation", "variance"][1, 0]))
    assert "step 10" in figure.title
    other = figures.layer_moment(record, ("activation", "variance"), 2)
    assert figure["layout"]["yaxis"]["range"] == other["layout"]["yaxis"]["range"], "Curves move, axes do not."


def test_ranks_are_counts_and_gaps(record) -> None:
    figure = figures.change_ranks(record)
    assert figure["data"][0]["y"].tolist() == [5, 5, 2]
    assert np.isnan(figure["data"][2]["y"]).all()
    assert "symmetric: 1 to 1" in figure.alt
    assert "lost: no number" in figure.alt


def test_pictures_are_the_rows_of_the_first_layer(record) -> None:
    shown = figures.first_layer(record, 1, (2, 3))
    assert [figure.name for figure in shown] == [f"training-picture-{k}" for k in range(3)]
    tiles, weights = shown[0]["data"][0]["z"], record.pictures[1, 0]
    end = np.abs(weights).max()
    assert tiles.shape == (3 * 3 - 1, 3 * 4 - 1)
    np.testing.assert_allclose(tiles[:2, :3], weights[0].reshape(2, 3) / end)
    np.testing.assert_allclose(tiles[3:5, 4:7], weights[4].reshape(2, 3) / end)
    assert np.isnan(tiles[2]).all() and np.isnan(tiles[:, 3]).all()
    assert f"{end:.2g}" in shown[0].caption
    assert ["All units are the same" in figure.caption for figure in shown] == [False, True, False]
    record.pictures = None
    assert figures.first_layer(record, 1, (2, 3)) == []


def test_the_start_is_a_record_too(record) -> None:
    record.steps = record.steps[:1]
    record.loss, record.accuracy = record.loss[..., :1], record.accuracy[..., :1]
    record.series = {pair: values[:1] for pair, values in record.series.items()}
    assert "markers" in figures.training_loss(record)["data"][0]["mode"]
    for pair in TITLES:
        figures.layer_maps(record, pair)[0].to_plotly()
    figures.update_ratios(record).to_plotly()


def test_before_the_first_step_no_mark_hides_another(record) -> None:
    record.steps, record.loss = record.steps[:1], record.loss[:, :, :1]
    figure = figures.training_loss(record)
    learnt, held = figure["data"][:3], figure["data"][3:]
    for lines in (learnt, held):
        sizes = [line["marker"]["size"] for line in lines]
        assert sizes == sorted(set(sizes), reverse=True), "what is drawn later is smaller"
    assert all(line["marker"]["symbol"].endswith("-open") for line in held)
    assert not any(line["marker"]["symbol"].endswith("-open") for line in learnt)
    assert "hollow" in figure.caption and "dashed" not in figure.caption
    assert "dashed" in figures.training_loss(SimpleNamespace(**vars(record) | {"steps": np.arange(2)})).caption
