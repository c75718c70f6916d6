"""The tables of a bank as other programs write them: each function reads Parquet tables and fills another folder."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from credit.tables import TABLES, TARGET

Write = Callable[[Path, Path], None]
Table = pa.Table


def parquet(change: Callable[[str, Table], Table]) -> Write:
    """Parquet files whose tables are changed, the name of each in hand."""

    def write(bank: Path, out: Path) -> None:
        for name in TABLES:
            pq.write_table(change(name, pq.read_table(bank / f"{name}.parquet")), out / f"{name}.parquet")

    return write


def columns(wanted: Callable[[pa.Field], bool], change: Callable[[pa.ChunkedArray], pa.Array]) -> Write:
    """Parquet files in which some columns have another type."""

    def changed(name: str, table: Table) -> Table:
        for place, field in enumerate(table.schema):
            if wanted(field):
                table = table.set_column(place, field.name, change(table[field.name]))
        return table

    return parquet(changed)


def _whole(field: pa.Field) -> bool:
    return pa.types.is_integer(field.type)


def _text(field: pa.Field) -> bool:
    return pa.types.is_string(field.type) or pa.types.is_large_string(field.type)


def _float(field: pa.Field) -> bool:
    return pa.types.is_floating(field.type)


def _narrowest(column: pa.ChunkedArray) -> pa.ChunkedArray:
    for kind in (pa.int8(), pa.uint8(), pa.int16(), pa.uint16(), pa.int32(), pa.uint32()):
        try:
            return column.cast(kind)
        except pa.ArrowInvalid:
            continue
    return column


def _yes_no(name: str, table: Table) -> Table:
    """TARGET as true and false, Y and N as 1 and 0, as after a mapping in pandas."""
    for place, field in enumerate(table.schema):
        if field.name == TARGET or field.name.startswith(("FLAG_DOCUMENT_", "NFLAG_")):
            table = table.set_column(place, field.name, table[field.name].cast(pa.bool_()))
        if field.name in ("FLAG_OWN_CAR", "FLAG_OWN_REALTY"):
            table = table.set_column(place, field.name, pc.equal(table[field.name], "Y").cast(pa.int64()))
        if field.name == "FLAG_LAST_APPL_PER_CONTRACT":
            table = table.set_column(place, field.name, pc.equal(table[field.name], "Y"))
    return table


def _pandas_index(name: str, table: Table) -> Table:
    frame = table.to_pandas()
    frame.index = frame.index[::-1]
    return pa.Table.from_pandas(frame)


def _gaps_alone(name: str, table: Table) -> Table:
    if not name.startswith("application"):
        return table
    place = table.column_names.index("FONDKAPREMONT_MODE")
    return table.set_column(place, "FONDKAPREMONT_MODE", pa.nulls(table.num_rows))


PARQUET: dict[str, Write] = {
    "whole numbers as floats": columns(_whole, lambda column: column.cast(pa.float64())),
    "narrow and unsigned": columns(_whole, _narrowest),
    "unsigned 64 bits": columns(lambda field: field.name.startswith("SK_ID"), lambda one: one.cast(pa.uint64())),
    "decimals": columns(_whole, lambda column: column.cast(pa.decimal128(21, 2))),
    "flags": parquet(_yes_no),
    "dictionaries": columns(_text, lambda column: column.cast(pa.string()).dictionary_encode()),
    "large strings": columns(_text, lambda column: column.cast(pa.large_string())),
    "string views": columns(_text, lambda column: column.cast(pa.string_view())),
    "texts as bytes": columns(_text, lambda column: column.cast(pa.binary())),
    "gaps as NaN": columns(_float, lambda column: pc.fill_null(column, float("nan"))),
    "keys as texts": columns(lambda field: field.name.startswith("SK_ID"), lambda one: one.cast(pa.string())),
    "a pandas index": parquet(_pandas_index),
    "an unnamed column": parquet(lambda _, table: table.add_column(0, "Unnamed: 0", pa.array(range(table.num_rows)))),
    "columns reversed": parquet(lambda _, table: table.select(table.column_names[::-1])),
    "names in small letters": parquet(lambda _, table: table.rename_columns([n.lower() for n in table.column_names])),
}

#: Forms that lose the texts of a column, so that not all values are those of the bank.
PARQUET_LOST: dict[str, Write] = {"a text column of gaps alone": parquet(_gaps_alone)}


def comma_separated(
    field: Callable[[str, str], str] = lambda name, text: text,
    header: Callable[[str], str] = lambda name: name,
    quoting: int = csv.QUOTE_MINIMAL,
    index: str | None = None,
    turned: bool = False,
) -> Write:
    """CSV files whose fields (``name``, ``text``) and header are changed; gaps are empty before."""

    def write(bank: Path, out: Path) -> None:
        for name in TABLES:
            frame = pl.read_parquet(bank / f"{name}.parquet")
            names = frame.columns[::-1] if turned else frame.columns
            with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file, quoting=quoting, lineterminator="\n")
                writer.writerow([*([] if index is None else [index]), *map(header, names)])
                for number, row in enumerate(frame.select(names).iter_rows()):
                    texts = ["" if value is None else str(value) for value in row]
                    changed = [field(column, text) for column, text in zip(names, texts, strict=True)]
                    writer.writerow([*([] if index is None else [number]), *changed])

    return write


KINDS = {column.name: column.kind for table in TABLES.values() for column in table.columns}


def _point(name: str, text: str) -> str:
    return f"{text}.0" if KINDS[name] == "integer" else text


def _exponent(name: str, text: str) -> str:
    return f"{float(text):.15e}" if KINDS[name] != "text" and text and not name.startswith("SK_ID") else text


def _words(name: str, text: str) -> str:
    if text in ("0", "1") and (name == TARGET or name.startswith(("FLAG_", "NFLAG_"))):
        return str(text == "1")
    if text in ("N", "Y") and name.startswith("FLAG_OWN_"):
        return "true" if text == "Y" else "false"
    return text


def gaps(word: str) -> Write:
    """CSV files with a word for every gap."""
    return comma_separated(lambda _, text: text or word)


CSV: dict[str, Write] = {
    "as it is": comma_separated(),
    "whole numbers with a point": comma_separated(_point),
    "two decimals": comma_separated(lambda name, text: f"{text}.00" if KINDS[name] == "integer" else text),
    "exponents": comma_separated(_exponent),
    "true and false": comma_separated(_words),
    "plus signs": comma_separated(
        lambda name, text: f"+{text}" if KINDS[name] != "text" and text[:1].isdigit() else text
    ),
    "all in quotes": comma_separated(quoting=csv.QUOTE_ALL),
    "an unnamed column": comma_separated(index="Unnamed: 0"),
    "a column without a name": comma_separated(index=""),
    "an index": comma_separated(index="index"),
    "columns turned round": comma_separated(turned=True),
    "names in small letters": comma_separated(header=str.lower),
    "blanks around names": comma_separated(header=lambda name: f"{name} "),
    **{f"gaps as {word}": gaps(word) for word in ("NA", "NULL", "\\N", "NaN", "NAN", "None", "#N/A", ".", "-")},
    "texts in small letters": comma_separated(lambda name, text: text.lower() if KINDS[name] == "text" else text),
    "blanks around texts": comma_separated(
        lambda name, text: f"\t{text} " if KINDS[name] == "text" and text and len(text) > 1 else text
    ),
}


def parts(divide: Callable[[str, pl.DataFrame, Path], None]) -> Write:
    """Parquet files, but for bureau and previous_application, which are folders."""

    def write(bank: Path, out: Path) -> None:
        for name in TABLES:
            frame = pl.read_parquet(bank / f"{name}.parquet")
            if name in ("bureau", "previous_application"):
                divide(name, frame, out / f"{name}.parquet")
            else:
                frame.write_parquet(out / f"{name}.parquet")

    return write


def _halves(frame: pl.DataFrame) -> list[pl.DataFrame]:
    half = frame.height // 2
    return [frame[:half], frame[half:]]


def _of_spark(name: str, frame: pl.DataFrame, folder: Path) -> None:
    folder.mkdir()
    for number, part in enumerate(_halves(frame)):
        part.write_parquet(folder / f"part-0000{number}-0f.c000.snappy.parquet")
        (folder / f".part-0000{number}-0f.c000.snappy.parquet.crc").write_bytes(b"crc\0\0\1")
    (folder / "_SUCCESS").touch()


def _of_days(name: str, frame: pl.DataFrame, folder: Path) -> None:
    for day, part in zip(("2026-05-01", "2026-05-02"), _halves(frame), strict=True):
        (folder / f"ingestion_date={day}").mkdir(parents=True)
        part.write_parquet(folder / f"ingestion_date={day}" / "part-0.parquet")


def _of_a_column(name: str, frame: pl.DataFrame, folder: Path) -> None:
    """By a text column that features need: it stands in the folders' names, coded as a part of an address."""
    column = {"bureau": "CREDIT_TYPE", "previous_application": "NAME_GOODS_CATEGORY"}[name]
    for (value,), part in frame.group_by(column, maintain_order=True):
        coded = "__HIVE_DEFAULT_PARTITION__" if value is None else str(value).replace("/", "%2F").replace(" ", "%20")
        inside = folder / f"{column}={coded}"
        inside.mkdir(parents=True)
        part.drop(column).write_parquet(inside / "part-0.parquet")


def _of_types(name: str, frame: pl.DataFrame, folder: Path) -> None:
    """Parts whose columns have other types and another order, as when gaps came in between."""
    folder.mkdir()
    first, second = _halves(frame)
    first.write_parquet(folder / "part-0.parquet")
    wider = second.with_columns(pl.col(pl.Int64).cast(pl.Float64))
    wider.select(wider.columns[::-1]).write_parquet(folder / "part-1.parquet")


def _of_csv(name: str, frame: pl.DataFrame, folder: Path) -> None:
    place = folder.with_suffix(".csv")
    place.mkdir()
    for number, part in enumerate(_halves(frame)):
        part.write_csv(place / f"part-{number}.csv")


def _bare(name: str, frame: pl.DataFrame, folder: Path) -> None:
    _of_spark(name, frame, folder.with_suffix(""))


FOLDERS: dict[str, Write] = {
    "parts of Spark": parts(_of_spark),
    "folders by day": parts(_of_days),
    "folders by a needed column": parts(_of_a_column),
    "parts of other types": parts(_of_types),
    "parts of CSV": parts(_of_csv),
    "a folder without an ending": parts(_bare),
}

#: Every form that loses nothing.
ALIKE: dict[str, Write] = {
    **{f"Parquet: {name}": write for name, write in PARQUET.items()},
    **{f"CSV: {name}": write for name, write in CSV.items()},
    **{f"folders: {name}": write for name, write in FOLDERS.items()},
}


def packed(bank: Path, archive: Path) -> None:
    """The tables as one zip archive, as they are downloaded."""
    with zipfile.ZipFile(archive, "w") as file:
        for path in sorted(bank.glob("*.csv")):
            file.write(path, path.name)
