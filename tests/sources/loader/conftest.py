"""A folder of connection files, a warehouse, and what stands in it."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from sources.loader import LoadReport, LoadRequest, load
from sources.systems.postgres import PostgresServer

NOW = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)


class Bench:
    """An `el/` folder and a warehouse; `load` runs the load, `query` reads what it left."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.el_dir = folder / "el"
        self.el_dir.mkdir()
        self.warehouse_path = folder / "warehouse.duckdb"
        self.environment: dict[str, str] = {}

    def write(self, connection: str, content: dict[str, Any]) -> Path:
        path = self.el_dir / f"{connection}.yaml"
        path.write_text(yaml.safe_dump({"connection": connection, **content}, sort_keys=False))
        return path

    def load(self, **options: Any) -> LoadReport:
        request = LoadRequest(self.el_dir, self.warehouse_path, NOW, self.environment, **options)
        return load(request)

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse_path)) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(statement).fetchall()

    def states(self) -> dict[str, tuple[Any, ...]]:
        """Generation, syncs, records and state by stream."""
        rows = self.query("select stream, generation, n_syncs, n_records, state from _airbyte_internal.states")
        return {stream: tuple(rest) for stream, *rest in rows}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def postgres_connection(bench: Bench, postgres: PostgresServer) -> Callable[..., None]:
    """Write `el/shop.yaml` for the server's schema `ops`, with the streams given."""

    def write(*streams: dict[str, Any], **changes: Any) -> None:
        config = {
            "host": postgres.host,
            "port": "${SHOP_PORT}",
            "user": postgres.user,
            "password": "${SHOP_PASSWORD}",
            "database": postgres.database,
            "schema": "ops",
        }
        bench.environment = {"SHOP_PORT": str(postgres.port), "SHOP_PASSWORD": postgres.password}
        bench.write("shop", {"source": "postgres", "config": {**config, **changes}, "streams": list(streams)})

    return write


@pytest.fixture
def files_connection(bench: Bench) -> Callable[..., Path]:
    """Write `el/drop.yaml` with one stream and return the drop folder."""

    def write(pattern: str, file_format: str, **changes: Any) -> Path:
        folder = bench.folder / "drop"
        folder.mkdir(exist_ok=True)
        stream = {
            "name": "items",
            "pattern": pattern,
            "format": file_format,
            "sync_mode": "incremental",
            "destination_sync_mode": "append",
            **changes,
        }
        bench.write("drop", {"source": "files", "config": {"directory": str(folder)}, "streams": [stream]})
        return folder

    return write
