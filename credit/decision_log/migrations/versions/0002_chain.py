"""Decisions in a hash chain, inputs as numbers; those that are there are taken along, with their ids and times."""

import os

import msgspec
import numpy as np
import sqlalchemy as sa
from alembic import op

from credit.decision_log.encoding import Columns, to_bytes
from credit.decision_log.errors import LogError
from credit.decision_log.hash_chain import START, inputs_hash, link

revision = "0002"
down_revision = "0001"

_CLIENT = "SK_ID_CURR"
_BEFORE = ("id", "time", "caller", "client", "inputs", "probability", "threshold", "decision", "model_hash")


def upgrade() -> None:
    op.drop_index("decisions_of_caller", "decisions")
    op.rename_table("decisions", "decisions_before")
    columns = op.create_table(
        "columns", sa.Column("hash", sa.String(64), primary_key=True), sa.Column("names", sa.Text, nullable=False)
    )
    decisions = op.create_table(
        "decisions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=False),
        sa.Column("time", sa.String(32), nullable=False),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("caller", sa.String(200), nullable=False),
        sa.Column("client", sa.BigInteger, nullable=False),
        sa.Column("columns", sa.String(64), sa.ForeignKey("columns.hash"), nullable=False),
        sa.Column("inputs", sa.LargeBinary),
        sa.Column("salt", sa.LargeBinary),
        sa.Column("inputs_hash", sa.String(64), nullable=False),
        sa.Column("probability", sa.Double, nullable=False),
        sa.Column("threshold", sa.Double, nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("refer", sa.Text),
        sa.Column("reasons", sa.Text),
        sa.Column("model_hash", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.create_index("decisions_of_caller", "decisions", ["caller", "id"])
    op.create_index("decisions_about_client", "decisions", ["client", "caller"])
    chain = op.create_table(
        "chain",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("decisions", sa.BigInteger, nullable=False),
        sa.Column("last", sa.BigInteger, nullable=False),
        sa.Column("head", sa.String(64), nullable=False),
    )
    connection = op.get_bind()
    count, last, head = 0, 0, START
    known: set[str] = set()
    before = sa.table("decisions_before", *map(sa.column, _BEFORE))
    for old in connection.execute(sa.select(before).order_by(before.c.id)).mappings().all():
        try:
            sent = msgspec.json.decode(old["inputs"], type=dict[str, float | bool | None])
        except msgspec.DecodeError as error:
            raise LogError(f"the inputs of decision {old['id']} are not the JSON of a client ({error})") from None
        sent.pop(_CLIENT, None)
        listed = Columns(tuple(sent))
        if listed.hash not in known:
            connection.execute(sa.insert(columns), {"hash": listed.hash, "names": listed.text})
            known.add(listed.hash)
        inputs = to_bytes(np.array([np.nan if value is None else value for value in sent.values()], dtype=np.float64))
        salt = os.urandom(16)
        row = {
            **{name: value for name, value in old.items() if name != "inputs"},
            "request": "",
            "columns": listed.hash,
            "inputs": inputs,
            "salt": salt,
            "inputs_hash": inputs_hash(salt, inputs),
            "refer": None,
            "reasons": None,
        }
        count, last, head = count + 1, old["id"], link(head, row)
        connection.execute(sa.insert(decisions), {**row, "hash": head})
    connection.execute(sa.insert(chain), {"number": 1, "decisions": count, "last": last, "head": head})
    op.drop_table("decisions_before")
