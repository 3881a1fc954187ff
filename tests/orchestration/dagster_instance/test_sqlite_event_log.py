"""The cheaper event log writes what Dagster's own writes, and what Dagster's own reads."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy.pool import NullPool, StaticPool

from orchestration.dagster_instance.sqlite_event_log import FastEventLog, fast_event_log, prepare


@dg.asset(check_specs=[dg.AssetCheckSpec("even", asset="rows")])
def rows() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"n": 4}, check_results=[dg.AssetCheckResult(check_name="even", passed=False)])


@dg.asset(deps=[rows])
def broken() -> None:
    raise dg.Failure("It is broken.")


JOB = dg.Definitions(assets=[rows, broken], executor=dg.in_process_executor).resolve_implicit_global_asset_job_def()


@pytest.fixture
def instance(instance_home: Path) -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        yield instance


def run(instance: dg.DagsterInstance) -> str:
    return JOB.execute_in_process(instance=instance, raise_on_error=False).run_id


def one_event(instance: dg.DagsterInstance) -> str:
    """A run that is made and not executed."""
    made = instance.create_run_for_job(JOB)
    instance.report_engine_event("made", made, job_name=made.job_name)
    return made.run_id


def events(instance: dg.DagsterInstance, run_id: str) -> list[tuple[str, str | None]]:
    found = []
    for entry in instance.all_logs(run_id):
        assert entry.dagster_event is not None
        found.append((entry.dagster_event.event_type_value, entry.dagster_event.step_key))
    return found


def test_a_run_has_the_same_events_and_assets_as_by_dagsters_own(instance: dg.DagsterInstance) -> None:
    usual = run(instance)
    with fast_event_log(instance):
        assert isinstance(instance.event_log_storage, FastEventLog)
        fast = run(instance)
        inside = events(instance, fast)
    assert type(instance.event_log_storage) is SqliteEventLogStorage
    assert events(instance, fast) == inside == events(instance, usual)
    assert ("STEP_FAILURE", "broken") in inside
    records = instance.fetch_materializations(dg.AssetKey("rows"), limit=5).records
    assert [record.run_id for record in records] == [fast, usual]
    assert [record.asset_materialization.metadata["n"].value for record in records if record.asset_materialization] == [
        4,
        4,
    ]


def test_another_process_reads_what_was_written_while_it_is_being_written(
    instance: dg.DagsterInstance, instance_home: Path
) -> None:
    """The UI looks at a run that goes on."""
    with fast_event_log(instance):
        run_id = run(instance)
        with dg.DagsterInstance.from_config(str(instance_home)) as reader:
            assert events(reader, run_id) == events(instance, run_id)
            assert len(events(reader, run_id)) > 5
            assert dg.AssetKey("rows") in reader.get_asset_keys()


def test_an_empty_database_of_a_run_is_one_that_dagster_makes(
    instance: dg.DagsterInstance, instance_home: Path
) -> None:
    """Runs have copies of one empty database, which lies where Dagster does not take it for a run's."""
    usual = one_event(instance)
    with fast_event_log(instance):
        fast = one_event(instance)
    folder = Path(instance.event_log_storage.path_for_shard(usual)).parent  # type: ignore[attr-defined]

    def schema(path: Path) -> list[tuple[str, ...]]:
        with sqlite3.connect(path) as connection:
            return sorted(connection.execute("select type, name, coalesce(sql, '') from sqlite_master").fetchall())

    assert schema(folder / f"{fast}.db") == schema(folder / f"{usual}.db")
    (template,) = instance_home.rglob("empty_run_*.sqlite")
    assert template.parent != folder
    assert list(template.parent.glob("empty_run_*")) == [template], "no leftovers"


def test_a_run_that_the_ui_asked_for_first_keeps_its_database(instance: dg.DagsterInstance) -> None:
    made = instance.create_run_for_job(JOB)
    instance.report_engine_event("first", made, job_name=made.job_name)
    with fast_event_log(instance):
        instance.report_engine_event("second", made, job_name=made.job_name)
    messages = [entry.message for entry in instance.all_logs(made.run_id)]
    assert [message for message in messages if message in ("first", "second")] == ["first", "second"]


def test_many_threads_write_one_run_and_no_event_is_lost(instance: dg.DagsterInstance) -> None:
    made = instance.create_run_for_job(JOB)

    def write(number: int) -> None:
        for item in range(10):
            instance.report_engine_event(f"{number}/{item}", made, job_name=made.job_name)

    with fast_event_log(instance):
        threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    messages = [entry.message for entry in instance.all_logs(made.run_id)]
    written = [message for message in messages if re.fullmatch(r"\d/\d", message)]
    assert sorted(written) == sorted(f"{number}/{item}" for number in range(4) for item in range(10))


def test_leaving_gives_the_usual_log_back_even_after_a_fault(instance: dg.DagsterInstance) -> None:
    usual = instance.event_log_storage
    with pytest.raises(RuntimeError, match="stop"), fast_event_log(instance):  # noqa: PT012
        inner = instance.event_log_storage
        with fast_event_log(instance):
            assert instance.event_log_storage is inner, "one is enough"
        assert instance.event_log_storage is inner
        raise RuntimeError("stop")
    assert instance.event_log_storage is usual
    with sqlite3.connect(":memory:") as connection:
        default = connection.execute("pragma synchronous").fetchone()
    with usual.run_connection("after") as session:  # type: ignore[attr-defined]
        assert session.exec_driver_sql("pragma synchronous").fetchone() == default, "it waits for the disk again"
        assert isinstance(session.engine.pool, NullPool)


def test_one_connection_per_database_stays_open_and_does_not_wait_for_the_disk(instance: dg.DagsterInstance) -> None:
    with fast_event_log(instance):
        log = instance.event_log_storage
        assert isinstance(log, FastEventLog)
        raw = []
        for _ in range(2):
            with log.run_connection("r") as connection:
                raw.append(connection.connection.dbapi_connection)
                assert connection.exec_driver_sql("pragma synchronous").scalar() == 1
                assert isinstance(connection.engine.pool, StaticPool)
        assert raw[0] is raw[1]


def test_an_instance_without_sqlite_is_left_as_it_is() -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        usual = instance.event_log_storage
        prepare(instance)
        with fast_event_log(instance):
            assert instance.event_log_storage is usual
