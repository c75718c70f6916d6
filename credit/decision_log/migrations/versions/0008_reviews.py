"""What people decide: reviews in the chain of the decisions, and beside it the queue of the open cases.

The queue is filled from the log, whichever program wrote it: ``case_queue`` says how far it has been read.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def _number() -> sa.types.TypeEngine[int]:
    return sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    op.create_table(
        "reviews",
        sa.Column("id", _number(), primary_key=True, autoincrement=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("decision", sa.BigInteger, sa.ForeignKey("decisions.id"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(20)),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("reviews_of_decision", "reviews", ["decision", "id"])
    op.create_table(
        "open_cases",
        sa.Column("decision", _number(), primary_key=True, autoincrement=False),
        sa.Column("opened", sa.String(32), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rank", sa.Double, nullable=False),
    )
    op.create_index("open_cases_by_time", "open_cases", ["opened", "decision"])
    op.create_index("open_cases_by_rank", "open_cases", ["rank", "decision"])
    queue = op.create_table(
        "case_queue",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("upto", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(queue, [{"number": 1, "upto": 0}])
    referred = sa.text("decision = 'refer'")
    op.create_index("decisions_referred", "decisions", ["id"], sqlite_where=referred, postgresql_where=referred)
