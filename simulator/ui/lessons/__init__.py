"""Lessons: a question, a prediction, the experiment that settles it, alone or before a class."""
