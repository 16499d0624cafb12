"""Lessons: a question that students ask, a prediction, the experiment that settles it, the answer."""

from simulator.ui import lessons, panels, shell
from simulator.ui.boards import lessons as board

view = shell.view()

lesson = lessons.chosen(view)
progress = lessons.ask(lesson, view)
choices = lessons.choices(lesson, progress)
found = board.found(lesson, progress.seed, choices)
lessons.judge(lesson, progress, found)
if not lessons.drawing(lesson, progress, found[1]):
    charts = board.charts(found, progress, lesson)
    panels.show(charts, key="lesson-charts", columns=len(charts))
lessons.answer(lesson, progress, view)
