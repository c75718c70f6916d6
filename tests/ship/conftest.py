"""What Heroku makes of the repository: its files without those of .slugignore, and Python with what serving needs."""

import pytest
from shipped import Slug


@pytest.fixture(scope="session")
def slug(tmp_path_factory):
    """The app as a platform would start it; tests leave its folder as it is."""
    return Slug(tmp_path_factory.mktemp("slug"))
