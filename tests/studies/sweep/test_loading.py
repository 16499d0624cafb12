"""Tables of sweeps from files: whatever a visitor brings is read or answered with a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import pandas as pd
import pytest

from simulator import Experiment, Grid, SettingError, load_sweep, sweep
from simulator.studies.sweep import loading

GRID = Grid(Experiment(width=6, batch=4, depth=2), init=["he_normal", "zeros"], gain=[0.5, 1, 2])


@pytest.fixture(scope="module")
def whole() -> pd.DataFrame:
    return sweep(GRID)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_table_comes_back(whole: pd.DataFrame, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"table.{kind}"
    whole.to_csv(path, index=False) if kind == "csv" else whole.to_parquet(path)
    found = load_sweep(path)
    assert list(found.columns) == list(whole.columns)
    for name in whole.columns:
        assert found[name].astype(object).fillna("").tolist() == whole[name].astype(object).fillna("").tolist(), name
    assert loading.axes_of(found) == {"init": ["he_normal", "zeros"], "gain": [0.5, 1.0, 2.0]}


def test_parts_are_joined(whole: pd.DataFrame) -> None:
    files = []
    for name, rows in (("b.parquet", whole[whole["cell"] > 2]), ("a.parquet", whole[whole["cell"] <= 2])):
        sink = io.BytesIO()
        rows.to_parquet(sink)
        files.append((name, sink.getvalue()))
    found = loading.joined([*files, ("_grid.json", b"{}")])
    assert found["value"].tolist() == whole["value"].tolist() or found["value"].isna().any()
    assert found["cell"].tolist() == whole["cell"].tolist()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""), ("a.csv", b"a,b\n1,2\n"), ("a.csv", b"\xff\xfe\x00"), ("a.parquet", b"PAR1 nothing"),
        ("a.csv", b"quantity,statistic,value,log10,gain\nactivation,variance,1,0,red\n"),
        ("a.csv", b"quantity,statistic,value,log10,depth\nactivation,variance,one,0,3\n"), ("a.txt", b"x"),
    ],
)  # fmt: skip
def test_what_is_no_sweep_is_one_sentence(name: str, content: bytes) -> None:
    with pytest.raises(SettingError) as caught:
        loading.joined([(name, content)])
    assert "\n" not in str(caught.value)


def test_too_many_rows_are_not_unpacked(whole: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_ROWS", 10)
    sink = io.BytesIO()
    whole.to_parquet(sink)
    with pytest.raises(SettingError, match="at most 10 rows"):
        loading.joined([("a.parquet", sink.getvalue())])


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        load_sweep(tmp_path / "missing.parquet")
    with pytest.raises(SettingError, match="not the directory of a sweep"):
        load_sweep(tmp_path)
