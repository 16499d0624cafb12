"""The page on trust without a browser: what is printed, and the verdict once it is worked out."""

from __future__ import annotations

import numpy as np

from simulator.studies import published
from simulator.studies.published import CLAIMS, Check

PAGE = "pages/trust.py"


def printed(progress) -> tuple[Check, ...]:
    """The numbers as they are printed, but for the last claim's."""
    numbers = [np.array(claim.published) for claim in CLAIMS]
    numbers[-1] = numbers[-1] * 2
    return tuple(Check(claim, found, np.full(len(found), 1e-6)) for claim, found in zip(CLAIMS, numbers, strict=True))


def test_it_is_worked_out_by_itself_after_the_page_is_there(open_app, monkeypatch) -> None:
    seen: list[int] = []

    def work(progress) -> tuple[Check, ...]:
        seen.append(1)
        return printed(progress)

    monkeypatch.setattr(published, "check", work)
    app = open_app(PAGE)
    assert not app.exception and seen == [1]
    assert app.says(f"{len(CLAIMS)} claims") and app.says("about")
    assert [figure["name"] for figure in app.charts] == ["published", "offsets"]
    assert app.says(f"{len(CLAIMS) - 1} of {len(CLAIMS)} claims agree; not number {len(CLAIMS)}")
    (table,) = [sentence for sentence in app.sentences if 'class="results"' in sentence]
    assert table.count("not yet") == 0
    assert table.count("</span>differs</td>") == 1
    assert table.count('class="holds"') == len(CLAIMS) - 1
    assert all(claim.source in table.replace("&amp;", "&") for claim in CLAIMS)
    app.run()
    assert seen == [1], "Once a server."
