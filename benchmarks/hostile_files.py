"""Random and hostile files, through the readers of tables, sweeps and lists of scenes: a result or a sentence."""

from __future__ import annotations

import gzip
import io
import random
import resource
import time
import traceback
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from benchmarks.hostile_values import EVIL, Attempts, noise
from simulator import tables
from simulator.figures.sweep import MOST_PANELS
from simulator.settings import SettingError
from simulator.studies.sweep.loading import axes_of, joined
from simulator.studies.training.data import of_table
from simulator.ui import uploads
from simulator.ui.present import scenes
from simulator.ui.sweep import board

LONGEST = 10.0
"""Seconds of processor time that one file may take."""

SENTENCE = 600
NAMES = (
    "table.csv", "sweep.parquet", "../../../etc/passwd", "..\\..\\x.csv", "zero\0byte.csv", "a" * 10_000 + ".csv",
    "<script>.parquet", "\u202egnp.csv", ".csv", ".parquet", "x.PARQUET", "", "two\r\nlines.csv", "%n%s.parquet",
)  # fmt: skip
CELLS = (
    "1", "0", "-1.5", "1e30", "1e31", "1e999", "9" * 400, "nan", "inf", "", "a", "=1+1", "@x", "0x1", "१", '"', "'",
)  # fmt: skip


def files(count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """So many (name, content) pairs."""
    chance = random.Random(seed)
    for _ in range(count):
        made = chance.choice(MAKERS)
        content = made(chance)
        if chance.random() < 0.3:
            content = _damaged(chance, content)
        name = "sweep.parquet" if made in (_parquet, _bomb) else "table.csv"
        yield (
            (name if chance.random() < 0.7 else chance.choice(NAMES)),
            content[: tables.MAX_BYTES + chance.choice((0, 1))],
        )


def _binary(chance: random.Random) -> bytes:
    return chance.choice((b"", b"\x89PNG", b"PK\x03\x04", b"PAR1", b"\xff\xfe")) + chance.randbytes(
        chance.randrange(5000)
    )


def _ragged(chance: random.Random) -> bytes:
    comma, end = chance.choice(",;\t|"), chance.choice(("\n", "\r\n", "\r"))
    width = chance.randrange(1, 6)
    rows = []
    for _ in range(chance.randrange(30)):
        wild = chance.random() < 0.1
        rows.append(comma.join(chance.choice(CELLS[:3] if not wild else CELLS) for _ in range(width + wild)))
    encoding = chance.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1", "utf-32"))
    return end.join(rows).encode(encoding, "replace")


def _numbers(chance: random.Random) -> bytes:
    """A good table of one sort of number, as odd as they are allowed to be."""
    cells = chance.choice((("1", "2"), ("1e30", "-1e30"), ("1e-320", "0"), ("3",), ("1e30", "1e-30", "0")))
    rows, width = chance.choice((10, 50)), chance.randrange(2, 6)
    target = chance.choice((("a", "b"), ("0", "1"), ("0.5", "1e30", "-7"), ("<b>", "é")))
    lines = [[*(chance.choice(cells) for _ in range(width)), chance.choice(target)] for _ in range(rows)]
    return "\n".join(map(",".join, lines)).encode()


def _large(chance: random.Random) -> bytes:
    """As much as is let in, of one short thing."""
    piece = chance.choice(
        (b"1,1\n", b",", b"\n", b'"', b"1", b"1,", b"a\n", b'"a\n', b" ", b"\xef\xbb\xbf", b"\r", b"x;")
    )
    return piece * (tables.MAX_BYTES // len(piece))


def _packed(chance: random.Random) -> bytes:
    """A hundred megabytes of zeros in a small archive."""
    held = io.BytesIO()
    if chance.random() < 0.5:
        return gzip.compress(bytes(10**7), 1)
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("../../table.csv", bytes(10**7))
    return held.getvalue()


def _nested(chance: random.Random) -> bytes:
    return chance.choice((b"[" * 10**5, b'{"a":' * 10**5, b"<a>" * 10**5, b"(" * 10**5, b'"' * 99_999))


def _scenes(chance: random.Random) -> bytes:
    lines = [
        f"{noise(chance)}; {chance.choice(('gain', 'widths', 'x', 'init'))}={chance.choice(EVIL)}" for _ in range(9)
    ]
    return "\n".join(chance.sample(lines, chance.randrange(10))).encode("utf-8", "surrogatepass")


def _sweep(chance: random.Random) -> dict[str, Any]:
    """The columns of a sweep's table, some of which hold something else or are missing."""
    rows = chance.choice((0, 1, 12, 12, 12))
    good: dict[str, Any] = {
        "cell": list(range(rows)), "layer": [3] * rows, "seed": [0] * rows, "quantity": ["gradient"] * rows,
        "statistic": ["decades"] * rows, "value": [0.5 * row for row in range(rows)], "log10": [0.0] * rows,
        "low": [0.0] * rows, "high": [1.0] * rows, "error": [""] * rows,
        "gain": [0.5 * (row % 4) for row in range(rows)],
        "init": ["zeros" if row % 2 else "he_normal" for row in range(rows)],
    }  # fmt: skip
    odd = ([None], [float("nan")], [1e308], [float("inf")], ["x"], ["a" * 10**5], [b"\xff"], [10**18], [True], [-1])
    odd += ([[1, 2]], [{"a": 1}], [[[[[]]]]], ["<script>"], [0.5], [2**63 - 1], [pd.Timestamp(0)])
    for _ in range(chance.choice((0, 0, 1, 1, 2, 5))):
        name = chance.choice([*good, "depth", "widths", "activation", "x" * 10**4, "", "a.b"])
        if chance.random() < 0.3:
            good.pop(name, None)
        else:
            good[name] = chance.choice(odd) * rows
    return good


def _comma_separated(chance: random.Random) -> bytes:
    return pd.DataFrame(_sweep(chance)).to_csv(index=False).encode()


def _parquet(chance: random.Random) -> bytes:
    held, kind = io.BytesIO(), chance.choice(("none", "snappy", "zstd", "gzip"))
    table = pa.table(_sweep(chance))
    if chance.random() < 0.2:
        table = table.replace_schema_metadata(
            {b"pandas": chance.choice((b"{", b"[]", b'{"index_columns": ["x"]}', b"1"))}
        )
    parquet.write_table(table, held, compression=kind, use_dictionary=chance.random() < 0.5, row_group_size=5)
    return held.getvalue()


def _bomb(chance: random.Random) -> bytes:
    """A few kilobytes that would be gigabytes: rows, columns, or one long text again and again."""
    kind = chance.randrange(3)
    rows = (3_000_000, 2, 400_000)[kind]
    columns: dict[str, Any] = {name: np.zeros(rows) for name in ("layer", "value", "log10")}
    columns |= {name: pa.array(["a"]).take(pa.array(np.zeros(rows, np.int8))) for name in ("quantity", "statistic")}
    if kind == 1:
        columns |= {f"column {place}": np.zeros(rows) for place in range(2000)}
    if kind == 2:
        columns["activation"] = pa.DictionaryArray.from_arrays(np.zeros(rows, np.int8), ["x" * 10**5])
    held = io.BytesIO()
    parquet.write_table(pa.table(columns), held, compression="zstd", store_schema=False)
    return held.getvalue()


def _damaged(chance: random.Random, content: bytes) -> bytes:
    """Some bytes are others, or the end is missing."""
    found = bytearray(content)
    for _ in range(chance.choice((1, 1, 3, 30))):
        if found:
            found[chance.randrange(len(found))] = chance.randrange(256)
    return bytes(found[: chance.randrange(len(found) + 1)] if chance.random() < 0.2 else found)


Maker = Callable[[random.Random], bytes]
_OFTEN: tuple[Maker, ...] = (_ragged, _numbers, _comma_separated, _parquet, _scenes)
_SELDOM: tuple[Maker, ...] = (_binary, _large, _packed, _nested, _bomb)
MAKERS: tuple[Maker, ...] = (*_OFTEN, *_OFTEN, *_OFTEN, *_OFTEN, *_SELDOM)


def _as_table(name: str, content: bytes) -> None:
    of_table(tables.parse(content), name)


def _as_inputs(name: str, content: bytes) -> None:
    tables.find(tables.keep(tables.parse_features(content)))


def _as_sweep(name: str, content: bytes) -> None:
    """What simulator/ui/uploads.py does with the widgets' first values."""
    frame = joined([(name, content)])
    values = {axis: of for axis, of in axes_of(frame).items() if len(of) <= uploads.MOST_VALUES}
    pairs = uploads.pairs_of(frame)
    if values and pairs:
        x, *others = values
        y, panelled = [*others, None, None][:2]
        if panelled is not None:
            values[panelled] = values[panelled][:MOST_PANELS]
        board.charts(frame, values, pairs[0], x, y, panelled, name="explored")


def _as_scenes(name: str, content: bytes) -> None:
    try:
        scenes.parse(content[: 4 * scenes.MAX_LENGTH].decode("utf-8"))
    except UnicodeDecodeError:
        raise SettingError("This file is not text (UTF-8).") from None


READERS = (_as_table, _as_inputs, _as_sweep, _as_scenes)


def run(count: int, seed: int) -> dict[str, Any]:
    """Give so many to every reader; what became of them, and the memory this process came to."""
    attempts, before = Attempts(), _peak()
    for name, content in files(count, seed):
        for reader in READERS:
            since = time.process_time()
            outcome, wrong = _judged(reader, name, content)
            took = time.process_time() - since
            about = f"{reader.__name__} {name[:40]} ({len(content):,} bytes)"
            attempts.add(outcome, wrong or (f"took {took:.1f} s" if took > LONGEST else ""), about, took)
    return attempts.report(peak_mib={"start": before, "end": _peak()})


def _judged(reader: Callable[[str, bytes], None], name: str, content: bytes) -> tuple[str, str]:
    """Whether a reader took the file, and what is wrong with how it said so."""
    try:
        reader(name, content)
    except SettingError as error:
        said = str(error)
        plain = len(said.splitlines()) == 1 and len(said) <= SENTENCE and said.endswith((".", "?"))
        return "refused", "" if plain else f"{len(said)} characters: {said[:SENTENCE]!r}"
    except Exception:
        return "raised", traceback.format_exc(limit=-4)
    return "read", ""


def _peak() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
