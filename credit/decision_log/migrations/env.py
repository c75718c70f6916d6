"""Alembic's entry: the migrations run in the transaction that ``credit.decision_log.migration`` has begun."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()
