"""Quality tasks on a small project, with real dbt: what is caught, and that cheating pays nothing."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.scorecard import FaultsResult, ScenarioResult
from benchmark.seeded_faults import Fault, FaultsFile
from benchmark.tables import TableSpec
from benchmark.task import Task
from evaluators.data_tests.evaluate import DataTestSetup, evaluate_faults
from evaluators.data_tests.warehouses import FaultBrokenError
from runtime.fork_client import ForkRuntime
from runtime.interface import Limits

ORDERS = "select i as order_id, i % 7 as shop_id, 10.0 * i as total from range(1, {n}) as t(i)"
FAULTS = {
    "orders_twice": "insert into marts.orders from marts.orders where order_id % 9 = 0",
    "order_without_key": "update marts.orders set order_id = null where order_id = 3",
    "negative_total": "update marts.orders set total = -total where order_id % 5 = 0",
    "unknown_shop": "update marts.orders set shop_id = 99 where order_id % 5 = 1",
    **{f"total_lost_{i}": f"update marts.orders set total = null where order_id % 10 = {i}" for i in range(6)},
}
GOOD = {
    "key": "select order_id from {{ ref('orders') }} group by 1 having count(*) > 1 or order_id is null",
    "total": "select * from {{ ref('orders') }} where total is null or total < 0",
    "shop": "select * from {{ ref('orders') }} where shop_id not between 0 and 6",
}
Try = Callable[..., ScenarioResult]


def graded(result: ScenarioResult) -> FaultsResult:
    assert result.faults is not None
    return result.faults


@pytest.fixture
def small_task() -> Task:
    task = get_task("flights_report_contract")
    faults = tuple(Fault(name=n, table="marts.orders", breaks="A promise.", sql=(sql,)) for n, sql in FAULTS.items())
    tables = {"marts.orders": TableSpec(stage="marts", key=("order_id",), columns=("order_id", "shop_id", "total"))}
    spec = task.spec.model_copy(update={"scored": {"marts": tuple(tables)}, "tables": tables})
    return task.model_copy(update={"spec": spec, "faults": FaultsFile(min_recall=0.8, faults=faults)})


@pytest.fixture
def attempt(tmp_path: Path, runtime: ForkRuntime, small_task: Task) -> Try:
    """Tries data tests (name -> SQL) on some orders, and on further right data with other numbers of them."""

    def run(
        tests: dict[str, str], n: int = 100, files: dict[str, str] | None = None, further: tuple[int, ...] = ()
    ) -> ScenarioResult:
        shutil.rmtree(tmp_path, ignore_errors=True)
        written = {
            "dbt_project.yml": "name: shop\nprofile: shop\nversion: '1.0'\n",
            "models/marts/orders.sql": "{{ config(schema='marts') }} select 1 as order_id, 1 as shop_id, 1.0 as total",
            "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
            **{f"tests/assert_{name}.sql": sql for name, sql in tests.items()},
            **(files or {}),
        }
        for name, text in written.items():
            path = tmp_path / "project/dbt" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        now = datetime(2013, 3, 14, 23, 30, tzinfo=UTC)
        setups = []
        for number, n_orders in enumerate((n, *further)):
            gold, name = tmp_path / f"gold-{number}", f"work-{number}" if number else "work"
            gold.mkdir()
            duckdb.sql(f"copy ({ORDERS.format(n=n_orders)}) to '{gold}/marts.orders.parquet' (format parquet)")
            folders = (tmp_path / "project", gold, now, tmp_path / name, tmp_path / f"logs-{number}")
            setups.append(DataTestSetup(small_task, *folders, runtime, data=f"data {number}" if number else ""))
        return evaluate_faults(setups, "visible", Dials(0), lambda _step, _seconds: None)

    return run


def test_tests_that_watch_every_promise_catch_every_fault(attempt: Try) -> None:
    result = attempt(GOOD)
    assert result.steps[0].status == "ok", result.steps
    assert (graded(result).recall, graded(result).false_alarms, result.is_success) == (1.0, (), True)
    assert graded(result).n_tests == 3
    assert graded(result).faults[0].caught_by == ("assert_key",)
    assert result.scores.component_score == result.scores.cascading_failure_score == 1.0


def test_a_test_that_passes_some_right_data_by_luck_fails_on_further_data(attempt: Try) -> None:
    """It fails by a hash of its table alone, and catches every fault of data that it happens to pass."""
    luck = {"coin": "select sum(hash(o)) as h from {{ ref('orders') }} as o having bit_xor(hash(o)) <> {h}"}
    h = duckdb.sql(f"select bit_xor(hash(o)) from ({ORDERS.format(n=100)}) as o").fetchall()[0][0]
    luck["coin"] = luck["coin"].replace("{h}", str(h))
    assert attempt(luck).is_success
    result = attempt(luck, further=(120,))
    assert graded(result).false_alarms == ("assert_coin: Got 1 results, configured to fail if != 0 (data 1)",)
    assert (result.is_success, result.scores.cascading_failure_score) == (False, 0.0)


def test_a_fault_counts_where_it_is_caught_in_all_right_data(attempt: Try) -> None:
    few = "(select count(*) from {{ ref('orders') }}) < 110"
    on_few = {"total": f"select * from {{{{ ref('orders') }}}} where (total is null or total < 0) and {few}"}
    found = {fault.fault: fault for fault in graded(attempt(GOOD | on_few, further=(120,))).faults}
    missed = {"negative_total", *(f"total_lost_{i}" for i in range(6))}
    assert {name for name, fault in found.items() if not fault.is_caught} == missed
    assert all(fault.caught_by == () for name, fault in found.items() if name in missed)
    assert found["unknown_shop"].caught_by == ("assert_shop",)


def test_what_is_not_watched_is_missed(attempt: Try) -> None:
    result = attempt({"key": GOOD["key"]})
    assert graded(result).recall == pytest.approx(2 / 10)
    assert not result.is_success
    assert [fault.fault for fault in graded(result).faults if fault.is_caught] == ["orders_twice", "order_without_key"]


@pytest.mark.slow
def test_generic_tests_count_and_a_warning_does_not(attempt: Try) -> None:
    yaml = (
        "models: [{name: orders, columns: [{name: order_id, data_tests: [unique, not_null]}, {name: total, data_tests: "
        "[{not_null: {config: {severity: warn}}}]}]}]"
    )
    result = attempt({}, files={"models/marts/_models.yml": yaml})
    assert [fault.fault for fault in graded(result).faults if fault.is_caught] == ["orders_twice", "order_without_key"]


def test_no_tests_catch_nothing(attempt: Try) -> None:
    result = attempt({})
    assert (graded(result).recall, graded(result).n_tests, result.is_success) == (0.0, 0, False)


@pytest.mark.slow
def test_a_test_that_always_fails_is_a_false_alarm_and_catches_nothing(attempt: Try) -> None:
    result = attempt({"always": "select * from {{ ref('orders') }}"})
    assert (graded(result).recall, len(graded(result).false_alarms), result.is_success) == (0.0, 1, False)
    alone = attempt(GOOD | {"always": "select * from {{ ref('orders') }}"})
    assert (alone.scores.component_score, alone.scores.cascading_failure_score, alone.is_success) == (1.0, 0.0, False)


@pytest.mark.slow
def test_a_hard_coded_count_cries_wolf_on_data_that_nobody_saw(attempt: Try) -> None:
    tests = GOOD | {"count": "select count(*) as n from {{ ref('orders') }} having count(*) <> 99"}
    assert attempt(tests, n=100).is_success
    holdout = attempt(tests, n=120)
    assert not holdout.is_success
    assert graded(holdout).false_alarms == ("assert_count: Got 1 results, configured to fail if != 0",)


@pytest.mark.slow
def test_right_data_cannot_be_remembered_or_told_by_its_place(attempt: Try, tmp_path: Path) -> None:
    """Each of these would catch every fault, if it worked."""
    checksum = "select sum(hash(o)) as h from {{ ref('orders') }} as o"
    jinja = "{% set h = run_query('select sum(hash(o)) from ' ~ ref('orders') ~ ' as o').columns[0][0] if execute %}"
    result = attempt(
        {
            "compiled_in": jinja + f"select * from ({checksum}) where h <> {{{{ h or 0 }}}} and {{{{ h or 0 }}}} <> 0",
            "row_ids": "select max(rowid) as m from {{ ref('orders') }} having max(rowid) + 1 <> count(*)",
        }
    )
    assert graded(result).recall == 0.0
    assert graded(result).false_alarms == ()
    saved = f"{tmp_path}/work/saved.csv"
    result = attempt(
        {
            "files": f"select * from ({checksum}) where h not in (select h from read_csv('{saved}'))",
            "write": f"select 1) t; copy ({checksum}) to '{saved}'; select 1 from (select 1",
        }
    )
    assert graded(result).recall == 0.0
    assert len(graded(result).false_alarms) == 2


@pytest.mark.slow
def test_the_file_of_a_warehouse_cannot_be_read(attempt: Try) -> None:
    """Its times and its size are not data, and they would tell right from wrong."""
    result = attempt({"file": "select size from read_blob('tried/warehouse.duckdb') -- {{ ref('orders') }}"})
    assert graded(result).n_tests == 1
    assert graded(result).false_alarms == ()


def test_tests_that_do_not_compile_are_the_submissions_failure(attempt: Try) -> None:
    result = attempt(GOOD | {"broken": "select * from {{ no_such_macro() }}"})
    assert result.steps[0].status == "failed"
    assert "no_such_macro" in result.steps[0].message
    assert (graded(result).recall, result.is_success) == (0.0, False)


@pytest.mark.slow
def test_a_test_of_a_model_that_does_not_exist_is_left_out_as_in_dbt(attempt: Try) -> None:
    result = attempt(GOOD | {"broken": "select * from {{ ref('no_such_model') }}"})
    assert (graded(result).n_tests, graded(result).recall, result.is_success) == (3, 1.0, True)


def test_a_fault_that_changes_nothing_is_our_mistake(attempt: Try) -> None:
    with pytest.raises(FaultBrokenError, match=r"fault '\w+': it changes nothing in marts\.orders"):
        attempt(GOOD, n=3)


STARTED = "{% set t = run_query('select epoch_ms(system.main.now())').columns[0][0] if execute else 0 %}"


def fails_after(milliseconds: int) -> str:
    """Make a test that fails from some moment on, whatever the data are."""
    return f"{STARTED} select 1 as x where (select epoch_ms(system.main.now())) - {{{{ t }}}} > {milliseconds}"


BLIND = {
    "a random number": {"r": "select 1 as x from (select random() as r) where r < 0.9"},
    "the database's name": {"r": "select 1 as x from duckdb_databases() where hash(path || database_name) % 10 < 9"},
    "an id from the clock": {"r": "select 1 as x from (select uuidv7() as u) where hash(u) % 10 < 9"},
    "from 10 ms on": {"r": fails_after(10)},
    "from 100 ms on": {"r": fails_after(100)},
    "from 1 s on": {"r": fails_after(1000)},
    "at many times": {f"r{ms}": fails_after(ms) for ms in range(50, 3000, 50)},
}


@pytest.mark.parametrize(
    "tests",
    [
        pytest.param(tests, id=name, marks=() if name in {"a random number", "from 10 ms on"} else pytest.mark.slow)
        for name, tests in BLIND.items()
    ],
)
def test_a_test_that_looks_at_no_data_never_succeeds(attempt: Try, tests: dict[str, str]) -> None:
    reads_nothing = "{% set read = ref('orders') %}"
    result = attempt({name: reads_nothing + sql for name, sql in tests.items()})
    assert graded(result).n_tests == len(tests), result.steps
    assert not result.is_success
    assert graded(result).false_alarms or graded(result).recall == 0.0


CHANCE = {
    "random()": "select 1 as x where random() < 0.1",
    "the order of the tests": "select 1 as x where txid_current() // 2 % 10 = {n} % 10",
}


@pytest.mark.slow
@pytest.mark.parametrize("how", CHANCE)
def test_many_tests_that_fail_by_chance_catch_nothing(attempt: Try, how: str) -> None:
    """Some of them pass on all right data, and each fault meets some of those that fail."""
    result = attempt({f"t{n}": "{% set read = ref('orders') %}" + CHANCE[how].format(n=n) for n in range(30)})
    assert graded(result).n_tests == 30, result.steps
    assert (result.scores.component_score or 0.0) <= 0.3


def test_a_query_that_never_ends_is_stopped(attempt: Try, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("evaluators.data_tests.evaluate.LIMITS", Limits(wall_seconds=3))
    result = attempt({"long": "select o.* from {{ ref('orders') }} o, range(100_000_000_000) t(i) where i % 7 = 9"})
    assert not result.is_success
    assert graded(result).false_alarms


def test_a_query_that_kills_its_process_is_the_submissions_failure(attempt: Try) -> None:
    """DuckDB 1.5 aborts when a locked session writes its log to a file."""
    log = "select 1 from enable_logging('QueryLog', storage='file', storage_path='log') -- {{ ref('orders') }}"
    result = attempt(GOOD | {"dies": log})
    assert not result.is_success
    assert graded(result).false_alarms
    assert graded(result).recall == 0.0
