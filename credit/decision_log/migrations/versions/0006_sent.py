"""Which tables were known of the client. Decisions from before have NULL, and keep their hashes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("decisions", sa.Column("sent", sa.Text))
