"""An HTTP API over generated tables: API key, pages, an incremental filter, a rate limit. Loopback only.

`http_server` receives the requests; this module decides what they are answered.
"""

import bisect
import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from benchmark.source_systems import HttpSystem
from sources.contract import GeneratedDay, Incident
from sources.systems.faults import TIMEOUT_SECONDS, HttpFaults
from sources.systems.http_server import Answer, BoundedHttpServer, Request
from sources.systems.interface import SourceServer, tables_of

if TYPE_CHECKING:
    import pyarrow


class HttpApi(SourceServer):
    """One API on a free port of 127.0.0.1, served from threads of this process.

    Args:
        spec: Endpoints, limits, documentation.
        faults: Which requests fail; None: those beyond the rate limit only.
    """

    def __init__(self, spec: HttpSystem, faults: HttpFaults | None = None) -> None:
        self.spec = spec
        self.faults = faults
        self.api_key = secrets.token_urlsafe(18)
        self.bucket = TokenBucket(spec.burst_requests, spec.requests_per_second)
        self.records: Mapping[str, Records] = {}
        self._server = BoundedHttpServer(spec.name, self._respond)

    @property
    def url(self) -> str:
        """Address without a slash at the end; only while started."""
        return f"http://127.0.0.1:{self._server.port}"

    @property
    def environment(self) -> dict[str, str]:
        """What readers are told."""
        prefix = self.spec.name.upper()
        return {f"{prefix}_URL": self.url, f"{prefix}_API_KEY": self.api_key}

    def start(self) -> None:
        """Listen; answers come from the tables given last."""
        self._server.start()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Serve the tables of the last day."""
        faults = incident.http_faults(days[-1].dials.seed) if incident.http_faults else None
        self.replace(tables_of(days[-1], self.spec.name), faults)

    def end_sessions(self) -> None:
        """Close every connection."""
        self.end_connections()

    def check(self) -> None:
        """Its threads are this process's own: they answer as long as it does."""

    def replace(self, tables: "Mapping[str, pyarrow.Table]", faults: HttpFaults | None = None) -> None:
        """Start over with other data: nothing that earlier requests did counts any more. Address and key stay.

        Args:
            tables: Name -> rows.
            faults: As of the class.
        """
        self.end_connections()
        self.faults = faults
        self.bucket = TokenBucket(self.spec.burst_requests, self.spec.requests_per_second)
        self.set_tables(tables)

    def set_tables(self, tables: "Mapping[str, pyarrow.Table]") -> None:
        """Swap the data, all tables at once; requests under way still see the old ones."""
        self.records = {name: Records.of(table) for name, table in tables.items()}

    def end_connections(self) -> None:
        """Close every connection."""
        self._server.end_connections()

    def stop(self) -> None:
        """Close the port and every connection; does nothing when they are closed."""
        self._server.stop()

    def _respond(self, request: Request) -> Answer | None:
        answer = self.answer(request.path.rstrip("/") or "/", request.query, request.headers.get("X-API-Key"))
        if answer is None:
            time.sleep(TIMEOUT_SECONDS)
        return answer

    def answer(self, path: str, query: str, key: str | None) -> Answer | None:
        """The answer to GET, without any input or output; None: none at all."""
        if path == "/docs":
            return Answer(HTTPStatus.OK, self.spec.documentation.encode(), "text/plain; charset=utf-8")
        endpoint = self.spec.endpoints.get(path)
        if endpoint is None:
            paths = ", ".join(self.spec.endpoints)
            return _problem(HTTPStatus.NOT_FOUND, f"No resource {path}. There are: {paths}, /docs.")
        if key is None or not secrets.compare_digest(key.encode(), self.api_key.encode()):
            return _problem(HTTPStatus.UNAUTHORIZED, "Header X-API-Key is missing or wrong. See /docs.")
        if not self.bucket.take():
            return _too_many_requests()
        match self.faults.take(path) if self.faults else None:
            case "error":
                return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong on our side.")
            case "unavailable":
                return _problem(HTTPStatus.SERVICE_UNAVAILABLE, "The service is busy. Please repeat the request.")
            case "limit":
                return _too_many_requests()
            case "timeout":
                return None
        records = self.records[endpoint.table]
        if not endpoint.is_paginated:
            return _json_answer(records.texts, {})
        return self._page(records, query)

    def _page(self, records: "Records", query: str) -> Answer:
        # A plus sign that the client did not escape arrives as a space.
        values = {name: values[-1] for name, values in parse_qs(query, keep_blank_values=True).items()}
        try:
            page = _whole(values, "page", 1, None)
            size = _whole(values, "page_size", self.spec.default_page_size, self.spec.max_page_size)
            since = _instant(values["updated_since"].replace(" ", "+")) if "updated_since" in values else None
        except ValueError as error:
            return _problem(HTTPStatus.BAD_REQUEST, str(error))
        start = 0 if since is None else bisect.bisect_left(records.updated, since)
        is_repeated = self.faults is not None and self.faults.is_first_page_twice
        first = start + (page - 2 if is_repeated and page > 1 else page - 1) * size
        has_more = first + size < len(records.texts) or (is_repeated and page == 1)
        return _json_answer(records.texts[first : first + size], {"page": page, "has_more": has_more})


class TokenBucket:
    """A rate limit: so many requests at once, and so many per second after that. Threads may share it."""

    def __init__(self, burst: int, per_second: float) -> None:
        self._burst = burst
        self._per_second = per_second
        self._tokens = float(burst)
        self._last = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Use one request of the allowance; False when there is none."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._burst, self._tokens + (now - self._last) * self._per_second)
            self._last = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


@dataclass(frozen=True)
class Records:
    """The rows of a table as JSON texts, in the order of the table."""

    texts: list[str]
    updated: list[int]
    """`updated_at` of each row in microseconds since 1970, ascending; empty for a table without it."""

    @classmethod
    def of(cls, table: "pyarrow.Table") -> "Records":
        """Write each row as JSON; instants as ISO with Z to the second, missing values as null."""
        columns = [_json_values(column) for column in table.columns]
        rows = (dict(zip(table.column_names, values, strict=True)) for values in zip(*columns, strict=True))
        has_time = "updated_at" in table.column_names
        return cls([json.dumps(row) for row in rows], _microseconds(table["updated_at"]) if has_time else [])


def _problem(status: HTTPStatus, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    body = json.dumps({"error": message}).encode()
    return Answer(status, body, headers=tuple((headers or {}).items()))


def _too_many_requests() -> Answer:
    return _problem(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests. See Retry-After.", {"Retry-After": "1"})


def _json_answer(texts: list[str], fields: Mapping[str, object]) -> Answer:
    rest = "".join(f', "{name}": {json.dumps(value)}' for name, value in fields.items())
    return Answer(HTTPStatus.OK, f'{{"data": [{", ".join(texts)}]{rest}}}'.encode())


def _whole(values: Mapping[str, str], name: str, default: int, maximum: int | None) -> int:
    text = values.get(name, str(default))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= (maximum or 10**9):
        allowed = "1 or more" if maximum is None else f"1 to {maximum}"
        raise ValueError(f"{name} must be a whole number, {allowed}; received '{text}'.")
    return int(text)


def _instant(text: str) -> int:
    """Microseconds since 1970; a time without offset is UTC."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"updated_since must be an ISO date-time; received '{text}'.") from None
    aware = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return (aware - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _microseconds(column: "pyarrow.ChunkedArray") -> list[int]:
    # Instants of a generated day are in microseconds. As Python objects they would make pyarrow import pandas (1 s).
    values: list[int] = column.cast("int64").to_pylist()
    return values


def _json_values(column: "pyarrow.ChunkedArray") -> list[Any]:
    if not str(column.type).startswith("timestamp"):
        values: list[Any] = column.to_pylist()
        return values
    return [
        None if value is None else datetime.fromtimestamp(value // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        for value in _microseconds(column)
    ]
