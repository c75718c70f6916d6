"""This project's app as the environment configures it, but without a decision log."""

from credit.web.application import create_app
from credit.web.settings import Settings

app = create_app(**{**vars(Settings.from_environment()), "database": None})
