"""Who has defaulted: told later, apart from the decisions and their chain."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("client", sa.BigInteger, nullable=False),
        sa.Column("defaulted", sa.Boolean, nullable=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("caller", sa.String(200), nullable=False),
    )
    op.create_index("outcomes_about_client", "outcomes", ["client", "caller"])
