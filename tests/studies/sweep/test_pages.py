"""What a Parquet file grows to, by its pages: as a writer says, and whatever its summary says."""

from __future__ import annotations

import contextlib
import io
import random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from simulator.studies.sweep.pages import unpacked_bytes


def written(compression: str = "zstd", **ways: object) -> bytes:
    table = pa.table({"a": np.zeros(30_000), "b": ["x" * 50] * 30_000, "c": [None] * 30_000})
    sink = io.BytesIO()
    parquet.write_table(table, sink, compression=compression, write_statistics=False, **ways)
    return sink.getvalue()


def claimed(about: object) -> int:
    """The sum that the file's own summary gives, headers of pages included."""
    groups = [about.row_group(place) for place in range(about.num_row_groups)]  # type: ignore[attr-defined]
    return sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))


@pytest.mark.parametrize("compression", ["none", "snappy", "zstd", "gzip"])
@pytest.mark.parametrize(
    "ways", [{}, {"use_dictionary": False}, {"data_page_version": "2.0"}, {"row_group_size": 7000}]
)
def test_honest_files_are_weighed_as_their_writer_weighed_them(compression: str, ways: dict[str, object]) -> None:
    content = written(compression, **ways)
    about = parquet.read_metadata(io.BytesIO(content))
    found, told = unpacked_bytes(content, about), claimed(about)
    headers = 40 * 3 * 3 * about.num_row_groups  # at most so many bytes, which the writer counts too
    assert found <= told <= found + headers
    assert found > 30_000 or "use_dictionary" not in ways


class Chunk:
    """What a made-up summary says of a column."""

    has_dictionary_page, dictionary_page_offset = False, None

    def __init__(self, size: int) -> None:
        self.data_page_offset, self.total_compressed_size, self.total_uncompressed_size = 4, size, 1


class Summary:
    num_row_groups = num_columns = 1

    def __init__(self, size: int) -> None:
        self.chunk = Chunk(size)

    def row_group(self, group: int) -> Summary:
        return self

    def column(self, column: int) -> Chunk:
        return self.chunk


def varint(number: int) -> bytes:
    number, found = number << 1, bytearray()
    while number > 127:
        found.append(number & 127 | 128)
        number >>= 7
    return bytes([*found, number])


def page(unpacked: int, packed: int) -> bytes:
    return b"\x15\x00\x15" + varint(unpacked) + b"\x15" + varint(packed) + b"\x00" + bytes(packed)


def test_a_page_is_believed_and_not_the_summary() -> None:
    content = b"PAR1" + page(2**31 - 1, 20) + page(2**30, 5)
    assert unpacked_bytes(content, Summary(len(content) - 4)) == 2**31 - 1 + 2**30


@pytest.mark.parametrize(
    "content",
    [
        page(10, 3)[:5], b"\x15\x00\x15\x02\x00", b"\x19\xff\xff", b"\x1c" * 1000, b"\x15" + b"\xff" * 100,
        b"\x11" * 100, b"\x15\x00\x15\x01\x15\x01\x00",
    ],
)  # fmt: skip
def test_what_is_no_page_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError):
        unpacked_bytes(b"PAR1" + content, Summary(len(content)))


def test_noise_is_weighed_or_refused_at_once() -> None:
    chance = random.Random(0)
    for _ in range(300):
        content = b"PAR1" + bytes(chance.choice((0, 0x15, 0x1C, 0x18, 2, 255)) for _ in range(200))
        with contextlib.suppress(ValueError):
            assert unpacked_bytes(content, Summary(200)) >= 0
