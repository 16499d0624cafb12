"""The page Lessons without a browser: prediction first, then the answer, and the way to the lab."""

from __future__ import annotations

import html

import pytest

from simulator.lessons import LESSONS, SHORT
from simulator.ui import sitemap
from simulator.ui.lessons import lecture

PAGE = "pages/lessons.py"


def menu(app) -> str:
    """What the list of lessons is called."""
    return next(one.proto.popover.label for one in app.get("popover") if "done" in one.proto.popover.label)


@pytest.mark.parametrize("slug", LESSONS)
def test_every_lesson_asks_first_and_shows_then(open_app, slug: str) -> None:
    app = open_app(PAGE, lesson=slug)
    assert not app.exception and not app.warning
    assert all(figure["name"].endswith("-veiled") for figure in app.charts)
    pads = [one for one in app.get("bidi_component") if one.proto.id.endswith("-sketch-pad")]
    assert bool(pads) != bool(app.charts), "A frame without numbers, or a place to draw in."
    assert not app.says("Why</h2>") and not app.says("Source:")
    app.button(key="show-me").click().run()
    assert not app.exception and not app.warning
    assert app.charts and not any(figure["name"].endswith("-veiled") for figure in app.charts)
    assert all(figure["data"] and figure["alt"] and figure["caption"] for figure in app.charts)
    assert app.says("Why</h2>") and app.says("Source:") and app.says("It is: ")
    assert app.link == ({} if slug == next(iter(LESSONS)) else {"lesson": slug})


@pytest.mark.parametrize(("place", "words"), [(0, "Right: vanish."), (1, "Not quite. You said: hold. It is: vanish.")])
def test_a_prediction_is_judged_by_the_numbers(open_app, place: int, words: str) -> None:
    app = open_app(PAGE, lesson="target")
    app.button(key=f"guess-{place}").click().run()
    assert app.says(words)


@pytest.mark.slow
def test_other_settings_are_not_what_was_predicted(open_app) -> None:
    app = open_app(PAGE, lesson="narrow")
    app.button(key="guess-1").click().run()
    assert app.says("You said: hold. It is: vanish.")
    app.move("chosen-lesson-narrow-width", 128)
    assert app.says("With these settings: hold.")
    app.button(key="turn-next").click().run()
    app.button(key="turn-previous").click().run()
    assert app.slide("lesson-narrow-width").text == "128", "A lesson is found as it was left."


def test_progress_is_kept_in_the_session(open_app) -> None:
    app = open_app(PAGE)
    app.button(key="guess-2").click().run()
    app.button(key="turn-next").click().run()
    assert app.link["lesson"] == list(LESSONS)[1]
    assert menu(app) == f"All lessons: 1 of {len(LESSONS)} done"
    assert menu(open_app(PAGE)) == f"All lessons: 0 of {len(LESSONS)} done"


def test_drawing_again_takes_other_random_numbers(open_app) -> None:
    app = open_app(PAGE, lesson="signs")
    app.button(key="show-me").click().run()
    before = app.charts[0]["data"]
    app.button(key="draw-again").click().run()
    assert app.charts[0]["data"] != before


@pytest.mark.parametrize("slug", ["defaults", "goldilocks"])
def test_a_lesson_opens_in_the_lab(open_app, slug: str) -> None:
    app = open_app(PAGE, lesson=slug)
    lesson = LESSONS[slug]
    app.button(key="open-lab").click().run()
    assert not app.exception
    wanted = lesson.experiment.params() | {name: str(value) for name, value in lesson.view.items()}
    assert wanted.items() <= app.link.items()
    assert not any(figure["name"].endswith("-veiled") for figure in app.charts)


def test_the_lessons_are_presented_as_lessons(open_app) -> None:
    """Question, answer, why, next question: each by the same key, and back by the other."""
    lesson, after = LESSONS["target"], LESSONS["gates"]
    app = open_app("pages/present.py", play="lessons", scene=str(lecture.STEPS * (lesson.number - 1) + 1))
    assert app.says(lesson.title) and app.says("<li") and not app.says('class="right"') and not app.charts
    app.button(key="turn-Right").click().run()
    assert app.says('<li class="right">Vanish</li>') and len(app.charts) == 2 and not app.says("Why</h2>")
    app.button(key="turn-PageDown").click().run()
    assert app.says("Why</h2>") and [figure["name"] for figure in app.charts] == ["signal"]
    app.button(key="turn-Right").click().run()
    assert app.says(html.escape(after.title)) and app.link["lesson"] == after.slug and not app.charts
    app.button(key="turn-Left").click().run()
    assert app.says("Why</h2>") and app.link["lesson"] == lesson.slug
    assert not app.exception


def test_the_lessons_lead_to_the_projector_and_back(open_app) -> None:
    app = open_app(PAGE)
    app.button(key="lessons-present").click().run()
    assert not app.exception
    assert app.link["play"] == "lessons"
    assert app.says(html.escape(next(iter(LESSONS.values())).title))
    app.button(key="turn-Left")
    app.button(key="present-leave").click().run()
    assert [one for one in app.button if one.key == "show-me"], "Where the lessons are."


def test_a_wrong_lesson_in_a_link_is_told(open_app) -> None:
    app = open_app(PAGE, lesson="nothing")
    assert not app.exception
    assert "Lesson must be one of" in app.warning[0].value.replace("\\", "")


def test_the_page_is_where_a_class_looks_for_it() -> None:
    places = [row.address for row in sitemap.PAGES if row.section == sitemap.LEARN]
    assert places.index("lessons") < places.index("present")


def test_the_short_path_is_part_of_the_lessons() -> None:
    assert len(SHORT) == len(set(SHORT)) == 8 and set(SHORT) <= set(LESSONS)
    numbers = [LESSONS[slug].number for slug in SHORT]
    assert numbers == sorted(numbers)
