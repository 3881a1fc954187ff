"""A load is taken over only where the raw tables are those of the load before, and nothing is there to notice it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runtime.dbt.clock import parse_pinned, pin_warehouse
from runtime.jobs import take_load

NOW = "2013-02-14T23:30:00Z"
BEFORE = """
create schema raw_shop; create schema _airbyte_internal;
create table _airbyte_internal.states (stream varchar not null, state json);
insert into _airbyte_internal.states values ('orders', '{"day": 1}');
create table raw_shop.orders (id bigint, total decimal(9, 2), placed_at timestamp with time zone);
insert into raw_shop.orders select i, i / 7, timestamptz '2013-02-14 10:00:00+00' + to_hours(i) from range(3000) t(i);
alter table raw_shop.orders add column weight double default 0.0; alter table raw_shop.orders alter weight drop default;
alter table raw_shop.orders add column sizes float[]; update raw_shop.orders set sizes = [0.0, id::float];
comment on table raw_shop.orders is 'It''s the orders'; comment on column raw_shop.orders.total is 'Euros';
"""
AFTER = """
delete from raw_shop.orders where id % 5 = 0;
insert into raw_shop.orders (id) select 5000 - i from range(3) t(i);
create table raw_shop.refunds as select 1 as id, 'x' as reason;
update _airbyte_internal.states set state = '{"day": 2}';
"""
FILLED_AGAIN = """
create table marts.kept as from raw_shop.orders; delete from raw_shop.orders;
insert into raw_shop.orders select * replace ({}) from marts.kept; drop table marts.kept;
"""
BUILT = (
    "create schema marts; create table marts.totals as select id from raw_shop.orders; create view marts.v as select 1"
)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    paths = {name: tmp_path / f"{name}.duckdb" for name in ("before", "after", "own")}
    change(paths["before"], BEFORE)
    for name, sql in (("after", AFTER), ("own", BUILT)):
        shutil.copyfile(paths["before"], paths[name])
        change(paths[name], sql)
    with duckdb.connect(str(paths["own"])) as connection:
        pin_warehouse(connection, parse_pinned(NOW))
    return paths


def change(path: Path, sql: str) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)


def take(files: dict[str, Path]) -> str:
    arguments: dict[str, Any] = {"pinned": NOW, "warehouse": str(files["own"])}
    return take_load.run(arguments | {name: str(files[name]) for name in ("before", "after")})["refused"]


def raw(path: Path) -> list[Any]:
    """Everything of the raw tables, rows in the order in which they stand."""
    with duckdb.connect(str(path), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name, table_name, sql, comment from duckdb_tables() "
            "where schema_name <> 'marts' order by 1, 2"
        ).fetchall()
        columns = connection.execute(
            "select table_name, column_name, comment from duckdb_columns() where schema_name = 'raw_shop' order by 1, 2"
        ).fetchall()
        return [tables, columns, *(connection.execute(f"from {s}.{name}").fetchall() for s, name, *_ in tables)]


def test_raw_tables_become_those_of_the_next_load_and_the_rest_stays(files: dict[str, Path]) -> None:
    assert take(files) == ""
    assert raw(files["own"]) == raw(files["after"])
    with duckdb.connect(str(files["own"]), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.totals").fetchone() == (3000,)
        assert connection.execute("from marts.v").fetchone() == (1,)


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("create macro main.sum(x) as 0", "macro"),
        ("create or replace macro main.today() as date '2014-01-01'", "macro"),
        ("create macro raw_shop.f(x) as table select x", "macro"),
        ("create type main.cents as enum ('1')", "type"),
        ("create sequence marts.s", "sequence"),
        ("create index i on marts.totals (id)", "index"),
        ("create table marts.a (i int primary key); create table marts.b (i int references marts.a)", "key"),
        ("update raw_shop.orders set total = 1 where id = 2999", "rows in raw_shop.orders"),
        (FILLED_AGAIN.format("if(id = 0, '-0'::double, weight) as weight"), "rows in raw_shop.orders"),
        (FILLED_AGAIN.format("['-0'::float, id::float] as sizes"), "rows in raw_shop.orders"),
        ("delete from raw_shop.orders where id = 7", "rows in raw_shop.orders"),
        ("create table raw_shop.o as from raw_shop.orders order by id desc; drop table raw_shop.orders; "
         "alter table raw_shop.o rename to orders", "raw tables|rows"),
        ("create or replace table raw_shop.orders as from raw_shop.orders order by id desc", "raw tables|rows"),
        ("delete from _airbyte_internal.states", "rows in _airbyte_internal.states"),
        ("alter table raw_shop.orders add column more int", "raw tables"),
        ("alter table raw_shop.orders alter column total set default 1", "raw tables"),
        ("comment on table raw_shop.orders is null", "raw tables"),
        ("comment on column raw_shop.orders.id is 'x'", "raw tables"),
        ("create table raw_shop.refunds as select 1 as id", "raw tables"),
        ("create view raw_shop.more as select 1", "raw tables"),
        ("drop table raw_shop.orders; create view raw_shop.orders as select 1", "raw tables"),
        ("drop table raw_shop.orders", "raw tables"),
    ],
)  # fmt: skip
def test_a_warehouse_that_a_load_could_tell_from_the_solutions_is_left_alone(
    files: dict[str, Path], sql: str, reason: str
) -> None:
    change(files["own"], sql)
    before = raw(files["own"])
    refused = take(files)
    assert any(part in refused for part in reason.split("|")), refused
    assert raw(files["own"]) == before
