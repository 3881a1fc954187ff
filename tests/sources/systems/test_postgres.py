import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pyarrow as pa
import pytest

from sources.systems.postgres import PostgresError, PostgresServer
from sources.systems.postgres_template import identity_here, run_single_user
from sources.systems.server_process import Identity
from tests.helpers.processes import has_ended

_ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run as another user")


def _connect(server: PostgresServer, **changes: object) -> "psycopg.Connection[tuple[object, ...]]":
    address = {"host": server.host, "port": server.port, "user": server.user, "password": server.password}
    return psycopg.connect(**{**address, "dbname": server.database, "connect_timeout": 5, **changes})  # type: ignore[arg-type]


def _has_ended(pid: int, timeout_seconds: float = 8) -> bool:
    try:
        process = psutil.Process(pid)
    except psutil.NoSuchProcess:
        return True
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        if has_ended(process):
            return True
        time.sleep(0.02)
    return False


def test_reader_reads_every_table_and_writes_none(postgres: PostgresServer) -> None:
    postgres.execute("create table ops.flights (id bigint primary key); insert into ops.flights values (7)")
    with _connect(postgres) as connection:
        assert connection.execute("select id from ops.flights").fetchall() == [(7,)]
    for statement in (
        "insert into ops.flights values (8)",
        "create table mine (a int)",
        "copy ops.flights to '/tmp/x'",
    ):
        with _connect(postgres) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


def test_wrong_password_is_refused(postgres: PostgresServer) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        _connect(postgres, password="wrong")


def test_copy_arrow_keeps_nulls_empty_strings_quotes_and_instants(postgres: PostgresServer) -> None:
    postgres.execute("create table ops.t (id bigint, name text, at timestamptz, local timestamp, is_on boolean)")
    at, local = datetime(2013, 3, 10, 7, 0, tzinfo=UTC), datetime(2013, 3, 10, 2, 30)  # noqa: DTZ001 - a naive column
    table = pa.table(
        {
            "id": [1, 2, 3],
            "name": [None, "", 'a "b",\nc'],
            "at": pa.array([at, None, at], pa.timestamp("us", "UTC")),
            "local": pa.array([local, local, None], pa.timestamp("us")),
            "is_on": [True, None, False],
        }
    )
    postgres.copy_arrow("ops.t", table)
    assert postgres.query("select * from ops.t order by id") == [
        (1, None, at, local, True),
        (2, "", None, local, None),
        (3, 'a "b",\nc', at, None, False),
    ]


def test_transaction_rolls_back_as_a_whole(postgres: PostgresServer) -> None:
    postgres.execute("create table ops.t (id bigint)")

    def fail() -> None:
        with postgres.transaction():
            postgres.copy_arrow("ops.t", pa.table({"id": [1, 2]}))
            raise KeyError("stop")

    with pytest.raises(KeyError, match="stop"):
        fail()
    assert postgres.query("select count(*) from ops.t") == [(0,)]


def test_wrong_sql_names_statement_and_reason(postgres: PostgresServer) -> None:
    with pytest.raises(PostgresError, match=r'select 1 from nope: relation "nope" does not exist'):
        postgres.execute("select 1 from nope")


def test_servers_run_side_by_side_in_long_paths_and_leave_nothing(tmp_path: Path) -> None:
    folders = [tmp_path / ("long" * 40) / str(number) for number in range(3)]
    servers = [PostgresServer(folder) for folder in folders]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    # The starting threads have ended; the servers live on.
    assert len({server.port for server in servers}) == 3
    assert all(server.query("select 1") == [(1,)] for server in servers)
    pids = [server.pid for server in servers]
    for server in servers:
        server.stop()
        server.stop()
    assert not any(folder.exists() for folder in folders)
    assert all(pid is not None and _has_ended(pid) for pid in pids)


def test_template_is_built_once_when_several_start_at_the_same_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    servers = [PostgresServer(tmp_path / str(number)) for number in range(3)]
    threads = [threading.Thread(target=server.start) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert all(server.query("select 1") == [(1,)] for server in servers)
    finally:
        for server in servers:
            server.stop()
    kept = [path.name for path in (tmp_path / "home" / "cache" / "postgres").iterdir() if path.is_dir()]
    assert len(kept) == 1
    assert not kept[0].startswith("building-")


def test_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(PostgresError, match="is not empty"):
        PostgresServer(tmp_path).start()
    assert (tmp_path / "mine.txt").exists()


def test_broken_start_shows_the_log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(data: Path, *others: Any) -> None:
        run_single_user(data, *others)
        (data / "postgresql.conf").write_text("shared_buffers = 'many'\n")

    monkeypatch.setattr("sources.systems.postgres.run_single_user", run)
    with pytest.raises(PostgresError, match=r"ended with exit code 1(.|\n)*shared_buffers"):
        PostgresServer(tmp_path / "server").start()
    assert not (tmp_path / "server").exists()


def test_taken_port_is_given_up_for_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with PostgresServer(tmp_path / "first") as first:
        ports = [first.port, first.port]
        original = sys.modules["sources.systems.loopback_server"]._free_port
        monkeypatch.setattr("sources.systems.loopback_server._free_port", lambda: ports.pop() if ports else original())
        with PostgresServer(tmp_path / "second") as second:
            assert second.port != first.port
            assert second.query("select 1") == [(1,)]


def test_dead_server_is_named_with_its_log(tmp_path: Path) -> None:
    with PostgresServer(tmp_path / "server") as server:
        assert server.query("select 1") == [(1,)]
        assert server.pid is not None
        os.kill(server.pid, signal.SIGQUIT)
        assert _has_ended(server.pid)
        with pytest.raises(PostgresError, match=r"PostgreSQL at 127\.0\.0\.1"):
            server.query("select 1")


def test_server_dies_with_its_parent_even_on_sigkill(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path; from sources.systems.postgres import PostgresServer\n"
        f"server = PostgresServer(Path({str(tmp_path / 'server')!r})).start()\n"
        "print(server.pid, flush=True); time.sleep(600)"
    )
    before = subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=False).stdout
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert psutil.pid_exists(pid)
        parent.kill()
    assert _has_ended(pid)
    assert subprocess.run(["ipcs", "-m"], capture_output=True, text=True, check=False).stdout == before


def _identity_of_nobody(monkeypatch: pytest.MonkeyPatch) -> Identity:
    """Take the way without user namespaces, where this machine has it."""
    identities = sys.modules["sources.systems.server_process"]._root_identities()
    monkeypatch.setattr("sources.systems.server_process._root_identities", lambda: identities[1:])
    try:
        return identity_here()
    except PostgresError as error:
        pytest.skip(str(error))


@_ROOT_ONLY
def test_root_without_user_namespaces_runs_as_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    identity = _identity_of_nobody(monkeypatch)
    with tempfile.TemporaryDirectory() as folder:  # pytest's own is closed to other users
        Path(folder).chmod(0o711)
        monkeypatch.setenv("LOCKGATE_HOME", folder)
        with PostgresServer(Path(folder) / "server") as server:
            assert server.pid is not None
            assert psutil.Process(server.pid).uids().effective == identity.uid
            assert server.query("select 1") == [(1,)]


@_ROOT_ONLY
def test_closed_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _identity_of_nobody(monkeypatch)
    tmp_path.chmod(0o700)
    with pytest.raises(PostgresError, match=r"user 'nobody', who cannot enter /.*chmod o\+x"):
        PostgresServer(tmp_path / "server").start()
