"""How gunicorn serves the app, here and on Heroku: the settings of credit/web/gunicorn_settings.py."""

from credit.web.gunicorn_settings import *  # noqa: F403 - gunicorn reads the names of this file
