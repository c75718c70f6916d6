"""Which route answered, and by which costs and review. Decisions from before have NULL, and keep their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("route", sa.String(64)))
    op.add_column("decisions", sa.Column("rule", sa.Text))
