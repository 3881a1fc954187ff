"""Starting an HTTP source system from what world.yaml would say, and asking it."""

import contextlib
import json
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.message import Message
from typing import Any

import pyarrow as pa

from benchmark.generator_parameters import Dials
from benchmark.http_system import HttpSystem
from sources.contract import GeneratedDay
from sources.incidents import CALM
from sources.systems.http.api import HttpApi

FIRST_NOW = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
FAST = {"burst": 100_000, "per_second": 100_000}


@dataclass(frozen=True)
class Reply:
    """What an API answered."""

    status: int
    headers: Message
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


def http_spec(**parts: Any) -> HttpSystem:
    """A system `shop`, without authentication and practically without a rate limit unless the parts say so."""
    return HttpSystem.model_validate({"name": "shop", "auth": "none", "rate_limit": FAST, **parts})


@contextlib.contextmanager
def running_api(spec: HttpSystem, tables: Mapping[str, pa.Table]) -> Iterator[HttpApi]:
    """The API with these tables on day 1."""
    api = HttpApi(spec)
    api.start()
    try:
        show(api, [tables])
        yield api
    finally:
        api.stop()


def show(api: HttpApi, days: Sequence[Mapping[str, pa.Table]], incident: Any = CALM) -> None:
    """Bring an API to the last of these days."""
    generated = [
        GeneratedDay(
            Dials(seed=0, days=14, day=number),
            FIRST_NOW + timedelta(days=number - 1),
            {f"{api.spec.name}.{name}": table for name, table in tables.items()},
            (),
        )
        for number, tables in enumerate(days, 1)
    ]
    api.show(generated, incident)


def ask(
    api: HttpApi,
    path: str,
    *,
    method: str = "GET",
    json_body: Any = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Send one request; a path may be a whole address."""
    content = body if json_body is None else json.dumps(json_body).encode()
    sent = dict(headers or {})
    if json_body is not None:
        sent["Content-Type"] = "application/json"
    address = path if path.startswith("http") else api.url + path
    request = urllib.request.Request(address, data=content, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return Reply(response.status, response.headers, response.read())
    except urllib.error.HTTPError as error:
        return Reply(error.code, error.headers, error.read())


def orders(n_rows: int = 7) -> pa.Table:
    """Orders 1 to n, one an hour, of two customers."""
    first = datetime(2013, 3, 1, tzinfo=UTC)
    return pa.table(
        {
            "order_id": pa.array(range(1, n_rows + 1), pa.int64()),
            "customer_id": pa.array([number % 2 for number in range(1, n_rows + 1)], pa.int64()),
            "updated_at": pa.array(
                [first + timedelta(hours=number) for number in range(n_rows)], pa.timestamp("us", "UTC")
            ),
        }
    )
