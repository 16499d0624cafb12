"""Every lesson's claim for ten seeds of all that its controls offer, and what every lesson must have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from simulator.figures import Figure
from simulator.lessons import LESSONS, ORDER, Lesson, run
from simulator.settings import SettingError, Value
from simulator.ui import shell
from simulator.ui.view import View

SEEDS, FEWER = range(10), range(3)
each = pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)


def choices(lesson: Lesson) -> Iterator[dict[str, Value]]:
    """Every combination of what a lesson's controls offer, its own start first."""
    offered = [(control.start, *(value for value in control.values if value != control.start))
               for control in lesson.controls]  # fmt: skip
    names = [control.name for control in lesson.controls]
    return (dict(zip(names, values, strict=True)) for values in product(*offered))


WALK = [pytest.param(lesson, one, id=f"{slug} {one}") for slug, lesson in LESSONS.items() for one in choices(lesson)]


@pytest.mark.parametrize(("lesson", "chosen"), WALK)
def test_a_claim_holds_for_all_that_is_offered(lesson: Lesson, chosen: dict[str, Value]) -> None:
    """For ten seeds as it opens, for three of everything else."""
    answers = set()
    for seed in SEEDS if chosen == lesson.choices() else FEWER:
        numbers, figures = lesson.run(seed, **chosen)
        assert lesson.holds(numbers), f"{lesson.claim} Seed {seed}: {dict(numbers)}"
        answers.add(lesson.right(numbers))
        told = lesson.sentence(numbers)
        assert "{" not in told and not re.search(r"\bnan\b|\binf\b", told), told
        assert all(isinstance(figure, Figure) and figure["data"] for figure in figures)
        if not lesson.chance:
            break
    assert len(answers) == 1, "The right answer is no matter of chance."
    assert answers <= set(lesson.options)
    wrong = [dict(numbers) | {name: 3 * value + 1} for name, value in numbers.items() if name not in chosen]
    assert not all(lesson.holds(other) for other in wrong), "A claim that other numbers meet too says nothing."


@each
def test_a_lesson_is_complete(lesson: Lesson) -> None:
    assert lesson.title.endswith("?")
    assert lesson.question and lesson.answer and lesson.source and lesson.formula and lesson.claim.endswith(".")
    assert len(set(lesson.options)) == len(lesson.options) >= 2
    assert lesson.page in {row.address for row in shell.PAGES}
    assert lesson.experiment  # its settings can be used
    assert View(**lesson.view)
    assert len(lesson.controls) <= 2, "A few controls."
    assert lesson.text is None or len(lesson.text.own.split()) <= 14, "Quote a few words only."
    names = [figure.name for figure in lesson.run(0, **lesson.choices())[1]]
    assert len(set(names)) == len(names)


@pytest.mark.slow
def test_the_right_answer_has_no_place_of_its_own() -> None:
    """Options in an order of their own keep it; whoever always takes the same place is right a third of the time."""
    places = [lesson.options.index(lesson.right(lesson.run(0, **lesson.choices())[0])) for lesson in LESSONS.values()]
    assert max(places.count(place) for place in range(4)) <= len(places) / 2
    for lesson in LESSONS.values():
        orders = {lesson.shuffled(str(seed)) for seed in range(40)}
        assert all(sorted(order) == sorted(lesson.options) for order in orders)
        assert len(orders) == 1 if lesson.scale else len({order[0] for order in orders}) == len(lesson.options)
        assert lesson.shuffled("ABCD") == lesson.shuffled("ABCD"), "A class sees one order."


def test_the_lessons_make_a_lecture() -> None:
    lessons = list(LESSONS.values())
    assert [lesson.number for lesson in lessons] == list(range(1, len(lessons) + 1))
    assert sum(lesson.minutes for lesson in lessons) <= 60, "A lecture lasts an hour at most."
    assert len({lesson.title for lesson in lessons}) == len(lessons)


def test_every_lesson_is_one_file_and_one_row() -> None:
    import simulator.lessons as package

    files = {path.stem for path in Path(package.__file__).parent.glob("*.py")} - {
        "__init__",
        "lesson",
        "networks",
        "sketch",
    }
    rows = [name for names in ORDER.values() for name in names]
    assert sorted(files) == sorted(rows)
    assert [lesson.slug.replace("-", "_") for lesson in LESSONS.values()] == rows


def test_a_seed_gives_the_same_numbers_again() -> None:
    wanted = (("depth", 10), ("width", 64))
    assert run("target", 3, wanted)[0] == run("target", 3, wanted)[0]
    assert run("target", 3, wanted)[0] != run("target", 4, wanted)[0]


def test_a_link_names_a_lesson_that_exists() -> None:
    assert View().lesson == next(iter(LESSONS))
    with pytest.raises(SettingError, match=r"View\.lesson must be one of .* Did you mean 'target'\?"):
        View(lesson="targt")
