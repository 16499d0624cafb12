"""A sweep's directory: parts whole or absent, nothing computed twice, another grid refused or taken in."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from simulator import Experiment, Grid, SettingError, load_sweep, sweep
from simulator.studies.sweep import fill, missing, store
from simulator.studies.sweep.rows import measure
from simulator.studies.sweep.store import MANIFEST, SweepStore, parts, ranges, unrolled

SMALL = Experiment(width=6, batch=4, depth=2)
GRID = Grid(SMALL, init=["he_normal", "zeros"], gain=[0.5, 1, 2])


def same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True)


def put(where: Path, grid: Grid, cells: range) -> None:
    """Finish some cells, as one part."""
    kept = SweepStore(where, grid, "summary")
    for cell in cells:
        kept.add(measure(grid.experiment, grid.values(cell), cell))
    kept.close()


def test_what_is_written_is_what_is_returned(tmp_path: Path) -> None:
    same(sweep(GRID), sweep(GRID, output=tmp_path / "out"))
    same(sweep(GRID), load_sweep(tmp_path / "out"))
    assert len(pd.read_parquet(tmp_path / "out")) == len(sweep(GRID))
    document = json.loads((tmp_path / "out" / MANIFEST).read_text())
    assert document["versions"]["numpy"] == np.__version__
    assert document["axes"]["gain"] == ["0.5", "1", "2"]


def test_only_what_is_missing_is_computed(tmp_path: Path) -> None:
    put(tmp_path, GRID, range(2, 4))
    computed: list[int] = []
    assert missing(GRID, tmp_path).cells == 4
    assert fill(GRID, tmp_path, each=lambda frame: computed.extend(frame["cell"].unique())) == []
    assert sorted(computed) == [0, 1, 4, 5]
    same(load_sweep(tmp_path), sweep(GRID))
    before = {part: part.read_bytes() for part in parts(tmp_path)}
    assert missing(GRID, tmp_path).cells == 0
    fill(GRID, tmp_path)
    assert {part: part.read_bytes() for part in parts(tmp_path)} == before


def test_a_grid_that_grew_is_taken_in(tmp_path: Path) -> None:
    put(tmp_path, GRID, range(6))
    grown = Grid(SMALL, activation=["relu", "tanh"], gain=[2, 0.25, 1, 0.5], init=["zeros", "he_normal"])
    assert missing(grown, tmp_path).cells == len(grown) - len(GRID)
    fill(grown, tmp_path)
    same(load_sweep(tmp_path), sweep(grown))


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (Grid(SMALL, init=["he_normal"], gain=[0.5, 1, 2]), "it has init 'zeros'"),
        (Grid(SMALL.replace(depth=3), init=["he_normal", "zeros"], gain=[0.5, 1, 2]), "it has depth 2"),
    ],
)
def test_a_changed_grid_is_refused_and_nothing_is_touched(tmp_path: Path, other: Grid, words: str) -> None:
    put(tmp_path, GRID, range(6))
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(SettingError, match=words):
        fill(other, tmp_path)
    with pytest.raises(SettingError, match="keeps summary"):
        fill(GRID, tmp_path, keep="layers")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, GRID, range(3))
    monkeypatch.setattr(store, "versions", lambda: {"simulator": "9.9", "numpy": np.__version__})
    with pytest.raises(SettingError, match=r"simulator 9\.9"):
        fill(GRID, tmp_path)


def test_kernels_are_mixed_only_where_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, GRID, range(3))
    here = store.versions()
    assert here["kernel"] and "kernel" in (tmp_path / MANIFEST).read_text()
    monkeypatch.setattr(store, "versions", lambda: here | {"kernel": "openblas Sandybridge"})
    with pytest.raises(SettingError, match="kernel openblas Sandybridge"):
        fill(GRID, tmp_path)
    assert fill(GRID, tmp_path, mixed=True) == []
    assert len(load_sweep(tmp_path)["cell"].unique()) == len(GRID)


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(SettingError, match="other files"):
        fill(GRID, tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(SettingError, match="not the directory of a sweep"):
        fill(GRID, tmp_path)


def test_one_writer_at_a_time(tmp_path: Path) -> None:
    first = SweepStore(tmp_path, GRID, "summary")
    with pytest.raises(SettingError, match="Another sweep"):
        SweepStore(tmp_path, GRID, "summary")
    first.close()
    SweepStore(tmp_path, GRID, "summary").close()


def test_a_part_appears_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is cut short before the name is given leaves what was there, and a later run clears it away."""
    put(tmp_path, GRID, range(2))

    def cut(source: object, target: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", cut)
        with pytest.raises(KeyboardInterrupt):
            put(tmp_path, GRID, range(2, 4))
    assert list(tmp_path.glob(".*.tmp"))
    assert len(parts(tmp_path)) == 1
    assert set(load_sweep(tmp_path)["cell"]) == {0, 1}
    fill(GRID, tmp_path)
    assert not list(tmp_path.glob(".*.tmp"))
    same(load_sweep(tmp_path), sweep(GRID))


@pytest.mark.filterwarnings("ignore:.* cells failed:RuntimeWarning")
def test_a_failed_cell_is_finished_too(tmp_path: Path) -> None:
    grid = Grid(SMALL.replace(engine="matrix_free"), init=["he_normal", "constant(value=1)"])
    same(sweep(grid, output=tmp_path), sweep(grid))
    assert missing(grid, tmp_path).cells == 0
    assert missing(grid, tmp_path, retry=True).cells == 1
    same(sweep(grid, output=tmp_path), sweep(grid))


def test_a_flipped_bit_is_seen_and_its_cells_are_computed_again(tmp_path: Path) -> None:
    put(tmp_path, GRID, range(3))
    put(tmp_path, GRID, range(3, 6))
    part = parts(tmp_path)[0]
    content = part.read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.integers(8 * len(content), size=200):
        changed = bytearray(content)
        changed[place // 8] ^= 1 << (place % 8)
        part.write_bytes(changed)
        with pytest.raises(SettingError, match="is damaged"):
            load_sweep(tmp_path)
    with pytest.warns(RuntimeWarning, match="is damaged. It is set aside"):
        fill(GRID, tmp_path)
    assert [path.name for path in tmp_path.glob("*.bad")] == [f"{part.name}.bad"]
    same(load_sweep(tmp_path), sweep(GRID))


def test_a_copy_of_a_part_doubles_nothing(tmp_path: Path) -> None:
    put(tmp_path, GRID, range(6))
    part = parts(tmp_path)[0]
    (tmp_path / "part-000000 (copy).parquet").write_bytes(part.read_bytes())
    same(load_sweep(tmp_path), sweep(GRID))
    fill(GRID, tmp_path)
    part.with_name(part.name.replace("000000", "000007")).write_bytes(part.read_bytes())
    with pytest.warns(RuntimeWarning, match="cells that another part has"):
        fill(GRID, tmp_path)
    same(load_sweep(tmp_path), sweep(GRID))


def test_parts_are_as_many_as_time_asks_for(tmp_path: Path) -> None:
    now = [0.0]
    kept = SweepStore(tmp_path, GRID, "summary", clock=lambda: now[0])
    rows = measure(SMALL, GRID.values(0), 0)
    for _ in range(400):  # so many seconds of work, one cell each
        now[0] += 1
        kept.add(rows)
    kept.close()
    # every 2 s for 200 s, then once a hundredth of what has gone by: 100 + 100 ln(400 / 200)
    assert 100 < len(parts(tmp_path)) < 100 + 100 * np.log(2) + 20


def test_runs_of_cells() -> None:
    cells = np.array([5, 3, 4, 9, 0])
    assert ranges(cells) == [[0, 0], [3, 5], [9, 9]]
    assert unrolled(ranges(cells)).tolist() == [0, 3, 4, 5, 9]
