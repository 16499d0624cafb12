"""A grid's cells, its texts, and how one grid lies within another."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Experiment, Grid, SettingError


def test_cells_are_every_combination_the_last_axis_fastest() -> None:
    grid = Grid(Experiment(width=8), init=["he_normal", "kaiming_normal", "zeros"], depth=[1, 2, 3])
    assert grid.axes == {"init": ("he_normal", "zeros"), "depth": (1, 2, 3)}, "An alias is the same value."
    assert len(grid) == 6
    assert [grid.values(cell)["depth"] for cell in range(6)] == [1, 2, 3, 1, 2, 3]
    assert grid.cell(4) == Experiment(width=8, init="zeros", depth=2)
    for name in grid.axes:
        codes = grid.codes(name, np.arange(6))
        assert [grid.axes[name][code] for code in codes] == [grid.values(cell)[name] for cell in range(6)]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("gain=0.5:2:4", (0.5, 1.0, 1.5, 2.0)),
        ("gain=0.1:0.7:3", (0.1, 0.4, 0.7)),
        ("gain=1,3:5:3", (1.0, 3.0, 4.0, 5.0)),
        ("depth=1:100:3:log", (1, 10, 100)),
        ("depth=1:3:9", (1, 2, 3)),
        ("bias=normal(std=0:0.5:3), zeros", ("normal(std=0)", "normal(std=0.25)", "normal(std=0.5)", "zeros")),
        ("inputs=gaussian(mean=0:1:2, std=1:2:2)",
         ("gaussian", "gaussian(std=2)", "gaussian(mean=1)", "gaussian(mean=1, std=2)")),
        ("last-activation=same,relu", ("same", "relu")),
        ("widths=8-4-2, 8-8-2", ("8-4-2", "8-8-2")),
    ],
)  # fmt: skip
def test_texts(text: str, values: tuple[object, ...]) -> None:
    (axis,) = Grid.parse([text]).axes.values()
    assert axis == values


@pytest.mark.parametrize(
    "texts",
    [
        ["gain"], ["gain="], ["=1"], ["gian=1"], ["gain=1", "gain=2"], ["gain=1,,2"], ["gain=1:2:0"], ["gain=a:2:3"],
        ["gain=0:1:3:log"], ["gain=1:2:1000000"], ["gain=1:2:99999999999"], ["gain=1e999:2:3"], ["init=he_nromal"],
        ["depth=0:3:4"], ["gain=0:1:9999", "seed=1:9999:9999"], ["widths=4-4", "depth=2"],
        ["inputs=gaussian(mean=0:1:999,std=0:1:999)"],
    ],
)  # fmt: skip
def test_bad_texts_are_one_sentence(texts: list[str]) -> None:
    with pytest.raises(SettingError) as caught:
        Grid.parse(texts)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith((".", "?"))


@pytest.mark.parametrize("axes", [{"gain": []}, {"gain": "1,2"}, {"gain": 3}, {"gian": [1]}, {"depth": [0]}])
def test_bad_axes(axes: dict[str, object]) -> None:
    with pytest.raises(SettingError):
        Grid(**axes)  # type: ignore[arg-type]


@given(st.text(max_size=30))
def test_any_text_is_a_grid_or_a_setting_error(text: str) -> None:
    for wrapped in (text, f"gain={text}", f"bias=normal(std={text})"):
        with suppress(SettingError):
            assert len(Grid.parse([wrapped])) >= 1


def test_a_document_brings_the_grid_back() -> None:
    grid = Grid.parse(["gain=0.1:0.7:5", "init=normal(std=0.01),he_normal"], Experiment(depth=3, bias="normal"))
    assert Grid.from_document(grid.document()) == grid


SMALL = Grid(Experiment(depth=3), gain=[1, 2], init=["zeros", "he_normal"])


@pytest.mark.parametrize(
    "larger",
    [
        Grid(Experiment(depth=3), gain=[2, 0.5, 1], init=["he_normal", "zeros"]),
        Grid(Experiment(depth=3), init=["zeros", "he_normal"], gain=[1, 2]),
        Grid(Experiment(depth=7), depth=[2, 3], gain=[1, 2], init=["zeros", "he_normal"]),
    ],
)
def test_a_larger_grid_knows_the_places_of_the_smaller_ones_cells(larger: Grid) -> None:
    assert larger.extends(SMALL)
    places = larger.places(SMALL, range(len(SMALL)))
    assert [larger.cell(place) for place in places] == [SMALL.cell(cell) for cell in range(len(SMALL))]


@pytest.mark.parametrize(
    "other",
    [
        Grid(Experiment(depth=3), gain=[1, 3], init=["zeros", "he_normal"]),
        Grid(Experiment(depth=4), gain=[1, 2], init=["zeros", "he_normal"]),
        Grid(Experiment(depth=3, gain=1), init=["zeros", "he_normal"]),
    ],
)
def test_what_lacks_a_cell_does_not_extend(other: Grid) -> None:
    assert not other.extends(SMALL)
