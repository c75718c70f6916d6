"""Which decision an outcome is of: a client may have several loans.

Outcomes from before have none, and count for the newest decision about their client from before they were told.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("outcomes", sa.Column("decision", sa.BigInteger))
