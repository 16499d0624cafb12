"""The app without a browser, as tests/ui has it."""

from tests.ui.conftest import open_app as open_app
