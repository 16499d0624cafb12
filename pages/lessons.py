"""Lessons: a question that students ask, a prediction, the experiment that settles it, the answer."""

from simulator.ui import shell
from simulator.ui.lessons import board, page

view = shell.view()

lesson = page.chosen(view)
progress = page.ask(lesson, view)
choices = page.choices(lesson, progress, view)
found = board.outcome(lesson, progress.seed, choices)
page.judge(lesson, progress, found)
page.show(lesson, progress, found, board.charts(found, progress, lesson))
board.ahead(lesson, progress)
