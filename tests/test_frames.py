"""The tidy table: columns, missing values, joining, records for JSON."""

import json

import numpy as np
import pandas as pd

from simulator.frames import COLUMNS, SIMULATION, THEORY, concat, records, tidy

CURVES = {
    ("activation", "variance"): (
        np.array([[1.0, np.nan, 0.0], [2.0, 3.0, 4.0]]),
        np.array([[0.0, -400.0, np.nan], [0.3, 0.5, 0.6]]),
    ),
    ("activation", "correlation"): (
        np.array([[0.5, np.nan, 0.1], [0.2, 0.3, 0.4]]),
        np.array([[-0.3, np.nan, -1.0], [0.0, 0.0, 0.0]]),
    ),
}


def frame(source=SIMULATION, label="one"):
    return tidy(label, source, [7, 8], range(3), CURVES)


def test_columns_and_rows():
    table = frame()
    assert tuple(table.columns) == COLUMNS
    assert len(table) == 11  # 12 less the undefined correlation
    row = table[(table.seed == 7) & (table.layer == 1) & (table.statistic == "variance")].iloc[0]
    assert np.isnan(row.value) and row.log10 == -400
    assert table[table.statistic == "correlation"].query("seed == 7").layer.tolist() == [0, 2]


def test_concat_joins_tables_with_different_texts():
    joined = concat(frame(), frame(THEORY, "two"))
    assert len(joined) == 22 and set(joined.source) == {SIMULATION, THEORY}
    assert isinstance(joined.quantity.dtype, pd.CategoricalDtype)
    assert tuple(joined.columns) == COLUMNS
    assert concat().empty


def test_records_are_json_without_nan():
    rows = records(frame())
    assert json.loads(json.dumps(rows, allow_nan=False)) == rows
    missing = [row for row in rows if row["value"] is None]
    assert [row["log10"] for row in missing] == [-400.0]


def test_concat_takes_an_empty_table():
    empty = tidy("", THEORY, (-1,), range(3), {})
    assert len(concat(frame(), empty)) == 11 and tuple(concat(frame(), empty).columns) == COLUMNS
    assert len(concat(empty)) == 0
