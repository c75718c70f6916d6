"""How three databases write names, doubles and gaps; all else of the SQL is the same.

A number without a mark is a decimal to all three, and sums of decimals are not sums of doubles. So each double is
marked as one, with all digits that tell it from its neighbours. NaN is a gap, as NULL is, and a database takes it for
larger than all numbers.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One database.

    - ``name``: as ``--dialect`` has it
    - ``literal``: from the shortest text that reads back as the double to one in SQL
    - ``quote``: around names, doubled within them
    - ``double``: the type's name
    - ``unless_nan``: from an expression of a double to one that is NULL where that is NaN
    - ``half_even``: from an expression to one that is rounded to a whole number, a half to the even one
    - ``fence``: ends a subquery that is worked out once, and not once for each use of it
    """

    name: str
    literal: Callable[[str], str]
    quote: str
    double: str
    unless_nan: Callable[[str], str]
    half_even: Callable[[str], str]
    fence: str = ""

    def number(self, value: float) -> str:
        """A double with all its digits."""
        return self.literal(repr(float(value)))

    def identifier(self, name: str) -> str:
        """A column's or table's name, in any letters."""
        return f"{self.quote}{name.replace(self.quote, self.quote * 2)}{self.quote}"

    def column(self, name: str) -> str:
        """A column as a double, NULL where there is no number."""
        return self.unless_nan(f"CAST({self.identifier(name)} AS {self.double})")


def _duckdb_unless_nan(x: str) -> str:
    # Neither isnan() nor a comparison with NaN: over a Parquet file DuckDB 2.0 takes them for settled by statistics
    # that leave NaN out (findings/duckdb_isnan_over_parquet.sh). An infinite number is a gap here; no feature is one.
    return f"CASE WHEN {x} - {x} = 0 THEN {x} END"


DUCKDB = Dialect(
    "duckdb",
    lambda text: text if "e" in text else f"{text}e0",
    '"',
    "DOUBLE",
    _duckdb_unless_nan,
    lambda x: f"round_even({x}, 0)",
)
POSTGRESQL = Dialect(
    "postgresql",
    lambda text: f"{text}::float8",
    '"',
    "float8",
    lambda x: f"NULLIF({x}, 'NaN'::float8)",
    lambda x: f"round({x})",  # of a double: to the even one; of a numeric it would be away from 0
    "OFFSET 0",
)
SPARK = Dialect(
    "spark",
    lambda text: f"{text}D",
    "`",
    "DOUBLE",
    lambda x: f"NULLIF({x}, DOUBLE('NaN'))",
    lambda x: f"rint({x})",
)

DIALECTS = {one.name: one for one in (DUCKDB, POSTGRESQL, SPARK)}
