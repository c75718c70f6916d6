"""The WSGI application: `gunicorn app:app` serves it, by the environment's settings, see gunicorn.conf.py."""

from credit.web.wsgi import app

__all__ = ["app"]
