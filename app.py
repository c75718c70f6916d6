"""The WSGI application: `gunicorn app:app` serves it, by the environment's settings, see gunicorn.conf.py."""

from credit.web.application import create_app
from credit.web.settings import Settings

app = create_app(**vars(Settings.from_environment()))
