"""Present: one scene at a time for a projector, turned with the arrow keys."""

from simulator.ui import cache, panels, shell
from simulator.ui.lessons import board as lessons
from simulator.ui.lessons import lecture
from simulator.ui.present import page
from simulator.ui.signal import board as signal

view = shell.view()
if view.lecturing:
    lesson, progress = lecture.stage(view)
    found = lessons.outcome(lesson, progress.seed, lesson.choices())
    lecture.tell(lesson, progress, found, lessons.charts(found, progress, lesson), view)
else:
    page.stage()
    experiment = shell.experiment()
    page.headline(cache.propagation(experiment).verdict)
    panels.show(signal.overview(experiment), key="present-charts")
