"""An index for the pages of a caller's decisions of one kind: without it SQLite reads the pages of all inputs."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_index("decisions_of_caller_decided", "decisions", ["caller", "decision", "id"])
