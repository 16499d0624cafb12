"""Tables of sweeps from files: whatever a visitor brings is read or answered with a sentence."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

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
        back, kept = (frame[name].astype(object) for frame in (found, whole))
        assert back.where(back.notna(), "").tolist() == kept.where(kept.notna(), "").tolist(), name
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


def packed(columns: dict[str, object], **ways: object) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(pa.table(columns), sink, compression="zstd", **ways)
    return sink.getvalue()


def small(rows: int = 3) -> dict[str, object]:
    texts = {name: pa.array(["signal"]).take(pa.array(np.zeros(rows, np.int8))) for name in ("quantity", "statistic")}
    return {**{name: np.zeros(rows) for name in ("layer", "value", "log10")}, **texts}


@pytest.mark.parametrize(
    ("columns", "sentence"),
    [
        ({f"c{place}": np.zeros(3) for place in range(200)}, "at most 100 columns"),
        ({"gain": [[1.0], [2.0], [3.0]]}, "lists or tables in its cells"),
        ({"gain": [{"a": 1.0}] * 3}, "lists or tables in its cells"),
        ({"gain": [1.0, float("nan"), 2.0]}, "something else in it"),
        ({"depth": [1.0, 2.5, 3.0]}, "something else in it"),
        ({"depth": [1, 2, 2**62]}, "something else in it"),
        ({"init": [b"a", b"b", b"\xff"]}, "something else in it"),
    ],
)
def test_what_no_sweep_holds_is_one_sentence(columns: dict[str, object], sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        loading.joined([("a.parquet", packed({**small(), **columns}))])


def test_a_small_file_that_would_be_a_large_table_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    many = packed({**small(1_900_000), **{f"c{place}": np.zeros(1_900_000) for place in range(10)}})
    assert len(many) < 2**20
    with pytest.raises(SettingError, match="28,500,000"):
        loading.joined([("a.parquet", many)])
    monkeypatch.setattr(loading, "MOST_UNPACKED", 2**20)
    with pytest.raises(SettingError, match=r"unpacks to \d+ MB"):
        loading.joined([("a.parquet", packed({**small(300_000), "low": np.zeros(300_000)}, use_dictionary=False))])


def test_a_long_text_is_kept_once() -> None:
    rows, pool = 100_000, pa.default_memory_pool()
    text = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int8), ["x" * 10**4])
    content = packed({**small(rows), "activation": text}, store_schema=False)
    before = pool.max_memory()
    found = loading.joined([("a.parquet", content)])  # a gigabyte, cell by cell
    assert found["activation"].cat.categories.tolist() == ["x" * 10**4]
    assert pool.max_memory() <= max(before, 2**28)


def test_files_count_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "MOST_ROWS", 5)
    with pytest.raises(SettingError, match="at most 5 rows"):
        loading.joined([("a.parquet", packed(small())), ("b.parquet", packed(small()))])


@pytest.mark.parametrize("header", [",".join(["a"] * 200_000), "a\n" + ",".join(["1"] * 200_000), "a,b\n1,2,3"])
def test_a_csv_file_of_too_many_columns_is_refused_at_once(header: str) -> None:
    with pytest.raises(SettingError, match=r"columns|cannot be read"):
        loading.joined([("a.csv", header.encode())])


def test_a_long_name_is_not_repeated() -> None:
    with pytest.raises(SettingError) as caught:
        loading.joined([("a\n" * 10_000 + ".csv", b"")])
    assert len(str(caught.value)) < 200 and "\n" not in str(caught.value)


def test_a_small_file_of_zeros_is_unpacked_one_column_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """103 KB of them once took 570 MB, and were refused only then."""
    names = ("cell", "seed", "low", "high", "gain", *(f"x{number}" for number in range(38)))
    content = packed({**small(500_000), **{name: np.zeros(500_000) for name in names}})
    assert len(content) < 2**18
    read, held = parquet.read_table, []

    def noted(*arguments: object, **named: object) -> pa.Table:
        table = read(*arguments, **named)
        held.append(pa.total_allocated_bytes())
        return table

    monkeypatch.setattr(loading.parquet, "read_table", noted)
    before = pa.total_allocated_bytes()
    found = loading.joined([("a.parquet", content)])
    assert found.shape == (500_000, 10), "What is nothing of a sweep's own is not read."
    assert len(held) == 10 and max(held) - before < 9 * 8 * 500_000, "Its own numbers, and a column more."


def test_a_table_beyond_the_room_is_refused_before_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = packed(small(1000))
    assert len(loading.joined([("a.parquet", content)], 100_000)) == 1000
    with pytest.raises(SettingError, match=r"^There is no room for b.parquet"):
        loading.joined([("a.parquet", content), ("b.parquet", content)], 30_000)
    monkeypatch.setattr(loading.parquet, "read_table", lambda *_, **__: pytest.fail("read"))
    with pytest.raises(SettingError, match=r"^There is no room for a.parquet"):
        loading.joined([("a.parquet", content)], 20_000)


def test_two_columns_of_one_name_are_no_table() -> None:
    sink = io.BytesIO()
    columns = small()
    names = [*columns, "layer"]
    table = pa.Table.from_arrays([pa.array(columns[name]) for name in names], names=names)
    parquet.write_table(table, sink)
    with pytest.raises(SettingError, match=r"^a.parquet cannot be read as a table: ValueError"):
        loading.joined([("a.parquet", sink.getvalue())])
