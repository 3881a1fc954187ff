"""Held tables: whatever is done to one is undone, and what nobody touched is left alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from runtime.dbt.held_relations import HeldRelations
from runtime.jobs.export import copy_in

GOLD = "select i as id, 'gold ' || i as name from range(5) t(i)"


class Held:
    """A warehouse with one held table beside another one."""

    def __init__(self, folder: Path) -> None:
        duckdb.sql(GOLD).write_parquet(str(folder / "gold.parquet"))
        self.copied: list[str] = []
        self.connection = duckdb.connect(str(folder / "w.duckdb"))
        self.connection.execute("create schema marts; create table marts.other as select 1 as x")
        self.relations = HeldRelations({"marts.orders": folder / "gold.parquet"}, self.copy)
        self.relations.place(self.connection)
        self.copied.clear()

    def copy(self, connection: duckdb.DuckDBPyConnection, relation: str, path: Path) -> None:
        self.copied.append(relation)
        copy_in(connection, relation, path)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Held]:
    found = Held(tmp_path)
    yield found
    found.connection.close()


SPOILT = {
    "a row is lost": "delete from marts.orders where id = 2",
    "a row comes twice": "insert into marts.orders from marts.orders where id = 2",
    "a value changes": "update marts.orders set name = 'x' where id = 4",
    "a value becomes nothing": "update marts.orders set name = null where id = 0",
    "two rows swap their values": "update marts.orders set name = 'gold ' || (1 - id) where id < 2",
    "every row is gone": "truncate marts.orders",
    "a column is renamed": "alter table marts.orders rename name to label",
    "two columns swap their names": (
        "create or replace table marts.orders as select id, name from (select i as id, i as name from range(5) t(i))"
    ),
    "a column has another type": "alter table marts.orders alter id type varchar",
    "a column of the same values has another type": "alter table marts.orders alter id type integer",
    "a column is added": "alter table marts.orders add column extra integer",
    "a column is dropped": "alter table marts.orders drop column name",
    "the table is dropped": "drop table marts.orders",
    "the schema is dropped": "drop schema marts cascade",
    "a view stands in its place": "drop table marts.orders; create view marts.orders as select 1 as id, 'x' as name",
    "a view that always fails stands there": (
        "drop table marts.orders; create view marts.orders as select error('no')::bigint as id, 'x' as name"
    ),
    "a view that cannot be read stands there": (
        "create or replace table marts.o2 as select 1 as a; drop table marts.orders; "
        "create view marts.orders as from marts.o2; drop table marts.o2"
    ),
}


@pytest.mark.parametrize("how", SPOILT)
def test_a_table_that_was_spoilt_is_put_back(held: Held, how: str) -> None:
    held.connection.execute(SPOILT[how])
    held.relations.put_back(held.connection)
    assert held.copied == ["marts.orders"]
    found = held.connection.execute("from marts.orders order by id")
    assert [(column[0], str(column[1])) for column in found.description] == [("id", "BIGINT"), ("name", "VARCHAR")]
    assert found.fetchall() == duckdb.sql(GOLD).fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "drop table marts.other",
        "create table marts.more as select 1 as y",
        "create or replace table marts.orders as from marts.orders order by id desc",
        "create view main.orders as select 1 as id",
    ],
)
def test_a_table_that_is_the_same_is_left_alone(held: Held, statement: str) -> None:
    """Putting it back costs as much as writing it; views below would lose what they read meanwhile."""
    held.connection.execute(statement)
    held.relations.put_back(held.connection)
    assert held.copied == []
