"""Lessons: a question that students ask, a prediction, the experiment that settles it, the answer."""

from simulator.ui import shell
from simulator.ui.lessons import board
from simulator.ui.lessons import page as lessons

view = shell.view()

lesson = lessons.chosen(view)
progress = lessons.ask(lesson, view)
choices = lessons.choices(lesson, progress, view)
found = board.found(lesson, progress.seed, choices)
lessons.judge(lesson, progress, found)
lessons.show(lesson, progress, found, board.charts(found, progress, lesson))
board.ahead(lesson, progress)
