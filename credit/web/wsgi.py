"""The WSGI application with the environment's settings: what a server loads, and no other module imports."""

from credit.web.application import create_app
from credit.web.settings import Settings

app = create_app(**vars(Settings.from_environment()))
