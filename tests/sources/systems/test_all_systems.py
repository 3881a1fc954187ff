"""The source systems of a trial as the harness uses them: real processes, real servers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest

from benchmark.errors import LockgateError, UnknownNameError
from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from sources.registry import load_sources
from sources.systems import client
from sources.systems.client import SourceSystemError, SourceSystems
from tests.helpers.source_calls import connect, files, observations, rows

SMALL = Dials(seed=1, days=2)


def family(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def wait_until_gone(processes: list[psutil.Process], timeout_seconds: float = 8.0) -> list[psutil.Process]:
    """Those still alive at the end. Leaves the exit codes to whoever waits for them."""
    deadline = time.monotonic() + timeout_seconds
    while alive := [process for process in processes if is_alive(process)]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    return alive


def is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def systems(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SourceSystems]:
    with SourceSystems("flights", SMALL, tmp_path_factory.mktemp("systems")) as systems:
        yield systems


def test_a_system_that_is_started_alone_shows_what_it_shows_beside_the_others(
    systems: SourceSystems, tmp_path: Path
) -> None:
    with SourceSystems("flights", SMALL, tmp_path / "alone", only=["reference"]) as alone:
        assert set(alone.environment) == {name for name in systems.environment if name.startswith("REFERENCE_")}
        assert files(alone.environment) == files(systems.environment)
        assert {path.name for path in (tmp_path / "alone").iterdir()} == {"reference"}


def test_a_trial_goes_through_its_days(tmp_path: Path) -> None:
    sources = load_sources("flights")
    first, second = sources.generate(SMALL), sources.generate(Dials(1, 2, 2))
    with SourceSystems("flights", SMALL, tmp_path / "trial") as systems:
        environment = systems.environment
        count = (
            "select count(*), count(*) filter (where updated_at > timestamptz '2013-03-02 23:30Z') from ops.schedules"
        )
        assert rows(environment, count) == [(first.tables["operations.schedules"].num_rows, 0)]
        assert len(observations(environment)) == first.tables["weather.observations"].num_rows
        assert files(environment) == [
            "README.txt", "airlines_20130302.csv", "airports_20130302.csv", "planes_20130302.jsonl.gz",
        ]  # fmt: skip
        unchanged = "select xmin::text, departure_id from ops.departures where updated_at < '2013-03-02'"
        before = rows(environment, unchanged)

        systems.set_day(2)

        assert rows(environment, "select count(*) from ops.schedules") == [
            (second.tables["operations.schedules"].num_rows,)
        ]
        after = rows(environment, unchanged)
        assert set(after) <= set(before)  # Not written again.
        assert len(after) > 0.9 * len(before)
        assert len(files(environment)) == 6
        assert len(observations(environment)) == second.tables["weather.observations"].num_rows
        systems.check()
    assert list((tmp_path / "trial").iterdir()) == []


def test_the_database_holds_exactly_the_generated_rows(systems: SourceSystems) -> None:
    generated = load_sources("flights").generate(SMALL)
    for table in ("schedules", "departures", "arrivals"):
        held = rows(systems.environment, f"select row_to_json(t) from ops.{table} as t order by 1::text")
        key = {"schedules": "flight_id", "departures": "departure_id", "arrivals": "arrival_id"}[table]
        expected = generated.tables[f"operations.{table}"]
        assert sorted(row[0][key] for row in held) == expected[key].to_pylist()
        texts = {"schedules": "tail_number", "departures": "departed_at", "arrivals": "arrived_at"}[table]
        by_key = {row[0][key]: row[0][texts] for row in held}
        assert [by_key[number] for number in expected[key].to_pylist()] == expected[texts].to_pylist()


def test_readers_may_read_and_nothing_else(systems: SourceSystems) -> None:
    for statement in (
        "delete from ops.departures",
        "create table ops.mine (a int)",
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
    ):
        refusals = (psycopg.errors.InsufficientPrivilege, psycopg.errors.ReadOnlySqlTransaction)
        with connect(systems.environment) as connection, pytest.raises(refusals):
            connection.execute(statement)


def test_tables_and_columns_are_described_to_their_readers(systems: SourceSystems) -> None:
    described = """
        select relname, obj_description(oid), count(col_description(oid, attnum))
        from pg_class inner join pg_attribute on attrelid = pg_class.oid
        where relnamespace = 'ops'::regnamespace and relkind = 'r'
        group by 1, 2, oid order by 1
    """
    tables = rows(systems.environment, described)
    assert [name for name, _, _ in tables] == ["arrivals", "departures", "schedules"]
    assert all(comment and n_columns >= 3 for _, comment, n_columns in tables)


def test_time_goes_forward_only(systems: SourceSystems) -> None:
    with pytest.raises(SourceSystemError, match="day 0 lies before day 1"):
        systems.set_day(0)
    systems.check()


def test_trials_run_side_by_side(systems: SourceSystems, tmp_path: Path) -> None:
    with SourceSystems("flights", Dials(2, 2), tmp_path) as other:
        assert not set(other.environment.values()) & set(systems.environment.values()) - {
            "127.0.0.1", "operations", "reader",
        }  # fmt: skip
        assert observations(other.environment) != observations(systems.environment)
    systems.check()


def test_a_dead_database_is_named(tmp_path: Path) -> None:
    with SourceSystems("flights", SMALL, tmp_path) as systems:
        assert systems.pid is not None
        (postmaster,) = (p for p in psutil.Process(systems.pid).children() if p.name() == "postgres")
        postmaster.kill()
        wait_until_gone([postmaster])
        with pytest.raises(SourceSystemError, match=r"Source system operations: .*not running") as caught:
            systems.check()
        assert caught.value.system == "operations"
        systems.set_day(2)  # Starts another one.
        systems.check()


def test_a_dead_host_leaves_nothing_running_and_is_reported(tmp_path: Path) -> None:
    systems = SourceSystems("flights", SMALL, tmp_path / "trial").start()
    assert systems.pid is not None
    with contextlib.closing(connect(systems.environment)) as connection:
        connection.execute("set statement_timeout = 0; set transaction_timeout = 0")
        connection.pgconn.send_query(
            b"with recursive t as (select 1 as n union all select n from t) select count(n) from t"
        )
        processes = family(systems.pid)
        assert any("reader operations" in " ".join(process.cmdline()) for process in processes)
        os.kill(systems.pid, signal.SIGKILL)
        assert wait_until_gone(processes) == []
    with pytest.raises(SourceSystemError, match="ended with exit code -9 during 'set_day'"):
        systems.set_day(2)
    systems.stop()
    assert list((tmp_path / "trial").iterdir()) == []


@contextlib.contextmanager
def bare_host(directory: Path) -> Iterator[subprocess.Popen[bytes]]:
    dials = ["--world=flights", "--seed=1", "--days=2"]
    command = [sys.executable, "-m", "sources.systems.host", *dials, f"--directory={directory}"]
    host = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY_DIR)
    try:
        yield host
    finally:
        host.kill()
        host.wait()
        for pipe in (host.stdin, host.stdout):
            assert pipe is not None
            pipe.close()


def answer_of(host: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Its next answer, without what it says while it makes data."""
    assert host.stdout is not None
    while True:
        answer: dict[str, Any] = json.loads(host.stdout.readline())
        if "making" not in answer:
            return answer


def ask(host: subprocess.Popen[bytes], command: bytes) -> dict[str, Any]:
    assert host.stdin is not None
    host.stdin.write(command + b"\n")
    host.stdin.flush()
    return answer_of(host)


@pytest.mark.parametrize("how", ["end of input", "SIGTERM", "SIGINT"])
def test_the_host_tidies_up(tmp_path: Path, how: str) -> None:
    with bare_host(tmp_path) as host:
        assert host.stdin is not None
        assert "environment" in answer_of(host)
        processes = family(host.pid)
        if how == "end of input":
            host.stdin.close()
        else:
            host.send_signal(getattr(signal, how))
        assert wait_until_gone(processes) == []
        assert host.wait() == 0
        assert list(tmp_path.iterdir()) == []


def test_the_host_ends_when_its_parent_is_killed_but_the_pipe_stays_open(tmp_path: Path) -> None:
    """As when a fork of the harness holds the other end of the pipe."""
    read_end, write_end = os.pipe()
    program = f"""
import subprocess, sys, time
host = subprocess.Popen(
    [sys.executable, "-m", "sources.systems.host", "--world=flights", "--seed=1", "--days=2", "--directory={tmp_path}"],
    stdin={read_end}, stdout=subprocess.PIPE, cwd={str(REPOSITORY_DIR)!r})
while b"environment" not in host.stdout.readline():
    pass
print(host.pid, flush=True)
time.sleep(60)
"""
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, pass_fds=[read_end])
    try:
        assert parent.stdout is not None
        processes = family(int(parent.stdout.readline()))
        parent.kill()
        parent.communicate()
        assert wait_until_gone(processes) == []
        assert list(tmp_path.iterdir()) == []
    finally:
        parent.kill()
        os.close(read_end)
        os.close(write_end)


def test_wrong_commands_are_answered_and_change_nothing(tmp_path: Path) -> None:
    with bare_host(tmp_path) as host:
        answer_of(host)
        assert "not a JSON line" in ask(host, b"set day 2")["error"]
        assert "known: set_day, check, end_sessions, stop" in ask(host, b'{"fly": 1}')["error"]
        assert "unknown command" in ask(host, b'{"set_day": "2"}')["error"]
        assert ask(host, b'{"check": true}') == {"ok": True}
        answer = ask(host, b'{"set_day": 1}')
        assert (answer.pop("environment").keys() >= {"OPERATIONS_PORT"}, answer) == (True, {"ok": True, "day": 1})
        assert host.stdin is not None
        host.stdin.write(b'{"stop": true}\n')
        host.stdin.flush()
        assert host.wait() == 0
        assert list(tmp_path.iterdir()) == []


def test_what_a_killed_trial_left_is_removed(tmp_path: Path) -> None:
    left = tmp_path / "operations" / "data"
    left.mkdir(parents=True)
    (left / "PG_VERSION").write_text("left over")
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "airlines_20120101.csv").write_text("left over")
    with SourceSystems("flights", SMALL, tmp_path) as systems:
        assert "airlines_20120101.csv" not in files(systems.environment)


@pytest.mark.parametrize(
    ("world", "dials", "message"),
    [
        ("trains", SMALL, "Unknown world 'trains'. Known: flights"),
        ("flights", Dials(0, 14, 0), "day is 0, but must be at least 1"),
        ("flights", Dials(0, 400), "seed 0 is the real year 2013"),
    ],
)
def test_what_cannot_start_says_why_and_leaves_nothing(tmp_path: Path, world: str, dials: Dials, message: str) -> None:
    with pytest.raises(SourceSystemError, match=message):
        SourceSystems(world, dials, tmp_path / "trial").start()
    assert not (tmp_path / "trial").exists() or list((tmp_path / "trial").iterdir()) == []


def test_a_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceSystemError, match="Not a directory"):
        SourceSystems("flights", SMALL, tmp_path / "file" / "trial").start()


def test_a_start_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    begin = time.monotonic()
    with pytest.raises(SourceSystemError, match=r"no answer to 'start' within 0\.01 seconds"):
        SourceSystems("flights", SMALL, tmp_path, timeout_seconds=0.01).start()
    assert time.monotonic() - begin < 60
    assert list(tmp_path.iterdir()) == []


def test_data_has_a_limit_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "DATA_SECONDS", 0.3)
    message = r"no data of day 1 of world 'tests\.helpers\.endless' within 0\.3 seconds"
    with pytest.raises(SourceSystemError, match=message):
        SourceSystems("tests.helpers.endless", Dials(0), tmp_path).start()
    assert list(tmp_path.iterdir()) == []


def test_unknown_worlds_name_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="Known: flights"):
        load_sources("trains")
    with pytest.raises(LockgateError, match=r"no_such_package\.world"):
        load_sources("no_such_package.world")
