"""A user's CSV: what is read, and the sentence for what cannot be."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.tables import LEAST_ROWS, MAX_BYTES, MAX_COLUMNS, MAX_ROWS, TableError, parse

ROWS = [f"{k}.5,{-k},{k % 2}" for k in range(12)]


def table(*changes: tuple[int, str], head: str = "a,b,kind") -> bytes:
    rows = [head, *ROWS] if head else list(ROWS)
    for line, text in changes:
        rows[line - 1] = text
    return "\n".join(rows).encode()


@pytest.mark.parametrize("head", ["a,b,kind", ""])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_table_is_read(head: str, delimiter: str, ending: str, mark: bytes) -> None:
    text = mark + table(head=head).replace(b",", delimiter.encode()).replace(b"\n", ending.encode())
    found = parse(text + ending.encode() * 2)
    assert found.names == (("a", "b", "kind") if head else ("column 1", "column 2", "column 3"))
    np.testing.assert_array_equal(found.features, [[k + 0.5, -k] for k in range(12)])
    np.testing.assert_array_equal(found.target, [k % 2 for k in range(12)])
    assert found.classes == ("0", "1")


@pytest.mark.parametrize(
    ("targets", "classes"),
    [
        (["cat", "dog"] * 6, ("cat", "dog")),
        (["3", "-1"] * 6, ("-1", "3")),
        (["0.5", "1"] * 6, ()),
        ([str(k) for k in range(12)], ()),
        (["1", "2", "many"] * 4, ("1", "2", "many")),
        (["1e0", "2.0"] * 6, ("1", "2")),
    ],
)
def test_the_last_column_says_what_it_is(targets: list[str], classes: tuple[str, ...]) -> None:
    found = parse("\n".join(f"{k},{target}" for k, target in enumerate(targets)).encode())
    assert found.classes == classes
    if classes:
        assert [classes[int(place)] for place in found.target] == [f"{float(t):g}" if t[-1] in "0123456789" else t
                                                                  for t in targets]  # fmt: skip
    else:
        np.testing.assert_array_equal(found.target, list(map(float, targets)))


def test_quotes_and_blank_lines() -> None:
    text = 'x,"the ""kind"", in words"\n\n' + "\n".join(f'"{k}","a, b"\n {k} ,c' for k in range(6))
    found = parse(text.encode())
    assert found.names == ("x", 'the "kind", in words')
    assert found.classes == ("a, b", "c")


BAD = {
    "nothing": (b"", "is empty"),
    "blank": (b" \n\n \n", "is empty"),
    "only a mark": (b"\xef\xbb\xbf", "is empty"),
    "only delimiters": (b",,\n,,\n", "is empty"),
    "one column": (b"a\n1\n2\n3", "one column"),
    "a page of text": (b"To be, or not\nto be that is\n", "Line 2 has 1 cell where the first line has 2"),
    "a word": (table((5, "3.5,red,1")), "Line 5, column 2 is 'red', which is not a number"),
    "not a number": (table((5, "nan,3,1")), "Line 5, column 1 is missing ('nan')"),
    "minus nan": (table((5, "-nan,3,1")), "not a finite number"),
    "infinite": (table((5, "3,-inf,1")), "Line 5, column 2 is '-inf', which is not a finite number"),
    "too far": (table((5, "3,1e999,1")), "beyond 1e+30"),
    "empty cell": (table((5, "3,,1")), "Line 5, column 2 is empty"),
    "empty target": (table((5, "3,3,")), "target in line 5 is empty"),
    "ragged": (table((4, "1,2,3,4")), "Line 4 has 4 cells where the first line has 3"),
    "short": (table((4, "1")), "Line 4 has 1 cell where"),
    "one row": (table(head="")[:8].split(b"\n")[0], "1 row of data"),
    "header and one row": (b"a,b,c\n1,2,3\n", "1 row of data"),
    "few rows": (b"\n".join(table().split(b"\n")[:LEAST_ROWS]), "9 rows of data"),
    "header alone": (b"a,b,c\n", "0 rows of data"),
    "formula": (table((6, "3,=SUM(A1:A3),1")), "Line 6, column 2 holds a formula, '=SUM(A1:A3)'"),
    "formula in the target": (table((6, "3,4,=A1")), "Line 6, column 3 holds a formula"),
    "command": (table((6, "3,@cmd,1")), "holds a formula"),
    "decimal comma": (table((6, "3,4,1")).replace(b",", b";").replace(b"0.5;0;0", b"0,5;0;0"), "with a point"),
    "underscore": (table((5, "1_000,3,1")), "'1_000', which is not a number"),
    "other digits": (table((5, "١,3,1")), "which is not a number"),
    "hexadecimal": (table((5, "0x10,3,1")), "which is not a number"),
    "two names alike": (table(head="a,a,kind"), "names 2 columns 'a'"),
    "same target": (b"\n".join(b"%d,1" % k for k in range(12)), "nothing to learn"),
    "same word": (b"\n".join(b"%d,one" % k for k in range(12)), "nothing to learn"),
    "too many classes": (b"\n".join(b"%d,w%d" % (k, k) for k in range(60)), "60 different values"),
    "Latin-1": ("größe,kind\n1,2".encode("latin-1"), "Line 1 has the byte 0xF6, which is not UTF-8"),
    "UTF-16": (table().decode().encode("utf-16"), "UTF-16"),
    "workbook": (b"PK\x03\x04" + bytes(100), "Excel workbook"),
    "old workbook": (b"\xd0\xcf\x11\xe0" + bytes(100), "old Excel workbook"),
    "zero bytes": (b"a,b\n1,\x002", "zero bytes"),
    "picture": (b"\x89PNG\r\n", "a picture"),
    "open quote": (table((5, '3,"4,1')), "is not CSV"),
    "huge cell": (table((5, "3," + "4" * 200_000 + ",1")), "is not CSV"),
    "too many columns": (b",".join([b"1"] * (MAX_COLUMNS + 1)), f"at most {MAX_COLUMNS}"),
    "too many rows": (b"1,2\n" * (MAX_ROWS + 1), "has 20,001 rows; at most 20,000"),
    "far too many rows": (b"a,b\n" + b"1,2\n" * (MAX_BYTES // 5), "has 419,430 rows; at most 20,000"),
    "50 MB": (b"1,2\n" * (50 * 2**20 // 4), "50.0 MB; at most 2 MB"),
    "a bit too large": (b"1" * (MAX_BYTES + 1), "at most 2 MB"),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_wrong_is_said_in_one_sentence(kind: str) -> None:
    content, words = BAD[kind]
    with pytest.raises(TableError) as caught:
        parse(content)
    sentence = str(caught.value)
    assert words in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert len(sentence) < 260


@given(st.binary(max_size=400))
def test_any_bytes_are_a_table_or_a_sentence(content: bytes) -> None:
    sentence = "."
    try:
        parse(content)
    except TableError as error:
        sentence = str(error)
    assert sentence.endswith(".")


@given(st.text(alphabet="0123456789,;\t\n\r\"'=+-.eEnaNif x", max_size=300))
def test_any_text_is_a_table_or_a_sentence(text: str) -> None:
    try:
        found = parse(text.encode())
    except TableError:
        return
    assert np.isfinite(found.features).all()
    assert np.isfinite(found.target).all()


def test_rows_beyond_the_bound_are_counted_and_not_kept() -> None:
    content = b"1,2\n" * 200_000
    tracemalloc.start()
    try:
        with pytest.raises(TableError, match="200,000 rows"):
            parse(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 20 * len(content), "A list of two cells for every four bytes would be forty times the file."
