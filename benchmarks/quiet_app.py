"""This project's app as the environment configures it, but without a decision log."""

from app import create_app
from credit.settings import Settings

here = Settings.from_environment()
app = create_app(here.bundle, database=None, callers=here.callers, trust_proxy=here.trust_proxy)
