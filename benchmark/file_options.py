"""How the files of a stream are written: key `options` of a stream with source `files`."""

import codecs
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

FileFormat = Literal["csv", "jsonl", "json", "parquet", "excel"]

_ANY = {"compression", "member"}
_TABLE = {"header", "columns", "skip_rows", "skip_footer"}
_TEXT = {"encoding"}
_ALLOWED: dict[str, set[str]] = {
    "csv": _ANY
    | _TEXT
    | _TABLE
    | {"delimiter", "quote", "escape", "comment", "decimal", "thousands", "number_columns", "null_values"},
    "jsonl": _ANY | _TEXT | {"record_path"},
    "json": _ANY | _TEXT | {"record_path"},
    "parquet": _ANY,
    "excel": _TABLE | {"sheet"},
}


class FileOptions(BaseModel):
    """What is not stated is detected, and the load says what it detected."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    compression: Literal["none", "gzip", "bz2", "xz", "zip", "zstd"] | None = None
    """None = by the first bytes of the file, whatever its name says."""
    member: str | None = None
    """Glob for the file inside a zip archive; None = the archive holds one file."""
    encoding: str | None = None
    """Name of a Python codec, for example `utf-16` or `cp1252`; None = byte order mark, UTF-16, UTF-8, Windows-1252."""
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    """One character; None = comma, semicolon, tab or pipe, whichever gives every line the header's number of fields."""
    quote: str | None = Field(default=None, pattern=r"^(.|none)$")
    """One character, or `none` when quotes mean nothing; None = `"`, or `'` where the file uses that."""
    escape: str | None = Field(default=None, pattern=r"^(.|none)$")
    """Character before a quote or delimiter that is part of the value; None = none, or a backslash where it fits."""
    header: bool | None = None
    """Whether the first line holds the names; None = yes, but a first line that looks like data is an error."""
    columns: tuple[str, ...] = ()
    """Names of the columns, instead of the header's (`header: true`) or where there is none (`header: false`)."""
    skip_rows: int = Field(default=0, ge=0)
    """Lines before the header that are no data."""
    skip_footer: int = Field(default=0, ge=0)
    """Lines after the data that are no data."""
    comment: str | None = Field(default=None, min_length=1)
    """Lines that begin with this are left out."""
    decimal: Literal[".", ","] = "."
    """With `,` the numbers `1,5` arrive as `1.5`."""
    thousands: str | None = Field(default=None, min_length=1, max_length=1)
    """Character between thousands; it is taken out of numbers. Only with `decimal: ","`."""
    number_columns: tuple[str, ...] = ()
    """Columns to which `decimal` applies; empty = every value that is a number with a decimal comma."""
    null_values: tuple[str, ...] = ("",)
    """Unquoted values that mean NULL; the same value in quotes is text."""
    sheet: str | None = None
    """Excel: name of the sheet; None = the first."""
    record_path: tuple[str, ...] = ()
    """JSON: keys that lead from the top of the document to the list of records."""

    @model_validator(mode="after")
    def _values_fit(self) -> "FileOptions":
        if self.columns and self.header is None:
            raise ValueError("columns needs header: true (the first line is replaced) or header: false (it is data)")
        if self.thousands and self.decimal != ",":
            raise ValueError('thousands needs decimal: ","')
        if self.encoding is not None:
            try:
                codecs.lookup(self.encoding)
            except LookupError as error:
                raise ValueError(
                    f"encoding '{self.encoding}' is not known; use utf-8, utf-16, latin-1, cp1252 …"
                ) from error
        return self

    def misplaced(self, file_format: str) -> list[str]:
        """Options that are set and mean nothing for this format."""
        return sorted(self.model_fields_set - _ALLOWED[file_format])
