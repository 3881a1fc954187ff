"""What a world says about the files that a system delivers, into a drop folder or a bucket: key `files`."""

import codecs
import string
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from benchmark.delivery_schedule import DeliverySchedule

_ALLOWED: dict[str, set[str]] = {
    "csv": {"compression", "encoding", "delimiter", "quote", "decimal", "line_end", "has_header", "null_text"},
    "jsonl": {"compression", "encoding"},
    "json": {"compression", "encoding"},
    "parquet": {"compression"},
    "excel": set(),
    "fixed_width": {"compression", "encoding", "line_end", "has_header", "null_text", "widths"},
}
_ANY_DAY = date(2013, 3, 9)


def _as_format(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class FileFormat(BaseModel):
    """How a file is written; a text alone is its type."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    type: Literal["csv", "jsonl", "json", "parquet", "excel", "fixed_width"]
    """`jsonl`: an object a line; `json`: one array."""
    compression: Literal["none", "gzip", "zstd"] = "none"
    """Of the whole file; of the pages of a Parquet file."""
    encoding: str = "utf-8"
    """Name of a Python codec; a character that it does not have is an error."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: Literal["needed", "all"] = "needed"
    """Which fields of a CSV file stand in quotes."""
    decimal: Literal[".", ","] = "."
    """Sign before the fraction of a number."""
    line_end: Literal["\n", "\r\n"] = "\n"
    has_header: bool = Field(default=True, alias="header")
    """Whether the first line holds the names."""
    null_text: str = ""
    """What stands for a missing value."""
    widths: dict[str, int] = {}
    """Column -> characters of a fixed-width file, in the order of the table; numbers stand at the right."""

    @model_validator(mode="after")
    def _fields_fit(self) -> "FileFormat":
        if misplaced := sorted(self.model_fields_set - {"type"} - _ALLOWED[self.type]):
            named = ["header" if name == "has_header" else name for name in misplaced]
            raise ValueError(f"mean nothing for format {self.type}: {', '.join(named)}")
        if self.type == "fixed_width" and not self.widths:
            raise ValueError("format fixed_width needs widths")
        try:
            codecs.lookup(self.encoding)
        except LookupError as error:
            raise ValueError(f"encoding '{self.encoding}' is not known; use utf-8, utf-16, cp1252 …") from error
        return self


class DeliveredFiles(DeliverySchedule):
    """One kind of delivery."""

    pattern: str
    """Name of each file, with `{date}` (or `{date:%Y%m%d}`) for the day of the delivery, `{hour}` (or `{hour:02}`) if
    it is hourly and, where a delivery has several files, `{number}` (or `{number:04}`), from 1; slashes make folders,
    or prefixes of keys."""
    format: Annotated[
        FileFormat | None, BeforeValidator(_as_format, json_schema_input_type=str | FileFormat | None)
    ] = None
    """How the files are written; None = as the suffix of their name says."""
    description: str = ""
    """What a row is and how the files behave, for their readers."""
    rows_per_file: int | None = Field(default=None, ge=1)
    """A delivery of more rows is several files; None = one file."""

    @model_validator(mode="after")
    def _is_a_name(self) -> "DeliveredFiles":
        try:
            fields = [name for _, name, _, _ in string.Formatter().parse(self.pattern) if name is not None]
            if unknown := sorted(set(fields) - {"date", "hour", "number"}):
                raise ValueError(f"there is no {', '.join(unknown)}")
            name = self.file_name(_ANY_DAY, 1)
        except (ValueError, KeyError, IndexError) as error:
            raise ValueError(
                f"pattern '{self.pattern}': {error}; use {{date}}, {{date:%Y%m%d}}, {{hour}}, {{number}}"
            ) from error
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or str(path) != name or "\0" in name:
            raise ValueError(f"pattern '{self.pattern}' must be a relative path without '.' and '..'")
        if "date" not in fields:
            raise ValueError(f"pattern '{self.pattern}' needs {{date}} for the day of the delivery")
        if ("hour" in fields) != (self.delivery == "hourly"):
            is_missing = self.delivery == "hourly"
            needs = "needs {hour}, since delivery is hourly" if is_missing else "has {hour}, but delivery is not hourly"
            raise ValueError(f"pattern '{self.pattern}' {needs}")
        if self.rows_per_file is not None and "number" not in fields:
            raise ValueError(f"pattern '{self.pattern}' needs {{number}}, since rows_per_file makes several files")
        return self

    def file_name(self, delivered_on: date, number: int = 1, hour: int = 0) -> str:
        """Name of one file of a delivery.

        Args:
            delivered_on: Day of the delivery.
            number: Of the file in its delivery, from 1.
            hour: Of an hourly delivery, from 0.
        """
        return self.pattern.format(date=delivered_on, number=number, hour=hour)
