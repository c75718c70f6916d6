"""Answers that are kept for a day, for requests that are sent again under the same Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "kept_answers",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("request", sa.String(64)),
        sa.Column("content", sa.LargeBinary),
        sa.Column("headers", sa.Text),
        sa.Column("first", sa.BigInteger),
        sa.Column("last", sa.BigInteger),
    )
    op.create_index("kept_answers_by_time", "kept_answers", ["time"])
