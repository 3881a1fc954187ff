"""A web API to load from, and the same read by airbyte-cdk alone, which gives its records to nobody."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

PAGE_SIZE = 1_000
_ROWS = """select n as id, n % 1000 as store, (n / 7.0)::decimal(12, 2) as amount, 'name_' || n % 5000 as name,
    timestamptz '2013-01-01 00:00:00Z' + to_seconds(n) as at, n % 7 = 0 as is_new from range(1, {} + 1) as numbers(n)"""


@contextlib.contextmanager
def web_api(n_rows: int) -> Iterator[str]:
    """The address of an API with so many rows, in a process of its own."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(n_rows, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield ours.recv()
    finally:
        ours.close()
        process.join(10)


def _serve(n_rows: int, parent: Connection) -> None:
    import duckdb

    from benchmark.http_system import HttpSystem
    from sources.systems.http.api import HttpApi

    endpoint = {"table": "narrow", "paging": {"type": "cursor", "max_size": PAGE_SIZE, "default_size": PAGE_SIZE}}
    limit = {"burst": 1_000_000, "per_second": 1_000_000}
    spec = {"name": "web", "auth": "none", "rate_limit": limit, "endpoints": {"/narrow": endpoint}}
    api = HttpApi(HttpSystem.model_validate(spec))
    api.start()
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        api.replace({"narrow": connection.execute(_ROWS.format(n_rows)).to_arrow_table()})
    parent.send(api.url)
    with contextlib.suppress(EOFError):
        parent.recv()
    api.stop()


def manifest(url: str) -> dict[str, Any]:
    """A stream over all pages, with its columns."""
    types = {"id": "integer", "store": "integer", "amount": "number", "name": "string", "at": "string"}
    properties: dict[str, Any] = {name: {"type": ["null", kind]} for name, kind in types.items()}
    properties["at"]["format"] = "date-time"
    properties["is_new"] = {"type": ["null", "boolean"]}
    token = {"type": "RequestOption", "inject_into": "request_parameter", "field_name": "cursor"}
    strategy = {
        "type": "CursorPagination",
        "cursor_value": "{{ response['next_cursor'] }}",
        "stop_condition": "{{ not response['has_more'] }}",
    }
    retriever = {
        "type": "SimpleRetriever",
        "requester": {"type": "HttpRequester", "url_base": url, "path": "/narrow"},
        "record_selector": {"type": "RecordSelector", "extractor": {"type": "DpathExtractor", "field_path": ["data"]}},
        "paginator": {"type": "DefaultPaginator", "page_token_option": token, "pagination_strategy": strategy},
    }
    loader = {"type": "InlineSchemaLoader", "schema": {"type": "object", "properties": properties}}
    stream = {"type": "DeclarativeStream", "name": "narrow", "retriever": retriever, "schema_loader": loader}
    check = {"type": "CheckStream", "stream_names": ["narrow"]}
    return {"version": "6.48.0", "type": "DeclarativeSource", "check": check, "streams": [stream]}


def cdk_cpu_seconds(url: str, n_rows: int) -> float:
    """Processor time that airbyte-cdk takes to read all records; run it in a process of its own."""
    from airbyte_cdk.models import (
        ConfiguredAirbyteCatalog,
        ConfiguredAirbyteStream,
        DestinationSyncMode,
        SyncMode,
        Type,
    )
    from airbyte_cdk.sources.declarative.concurrent_declarative_source import ConcurrentDeclarativeSource

    import sources.loader.preload  # noqa: F401 - imports are not the read

    logger = logging.getLogger("airbyte")
    logger.setLevel(logging.ERROR)
    began = time.process_time()
    config = {"_": None}
    source = ConcurrentDeclarativeSource(catalog=None, config=config, state=[], source_config=manifest(url))
    [stream] = source.discover(logger, config).streams
    configured = ConfiguredAirbyteStream(
        stream=stream, sync_mode=SyncMode.full_refresh, destination_sync_mode=DestinationSyncMode.overwrite
    )
    catalog = ConfiguredAirbyteCatalog(streams=[configured])
    n_read = sum(message.type == Type.RECORD for message in source.read(logger, config, catalog, []))
    if n_read != n_rows:
        raise SystemExit(f"airbyte-cdk read {n_read} of {n_rows} rows.")
    return time.process_time() - began
