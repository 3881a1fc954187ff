import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from sources.loader import LoadError, LoadReport, LoadRequest, load
from sources.systems.postgres import PostgresServer

MANIFEST = """
connection: weather
source: manifest
config: {url: "${API_URL}", api_key: "${API_KEY}"}
manifest:
  version: 6.48.0
  type: DeclarativeSource
  check: {type: CheckStream, stream_names: [observations]}
  streams:
    - type: DeclarativeStream
      name: observations
      retriever:
        type: SimpleRetriever
        requester:
          type: HttpRequester
          url_base: "{{ config['url'] }}"
          path: /observations
          authenticator:
            type: ApiKeyAuthenticator
            api_token: "{{ config['api_key'] }}"
            inject_into: {type: RequestOption, inject_into: header, field_name: X-API-Key}
          error_handler:
            type: DefaultErrorHandler
            max_retries: 3
            backoff_strategies: [{type: WaitTimeFromHeader, header: Retry-After}]
        record_selector: {type: RecordSelector, extractor: {type: DpathExtractor, field_path: [data]}}
      incremental_sync:
        type: DatetimeBasedCursor
        cursor_field: updated_at
        datetime_format: "%Y-%m-%dT%H:%M:%SZ"
        cursor_granularity: PT1S
        step: P1D
        start_datetime: "2013-03-01T00:00:00Z"
        start_time_option: {type: RequestOption, inject_into: request_parameter, field_name: since}
        end_time_option: {type: RequestOption, inject_into: request_parameter, field_name: until}
      schema_loader:
        type: InlineSchemaLoader
        schema:
          type: object
          properties:
            id: {type: integer}
            temp_f: {type: [number, "null"]}
            updated_at: {type: string, format: date-time}
streams:
  - name: observations
    sync_mode: incremental
    destination_sync_mode: append
    cursor_field: updated_at
"""


@pytest.fixture
def weather(bench: Any, api: Any) -> Any:
    """`el/weather.yaml` on the API, which gives one observation for each day asked for."""
    (bench.el_dir / "weather.yaml").write_text(MANIFEST)
    bench.environment = {"API_URL": api.url, "API_KEY": "secret-key"}
    reply = type(api.answer("", {}))

    def answer(_: str, parameters: dict[str, str]) -> Any:
        day = int(parameters["since"][8:10])
        return reply({"data": [{"id": day, "temp_f": day / 2, "updated_at": parameters["since"]}]})

    api.answer = answer
    api.reply = reply
    return api


def test_api_to_warehouse_with_a_rate_limit(bench: Any, weather: Any) -> None:
    answer = weather.answer

    def limited(path: str, parameters: dict[str, str]) -> Any:
        if len(weather.requests) == 3:
            return weather.reply({}, 429, {"Retry-After": "0"})
        return answer(path, parameters)

    weather.answer = limited
    report = bench.load()
    assert report.errors == []
    assert report.streams[0].n_records == 14
    rows = bench.query("select id, temp_f, updated_at::varchar from raw_weather.observations order by id limit 2")
    assert rows == [(1, 0.5, "2013-03-01 00:00:00+00"), (2, 1.0, "2013-03-02 00:00:00+00")]


def test_killed_load_goes_on_from_the_last_commit(bench: Any, weather: Any) -> None:
    answer, is_stuck, go_on = weather.answer, threading.Event(), threading.Event()

    def stuck_on_the_sixth_day(path: str, parameters: dict[str, str]) -> Any:
        if parameters["since"] >= "2013-03-06":
            is_stuck.set()
            go_on.wait(30)
        return answer(path, parameters)

    weather.answer = stuck_on_the_sixth_day
    child = os.fork()
    if child == 0:
        try:
            bench.load()
        finally:
            os._exit(0)
    assert is_stuck.wait(60)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert bench.query("select id from raw_weather.observations order by id") == [(1,), (2,), (3,), (4,), (5,)]
    assert json.loads(bench.states()["observations"][3])["updated_at"] == "2013-03-05T00:00:00Z"
    go_on.set()
    weather.answer = answer
    weather.requests.clear()
    assert bench.load().is_ok
    assert weather.requests[0][1]["since"] == "2013-03-05T00:00:00Z"
    assert bench.query("select distinct id from raw_weather.observations order by id") == [(n,) for n in range(1, 15)]
    assert bench.query("select count(distinct _airbyte_raw_id) = count(*) from raw_weather.observations") == [(True,)]


def test_misfit_of_a_later_record_keeps_the_days_before(bench: Any, weather: Any) -> None:
    answer = weather.answer

    def wrong(path: str, parameters: dict[str, str]) -> Any:
        if parameters["since"] >= "2013-03-04":
            return weather.reply({"data": [{"id": 4, "temp_f": "NA", "updated_at": "2013-03-04T00:00:00Z"}]})
        return answer(path, parameters)

    weather.answer = wrong
    assert bench.load().errors == [
        "connection 'weather', stream 'observations', record 4: field 'temp_f': 'NA' is not a number, "
        "which the stream's schema says"
    ]
    assert bench.query("select count(*) from raw_weather.observations") == [(3,)]
    assert bench.states()["observations"][2] == 3


def test_fields_outside_the_schema_are_a_warning(bench: Any, weather: Any) -> None:
    item = {"id": 1, "temp_f": None, "updated_at": "2013-03-01T00:00:00Z", "gust": 1, "cloud": None}
    weather.answer = lambda *_: weather.reply({"data": [item]})
    report = bench.load()
    assert report.is_ok
    assert report.streams[0].warnings == (
        "connection 'weather', stream 'observations': fields left out, not in its schema: cloud, gust",
    )


def test_what_fails_does_not_stop_the_rest(
    bench: Any, weather: Any, postgres: PostgresServer, postgres_connection: Callable[..., None]
) -> None:
    postgres.execute("create table ops.good (id bigint); insert into ops.good values (1)")
    postgres_connection({"name": "missing"}, {"name": "good"})
    bench.environment |= {"API_URL": weather.url, "API_KEY": "wrong"}
    (bench.el_dir / "broken.yaml").write_text("connection: broken\nsource: [\n")
    (bench.el_dir / "later.yaml").write_text(
        "connection: later\nsource: files\nconfig: {directory: '${NOPE}'}\nstreams: []\n"
    )
    report = bench.load()
    assert not report.is_ok
    assert [(stream.stream, stream.status) for stream in report.streams] == [
        ("missing", "failed"),
        ("good", "ok"),
        ("observations", "failed"),
    ]
    errors = "\n".join(report.errors)
    assert "connection 'shop', stream 'missing': the source has no such stream. Streams: good." in errors
    assert "connection 'weather', stream 'observations': HTTP Status Code: 401" in errors
    assert "broken.yaml: line 3: not valid YAML" in errors
    assert "later.yaml: key 'config.directory': variable NOPE is not set" in errors
    assert LoadReport.model_validate_json(report.model_dump_json()) == report


def test_unreachable_source_fails_each_stream_without_its_password(
    bench: Any, postgres: PostgresServer, postgres_connection: Callable[..., None]
) -> None:
    postgres_connection({"name": "a"}, {"name": "b"}, host="127.0.0.1", port="1")
    bench.environment["OTHER_SECRET"] = "127.0.0.1"
    report = bench.load()
    assert [stream.status for stream in report.streams] == ["failed", "failed"]
    assert "connection 'shop', stream 'b': PostgreSQL at [redacted]:1" in report.errors[1]
    assert postgres.password not in "".join(report.errors)


@pytest.mark.parametrize(
    ("stream", "message"),
    [
        (
            {"name": "t", "sync_mode": "incremental", "destination_sync_mode": "append"},
            "stream 't': an incremental stream of this source needs cursor_field.",
        ),
        (
            {"name": "t", "destination_sync_mode": "append_dedup", "primary_key": ["nope"]},
            "stream 't': primary_key 'nope' is not a column. Columns: id.",
        ),
    ],
)
def test_wrong_stream_settings(
    bench: Any, postgres: PostgresServer, postgres_connection: Callable[..., None], stream: Any, message: str
) -> None:
    postgres.execute("create table ops.t (id bigint)")
    postgres_connection(stream)
    [error] = bench.load().errors
    assert message in error
    assert bench.query("select count(*) from duckdb_tables() where schema_name = 'raw_shop'") == [(0,)]


def test_one_connection_can_be_chosen(bench: Any, files_connection: Callable[..., Path], weather: Any) -> None:
    (files_connection("*.csv", "csv") / "a.csv").write_text("id\n1\n")
    assert [stream.connection for stream in bench.load(connections=("drop",)).streams] == ["drop"]
    assert weather.requests == []
    with pytest.raises(LoadError, match=r"No connection 'nope' in .*There is: drop, weather"):
        bench.load(connections=("nope",))


def test_folder_without_connections_and_locked_warehouse(bench: Any, files_connection: Callable[..., Path]) -> None:
    report = bench.load()
    assert not report.is_ok
    assert report.problems == (f"{bench.el_dir}: holds no connection file (*.yaml)",)
    (files_connection("*.csv", "csv") / "a.csv").write_text("id\n1\n")
    is_ready, is_done = os.pipe(), os.pipe()
    child = os.fork()
    if child == 0:
        with duckdb.connect(str(bench.warehouse_path)):
            os.write(is_ready[1], b"x")
            os.read(is_done[0], 1)
        os._exit(0)
    os.read(is_ready[0], 1)
    try:
        wanted = rf"warehouse warehouse\.duckdb cannot be opened: process {child} \(.*\) has it open.*and load again\.$"
        with pytest.raises(LoadError, match=wanted):
            bench.load()
    finally:
        os.write(is_done[1], b"x")
        os.waitpid(child, 0)
    with (
        duckdb.connect(str(bench.warehouse_path), config={"threads": 1}),
        pytest.raises(LoadError, match=r"this process has it open already, with other settings"),
    ):
        bench.load()
    bench.warehouse_path.write_bytes(b"not a database" * 1000)
    with pytest.raises(LoadError, match=r"warehouse\.duckdb cannot be opened"):
        bench.load()


def test_two_loads_of_the_same_data_are_identical(bench: Any, weather: Any, tmp_path: Path) -> None:
    other = tmp_path / "other.duckdb"
    now = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
    assert bench.load().is_ok
    assert load(LoadRequest(bench.el_dir, other, now, bench.environment, batch_size=3)).is_ok
    with duckdb.connect(str(other)) as connection:
        rows = connection.execute("from raw_weather.observations order by id").fetchall()
        states = connection.execute("from _airbyte_internal.states").fetchall()
    assert bench.query("from raw_weather.observations order by id") == rows
    assert bench.query("from _airbyte_internal.states") == states


def _file_connection(bench: Any, name: str, stream: str, **more: str) -> None:
    folder = bench.folder / name
    folder.mkdir()
    (folder / "a.csv").write_text(f"{name}_id\n1\n")
    listed = [{"name": stream, "pattern": "*.csv", "format": "csv"}]
    bench.write(name, {**more, "source": "files", "config": {"directory": str(folder)}, "streams": listed})


def test_connections_share_a_namespace_but_no_table(bench: Any) -> None:
    _file_connection(bench, "cafe", "orders", namespace="lake")
    _file_connection(bench, "shop", "items", namespace="lake")
    assert bench.load().is_ok
    assert bench.query("from lake.orders select cafe_id union all from lake.items select shop_id") == [("1",), ("1",)]
    _file_connection(bench, "zoo", "Orders", namespace="lake")
    assert bench.load().errors == [
        "connection 'zoo', stream 'Orders': table lake.orders is loaded by connection 'cafe' too. "
        "Set another namespace in the connection file."
    ]
    assert bench.query("select cafe_id from lake.orders") == [("1",)]


def test_a_namespace_is_no_schema_of_duckdb(bench: Any) -> None:
    _file_connection(bench, "cafe", "orders", namespace="pg_catalog")
    (problem,) = bench.load().problems
    assert "schema 'pg_catalog' is DuckDB's own" in problem
