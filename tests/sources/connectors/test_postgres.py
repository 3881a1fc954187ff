import logging
from datetime import datetime
from typing import Any

import pytest
from airbyte_cdk.models import Status, Type
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.messages import stream_state
from sources.connectors.postgres import PostgresSource
from sources.systems.postgres import PostgresServer

LOGGER = logging.getLogger("test")


@pytest.fixture
def config(postgres: PostgresServer) -> dict[str, Any]:
    return {
        "host": postgres.host,
        "port": str(postgres.port),
        "user": postgres.user,
        "password": postgres.password,
        "database": postgres.database,
        "schema": "ops",
    }


def test_check_tells_why_not(config: dict[str, Any], now: datetime) -> None:
    source = PostgresSource(now)
    assert source.check(LOGGER, config).status == Status.SUCCEEDED
    refused = source.check(LOGGER, {**config, "password": "wrong"})
    assert refused.status == Status.FAILED
    assert "password authentication failed" in refused.message
    missing = source.check(LOGGER, {name: value for name, value in config.items() if name != "host"})
    assert "key 'config.host' is missing" in missing.message


def test_every_type_is_discovered_and_read_as_json_has_it(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute("""
        create type ops.mood as enum ('calm', 'busy');
        create table ops.everything (
            id bigint primary key, small smallint, ratio double precision, price numeric(12, 2), huge numeric,
            is_on boolean, day date, local timestamp, at timestamptz, clock time, name text, short varchar(5),
            doc jsonb, tags text[], code uuid, mood ops.mood);
        insert into ops.everything values (
            1, 2, 0.1, 12345678.90, 1.5, true, '2013-03-10', '2013-03-10 02:30', '2013-03-10 02:30-05', '05:17',
            'a', 'b', '{"x": [1, null]}', array['a', null], '00000000-0000-0000-0000-000000000001', 'busy');
        insert into ops.everything (id) values (2);
    """)
    source = PostgresSource(now)
    stream = reader.discover(source, config)["everything"]
    properties = stream.json_schema["properties"]
    assert stream.source_defined_primary_key == [["id"]]
    assert properties["id"] == {"type": ["null", "integer"]}
    assert properties["ratio"] == {"type": ["null", "number"]}
    assert properties["huge"] == {"type": ["null", "string"], "airbyte_type": "decimal"}
    assert properties["price"]["airbyte_type"] == "decimal"
    assert properties["local"]["airbyte_type"] == "timestamp_without_timezone"
    assert properties["at"]["airbyte_type"] == "timestamp_with_timezone"
    assert properties["doc"] == {"type": ["null", "object"]}
    first, second = reader.records(source, config, "everything")
    assert first == {
        "id": 1,
        "small": 2,
        "ratio": 0.1,
        "price": "12345678.90",
        "huge": "1.5",
        "is_on": True,
        "day": "2013-03-10",
        "local": "2013-03-10T02:30:00",
        "at": "2013-03-10T07:30:00+00:00",
        "clock": "05:17:00",
        "name": "a",
        "short": "b",
        "doc": {"x": [1, None]},
        "tags": ["a", None],
        "code": "00000000-0000-0000-0000-000000000001",
        "mood": "busy",
    }
    assert second == dict.fromkeys(first) | {"id": 2}


def test_incremental_reads_in_order_of_the_cursor_and_checkpoints(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute("""
        create table ops.t (id bigint primary key, updated_at timestamptz);
        insert into ops.t
        select 100 - n, '2013-03-01Z'::timestamptz + n * interval '1 minute' from generate_series(1, 25) n
    """)
    source = PostgresSource(now, checkpoint_rows=10)
    options = {"sync_mode": "incremental", "cursor_field": "updated_at"}
    records = reader.records(source, config, "t", **options)
    assert [record["id"] for record in records] == list(range(99, 74, -1))
    cursors = [state["cursor"] for state in reader.states(source, config, "t", **options)]
    assert cursors == ["2013-03-01T00:10:00+00:00", "2013-03-01T00:20:00+00:00", "2013-03-01T00:25:00+00:00"]


@pytest.mark.parametrize("destination", ["append", "append_dedup"])
def test_rows_with_the_last_cursor_value_are_read_again(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any, destination: str
) -> None:
    postgres.execute("""
        create table ops.t (id bigint primary key, updated_at timestamptz);
        insert into ops.t values (1, '2013-03-01 00:00Z'), (2, '2013-03-01 00:00:00.123456Z'), (4, null)
    """)
    source = PostgresSource(now)
    options = {"sync_mode": "incremental", "cursor_field": "updated_at", "destination": destination}
    assert [record["id"] for record in reader.records(source, config, "t", **options)] == [4, 1, 2]
    state = stream_state("t", reader.states(source, config, "t", **options)[-1])
    postgres.execute("insert into ops.t values (3, '2013-03-01 00:00:00.123456Z')")
    ids = [record["id"] for record in reader.records(source, config, "t", states=[state], **options)]
    assert ids == [4, 2, 3]


@pytest.mark.parametrize(
    ("kind", "values"),
    [("integer", (1, 20, 100)), ("text", ("a", "b", "ü")), ("date", ("2013-01-31", "2013-02-01", "2013-12-01"))],
)
def test_cursors_of_other_types_compare_as_the_server_does(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any, kind: str, values: tuple[Any, ...]
) -> None:
    postgres.execute(f"create table ops.t (c {kind})")
    for value in values:
        postgres.execute(f"insert into ops.t values ('{value}')")
    state = stream_state("t", {"cursor_field": "c", "cursor": values[1]})
    options = {"sync_mode": "incremental", "cursor_field": "c", "states": [state]}
    assert [record["c"] for record in reader.records(PostgresSource(now), config, "t", **options)] == list(values[1:])


def test_state_of_another_cursor_column_does_not_count(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute("create table ops.t (id bigint, other bigint); insert into ops.t values (1, 9), (2, 8)")
    state = stream_state("t", {"cursor_field": "other", "cursor": 9})
    options = {"sync_mode": "incremental", "cursor_field": "id", "states": [state]}
    assert len(reader.records(PostgresSource(now), config, "t", **options)) == 2


def test_messy_names_are_only_names(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute("""create table ops."We""ird %s {x}; drop" ("sel ect" bigint primary key, "100%" timestamptz)""")
    postgres.execute("""insert into ops."We""ird %s {x}; drop" values (1, '2013-03-01Z')""")
    options = {"sync_mode": "incremental", "cursor_field": "100%"}
    records = reader.records(PostgresSource(now), config, 'We"ird %s {x}; drop', **options)
    assert records == [{"sel ect": 1, "100%": "2013-03-01T00:00:00+00:00"}]


def test_wrong_cursor_names_the_columns(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute("create table ops.t (id bigint, at timestamptz)")
    with pytest.raises(AirbyteTracedException, match=r"cursor_field 'nope' is not a column.*Columns: id, at"):
        reader.records(PostgresSource(now), config, "t", sync_mode="incremental", cursor_field="nope")


def test_lost_connection_is_reported_as_the_protocol_has_it(
    postgres: PostgresServer, config: dict[str, Any], now: datetime, reader: Any
) -> None:
    postgres.execute(
        "create table ops.t as select n as id, repeat('x', 500) as filler from generate_series(1, 60000) n"
    )
    messages = reader.messages(PostgresSource(now), config, "t")
    seen = []

    def read_on() -> None:
        for message in messages:
            seen.append(message)
            if len(seen) == 10:
                postgres.execute(
                    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'lockgate-load'"
                )

    with pytest.raises(AirbyteTracedException, match=r"terminating connection|server closed the connection"):
        read_on()
    kinds = [m.trace.stream_status.status.value if m.trace and m.trace.stream_status else m.type for m in seen]
    assert kinds[0] == "STARTED"
    assert kinds[-1] == "INCOMPLETE"
    assert sum(message.type == Type.RECORD for message in seen) < 60000
