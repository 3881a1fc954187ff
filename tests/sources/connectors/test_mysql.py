"""The connector `mysql` on a real MariaDB."""

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from airbyte_cdk.models import Status, Type
from airbyte_cdk.utils.traced_exception import AirbyteTracedException

from sources.connectors.messages import stream_state
from sources.connectors.mysql import MysqlSource
from tests.helpers.mysql_server import NEEDS_MARIADB, MysqlServer
from tests.helpers.shared_home import SHARED_HOME

pytestmark = NEEDS_MARIADB
LOGGER = logging.getLogger("test")


@pytest.fixture(scope="module")
def shared_mysql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlServer]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(SHARED_HOME))
        server = MysqlServer(tmp_path_factory.mktemp("mysql") / "server")
        yield server
        server.stop()


@pytest.fixture
def mysql(shared_mysql: MysqlServer) -> MysqlServer:
    shared_mysql.execute("drop database if exists ops;\ncreate database ops")
    return shared_mysql


def test_check_tells_why_not(mysql: MysqlServer, now: datetime) -> None:
    source = MysqlSource(now)
    assert source.check(LOGGER, mysql.config).status == Status.SUCCEEDED
    for change, message in (
        ({"password": "wrong"}, "Access denied for user 'reader'"),
        ({"host": ""}, "key 'config.host' is missing"),
        ({"port": "x"}, "key 'config.port' must be a number from 1 to 65535; received 'x'"),
        ({"port": 1}, "MySQL at 127.0.0.1:1, database 'ops'"),
        ({"database": "nope"}, "nope"),
        ({"tinyint1": "maybe"}, "key 'config.tinyint1' must be boolean or integer; received 'maybe'"),
        ({"zero_dates": ["text"]}, "key 'config.zero_dates' must be text or a number"),
    ):
        refused = source.check(LOGGER, {**mysql.config, **change})
        assert refused.status == Status.FAILED
        assert message in refused.message


EVERYTHING = """
create table everything (
    id bigint unsigned primary key, tiny tinyint, small smallint unsigned, medium mediumint, normal int(8) zerofill,
    large bigint, flag tinyint(1), bit1 bit(1), bit8 bit(8), bit64 bit(64), price decimal(12, 2), huge decimal(65, 30),
    single float, ratio double, day date, local datetime(6), plain datetime, at timestamp(6) null, clock time(3),
    made year, old varchar(20) character set latin1, name varchar(40), fixed char(5), note text, doc json,
    mood enum('calm', 'it''s busy'), tags set('a', 'b'), raw blob, fix binary(3));
insert into everything values (
    18446744073709551615, -128, 65535, -8388608, 42, -9223372036854775808, 1, b'1', b'10000001', ~0,
    12345678.90, 12345678901234567890123456789012345.123456789012345678901234567891,
    0.1, 0.1, '2013-03-10', '2013-03-10 02:30:00.123456', '9999-12-31 23:59:59', '2013-03-10 02:30:00', '-838:59:59',
    1901, 'Köln €', '🛶 "a", \\\\b', 'ab', 'line\\nline', '{"x": [1, null, 12345678901234567890.5]}',
    'it''s busy', 'a,b', x'00ff41', x'01');
insert into everything (id, single, ratio, name) values (2, 16777217, 1.7976931348623157e308, '');
insert into everything (id, single, ratio) values (3, 3.4028234e38, 12345678901234567)
"""


def test_every_type_is_discovered_and_read_exactly(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute(EVERYTHING)
    source = MysqlSource(now)
    stream = reader.discover(source, mysql.config)["everything"]
    properties = stream.json_schema["properties"]
    assert stream.source_defined_primary_key == [["id"]]
    unsigned = {"type": ["null", "string"], "airbyte_type": "decimal", "precision": 20, "scale": 0}
    assert properties["id"] == properties["bit64"] == unsigned
    assert properties["large"] == properties["bit8"] == properties["made"] == {"type": ["null", "integer"]}
    assert properties["flag"] == properties["bit1"] == {"type": ["null", "boolean"]}
    assert properties["huge"] == {"type": ["null", "string"], "airbyte_type": "decimal"}
    assert properties["doc"] == {"type": ["null", "object"]}
    assert properties["at"]["airbyte_type"] == "timestamp_with_timezone"
    assert properties["local"]["airbyte_type"] == "timestamp_without_timezone"
    second, third, first = reader.records(source, mysql.config, "everything")
    assert {name: str(value) if name == "doc" else value for name, value in first.items()} == {
        "id": "18446744073709551615",
        "tiny": -128,
        "small": 65535,
        "medium": -8388608,
        "normal": 42,
        "large": -9223372036854775808,
        "flag": True,
        "bit1": True,
        "bit8": 129,
        "bit64": "18446744073709551615",
        "price": "12345678.90",
        "huge": "12345678901234567890123456789012345.123456789012345678901234567891",
        "single": 0.1,
        "ratio": 0.1,
        "day": "2013-03-10",
        "local": "2013-03-10T02:30:00.123456",
        "plain": "9999-12-31T23:59:59",
        "at": "2013-03-10T02:30:00.000000+00:00",
        "clock": "-838:59:59.000",
        "made": 1901,
        "old": "Köln €",
        "name": '🛶 "a", \\b',
        "fixed": "ab",
        "note": "line\nline",
        "doc": "{'x': [1, None, Decimal('12345678901234567890.5')]}",
        "mood": "it's busy",
        "tags": "a,b",
        "raw": "00ff41",
        "fix": "010000",
    }
    assert second == dict.fromkeys(first) | {"id": "2", "single": 16777216, "ratio": 1.7976931348623157e308, "name": ""}
    assert (third["single"], third["ratio"]) == (3.4028235e38, 12345678901234567.0)


def test_a_tinyint_of_1_is_a_truth_value_unless_told_otherwise(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute(
        "create table t (id int primary key, flag tinyint(1));\ninsert into t values (1, 0), (2, null), (3, 2)"
    )
    with pytest.raises(
        AirbyteTracedException, match=r"column 'flag' is tinyint\(1\) and holds 2.*config\.tinyint1' to integer"
    ):
        reader.records(MysqlSource(now), mysql.config, "t")
    config = {**mysql.config, "tinyint1": "integer"}
    assert [record["flag"] for record in reader.records(MysqlSource(now), config, "t")] == [0, None, 2]


DATES = """
create table t (id int primary key, day date, at datetime(3), moment timestamp null);
insert into t values (1, '2013-03-10', '2013-03-10 01:02:03.5', '2013-03-10 01:02:03');
insert into t values (2, '0000-00-00', '0000-00-00', '0000-00-00');
insert into t values (3, '2013-00-00', '2013-02-31 10:00', null);
insert into t values (4, null, '1000-01-01', null)
"""


def test_dates_that_no_calendar_has_are_null_with_a_warning(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute(DATES)
    source = MysqlSource(now)
    found = [list(record.values()) for record in reader.records(source, mysql.config, "t")]
    assert found == [
        [1, "2013-03-10", "2013-03-10T01:02:03.500", "2013-03-10T01:02:03+00:00"],
        [2, None, None, None],
        [3, None, None, None],
        [4, None, "1000-01-01T00:00:00.000", None],
    ]
    warnings = reader.warnings(source, mysql.config, "t")
    assert [warning.split(" are ")[0] for warning in warnings] == [
        "stream 't': 2 values of column 'day'",
        "stream 't': 2 values of column 'at'",
        "stream 't': 1 values of column 'moment'",
    ]


def test_dates_can_be_kept_as_text(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute(DATES)
    config = {**mysql.config, "zero_dates": "text"}
    found = [list(record.values())[1:3] for record in reader.records(MysqlSource(now), config, "t")]
    assert found[1:3] == [["0000-00-00", "0000-00-00 00:00:00.000"], ["2013-00-00", "2013-02-31 10:00:00.000"]]
    assert reader.warnings(MysqlSource(now), config, "t") == []


def test_incremental_reads_in_order_of_the_cursor_and_checkpoints(
    mysql: MysqlServer, now: datetime, reader: Any
) -> None:
    mysql.execute(
        "create table t (id bigint primary key, updated_at timestamp(3));\n"
        "insert into t select 100 - seq, '2013-03-01' + interval seq minute from seq_1_to_25"
    )
    source = MysqlSource(now, checkpoint_rows=10)
    options = {"sync_mode": "incremental", "cursor_field": "updated_at"}
    records = reader.records(source, mysql.config, "t", **options)
    assert [record["id"] for record in records] == list(range(99, 74, -1))
    cursors = [state["cursor"] for state in reader.states(source, mysql.config, "t", **options)]
    assert cursors == [f"2013-03-01 00:{minute}:00.000" for minute in (10, 20, 25)]


@pytest.mark.parametrize("destination", ["append", "append_dedup"])
def test_ties_nulls_and_zero_dates_are_read_again(
    mysql: MysqlServer, now: datetime, reader: Any, destination: str
) -> None:
    mysql.execute(
        "create table t (id int primary key, at datetime(6));\n"
        "insert into t values (1, '2013-03-01'), (2, '2013-03-01 00:00:00.123456'), (4, null), (5, '0000-00-00')"
    )
    source = MysqlSource(now)
    options = {"sync_mode": "incremental", "cursor_field": "at", "destination": destination}
    assert [record["id"] for record in reader.records(source, mysql.config, "t", **options)] == [4, 5, 1, 2]
    state = stream_state("t", reader.states(source, mysql.config, "t", **options)[-1])
    mysql.execute("insert into t values (3, '2013-03-01 00:00:00.123456'), (6, '2012-01-01')")
    ids = [record["id"] for record in reader.records(source, mysql.config, "t", states=[state], **options)]
    assert ids == [4, 5, 2, 3]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("int", ("1", "20", "100")),
        ("bigint unsigned", ("9223372036854775807", "18446744073709551614", "18446744073709551615")),
        ("decimal(30, 2)", ("1.50", "12345678901234567890123456.01", "12345678901234567890123456.02")),
        ("float", ("0.1", "0.2", "16777216")),
        ("double", ("0.1", "0.30000000000000004", "1e300")),
        ("varchar(9)", ("a", "B", "ü")),
        ("varchar(9) character set latin1", ("a", "it''s", "ü")),
        ("enum('z', 'b', 'a')", ("a", "b", "z")),
        ("date", ("2013-01-31", "2013-02-01", "2013-12-01")),
        ("year", ("1999", "2001", "2013")),
        ("binary(2)", ("A1", "B1", "C1")),
        ("bit(9)", ("1", "20", "300")),
    ],
)
def test_cursors_of_other_types_compare_as_the_server_does(
    mysql: MysqlServer, now: datetime, reader: Any, kind: str, values: tuple[str, ...]
) -> None:
    mysql.execute(f"create table t (id int auto_increment primary key, c {kind})")
    written = [value if kind.startswith("bit") else f"'{value}'" for value in values]
    mysql.execute(f"insert into t (c) values ({'), ('.join(written[:2])})")
    source, options = MysqlSource(now), {"sync_mode": "incremental", "cursor_field": "c"}
    assert [record["id"] for record in reader.records(source, mysql.config, "t", **options)] == [1, 2]
    state = stream_state("t", reader.states(source, mysql.config, "t", **options)[-1])
    mysql.execute(f"insert into t (c) values ({written[2]})")
    found = [record["id"] for record in reader.records(source, mysql.config, "t", states=[state], **options)]
    assert found == [2, 3], "the last value again, and what is new"


@pytest.mark.parametrize(
    ("kind", "last", "lookback", "expected"),
    [
        ("datetime", "2013-03-01 02:00:00", "90 minutes", ["2013-03-01 01:00", "2013-03-01 02:00"]),
        ("date", "2013-03-02", "1 day", ["2013-03-01", "2013-03-02"]),
        ("bigint unsigned", 18446744073709551615, 1, ["18446744073709551614", "18446744073709551615"]),
    ],
)
def test_lookback_reads_again_from_before_the_last_value(
    mysql: MysqlServer, now: datetime, reader: Any, kind: str, last: Any, lookback: Any, expected: list[str]
) -> None:
    mysql.execute(f"create table t (id int auto_increment primary key, c {kind})")
    for value in ["1971-01-01" if kind.startswith("date") else "5", *expected]:
        mysql.execute(f"insert into t (c) values ('{value}')")
    config = {**mysql.config, "lookback": {"t": lookback}}
    state = stream_state("t", {"cursor_field": "c", "cursor": last})
    options = {"sync_mode": "incremental", "cursor_field": "c", "states": [state]}
    assert [record["id"] for record in reader.records(MysqlSource(now), config, "t", **options)] == [2, 3]


@pytest.mark.parametrize(
    ("kind", "cursor", "lookback", "message"),
    [
        ("varchar(9)", "a", 3, "lookback 3 does not fit cursor_field 'c'.*It is for dates, timestamps and numbers"),
        ("int", 5, "1 day", "lookback '1 day' does not fit.*Give a number"),
        ("datetime", "2013-01-01", 5, "lookback 5 does not fit.*Give a time"),
        ("int", "1 or 1=1", None, "the state's cursor '1 or 1=1' is no number"),
        ("datetime", "x' or ''='", None, "the state's cursor .* is no date or time"),
        ("json", None, None, "cursor_field 'c' is of type longtext, which has no order"),
    ],
)
def test_what_cannot_be_compared_is_said(
    mysql: MysqlServer, now: datetime, reader: Any, kind: str, cursor: Any, lookback: Any, message: str
) -> None:
    mysql.execute(f"create table t (c {kind})")
    config = {**mysql.config, "lookback": {"t": lookback}}
    state = stream_state("t", {"cursor_field": "c", "cursor": cursor})
    with pytest.raises(AirbyteTracedException, match=message):
        reader.records(MysqlSource(now), config, "t", "incremental", cursor_field="c", states=[state])


def test_messy_names_and_views_are_only_names(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute(
        "create table `We``ird %s {x} drop` (`sel ect` bigint primary key, `100%` datetime, `j``s` json);\n"
        "insert into `We``ird %s {x} drop` values (1, '2013-03-01', '[]');\n"
        "create view seen as select `sel ect` + 1 as two, `j``s` from `We``ird %s {x} drop`"
    )
    options = {"sync_mode": "incremental", "cursor_field": "100%"}
    records = reader.records(MysqlSource(now), mysql.config, "We`ird %s {x} drop", **options)
    assert records == [{"sel ect": 1, "100%": "2013-03-01T00:00:00", "j`s": []}]
    assert reader.records(MysqlSource(now), mysql.config, "seen")[0]["two"] == 2


def test_values_longer_than_a_packet_arrive_whole(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute("create table t (id int primary key, a longtext, b longblob)")
    mysql.execute("insert into t values (1, repeat('ä', 9000000), null), (2, '', repeat('x', 16777215)), (3, 'z', '')")
    first, second, third = reader.records(MysqlSource(now), mysql.config, "t")
    assert first == {"id": 1, "a": "ä" * 9_000_000, "b": None}
    assert second == {"id": 2, "a": "", "b": "78" * 16_777_215}
    assert third == {"id": 3, "a": "z", "b": ""}


def test_lost_connection_is_reported_as_the_protocol_has_it(mysql: MysqlServer, now: datetime, reader: Any) -> None:
    mysql.execute("create table t (id int primary key, filler varchar(500))")
    mysql.execute("insert into t select seq, repeat('x', 500) from seq_1_to_120000")
    seen = []

    def read_on() -> None:
        for message in reader.messages(MysqlSource(now), mysql.config, "t"):
            seen.append(message)
            if len(seen) == 10:
                mysql.execute("kill user reader")

    with pytest.raises(AirbyteTracedException, match=r"Lost connection to MySQL server|Connection was killed"):
        read_on()
    kinds = [m.trace.stream_status.status.value if m.trace and m.trace.stream_status else m.type for m in seen]
    assert kinds[0] == "STARTED"
    assert kinds[-1] == "INCOMPLETE"
    assert sum(message.type == Type.RECORD for message in seen) < 120_000
