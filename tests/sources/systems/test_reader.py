"""What a reader of the source systems may see, keep and hold: as hostile as a submission can be."""

import contextlib
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pyarrow as pa
import pytest

from benchmark.source_systems import PostgresColumn, PostgresSystem, PostgresTable
from sources.systems import postgres_watch
from sources.systems.postgres_clusters import cluster_of_day
from sources.systems.postgres_replica import PostgresReplica
from sources.systems.postgres_roles import MAX_READER_CONNECTIONS
from sources.systems.postgres_template import VOLATILE_FOR_READERS
from tests.helpers.processes import has_ended

SPEC = PostgresSystem(
    name="shop",
    schema_name="ops",
    tables={
        "orders": PostgresTable(
            key=("id",),
            description="One row per order.",
            columns={
                "id": PostgresColumn(type="bigint"),
                "note": PostgresColumn(type="text", description="What the customer wrote."),
                "updated_at": PostgresColumn(type="timestamptz not null"),
            },
        ),
    },
)
BUSY = "with n as materialized (select generate_series(1, 10000)) select count(*) from n as a, n as b, n as c"


def orders(*ids: int, note: str = "") -> dict[str, pa.Table]:
    at = pa.array([datetime(2013, 3, 1, tzinfo=UTC)] * len(ids), pa.timestamp("us", "UTC"))
    return {"orders": pa.table({"id": pa.array(ids, pa.int64()), "note": [note] * len(ids), "updated_at": at})}


DAYS = [orders(*range(1000)), orders(*range(5, 1010))]


@pytest.fixture(scope="module")
def shared_replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresReplica]:
    replica = PostgresReplica(tmp_path_factory.mktemp("replica") / "shop", database="shop")
    show(replica, 1)
    yield replica
    replica.stop()


@pytest.fixture
def replica(shared_replica: PostgresReplica) -> PostgresReplica:
    show(shared_replica, 1)
    return shared_replica


def show(replica: PostgresReplica, day: int) -> None:
    with cluster_of_day(SPEC, DAYS[:day]) as data:
        replica.show(data)


def connect(replica: PostgresReplica, **options: Any) -> "psycopg.Connection[tuple[Any, ...]]":
    return psycopg.connect(
        host=replica.host,
        port=replica.port,
        user=replica.user,
        password=replica.password,
        dbname=replica.database,
        autocommit=True,
        **{"connect_timeout": 5, **options},
    )


def rows(replica: PostgresReplica, query: str) -> list[tuple[Any, ...]]:
    with connect(replica) as connection:
        return connection.execute(query.encode()).fetchall()


def backends(replica: PostgresReplica) -> list[psutil.Process]:
    """Processes that serve the reader."""
    assert replica.pid is not None
    found = []
    for process in psutil.Process(replica.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            if f"{replica.user} {replica.database}" in " ".join(process.cmdline()):
                found.append(process)
    return found


def wait_for(condition: Any, timeout_seconds: float = 20.0) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


WRITES = (
    "insert into ops.orders values (-1, '', now())",
    "update ops.orders set note = 'here'",
    "delete from ops.orders",
    "truncate ops.orders",
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create schema mine",
    "create view ops.mine as select 1",
    "create function pg_temp.mine() returns int language sql as 'select 1'",
    "create sequence mine",
    "create extension file_fdw",
    "create role mine",
    "create database mine",
    "select 1 as a into mine",
    "alter role reader password 'mine'",
    "alter role reader password null",
    "alter role reader valid until '2000-01-01'",
    "alter role reader connection limit 0",
    "alter role reader set application_name = 'mine'",
    "alter role reader in database shop set search_path = mine",
    "alter role reader reset all",
    "alter database shop set work_mem = '1MB'",
    "alter system set work_mem = '1MB'",
    "alter default privileges grant select on tables to public",
    "comment on table ops.orders is 'mine'",
    "comment on role reader is 'mine'",
    "grant reader to reader",
    "reassign owned by reader to reader",
    "security label on table ops.orders is 'mine'",
    "set role postgres",
    "set session authorization postgres",
    "set transaction read write",
    "begin; select 1; prepare transaction 'mine'",
    "vacuum",
    "analyze ops.orders",
    "reindex table ops.orders",
    "checkpoint",
    "refresh materialized view ops.orders",
    "lock table ops.orders in share mode",
    "lock table pg_class in access exclusive mode",
    "select 1 from ops.orders for update",
    "select 1 from ops.orders for key share",
    "listen mine",
    "notify mine, 'text'",
    "select pg_notify('mine', 'text')",
    "select lo_create(4711)",
    "select lo_from_bytea(4711, 'text')",
    "select lo_creat(-1)",
    "select lo_import('/etc/passwd')",
    "select lo_open(4711, 393216)",
    "select * from pg_largeobject",
    "select pg_advisory_lock(n) from generate_series(1, 100000) as numbers(n)",
    "select pg_try_advisory_lock(1)",
    "select pg_advisory_xact_lock_shared(1, 2)",
    "select pg_export_snapshot()",
    "select pg_current_xact_id()",
    "select txid_current()",
    "select pg_logical_emit_message(false, 'mine', repeat('x', 100))",
    "select pg_create_logical_replication_slot('mine', 'pgoutput')",
    "select pg_create_physical_replication_slot('mine')",
    "select nextval('ops.mine')",
    "select setval('ops.mine', 1)",
    "select pg_sleep(0)",
    "select pg_stat_reset()",
    "select pg_stat_force_next_flush()",
    "select pg_terminate_backend(pg_backend_pid())",
    "select pg_cancel_backend(pg_backend_pid())",
    "select pg_reload_conf()",
    "select pg_rotate_logfile()",
    "select pg_switch_wal()",
    "select pg_promote()",
    "select pg_read_file('PG_VERSION')",
    "select pg_ls_dir('.')",
    "select pg_stat_file('PG_VERSION')",
    "copy (select 1) to program 'true'",
    "copy (select 1) to '/tmp/mine'",
    "copy ops.orders from '/etc/passwd'",
    "load 'plpgsql'",
    "do $$ begin perform pg_advisory_lock(1); end $$",
)


@pytest.mark.parametrize("statement", WRITES)
def test_nothing_can_be_kept_or_held(shared_replica: PostgresReplica, statement: str) -> None:
    refused: list[psycopg.Error] = []
    with connect(shared_replica) as connection:
        try:
            connection.execute(statement.encode())
        except psycopg.Error as error:
            refused.append(error)
    assert refused, "the statement was carried out"
    assert not isinstance(refused[0], psycopg.errors.SyntaxError), refused[0]


def test_every_function_with_effects_is_one_that_was_chosen(shared_replica: PostgresReplica) -> None:
    found = rows(
        shared_replica,
        "select distinct proname from pg_proc where provolatile = 'v' and has_function_privilege(oid, 'execute') "
        "and prorettype::regtype::text not in ('trigger', 'event_trigger', 'table_am_handler', 'index_am_handler')",
    )
    assert {name for (name,) in found} <= {*VOLATILE_FOR_READERS, "plpgsql_validator"}


VIEWS_OF_ADMINISTRATORS = {
    "pg_prepared_xacts", "pg_stat_io", "pg_stat_recovery_prefetch", "pg_stat_xact_all_tables",
    "pg_stat_xact_sys_tables", "pg_stat_xact_user_functions", "pg_stat_xact_user_tables", "pg_wait_events",
}  # fmt: skip
"""Over functions that only they may call."""


def test_no_relation_shows_a_password_verifier(shared_replica: PostgresReplica) -> None:
    readable = rows(
        shared_replica,
        "select oid::regclass::text from pg_class "
        "where relkind in ('r', 'v', 'm') and has_table_privilege(oid, 'select') order by 1",
    )
    assert len(readable) > 100
    for (relation,) in readable:
        if relation not in VIEWS_OF_ADMINISTRATORS:
            held = rows(shared_replica, f"select 1 from {relation} as held where held::text like '%SCRAM-' || 'SHA%'")
            assert held == [], relation
    for table in ("pg_authid", "pg_shadow", "pg_user_mapping", "pg_subscription"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            rows(shared_replica, f"select * from {table}")


def test_only_one_database_and_no_other_role_can_be_entered(shared_replica: PostgresReplica) -> None:
    for change in ({"dbname": "template1"}, {"dbname": "postgres"}, {"user": "postgres"}, {"password": "wrong"}):
        address = {"host": shared_replica.host, "port": shared_replica.port, "user": shared_replica.user}
        known = {**address, "password": shared_replica.password, "dbname": shared_replica.database}
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(**{**known, **change}, connect_timeout=5)  # type: ignore[arg-type]


OBSERVATIONS = (
    "select * from pg_stat_database where datname = 'shop'",
    "select * from pg_stat_user_tables",
    "select * from pg_statio_user_tables",
    "select * from pg_stat_user_indexes",
    "select application_name, state, query from pg_stat_activity where pid <> pg_backend_pid() and usename = 'reader'",
    "select rolname, rolconfig, rolvaliduntil, rolconnlimit from pg_roles order by 1",
    "select * from pg_db_role_setting",
    "select * from pg_largeobject_metadata",
    "select * from pg_sequences",
    "select * from pg_description where classoid = 'pg_class'::regclass and objoid > 16383 order by 1, 2, 3",
    "select relname, relpages, reltuples from pg_class order by oid",
    "select count(*), min(xmin::text), max(xmin::text) from ops.orders",
    "select pg_current_snapshot()",
    "select pg_database_size('shop')",
)


def observe(replica: PostgresReplica) -> dict[str, list[tuple[Any, ...]]]:
    return {query: rows(replica, query) for query in OBSERVATIONS if "pg_stat_database" not in query}


def test_a_day_looks_the_same_whatever_was_done_before(replica: PostgresReplica) -> None:
    fresh = observe(replica)
    for statement in (*WRITES, *["select * from ops.orders order by note"] * 20):
        with connect(replica, application_name="a secret") as connection, contextlib.suppress(psycopg.Error):
            connection.execute(statement.encode())
    with contextlib.closing(connect(replica, application_name="a secret")) as held:
        held.execute("begin; declare mine cursor with hold for select * from ops.orders; commit")
        held.execute("begin; lock table ops.orders in access share mode")
        show(replica, 1)
    assert observe(replica) == fresh


def test_rows_that_stay_keep_their_version_from_day_to_day(replica: PostgresReplica) -> None:
    versions = dict(rows(replica, "select id, xmin::text from ops.orders"))
    show(replica, 2)
    later = dict(rows(replica, "select id, xmin::text from ops.orders"))
    assert set(later) == set(range(5, 1010))
    assert {key: versions[key] for key in range(5, 1000)} == {key: later[key] for key in range(5, 1000)}
    assert not {later[key] for key in range(1000, 1010)} & set(versions.values())


def misbehave(replica: PostgresReplica, stack: contextlib.ExitStack) -> None:
    """Take every connection: some compute, all hold a snapshot and locks. Open others without a word."""
    for number in range(MAX_READER_CONNECTIONS):
        connection = stack.enter_context(contextlib.closing(connect(replica)))
        connection.execute("set statement_timeout = 0; set transaction_timeout = 0; set work_mem = '1GB'")
        connection.execute("set client_connection_check_interval = 0")
        connection.execute("begin isolation level repeatable read; lock table ops.orders in access share mode")
        if number < 3:
            connection.pgconn.send_query(BUSY.encode())
    for _ in range(60):
        stack.enter_context(socket.create_connection((replica.host, replica.port)))


def test_no_misbehaviour_keeps_the_next_day_from_coming(replica: PostgresReplica) -> None:
    with contextlib.ExitStack() as stack:
        misbehave(replica, stack)
        with pytest.raises(psycopg.OperationalError):
            connect(replica)
        replica.check()
        before = backends(replica)
        assert len(before) == MAX_READER_CONNECTIONS
        show(replica, 2)
        assert rows(replica, "select max(id) from ops.orders") == [(1009,)]
        assert not [process for process in before if process.is_running()]


def test_sessions_can_be_ended_without_a_new_day(replica: PostgresReplica) -> None:
    port = replica.port
    with contextlib.ExitStack() as stack:
        misbehave(replica, stack)
        replica.end_sessions()
        assert backends(replica) == []
    assert replica.port == port
    assert wait_for(lambda: _answers(replica))


def _answers(replica: PostgresReplica) -> bool:
    with contextlib.suppress(psycopg.OperationalError):
        return rows(replica, "select count(*) from ops.orders") == [(1000,)]
    return False


def test_the_address_stays_from_day_to_day_and_gives_way_to_others(replica: PostgresReplica) -> None:
    port, password = replica.port, replica.password
    show(replica, 2)
    assert (replica.port, replica.password) == (port, password)
    replica._end()
    with socket.create_server((replica.host, port)):
        show(replica, 1)
        assert replica.port != port
        assert rows(replica, "select count(*) from ops.orders") == [(1000,)]


@pytest.mark.parametrize("is_reset", [False, True], ids=["closed", "reset"])
def test_work_ends_with_its_connection(replica: PostgresReplica, is_reset: bool) -> None:
    connection = connect(replica)
    connection.execute("set statement_timeout = 0; set transaction_timeout = 0")
    connection.execute("set client_connection_check_interval = 0")
    connection.pgconn.send_query(BUSY.encode())
    assert wait_for(lambda: backends(replica)[0].cpu_times().user > 0.1)
    if is_reset:
        with socket.socket(fileno=socket.dup(connection.pgconn.socket)) as raw:
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()
    else:
        connection.close()
    assert wait_for(lambda: not backends(replica), 10)


def test_a_long_transaction_ends_whatever_its_settings(
    replica: PostgresReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_watch, "MAX_TRANSACTION_SECONDS", 1.0)
    with connect(replica) as connection:
        connection.execute("set transaction_timeout = 0; set statement_timeout = 0")
        with pytest.raises(psycopg.errors.AdminShutdown):
            connection.execute(BUSY)
    with connect(replica) as connection:
        time.sleep(2)
        assert connection.execute("select 1").fetchall() == [(1,)], "a session without a transaction may wait"


def test_a_session_has_a_limit_on_memory_and_survives_it(replica: PostgresReplica) -> None:
    with connect(replica) as connection:
        connection.execute("set work_mem = '2GB'; set hash_mem_multiplier = 1000")
        with pytest.raises(psycopg.errors.OutOfMemory):
            connection.execute("select count(*) from (select n from generate_series(1, 20000000) as s(n) group by n) t")
        assert connection.execute("select 1").fetchall() == [(1,)]


_Ended = psycopg.OperationalError
"""`AdminShutdown`, and the closed connection of a session that was sending rows: it may not say why it ends."""


def test_all_sessions_together_have_a_limit_on_memory(
    replica: PostgresReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    # On a busy machine a session may need longer to end; one that is killed takes all others with it.
    monkeypatch.setattr(postgres_watch, "_PATIENCE_SECONDS", 120.0)
    monkeypatch.setattr(postgres_watch, "MAX_MEMORY_BYTES", 16 * 2**20)
    with connect(replica, connect_timeout=60) as modest, connect(replica, connect_timeout=60) as greedy:
        modest.execute("select 1")
        with contextlib.suppress(_Ended):
            greedy.execute("select length(set_config('my.text', repeat('x', 16000000), false))")
        assert wait_for(lambda: _is_closed(greedy), 90)
        assert modest.execute("select 1").fetchall() == [(1,)]


def _is_closed(connection: "psycopg.Connection[Any]") -> bool:
    with contextlib.suppress(psycopg.Error):
        connection.execute("select 1")
        return False
    return True


SPILL = "declare mine cursor with hold for select n, repeat('x', 200) from generate_series(1, %d) as s(n)"


def test_a_session_has_a_limit_on_spilled_files(replica: PostgresReplica) -> None:
    with connect(replica) as connection, pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
        connection.execute((SPILL % 5_000_000).encode())
    assert wait_for(lambda: not postgres_watch._spilled_bytes(replica.directory / "data-1"))


def test_all_sessions_together_have_a_limit_on_spilled_files(
    replica: PostgresReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_watch, "MAX_SPILLED_BYTES", 20 * 2**20)
    with connect(replica) as connection:
        with contextlib.suppress(_Ended):
            connection.execute((SPILL % 200_000).encode())
        assert wait_for(lambda: _is_closed(connection))
    assert wait_for(lambda: not any(map(postgres_watch._spilled_bytes, replica.directory.glob("data-*"))))


def test_silent_connections_do_not_pile_up_processes(replica: PostgresReplica) -> None:
    began = time.monotonic()
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection((replica.host, replica.port))) for _ in range(300)]
        for connection in silent:
            connection.settimeout(0)
        n_kept = postgres_watch.MAX_SILENT_CONNECTIONS
        assert wait_for(lambda: sum(map(_is_open, silent)) <= n_kept, 8), "they end before the password is due"
        assert time.monotonic() - began < 10
        assert wait_for(lambda: _answers(replica))


def _is_open(connection: socket.socket) -> bool:
    try:
        return bool(connection.recv(1))
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_errors_and_wrong_passwords_fill_no_disk(replica: PostgresReplica) -> None:
    before = _size(replica.directory)
    with connect(replica) as connection:
        for _ in range(300):
            with contextlib.suppress(psycopg.Error):
                connection.execute(b"select nothing /*" + b"x" * 50_000 + b"*/")
    for _ in range(30):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=replica.host, port=replica.port, user="x" * 60, dbname="shop", password="wrong")
    assert _size(replica.directory) - before < 2**20


def test_a_killed_server_leaves_no_busy_process(replica: PostgresReplica) -> None:
    with contextlib.closing(connect(replica)) as connection:
        connection.pgconn.send_query(BUSY.encode())
        (busy,) = backends(replica)
        psutil.Process(replica.pid).kill()
        assert wait_for(lambda: has_ended(busy), 5)
    show(replica, 2)
    assert rows(replica, "select max(id) from ops.orders") == [(1009,)]


def test_a_session_that_cannot_be_asked_to_end_is_killed(
    replica: PostgresReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_watch, "_PATIENCE_SECONDS", 0.5)
    connection = connect(replica)
    (stopped,) = backends(replica)
    stopped.suspend()
    connection.close()
    assert wait_for(lambda: has_ended(stopped))
    assert wait_for(lambda: _answers(replica)), "the server recovers"
