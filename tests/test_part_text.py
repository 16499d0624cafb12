"""Text of parts, lists and assignments: it reads back, brackets nest, and no text takes long."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import part_text
from tests.waiting import thread_seconds

NAMES = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
PLAIN = st.text("abh0.5*+-/=|; ", max_size=6).map(str.strip)
WHOLE = st.recursive(
    PLAIN.filter(lambda text: "|" not in text and ";" not in text),
    lambda inner: st.tuples(NAMES, st.lists(inner, min_size=1, max_size=3)).map(lambda p: f"{p[0]}({', '.join(p[1])})"),
    max_leaves=8,
)
PARTS = st.tuples(NAMES, st.dictionaries(NAMES, WHOLE, max_size=3))


def text_of(part: tuple[str, dict[str, str]]) -> str:
    name, given = part
    return f"{name}({', '.join(f'{key}={value}' for key, value in given.items())})" if given else name


@given(PARTS)
def test_a_part_reads_back(part: tuple[str, dict[str, str]]) -> None:
    assert part_text.part(text_of(part)) == part
    assert part_text.part(f"  {text_of(part)} ") == part
    assert all(part_text.whole(value) for value in part[1].values())


@given(st.lists(PARTS, min_size=1, max_size=5), st.sampled_from([",", ";", "|"]))
def test_parts_are_one_piece_each_whatever_their_brackets_hold(
    parts: list[tuple[str, dict[str, str]]], sep: str
) -> None:
    texts = [text_of(part) for part in parts]
    assert part_text.split(sep.join(texts), sep) == texts


@given(st.lists(st.tuples(PARTS.map(text_of), st.integers(1, 40)), min_size=1, max_size=6))
def test_a_list_reads_back_and_is_as_short_as_can_be(entries: list[tuple[str, int]]) -> None:
    runs = part_text.merged(entries)
    text = part_text.listed(runs)
    assert part_text.runs(text) == runs
    spelled = " | ".join(entry for entry, count in entries for _ in range(count))
    assert part_text.runs(spelled) == runs
    assert len(text) <= len(spelled)
    assert all(one[0] != other[0] for one, other in pairwise(runs))


@given(NAMES, st.lists(WHOLE.filter(bool), min_size=1, max_size=4), st.sampled_from([",", " | ", ";", ""]))
def test_an_assignment_reads_back_from_among_others(name: str, values: list[str], sep: str) -> None:
    value = sep.join(values)
    if "=" in name:
        return
    text = part_text.assigned(name, value)
    assert part_text.assignment(text) == (name, value.strip())
    for around in (",", "|", ";"):
        assert part_text.split(f"gain=2{around}{text}{around}depth=3", around) == ["gain=2", text, "depth=3"]


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("formula(expression=maximum(h, 0))", ("formula", {"expression": "maximum(h, 0)"})),
        ("f(a=(1), b=g(h(i, j), k=2), )", ("f", {"a": "(1)", "b": "g(h(i, j), k=2)"})),
        ("f()", ("f", {})),
        ("f", ("f", {})),
        ("f(a=1", None),
        ("f(a=1))", None),
        ("f(a=1)(b=2)", None),
        ("f(a=1) g", None),
        ("f(a=(1)", None),
        ("f(a=1, a=2)", None),
        ("f(1)", None),
        ("f(=1)", None),
        ("2f", None),
        ("", None),
    ],
)
def test_what_a_part_looks_like(text: str, part: object) -> None:
    assert part_text.part(text) == part


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("tanh*3 | relu*6 | linear", (("tanh", 3), ("relu", 6), ("linear", 1))),
        ("tanh|tanh *2", (("tanh", 3),)),
        ("formula(expression=h*3)", (("formula(expression=h*3)", 1),)),
        ("formula(expression=h | h)*3", (("formula(expression=h | h)", 3),)),
        ("1e-3*9|0.01", (("1e-3", 9), ("0.01", 1))),
        ("tanh|", None),
        ("tanh*0", None),
        ("*3", None),
        ("", None),
    ],
)
def test_what_a_list_looks_like(text: str, runs: object) -> None:
    assert part_text.runs(text) == runs


def test_a_bracket_without_a_partner_is_a_letter() -> None:
    assert part_text.split("a) first | b (see | c", "|") == ["a) first ", " b (see ", " c"]
    assert not part_text.whole("maximum(h")
    assert not part_text.whole("h, 0")


HOSTILE = ["(" * 9999, ")" * 9999, "()" * 5000, "a" + " " * 9999 + "x", "a(" * 5000, "a(b=" * 2500, "|" * 9999,
           "*" * 9999, "9" * 9999, "=" * 9999, "," * 9999, "a(" + ")" * 9999 + "x", "a*1|" * 2500]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:4])
def test_time_grows_with_the_length_of_a_text_and_not_with_its_square(text: str) -> None:
    """Twenty times the text may take a hundred times as long on this thread, not the 400 times of its square."""
    asked: list[Callable[[str], object]] = [part_text.part, part_text.runs, part_text.whole, part_text.assignment]
    asked.append(lambda given: part_text.split(given, "|,"))
    for ask in asked:
        short, long = text[:500], text[:500] * 20
        spent = [
            min(thread_seconds(lambda ask=ask, given=given: ask(given)) for _ in range(5)) for given in (short, long)
        ]
        assert spent[1] < 100 * spent[0] + 0.005, ask
