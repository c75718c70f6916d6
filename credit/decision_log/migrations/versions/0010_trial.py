"""Which decisions were made to try the service out, and count nowhere. All others have NULL, and keep their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("trial", sa.Boolean))
