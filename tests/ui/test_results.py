"""The table of results: every cell bears its column's title, and nothing in it is markup."""

from __future__ import annotations

import pytest

from simulator.ui import results


def made(monkeypatch: pytest.MonkeyPatch, *rows: results.Row) -> str:
    shown: list[str] = []
    monkeypatch.setattr(results.st, "html", shown.append)
    results.table(("network", "Var x_L", "outcome"), rows)
    return shown[0]


def test_a_cell_bears_the_title_of_its_column(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made(monkeypatch, results.Row("one", ("1.2e-05", "holds"), tone="holds"))
    assert '<span class="of">Var x<sub>L</sub></span>1.2·10<sup>−5</sup></td>' in table
    assert '<tr class="holds"><th scope="row">one</th>' in table
    assert table.count("<tr") == 2, "no line for a remark that is not there"


def test_a_remark_spans_the_row_and_text_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    table = made(monkeypatch, results.Row("<b>", ("<i>", "&"), remark="<u>"))
    assert '<td colspan="3">&lt;u&gt;</td>' in table
    assert "<b>" not in table and "<i>" not in table


def test_a_cell_too_few_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="zip"):
        made(monkeypatch, results.Row("one", ("1",)))
