"""A small HTTP API with pages, and how a client reads all of them."""

import json
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from benchmark.http_system import HttpSystem
from sources.systems.http.api import HttpApi

N_ROWS = 450
START = datetime(2013, 3, 1, tzinfo=UTC)
SPEC = HttpSystem.model_validate(
    {
        "name": "weather",
        "endpoints": {
            "/v1/observations": {"table": "observations", "paging": "page", "since": "updated_at"},
            "/v1/stations": {"table": "stations"},
        },
        "documentation": "How to use it: ü\n",
    }
)


def tables(n_rows: int = N_ROWS) -> dict[str, pa.Table]:
    times = pa.array([START + timedelta(minutes=10 * (i // 2)) for i in range(n_rows)], pa.timestamp("us", "UTC"))
    gusts = pa.array([None if i % 3 else 20.5 for i in range(n_rows)], pa.float64())
    observations = pa.table({"number": range(n_rows), "wind_gust_mph": gusts, "updated_at": times})
    return {"observations": observations, "stations": pa.table({"station": ["EWR", "JFK"]})}


def key_of(api: HttpApi) -> str:
    return api.environment["WEATHER_API_KEY"]


def get(api: HttpApi, path: str) -> dict[str, Any]:
    request = urllib.request.Request(api.url + path, headers={"X-API-Key": key_of(api)})
    with urllib.request.urlopen(request, timeout=5) as response:
        answer: dict[str, Any] = json.load(response)
        return answer


def every_page(api: HttpApi, query: str) -> list[int]:
    numbers: list[int] = []
    page = 1
    while True:
        answer = get(api, f"/v1/observations?page={page}&{query}")
        assert answer["page"] == page
        numbers += [row["number"] for row in answer["data"]]
        if not answer["has_more"]:
            return numbers
        page += 1
