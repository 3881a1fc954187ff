"""Reading the source systems of `flights` as a pipeline would: SQL, HTTP and files."""

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from typing import Any, LiteralString

import psycopg


def connect(environment: Mapping[str, str]) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(
        host=environment["OPERATIONS_HOST"],
        port=environment["OPERATIONS_PORT"],
        dbname=environment["OPERATIONS_DATABASE"],
        user=environment["OPERATIONS_USER"],
        password=environment["OPERATIONS_PASSWORD"],
        autocommit=True,
        connect_timeout=5,
    )


def rows(environment: Mapping[str, str], query: LiteralString) -> list[tuple[Any, ...]]:
    with connect(environment) as connection:
        return connection.execute(query).fetchall()


def observations(environment: Mapping[str, str]) -> list[dict[str, Any]]:
    records, page, has_more = [], 1, True
    while has_more:
        address = f"{environment['WEATHER_URL']}/v1/observations?page_size=200&page={page}"
        request = urllib.request.Request(address, headers={"X-API-Key": environment["WEATHER_API_KEY"]})
        with urllib.request.urlopen(request, timeout=5) as response:
            answer = json.load(response)
        records += answer["data"]
        page, has_more = page + 1, answer["has_more"]
    return records


def files(environment: Mapping[str, str]) -> list[str]:
    return sorted(path.name for path in Path(environment["REFERENCE_DIR"]).iterdir())
