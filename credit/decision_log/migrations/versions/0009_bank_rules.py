"""The bank's rules by which decisions were made, once for each state of their file."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "bank_rules", sa.Column("hash", sa.String(64), primary_key=True), sa.Column("rules", sa.Text, nullable=False)
    )
