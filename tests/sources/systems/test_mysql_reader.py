"""What a reader of a MySQL database may see, keep and hold: as hostile as a submission can be."""

import contextlib
import os
import signal
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pymysql
import pytest

from benchmark.mysql_system import MysqlSystem
from sources.systems import mysql_watch
from sources.systems.mysql_days import database_of_day
from sources.systems.mysql_process import MAX_READER_CONNECTIONS
from sources.systems.mysql_programs import MysqlError
from sources.systems.mysql_replica import MysqlReplica
from tests.helpers.mysql_server import NEEDS_MARIADB
from tests.helpers.shared_home import SHARED_HOME

pytestmark = NEEDS_MARIADB
ORDERS = {"key": "id", "description": "One row per order.", "columns": {"id": "bigint", "note": "varchar(20)"}}
SPEC = MysqlSystem.model_validate({"name": "shop", "tables": {"orders": ORDERS}})
BUSY = "select count(*) from orders a, orders b, orders c, orders d"


def orders(*ids: int) -> dict[str, pa.Table]:
    return {"orders": pa.table({"id": pa.array(ids, pa.int64()), "note": [""] * len(ids)})}


DAYS = [orders(*range(1000)), orders(*range(5, 1010))]


@pytest.fixture(scope="module")
def shared_replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MysqlReplica]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LOCKGATE_HOME", str(SHARED_HOME))
        replica = MysqlReplica(tmp_path_factory.mktemp("replica") / "shop", database="shop")
        show(replica, 1)
        yield replica
        replica.stop()


@pytest.fixture
def replica(shared_replica: MysqlReplica) -> MysqlReplica:
    show(shared_replica, 1)
    return shared_replica


def show(replica: MysqlReplica, day: int) -> None:
    with database_of_day(SPEC, DAYS[day - 1]) as data:
        replica.show(data)


def connect(replica: MysqlReplica, **changes: Any) -> Any:
    address = {"host": replica.host, "port": replica.port, "user": replica.user, "password": replica.password}
    return pymysql.connect(
        **{**address, "database": replica.database, "autocommit": True, "connect_timeout": 5, **changes}
    )


def rows(replica: MysqlReplica, query: str) -> list[tuple[Any, ...]]:
    with connect(replica) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


WRITES = (
    "insert into orders values (-1, '')",
    "update orders set note = 'here'",
    "delete from orders",
    "truncate orders",
    "drop table orders",
    "create table mine (a int)",
    "create temporary table mine (a int)",
    "create database mine",
    "create view mine as select 1",
    "create procedure mine() select 1",
    "create event mine on schedule every 1 day do select 1",
    "create sequence mine",
    "create user mine",
    "create role mine",
    "set password = password('mine')",
    "alter user current_user() identified by 'mine'",
    "alter user current_user() with max_user_connections 100",
    "set default role none",
    "grant select on shop.* to mine",
    "set global max_connections = 5",
    "set global general_log = 1",
    "lock tables orders read",
    "select * from orders for update",
    "flush tables",
    "flush status",
    "flush privileges",
    "analyze table orders",
    "optimize table orders",
    "repair table orders",
    "install soname 'ha_connect'",
    "select 1 into outfile '/tmp/mine'",
    "select * from mysql.global_priv",
    "select * from information_schema.innodb_trx",
    "show engine innodb status",
    "load data local infile '/etc/passwd' into table orders",
    "load data infile '/etc/passwd' into table orders",
    "shutdown",
    "kill 1",
    "backup stage start",
    "change master to master_host = 'x'",
    "binlog ''",
)


@pytest.mark.parametrize("statement", WRITES)
def test_nothing_can_be_kept_or_held(shared_replica: MysqlReplica, statement: str) -> None:
    with pytest.raises(pymysql.Error) as refused:
        rows(shared_replica, statement)
    assert refused.value.args[0] != 1064, "a mistake in the statement"


def test_no_file_is_read_and_no_path_is_told(shared_replica: MysqlReplica) -> None:
    assert rows(shared_replica, "select load_file('/etc/passwd')") == [(None,)]
    told = rows(shared_replica, "show variables")
    assert not [value for _, value in told if str(shared_replica.directory) in value]


@pytest.mark.parametrize(
    ("variable", "most"),
    [
        ("max_session_mem_used", 64 * 2**20),
        ("sort_buffer_size", 8 * 2**20),
        ("max_heap_table_size", 16 * 2**20),
        ("tmp_memory_table_size", 16 * 2**20),
        ("join_buffer_size", 8 * 2**20),
    ],
)
def test_no_limit_of_memory_can_be_lifted(shared_replica: MysqlReplica, variable: str, most: int) -> None:
    with connect(shared_replica) as connection, connection.cursor() as cursor:
        cursor.execute(f"set session {variable} = 9000000000")
        cursor.execute(f"select @@{variable}")
        assert cursor.fetchall()[0][0] <= most


def test_only_one_database_and_no_other_user_can_be_entered(shared_replica: MysqlReplica) -> None:
    for change in ({"database": "mysql"}, {"user": "root", "password": ""}, {"user": ""}, {"password": "wrong"}):
        with pytest.raises(pymysql.err.OperationalError):
            connect(shared_replica, **change)


def test_a_lock_ends_with_its_session_and_a_prepared_transaction_with_all(replica: MysqlReplica) -> None:
    with connect(replica) as connection, connection.cursor() as cursor:
        cursor.execute("select get_lock('mine', 0)")
        for statement in ("xa start 'mine'", "select count(*) from orders", "xa end 'mine'", "xa prepare 'mine'"):
            cursor.execute(statement)
    assert rows(replica, "select is_free_lock('mine')") == [(1,)]
    assert len(rows(replica, "xa recover")) == 1
    replica.end_sessions()
    assert rows(replica, "xa recover") == []


def misbehave(replica: MysqlReplica, stack: contextlib.ExitStack) -> None:
    """Take every connection: some compute, all hold a snapshot. Open others without a word."""
    for number in range(MAX_READER_CONNECTIONS):
        connection = connect(replica)
        stack.callback(connection._force_close)
        with connection.cursor() as cursor:
            cursor.execute("set max_statement_time = 0, wait_timeout = 100000")
            cursor.execute("start transaction with consistent snapshot")
        if number < 3:
            connection._execute_command(3, BUSY)
    for _ in range(30):
        stack.enter_context(socket.create_connection((replica.host, replica.port)))


def test_no_misbehaviour_keeps_the_next_day_from_coming(replica: MysqlReplica) -> None:
    with contextlib.ExitStack() as stack:
        misbehave(replica, stack)
        with pytest.raises(pymysql.err.OperationalError, match="max_user_connections"):
            connect(replica)
        replica.check()
        show(replica, 2)
        assert rows(replica, "select max(id), count(*) from orders") == [(1009, 1005)]


def test_sessions_can_be_ended_without_a_new_day(replica: MysqlReplica) -> None:
    address = (replica.port, replica.password)
    with contextlib.ExitStack() as stack:
        misbehave(replica, stack)
        replica.end_sessions()
        assert rows(replica, "select count(*) from information_schema.processlist") == [(1,)]
    assert (replica.port, replica.password) == address


def test_a_session_that_does_not_end_costs_the_server_not_the_data(
    replica: MysqlReplica, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mysql_watch.MysqlWatch, "end_all", lambda _: False)
    port, pid = replica.port, replica.pid
    replica.end_sessions()
    assert replica.pid != pid
    assert replica.port == port
    assert rows(replica, "select count(*) from orders") == [(1000,)]


def wait_until_alone(replica: MysqlReplica) -> bool:
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if rows(replica, "select count(*) from information_schema.processlist") == [(1,)]:
            return True
        time.sleep(0.1)
    return False


def test_work_ends_with_its_connection(replica: MysqlReplica) -> None:
    connection = connect(replica)
    with connection.cursor() as cursor:
        cursor.execute("set max_statement_time = 0")
    connection._execute_command(3, BUSY)
    connection._force_close()
    assert wait_until_alone(replica)


@pytest.mark.parametrize("limit", ["MAX_STATEMENT_SECONDS", "MAX_MEMORY_BYTES"])
def test_what_takes_too_much_ends_whatever_its_settings(
    replica: MysqlReplica, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(mysql_watch, limit, 1)
    with connect(replica) as connection, connection.cursor() as cursor:
        cursor.execute("set max_statement_time = 0")
        with pytest.raises(pymysql.Error, match=r"Lost connection|killed"):
            cursor.execute(BUSY)


def test_a_dead_server_is_named(replica: MysqlReplica) -> None:
    assert replica.pid is not None
    os.kill(replica.pid, signal.SIGKILL)
    time.sleep(0.5)
    with pytest.raises(MysqlError, match="the server is not running"):
        replica.check()


def test_nothing_is_left_of_a_server(tmp_path: Path) -> None:
    replica = MysqlReplica(tmp_path / "shop", database="shop")
    show(replica, 1)
    pid = replica.pid
    replica.stop()
    replica.stop()
    assert not (tmp_path / "shop").exists()
    assert not Path(f"/proc/{pid}/cwd").exists()
