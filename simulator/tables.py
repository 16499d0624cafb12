"""A user's table: the text of a CSV file as numbers, or one sentence that says what is wrong and where."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections import Counter, OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from simulator.settings import SettingError, echo

Floats = NDArray[np.float64]

MAX_BYTES = 2 * 2**20
MAX_ROWS = 20_000
MAX_COLUMNS = 512
MAX_CLASSES = 50
LEAST_ROWS = 10
KEPT_BYTES = 64 * 2**20
"""Of all tables together that inputs are drawn from."""

LARGEST = 1e30
"""Numbers beyond this are refused: single precision could not square their differences."""

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_MISSING = {"", "nan", "na", "n/a", "null", "none", "-", "?"}
_INFINITE = {"inf", "infinity"}
_BINARY = {
    b"PK\x03\x04": "a zip archive, perhaps an Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a compressed archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
}


class TableError(SettingError):
    """A table cannot be used; the message is one sentence for the user."""


@dataclass(frozen=True)
class Table:
    """Numbers to learn from: `features` (R, C) float64 by column name, and one target a row.

    The last column is the target. Its values are classes where they are words, or at most MAX_CLASSES whole numbers
    each of which stands twice on average; then `classes` names them in order and `target` (R,) holds their places.
    Otherwise `classes` is empty and `target` holds the numbers.
    """

    names: tuple[str, ...]
    features: Floats = field(repr=False)
    target: Floats = field(repr=False)
    classes: tuple[str, ...]


_kept: OrderedDict[str, Floats] = OrderedDict()
_lock = Lock()


def parse_features(content: bytes) -> Floats:
    """All columns of a CSV file (R, C), or all but the last where that one holds words; raises TableError."""
    try:
        return _parse(content, labelled=False).features
    except TableError as error:
        try:
            return parse(content).features
        except TableError:
            raise error from None


def keep(features: Floats) -> str:
    """Keep features in this process, the least recently used dropped beyond KEPT_BYTES; the name to find them by."""
    name = hashlib.sha256(repr(features.shape).encode() + np.ascontiguousarray(features).tobytes()).hexdigest()[:16]
    with _lock:
        _kept[name] = features
        _kept.move_to_end(name)
        while len(_kept) > 1 and sum(array.nbytes for array in _kept.values()) > KEPT_BYTES:
            _kept.popitem(last=False)
    return name


def names() -> list[str]:
    """The tables that are kept."""
    with _lock:
        return list(_kept)


def find(name: str) -> Floats:
    """The features that were kept under this name; raises TableError where there are none."""
    with _lock:
        if name not in _kept:
            raise TableError("This table is not here: a link carries no data, so upload the file again.")
        _kept.move_to_end(name)
        return _kept[name]


def parse(content: bytes) -> Table:
    """The table in a CSV file: UTF-8, commas, semicolons or tabs, a header or none; raises TableError."""
    return _parse(content, labelled=True)


def _parse(content: bytes, *, labelled: bool) -> Table:
    rows, lines = _rows(_text(content))
    width = len(rows[0])
    if labelled and width < 2:
        raise TableError("The file has one column; it needs at least one of features and, last, the target.")
    if width > MAX_COLUMNS:
        raise TableError(f"The file has {width:,} columns; at most {MAX_COLUMNS} are allowed.")
    for row, line in zip(rows, lines, strict=True):
        if len(row) != width:
            raise TableError(f"Line {line} has {_count(len(row), 'cell')} where the first line has {width}.")
        for column, cell in enumerate(row):
            if cell.startswith(("=", "@")):
                raise TableError(f"{_place(line, column)} holds a formula, {echo(cell)}; save the values instead.")
    names = tuple(f"column {column + 1}" for column in range(width))
    if _is_header(rows[0]):
        names, rows, lines = tuple(rows[0]), rows[1:], lines[1:]
        for name, count in Counter(names).items():
            if count > 1 and name:
                raise TableError(f"The header names {count} columns {echo(name)}; every column needs its own name.")
    if len(rows) < LEAST_ROWS:
        raise TableError(
            f"The file has {_count(len(rows), 'row')} of data; at least {LEAST_ROWS} are needed, some to learn from "
            "and some to test with."
        )
    if len(rows) > MAX_ROWS:
        raise TableError(f"The file has {len(rows):,} rows; at most {MAX_ROWS:,} are allowed.")
    if not labelled:
        return Table(names, _numbers(rows, lines), np.zeros(len(rows)), ())
    features = _numbers([row[:-1] for row in rows], lines)
    target, classes = _target([row[-1] for row in rows], lines)
    return Table(names, features, target, classes)


def _text(content: bytes) -> str:
    if not content.strip():
        raise TableError("The file is empty.")
    if len(content) > MAX_BYTES:
        raise TableError(f"The file has {len(content) / 2**20:,.1f} MB; at most {MAX_BYTES // 2**20} MB are allowed.")
    for start, kind in _BINARY.items():
        if content.startswith(start):
            raise TableError(f"The file is {kind}, not text; save it as CSV (UTF-8).")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise TableError("The file is UTF-16 text; save it as CSV in UTF-8.")
    if b"\0" in content:
        raise TableError("The file is not text: it has zero bytes in it; save it as CSV (UTF-8).")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"Line {line} has the byte 0x{content[error.start]:02X}, which is not UTF-8 text; save the file as CSV in "
            "UTF-8."
        ) from None


def _rows(text: str) -> tuple[list[list[str]], list[int]]:
    """The rows that are not blank, cells stripped, and the line of the file that each ends on."""
    first = next((line for line in io.StringIO(text, newline=None) if line.strip()), "")
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    more = 0
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                if len(rows) > MAX_ROWS:  # one more, of names; a million of them would take forty times their text
                    more += 1
                    continue
                rows.append([cell.strip() for cell in row])
                lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(f"Line {reader.line_num} is not CSV: {error}.") from None
    if not rows:
        raise TableError("The file is empty.")
    if more:
        count = len(rows) + more - _is_header(rows[0])
        raise TableError(f"The file has {count:,} rows; at most {MAX_ROWS:,} are allowed.")
    return rows, lines


def _is_header(row: Sequence[str]) -> bool:
    """Whether the first line names columns: no cell before the last is a number, and one is a word."""
    before = row[:-1]
    return not any(_NUMBER.fullmatch(cell) for cell in before) and any(cell.lower() not in _MISSING for cell in before)


def _numbers(rows: Sequence[Sequence[str]], lines: Sequence[int]) -> Floats:
    """Every cell as a number; the first that is none is named."""
    for row, line in zip(rows, lines, strict=True):
        for column, cell in enumerate(row):
            if not _NUMBER.fullmatch(cell):
                raise TableError(f"{_place(line, column)} {_why(cell)}.")
    numbers = np.array([list(map(float, row)) for row in rows])
    bad = np.argwhere(~(np.abs(numbers) <= LARGEST))
    if len(bad):
        row, column = bad[0].tolist()
        raise TableError(f"{_place(lines[row], column)} is {echo(rows[row][column])}, beyond {LARGEST:g}.")
    return numbers


def _target(cells: Sequence[str], lines: Sequence[int]) -> tuple[Floats, tuple[str, ...]]:
    for cell, line in zip(cells, lines, strict=True):
        if cell.lower() in _MISSING | _INFINITE:
            raise TableError(f"The target in line {line} {_why(cell)}.")
    words = [cell for cell in cells if not _NUMBER.fullmatch(cell)]
    if not words:
        numbers = _numbers([[cell] for cell in cells], lines)[:, 0]
        distinct = np.unique(numbers)
        whole = np.all(distinct == np.rint(distinct))
        if len(distinct) == 1:
            raise TableError(f"Every row has the same target, {echo(cells[0])}: there is nothing to learn.")
        if not whole or len(distinct) > min(MAX_CLASSES, len(cells) / 2):
            return numbers, ()
        return np.searchsorted(distinct, numbers).astype(np.float64), tuple(f"{value:g}" for value in distinct)
    classes = sorted(set(cells))
    if len(classes) == 1:
        raise TableError(f"Every row has the same target, {echo(cells[0])}: there is nothing to learn.")
    if len(classes) > MAX_CLASSES:
        word, line = next((cell, line) for cell, line in zip(cells, lines, strict=True) if cell in words)
        raise TableError(
            f"The last column, the target, has {len(classes):,} different values, the first word among them "
            f"{echo(word)} in line {line}; at most {MAX_CLASSES} classes are allowed."
        )
    place = {name: float(index) for index, name in enumerate(classes)}
    return np.array([place[cell] for cell in cells]), tuple(classes)


def _why(cell: str) -> str:
    if cell.lower() in _MISSING:
        return "is empty; every cell needs a number" if not cell else f"is missing ({echo(cell)})"
    if cell.lower().lstrip("+-") in _INFINITE or cell.lower().lstrip("+-") == "nan":
        return f"is {echo(cell)}, which is not a finite number"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", cell):
        return f"is {echo(cell)}; write decimals with a point"
    return f"is {echo(cell)}, which is not a number"


def _place(line: int, column: int) -> str:
    return f"Line {line}, column {column + 1}"


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
