"""How fast a load is and how much memory it takes: `python -m perf.load [--rows N]`.

Rows of a PostgreSQL table, of files and objects of a bucket (CSV plain and quoted, JSON lines, Parquet) and documents
of MongoDB are loaded, and the same data is read by a rival in the same run: psycopg's COPY, DuckDB's readers, boto3,
pymongo, and airbyte-cdk for pages of a web API. Rows of 2 MB show that memory is bounded by bytes and not by rows. Each
load runs in a process of its own. Exits with 1 where a limit is broken; seconds are those of processor time of the
load, so they hold on a busy machine, too. Excel is not measured: a workbook is held in memory as a whole.
"""

from __future__ import annotations

import argparse
import functools
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import psycopg
import yaml

from perf.stores import bucket_of, collection_of, download, read_documents
from perf.web_api import cdk_cpu_seconds, manifest, web_api
from sources.loader import LoadRequest, load
from sources.systems.postgres import PostgresServer

MIN_ROWS_PER_SECOND = 50_000
MIN_DOCUMENTS_PER_SECOND = 15_000
"""They have no schema, so they are read twice, and pymongo alone takes half of the time."""
MAX_RESIDENT_MIB = 600
"""Of a load of as many rows as one likes; Python's imports take 230 of it."""
MAX_MERGE_RESIDENT_MIB = 1024
"""With append_dedup: DuckDB's window and join take more than its limit says."""
MAX_WIDE_RESIDENT_MIB = 1536
"""With 600 MB in rows of 2 MB: these rows once, and what Python and DuckDB hold beside them."""
MAX_RATIO_TO_CDK = 1.2
"""Processor time of a load over HTTP, of what airbyte-cdk takes to read the same without a destination."""
_N_WIDE_ROWS = 300
_WIDE_BYTES = 2_000_000
_ROWS = """select n as id, n % 1000 as store, (n / 7.0)::numeric(12, 2) as amount, 'name_' || n % 5000 as name,
    timestamptz '2013-01-01Z' + n * interval '1 second' as at, n % 7 = 0 as is_new from generate_series(1, {}) as n"""
_WIDE = "select n as id, repeat(md5(n::text), {}) as text from generate_series(1, {}) as n"


class Figures(NamedTuple):
    """What one load took."""

    seconds: float
    cpu_seconds: float
    resident_mib: float


def main() -> None:
    """Measure and print; exit code 1 over a limit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="rows of each narrow table")
    n_rows = parser.parse_args().rows
    print("load                      rows   seconds    cpu   rows/s   limit    MiB  limit  rival    seconds  ratio")
    with tempfile.TemporaryDirectory() as name, PostgresServer(Path(name) / "server") as server:
        folder = Path(name)
        server.execute(f"create table narrow as {_ROWS.format(n_rows)}")
        # By default a reader may not have the server sort five million rows in temporary files.
        server.execute(f"alter role {server.user} set temp_file_limit = -1")
        server.execute(f"create table wide as {_WIDE.format(_WIDE_BYTES // 32, _N_WIDE_ROWS)}")
        config = {key: getattr(server, key) for key in ("host", "port", "user", "password", "database")}
        is_fine = True
        for sync in ("overwrite", "append", "append_dedup"):
            case = f"postgres, {sync}"
            spec = {"source": "postgres", "config": config, "streams": [_stream("narrow", sync)]}
            is_fine &= _report(folder, case, spec, n_rows, "COPY", lambda: _copy(config))
        spec = {"source": "postgres", "config": config, "streams": [{"name": "wide"}]}
        is_fine &= _report(folder, "postgres, rows of 2 MB", spec, _N_WIDE_ROWS, "", None)
        for case, path in _files(folder, config, n_rows).items():
            stream = {"name": "narrow", "pattern": path.name, "format": path.suffix[1:]}
            spec = {"source": "files", "config": {"directory": str(folder)}, "streams": [stream]}
            is_fine &= _report(folder, case, spec, n_rows, "DuckDB", functools.partial(_read, path))
            with bucket_of(path, folder) as settings:
                spec = {"source": "object_store", "config": settings, "streams": [stream]}
                read = functools.partial(download, settings, path.name)
                is_fine &= _report(folder, f"object store, {path.suffix[1:]}", spec, n_rows, "boto3", read)
        with collection_of(folder / "narrow_rows.parquet") as settings:
            for sync in ("overwrite", "append_dedup"):
                spec = {"source": "mongodb", "config": settings, "streams": [_stream("narrow", sync)]}
                read = functools.partial(read_documents, settings)
                is_fine &= _report(folder, f"mongodb, {sync}", spec, n_rows, "pymongo", read)
    with tempfile.TemporaryDirectory() as name:
        is_fine &= _report_web_api(Path(name), max(n_rows // 5, 1))
    sys.exit(0 if is_fine else 1)


def _stream(name: str, sync: str) -> dict[str, Any]:
    if sync == "overwrite":
        return {"name": name}
    stream = {"name": name, "sync_mode": "incremental", "destination_sync_mode": sync, "cursor_field": "at"}
    return {**stream, "primary_key": ["id"]} if sync == "append_dedup" else stream


def _report(
    folder: Path, case: str, spec: dict[str, Any], n_rows: int, rival: str, read: Callable[[], None] | None
) -> bool:
    """Load once, print a line, and say whether the limits hold."""
    least = MIN_DOCUMENTS_PER_SECOND if spec["source"] == "mongodb" else MIN_ROWS_PER_SECOND
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        figures = pool.submit(_load, folder, spec, n_rows).result()
    rate = n_rows / figures.cpu_seconds
    is_wide = read is None
    is_merge = spec["streams"][0].get("destination_sync_mode") == "append_dedup"
    limit_mib = MAX_WIDE_RESIDENT_MIB if is_wide else MAX_MERGE_RESIDENT_MIB if is_merge else MAX_RESIDENT_MIB
    line = f"{case:<22} {n_rows:>8,} {figures.seconds:9.1f} {figures.cpu_seconds:6.1f} {rate:8,.0f} "
    line += f"{'-' if is_wide else f'{least:,}':>7} {figures.resident_mib:6.0f} {limit_mib:6d}"
    if read is not None:
        started = time.perf_counter()
        read()
        seconds = time.perf_counter() - started
        line += f"  {rival:<8} {seconds:7.1f} {figures.seconds / seconds:6.1f}"
    print(line, flush=True)
    return figures.resident_mib <= limit_mib and (is_wide or rate >= least)


def _report_web_api(folder: Path, n_rows: int) -> bool:
    """Load pages of a web API once, compare with airbyte-cdk's own read of them, and say whether the limits hold."""
    with web_api(n_rows) as url:
        spec = {"source": "manifest", "manifest": manifest(url), "streams": [{"name": "narrow"}]}
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            figures = pool.submit(_load, folder, spec, n_rows).result()
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            rival_seconds = pool.submit(cdk_cpu_seconds, url, n_rows).result()
    ratio = figures.cpu_seconds / rival_seconds
    rate = n_rows / figures.cpu_seconds
    print(
        f"{'http':<22} {n_rows:>8,} {figures.seconds:9.1f} {figures.cpu_seconds:6.1f} {rate:8,.0f} {'-':>7} "
        f"{figures.resident_mib:6.0f} {MAX_RESIDENT_MIB:6d}  {'cdk, cpu':<8} {rival_seconds:7.1f} {ratio:6.2f}",
        flush=True,
    )
    return ratio <= MAX_RATIO_TO_CDK and figures.resident_mib <= MAX_RESIDENT_MIB


def _load(folder: Path, spec: dict[str, Any], n_rows: int) -> Figures:
    import sources.loader.preload  # noqa: F401 - imports are not the load

    with tempfile.TemporaryDirectory(dir=folder) as name:
        el_dir = Path(name) / "el"
        el_dir.mkdir()
        (el_dir / "source.yaml").write_text(yaml.safe_dump({"connection": "source", **spec}))
        started, cpu = time.perf_counter(), time.process_time()
        report = load(LoadRequest(el_dir, Path(name) / "warehouse.duckdb", datetime(2013, 3, 14, tzinfo=UTC)))
        seconds, cpu_seconds = time.perf_counter() - started, time.process_time() - cpu
        if report.errors or report.streams[0].n_records != n_rows:
            raise SystemExit(f"The load failed: {report.errors}")
    return Figures(seconds, cpu_seconds, _peak_mib())


def _peak_mib() -> float:
    """Peak resident memory of this process; what `getrusage` tells begins with that of the parent."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


def _copy(config: dict[str, Any]) -> None:
    """Read the table with psycopg and throw it away."""
    with _connect(config) as connection, connection.cursor().copy("copy narrow to stdout (format csv)") as copy:
        for _ in copy:
            pass


def _files(folder: Path, config: dict[str, Any], n_rows: int) -> dict[str, Path]:
    """The same rows as files, by name of the case."""
    rows = _ROWS.format(n_rows)
    paths = {name: folder / f"narrow_{name}" for name in ("plain.csv", "quoted.csv", "lines.jsonl", "rows.parquet")}
    _export(config, f"copy ({rows}) to stdout (format csv, header)", paths["plain.csv"])
    _export(config, f"copy ({rows}) to stdout (format csv, header, force_quote *)", paths["quoted.csv"])
    _export(config, f"copy (select row_to_json(t) from ({rows}) as t) to stdout", paths["lines.jsonl"])
    types = "{'id': 'bigint', 'store': 'bigint', 'amount': 'decimal(12,2)', 'at': 'timestamptz', 'is_new': 'boolean'}"
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (from read_csv('{paths['plain.csv']}', types = {types})) to '{paths['rows.parquet']}'"
        )
    return {f"files, {name}": path for name, path in paths.items()}


def _export(config: dict[str, Any], statement: str, path: Path) -> None:
    with _connect(config) as connection, connection.cursor().copy(statement.encode()) as copy, path.open("wb") as file:
        for line in copy:
            file.write(line)


def _connect(config: dict[str, Any]) -> psycopg.Connection[Any]:
    address = {("dbname" if key == "database" else key): value for key, value in config.items()}
    return psycopg.connect(**address)


def _read(path: Path) -> None:
    """Read the file with DuckDB into a table in memory."""
    readers = {
        ".csv": "read_csv(?, all_varchar = true)",
        ".jsonl": "read_json(?, format = 'newline_delimited')",
        ".parquet": "read_parquet(?)",
    }
    with duckdb.connect() as connection:
        connection.execute(f"create table narrow as from {readers[path.suffix]}", [str(path)])


if __name__ == "__main__":
    main()
