"""A connection file: `el/<connection>.yaml` of a pipeline."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.errors import SpecError
from benchmark.file_options import FileFormat, FileOptions
from benchmark.raw_schemas import RawSchema, default_schema
from benchmark.yaml_files import parse_yaml, read_text, validate_spec

FILE_SOURCES = ("files", "object_store")
"""Sources whose streams are delivered files."""
DATABASE_SOURCES = ("postgres", "mysql")
"""Sources whose streams are tables of a database, in the order of a cursor."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

LookbackTime = Annotated[str, Field(pattern=r"^[0-9]+ (second|minute|hour|day)s?$")]
LookbackNumber = Annotated[float, Field(gt=0, allow_inf_nan=False, strict=True)]


class StreamSpec(BaseModel):
    """One stream of a connection: what is read, how, and how it is written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")
    """Name of the stream and of the raw table."""
    sync_mode: Literal["full_refresh", "incremental"] = "full_refresh"
    destination_sync_mode: Literal["overwrite", "append", "append_dedup"] = "overwrite"
    cursor_field: str | None = None
    """Column by which an incremental sync goes on; None = the source decides (files: what was not seen before; MongoDB:
    `_id`)."""
    lookback: LookbackTime | LookbackNumber | None = None
    """PostgreSQL and MySQL, incremental: how far before the last cursor value reading begins, which finds rows that
    were committed late: `15 minutes` for dates and times, a number for numbers; None = at the last value."""
    primary_key: tuple[str, ...] = ()
    """Columns by which `append_dedup` keeps the latest row."""
    pattern: str | None = None
    """Files and objects only: glob, relative to the drop folder, or to the prefix of the object store."""
    format: FileFormat | None = None
    """Files and objects only; `json` and `jsonl` both take JSON lines, arrays and pretty-printed objects."""
    options: FileOptions = FileOptions()
    """Files and objects only: how they are written."""
    nested: Literal["json", "flatten"] = "json"
    """MongoDB only: a document inside of a document is JSON, or each of its fields is a column `outer_inner`."""

    @model_validator(mode="after")
    def _modes_fit(self) -> "StreamSpec":
        if self.destination_sync_mode == "append_dedup" and not self.primary_key:
            raise ValueError("destination_sync_mode append_dedup needs primary_key")
        if self.sync_mode == "incremental" and self.destination_sync_mode == "overwrite":
            raise ValueError("an incremental sync cannot overwrite; use append or append_dedup")
        if self.lookback is not None and (self.sync_mode != "incremental" or self.cursor_field is None):
            raise ValueError("lookback is for an incremental sync with cursor_field")
        return self


class ConnectionSpec(BaseModel):
    """How one source system is extracted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    connection: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name; also the file's."""
    namespace: RawSchema | None = None
    """Schema of the raw tables; None = `raw_<connection>`. Connections may share one, but no table in it."""
    source: Literal["postgres", "mysql", "mongodb", "files", "object_store", "manifest"]
    config: dict[str, Any] = Field(default_factory=dict)
    """Settings of the source, `${NAME}` filled in."""
    manifest: dict[str, Any] | None = None
    """Airbyte low-code manifest; for source `manifest` only."""
    streams: tuple[StreamSpec, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _fields_fit(self) -> "ConnectionSpec":
        if (self.source == "manifest") != (self.manifest is not None):
            raise ValueError("key 'manifest' is needed for source manifest, and for no other")
        names = [stream.name.lower() for stream in self.streams]
        if len(set(names)) != len(names):
            raise ValueError("a stream is listed twice (names of tables do not tell upper from lower case)")
        for stream in self.streams:
            if self.source in FILE_SOURCES and (stream.pattern is None or stream.format is None):
                raise ValueError(f"stream '{stream.name}': source {self.source} needs pattern and format")
            if self.source not in DATABASE_SOURCES and stream.lookback is not None:
                listed = " and ".join(DATABASE_SOURCES)
                raise ValueError(f"stream '{stream.name}': lookback is for source {listed}")
            if self.source != "mongodb" and "nested" in stream.model_fields_set:
                raise ValueError(f"stream '{stream.name}': nested is for source mongodb")
            is_file = stream.pattern or stream.format or stream.options.model_fields_set
            if self.source not in FILE_SOURCES and is_file:
                listed = " and ".join(FILE_SOURCES)
                raise ValueError(f"stream '{stream.name}': pattern, format and options are for source {listed}")
            if stream.format and (misplaced := stream.options.misplaced(stream.format)):
                listed = ", ".join(misplaced)
                raise ValueError(f"stream '{stream.name}': options mean nothing for format {stream.format}: {listed}")
        return self

    @property
    def raw_schema(self) -> str:
        """Schema of the raw tables."""
        return self.namespace or default_schema(self.connection)

    @property
    def raw_tables(self) -> dict[str, str]:
        """Stream -> its raw table, `schema.table` in small letters."""
        return {stream.name: f"{self.raw_schema}.{stream.name}".lower() for stream in self.streams}


def fill_variables(value: Any, environment: Mapping[str, str], key: str = "") -> tuple[Any, list[str]]:
    """Fill `${NAME}` in every string of nested mappings and lists.

    Returns:
        The filled value, and one problem per missing variable that names its key.
    """
    if isinstance(value, str):
        missing = sorted({name for name in _VARIABLE.findall(value) if name not in environment})
        problems = [f"key '{key}': variable {name} is not set" for name in missing]
        return _VARIABLE.sub(lambda match: environment.get(match.group(1), match.group(0)), value), problems
    problems = []
    if isinstance(value, Mapping):
        filled_mapping = {}
        for name, child in value.items():
            filled_mapping[name], more = fill_variables(child, environment, f"{key}.{name}".lstrip("."))
            problems += more
        return filled_mapping, problems
    if isinstance(value, list):
        filled_list = []
        for index, child in enumerate(value):
            filled, more = fill_variables(child, environment, f"{key}[{index}]")
            filled_list.append(filled)
            problems += more
        return filled_list, problems
    return value, problems


def read_connection(path: Path, environment: Mapping[str, str]) -> ConnectionSpec:
    """Read a connection file and fill in its variables.

    Raises:
        SpecError: The file is missing or not valid, or it names a variable that is not set.
    """
    text = read_text(path)
    content, problems = fill_variables(parse_yaml(text, path), environment)
    if problems:
        raise SpecError(path, problems)
    spec = validate_spec(content, ConnectionSpec, path, text)
    if spec.connection != path.stem:
        raise SpecError(path, [f"key 'connection': '{spec.connection}' must be the file's name '{path.stem}'"])
    return spec
