"""What the bytes of a file betray before anything is parsed: another format, another encoding, a missing end."""

from pathlib import Path

import polars as pl

from credit.tables.findings import Finding

#: What Polars raises on a damaged file; where a page of Parquet is garbled it may panic, which is no Exception.
READER_ERRORS: tuple[type[BaseException], ...] = (
    pl.exceptions.PolarsError,
    pl.exceptions.PanicException,
    OSError,
    UnicodeDecodeError,
)

#: First bytes -> what such a file is, and what to do with it.
_OTHER_FORMATS: dict[bytes, str] = {
    b"\x1f\x8b": "it is compressed with gzip; decompress it first (gunzip)",
    b"PK\x03\x04": "it is a zip archive; unzip it first",
    b"\x28\xb5\x2f\xfd": "it is compressed with zstd; decompress it first (unzstd)",
    b"BZh": "it is compressed with bzip2; decompress it first (bunzip2)",
    b"PAR1": "it is a Parquet file; let its name end in .parquet",
    b"\xff\xfe": "it is encoded as UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)",
    b"\xfe\xff": "it is encoded as UTF-16; save it as UTF-8 (iconv -f UTF-16 -t UTF-8)",
}

#: Enough for the longest header, 122 names, and some rows.
_HEAD = 16_384


def not_csv(path: Path, table: str) -> Finding | None:
    """What keeps the bytes of a .csv file from being that CSV file in full; None where nothing is seen.

    Told: another format or encoding under the name, an empty file, a file of one endless line, and a last line that
    does not end, which is what a copy or a download that stopped half-way leaves behind.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        if not head.strip():
            return Finding("empty table", f"{path.name}: the file is empty; write or download it again", table, rows=0)
        for first, told in _OTHER_FORMATS.items():
            if head.startswith(first):
                return Finding("unreadable", f"{path.name}: {told}", table)
        line = head.lstrip(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip()
        if not line or line.strip(b'"').lower().startswith(b"sep="):
            what = "is blank" if not line else "is Excel's own, sep= and no names"
            told = f"its first line {what}; take it out, so that the names come first: sed -i 1d FILE"
            return Finding("unreadable", f"{path.name}: {told}", table)
        if b"\0" in head:
            told = "its text holds zero bytes, so it is UTF-16 or damaged; save it as UTF-8 or copy it again"
            return Finding("unreadable", f"{path.name}: {told}", table)
        if b"\r" in head and b"\n" not in head:
            told = "its lines end in CR alone, as on old Macintoshes; save it with LF or CR LF"
            return Finding("unreadable", f"{path.name}: {told}", table)
        file.seek(-1, 2)
        if file.read(1) in b"\r\n":
            return None
    told = "its last line does not end, so the file may have been cut short; copy or download it again, or add a line"
    return Finding("cut short", f"{path.name}: {told} break if it is whole", table)


def unreadable(path: Path, table: str, error: BaseException) -> Finding:
    """The finding for an error that the reader of a file raised: its first line, and what to do."""
    said = str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
    if isinstance(error, OSError):
        step = "see that it is a file and that you may read it"
    elif "utf-8" in said.lower() and path.suffix == ".csv":
        step = "it must be encoded as UTF-8: for Latin-1, iconv -f LATIN1 -t UTF-8"
    elif path.suffix == ".parquet":
        step = "it is no Parquet file, or damaged or cut short; copy, download or write it again"
    else:
        step = "it is no CSV file with commas, or damaged; is a quote left open? Copy, download or write it again"
    return Finding("unreadable", f"{path.name}: it cannot be read: {said}; {step}", table)
