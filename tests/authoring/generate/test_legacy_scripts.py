"""Models become scripts of old systems that make the same rows, or are refused."""

from collections.abc import Sequence
from datetime import date

import duckdb
import pytest
from sqlglot import exp

from authoring.generate.legacy_dialects import LEGACIES, POSTGRES, TSQL, CannotSayError, Legacy, read_back, said_in
from authoring.generate.legacy_names import LegacyNames, camel, snake
from authoring.generate.legacy_scripts import Model, Script, make_script, table_node
from authoring.generate.legacy_text import write_file
from authoring.generate.ticket_facts import Choices
from evaluators.proof.copied_code import code_runs, is_copied, runs_of
from evaluators.proof.sql_trees import at, parse, render

AS_OF = date(2024, 4, 2)
NOW = "2024-04-02T20:00:00Z"
INPUTS = {"staging.stg_shop__orders": ["order_id", "customer_id", "status", "amount_cents", "is_gift", "ordered_at"]}
ROWS = """\
create schema staging; create schema dbo; create schema rpt; set TimeZone = 'UTC';
create table staging.stg_shop__orders as from (values
    (1, 7, 'shipped', 1050, true, timestamp '2024-03-31 22:30:00'),
    (2, 7, 'open', 900, false, timestamp '2024-04-01 09:00:00'),
    (3, 8, 'shipped', 101, false, timestamp '2024-04-01 10:00:00'),
    (4, 8, 'shipped', 100, null, timestamp '2024-04-02 10:00:00')
) as t (order_id, customer_id, status, amount_cents, is_gift, ordered_at)
"""
LAST = """\
with
orders as (select * from staging.stg_shop__orders),
shipped as (
    select order_id, customer_id, amount_cents // 60 as sixtieths, is_gift,
        cast(ordered_at at time zone 'UTC' at time zone 'Europe/Berlin' as date) as ordered_on,
        ordered_at + interval 7 day as due_at
    from orders
    where
        status = 'shipped'
        and ordered_at <= cast(cast('2024-04-02T20:00:00Z' as timestamptz) at time zone 'UTC' as timestamp)
),
last_orders as (
    select * from shipped qualify row_number() over (partition by customer_id order by due_at desc) = 1
)
select * from last_orders
"""
CUSTOMERS = """\
with
orders as (select * from staging.stg_shop__orders),
last_orders as (select * from intermediate.int_last_orders),
summed as (
    select customer_id, count(*) filter (where status = 'shipped') as n_shipped, sum(amount_cents) as revenue_cents,
        coalesce(bool_or(is_gift), false) as has_gift
    from orders group by customer_id
)
select summed.customer_id, summed.n_shipped, summed.revenue_cents / summed.n_shipped as mean_cents, summed.has_gift,
    last_orders.ordered_on, summed.revenue_cents > 1000 as is_large
from summed left join last_orders on summed.customer_id = last_orders.customer_id
"""
MODELS = {"intermediate.int_last_orders": LAST, "marts.customers": CUSTOMERS}
COLUMNS = {
    "intermediate.int_last_orders": ("order_id", "customer_id", "sixtieths", "is_gift", "ordered_on", "due_at"),
    "marts.customers": ("customer_id", "n_shipped", "mean_cents", "has_gift", "ordered_on", "is_large"),
}


def script_of(legacy: Legacy, names: Sequence[str] = tuple(MODELS)) -> Script:
    models = [Model(name, parse(MODELS[name], NOW), COLUMNS[name]) for name in names]
    return make_script(models, INPUTS, legacy)


@pytest.mark.parametrize("legacy", LEGACIES, ids=lambda legacy: legacy.dialect)
def test_a_script_that_is_read_back_makes_the_same_rows(legacy: Legacy) -> None:
    script = script_of(legacy)
    with duckdb.connect() as connection:
        connection.execute(ROWS)
        connection.execute("create schema intermediate; create schema marts")
        for name, sql in MODELS.items():
            connection.execute(f"create table {name} as {sql}")
        for step in script.steps:
            place = table_node(step.target, step.is_kept, legacy).sql(dialect="duckdb")
            query = at(render(read_back(said_in(step.query, legacy), legacy)), NOW)
            connection.execute(f"create table {place} as {query}")
        for name, target in script.targets.items():
            place = table_node(target, True, legacy).sql(dialect="duckdb")
            old = ", ".join(script.columns[column] for column in COLUMNS[name])
            shown = connection.execute(f"select {old} from {place} order by 1").fetchall()
            assert shown == connection.execute(f"select {', '.join(COLUMNS[name])} from {name} order by 1").fetchall()


@pytest.mark.parametrize("legacy", LEGACIES, ids=lambda legacy: legacy.dialect)
def test_the_file_is_no_copy_of_a_model_and_is_written_again_letter_by_letter(legacy: Legacy) -> None:
    first, again = (
        write_file(script_of(legacy), ["customers"], AS_OF, Choices("shop_customers_1", 0)) for _ in range(2)
    )
    assert first == again
    assert not any(is_copied(code_runs(sql), runs_of(first.text)) for sql in MODELS.values())
    assert "qualify" not in first.text.lower()
    assert "revenue_cents" not in first.text
    assert first.name == f"{first.procedure}.sql"


def test_sql_server_has_its_own_ways() -> None:
    text = write_file(script_of(TSQL), ["customers"], AS_OF, Choices("t", 0)).text
    flat = " ".join(text.split())
    assert "INTO dbo.Cstmr FROM" in flat
    assert "INTO #Smmd FROM #InOrds" in flat
    assert "AT TIME ZONE 'W. Europe Standard Time'" in flat
    assert "OrdrdTm <= GETDATE()" in flat, text
    assert "DATEADD(DAY, 7, " in flat
    assert "CAST(" not in flat.partition("AS Sxtth")[0].rpartition(",")[2]  # whole numbers are divided as such there


def test_postgres_has_its_own_ways() -> None:
    flat = " ".join(write_file(script_of(POSTGRES), ["customers"], AS_OF, Choices("t", 0)).text.split())
    assert "CREATE TABLE rpt.cstmr AS SELECT" in flat
    assert "COUNT(*) FILTER (WHERE stat = 'shipped') AS cnt_shppd" in flat
    assert "LANGUAGE plpgsql" in flat


@pytest.mark.parametrize("legacy", LEGACIES, ids=lambda legacy: legacy.dialect)
@pytest.mark.parametrize(
    "sql",
    [
        "select status ->> '$.a' as m from staging.stg_shop__orders",
        "select order_id as m from raw_shop.orders",
        "with recursive n as (select 1 as m union all select m + 1 from n where m < 9) select m from n",
    ],
    ids=["json", "unknown table", "recursive"],
)
def test_what_cannot_be_said_is_refused(sql: str, legacy: Legacy) -> None:
    with pytest.raises(CannotSayError):
        make_script([Model("marts.m", parse(sql, NOW), ("m",))], INPUTS, legacy)


def test_arg_max_is_an_ordered_list_on_postgres_and_refused_on_sql_server() -> None:
    sql = "select customer_id, max_by(status, ordered_at) as last from staging.stg_shop__orders group by customer_id"
    model = Model("marts.m", parse(sql, NOW), ("customer_id", "last"))
    [_, step] = make_script([model], INPUTS, POSTGRES).steps
    assert "ARRAY_AGG" in said_in(step.query, POSTGRES)
    with pytest.raises(CannotSayError):
        make_script([model], INPUTS, TSQL)


@pytest.mark.parametrize(("shape", "first", "second"), [(camel, "OrdKey", "OrdKey2"), (snake, "ord_key", "ord_key2")])
def test_names_are_short_and_never_twice(shape: object, first: str, second: str) -> None:
    names = LegacyNames(shape, {"desc"})  # type: ignore[arg-type]
    assert names.of("order_id") == first
    assert names.of("ORDER_ID") == first
    assert names.of("other", "order id") == second
    assert names.of("x", "desc").lower() != "desc"


def test_a_temporary_table_stands_in_no_schema() -> None:
    assert table_node("Smmd", False, TSQL).sql(dialect="tsql") == "#Smmd"
    assert isinstance(table_node("smmd", True, POSTGRES), exp.Table)
    assert table_node("smmd", True, POSTGRES).sql() == "rpt.smmd"


@pytest.mark.parametrize(
    ("name", "old"),
    [
        ("n_on_time", "cnt_on_time"),
        ("rank_on_day", "rank_on_dy"),
        ("back_at_airport_code", "back_at_apt_cd"),
        ("signed_up_on", "sgnd_up_dy"),
        ("departed_at", "dprtd_tm"),
    ],
)
def test_on_and_at_are_a_day_and_a_time_at_the_end_only(name: str, old: str) -> None:
    assert LegacyNames(snake, ()).of(name) == old
