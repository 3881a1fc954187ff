"""What a load is asked for and what it reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True)
class LoadRequest:
    """What to load, from where, into which warehouse."""

    el_dir: Path
    """Folder of the connection files (`*.yaml`)."""
    warehouse_path: Path
    """DuckDB file; made when it is absent."""
    now: datetime
    """The pinned clock, with time zone."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What `${NAME}` in connection files stands for."""
    connections: tuple[str, ...] | None = None
    """Names of the connections to load; None = all."""
    batch_size: int = 10_000
    """Records that are held in memory before they are written, at most."""
    batch_bytes: int = 16 * 2**20
    """Bytes of records that are held in memory before they are written, about."""


class StreamReport(BaseModel):
    """What came of one stream."""

    model_config = ConfigDict(frozen=True)

    connection: str
    stream: str
    sync: str
    """Sync mode and destination sync mode, for example `incremental, append_dedup`."""
    status: Literal["ok", "failed"]
    n_records: int
    """Records that were read and committed; duplicates that a dedup removes count."""
    error: str | None = None
    """What happened, with connection, stream and record; None when ok."""
    warnings: tuple[str, ...] = ()


class LoadReport(BaseModel):
    """What came of a load: one entry per stream of every connection that could be read."""

    model_config = ConfigDict(frozen=True)

    streams: tuple[StreamReport, ...] = ()
    problems: tuple[str, ...] = ()
    """Connection files that are not valid, connections that cannot be set up: one sentence each."""

    @property
    def is_ok(self) -> bool:
        """Whether every stream of every connection was loaded."""
        return not self.problems and bool(self.streams) and all(stream.status == "ok" for stream in self.streams)

    @property
    def errors(self) -> list[str]:
        """All problems and errors of streams."""
        return [*self.problems, *(stream.error for stream in self.streams if stream.error)]
