"""How sure probabilities were. Decisions from before have NULL, and keep their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("interval", sa.Text))
