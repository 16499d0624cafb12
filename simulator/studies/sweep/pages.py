"""The size a Parquet file grows to: a few bytes may stand for gigabytes, and its own summary may say what it likes."""

from __future__ import annotations

from typing import Any

MOST_PAGES = 20_000
_DEEPEST, _LAST_FIELD = 8, 32

# Types of Thrift's compact protocol, those that a page's header has; booleans, bytes and doubles by their bytes.
_INTEGERS, _BINARY, _STRUCT = (4, 5, 6), 8, 12
_SIZES = {1: 0, 2: 0, 3: 1, 7: 8}

_UNPACKED, _PACKED = 2, 3
"""Fields of a page's header: its sizes in bytes, as the reader will take them."""


def unpacked_bytes(content: bytes, about: Any) -> int:
    """The bytes that all pages of a file with this metadata unpack to, by the pages' own headers; raises ValueError.

    Headers: Apache Parquet format, parquet.thrift, struct PageHeader.
    """
    total = count = 0
    for group in range(about.num_row_groups):
        for column in range(about.num_columns):
            chunk = about.row_group(group).column(column)
            place = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < (chunk.dictionary_page_offset or 0) < place:
                place = chunk.dictionary_page_offset
            end = place + chunk.total_compressed_size
            if not 0 < place <= end <= len(content):
                raise ValueError("a column lies outside of the file")
            while place < end:
                sizes, place = _struct(content, place, _DEEPEST)
                if min(sizes.get(_PACKED, -1), sizes.get(_UNPACKED, -1)) < 0:
                    raise ValueError("a page without a size")
                place += sizes[_PACKED]
                total += sizes[_UNPACKED]
                count += 1
                if count > MOST_PAGES:
                    raise ValueError("too many pages")
    return total


def _struct(content: bytes, place: int, deep: int) -> tuple[dict[int, int], int]:
    """The whole numbers of a struct by field, and where it ends."""
    fields: dict[int, int] = {}
    field = 0
    while byte := _at(content, place):
        before, kind = field, byte & 15
        field, place = (field + (byte >> 4), place + 1) if byte >> 4 else _integer(content, place + 1)
        if not before < field <= _LAST_FIELD or deep == 0:
            raise ValueError("no page's header")
        if kind in _INTEGERS:
            fields[field], place = _integer(content, place)
        elif kind == _BINARY:
            size, place = _varint(content, place)
            place += size
        elif kind == _STRUCT:
            _, place = _struct(content, place, deep - 1)
        elif kind in _SIZES:
            place += _SIZES[kind]
        else:
            raise ValueError("no page's header")
    return fields, place + 1


def _integer(content: bytes, place: int) -> tuple[int, int]:
    number, place = _varint(content, place)
    return (number >> 1) ^ -(number & 1), place


def _varint(content: bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while shift < 70:
        byte = _at(content, place)
        number |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return number, place
    raise ValueError("a number without an end")


def _at(content: bytes, place: int) -> int:
    if place >= len(content):
        raise ValueError("a page beyond the end of the file")
    return content[place]
