"""Published numbers, worked out again."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from simulator.studies import published
from simulator.studies.published import CLAIMS, Check

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checks() -> tuple[Check, ...]:
    told = []
    with np.errstate(all="raise"):
        found = published.check(lambda done, total: told.append((done, total)))
    assert told[-1][0] == told[-1][1] and len(told) == len(CLAIMS)
    return found


@pytest.mark.parametrize("index", range(len(CLAIMS)), ids=lambda index: CLAIMS[index].title)
def test_a_claim_agrees(checks: tuple[Check, ...], index: int) -> None:
    check = checks[index]
    assert check.claim is CLAIMS[index]
    assert len(check.found) == len(check.error) == len(check.claim.published)
    assert check.agrees, (check.found, check.off)


def test_a_wrong_print_would_be_found(checks: tuple[Check, ...]) -> None:
    for check in checks:
        printed = tuple(value + 1.5 * width for value, width in zip(check.found, check.tolerance, strict=True))
        wrong = replace(check, claim=replace(check.claim, published=printed, scatter=(0.0,)))
        if check.claim.scatter == (0.0,):
            assert not wrong.agrees
    first = checks[0]
    swapped = replace(first, claim=replace(first.claim, published=checks[2].claim.published))
    assert not swapped.agrees


def test_tolerances_tell_the_settings_of_the_course_apart(checks: tuple[Check, ...]) -> None:
    course = [check for check in checks if check.claim.table]
    assert len(course) == 5
    for one in course:
        for other in course:
            if one is not other:
                assert not replace(one, claim=replace(one.claim, published=other.claim.published)).agrees


def test_the_table_has_every_number(checks: tuple[Check, ...]) -> None:
    frame = published.table(checks)
    assert len(frame) == sum(len(claim.published) for claim in CLAIMS)
    assert frame.agrees.all()
    assert all(claim.source and claim.rule and claim.symbol for claim in CLAIMS)
