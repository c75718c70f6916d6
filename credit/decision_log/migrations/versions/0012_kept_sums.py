"""The sums that stay of the money of reviews when inputs are erased."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

_COUNTS = ("reviews", "costed", "referred", "known", "never_known")
_MONEY = ("cost", "expected", "referred_cost", "bad", "good", "known_bad", "known_good", "known_cost")


def upgrade() -> None:
    op.create_table(
        "kept_sums",
        sa.Column("month", sa.String(7), primary_key=True),
        sa.Column("first", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in _COUNTS),
        *(sa.Column(name, sa.Double, nullable=False) for name in _MONEY),
    )
