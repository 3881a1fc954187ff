import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sources.systems.postgres import PostgresServer

DEDUP = {
    "name": "orders",
    "sync_mode": "incremental",
    "destination_sync_mode": "append_dedup",
    "cursor_field": "updated_at",
    "primary_key": ["id"],
}
APPEND = {"name": "orders", "sync_mode": "incremental", "destination_sync_mode": "append", "cursor_field": "updated_at"}

Write = Callable[..., None]


@pytest.fixture(autouse=True)
def _orders(postgres: PostgresServer) -> None:
    postgres.execute("""
        create table ops.orders (id bigint primary key, status text, updated_at timestamptz);
        insert into ops.orders values (1, 'new', '2013-03-01 00:00Z'), (2, 'new', '2013-03-02 00:00Z')
    """)


def _orders_now(bench: Any) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = bench.query("select id, status from raw_shop.orders order by all")
    return rows


def test_overwrite_follows_deletes(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres_connection({"name": "orders"})
    assert bench.load().is_ok
    postgres.execute("delete from ops.orders where id = 1; insert into ops.orders values (3, 'new', now())")
    report = bench.load()
    assert [(s.stream, s.status, s.n_records, s.sync) for s in report.streams] == [
        ("orders", "ok", 2, "full_refresh, overwrite")
    ]
    assert _orders_now(bench) == [(2, "new"), (3, "new")]
    assert bench.states()["orders"] == (2, 2, 2, None)


def test_full_refresh_append_adds_every_time(bench: Any, postgres_connection: Write) -> None:
    postgres_connection({"name": "orders", "destination_sync_mode": "append"})
    assert bench.load().is_ok
    assert bench.load().is_ok
    assert _orders_now(bench) == [(1, "new"), (1, "new"), (2, "new"), (2, "new")]
    assert bench.query("select count(distinct _airbyte_raw_id) from raw_shop.orders") == [(4,)]


def test_dedup_keeps_the_latest_row_and_loses_no_equal_cursor(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres_connection(DEDUP)
    assert bench.load().is_ok
    postgres.execute("""
        update ops.orders set status = 'paid', updated_at = '2013-03-03 00:00Z' where id = 1;
        insert into ops.orders values (3, 'new', '2013-03-02 00:00Z')
    """)
    report = bench.load()
    assert report.is_ok
    assert report.streams[0].n_records == 3, "rows 2 and 3 share the last cursor value, row 1 has a later one"
    assert _orders_now(bench) == [(1, "paid"), (2, "new"), (3, "new")]


def test_append_adds_a_row_of_the_last_cursor_value_once(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres_connection(APPEND)
    assert bench.load().is_ok
    postgres.execute("insert into ops.orders values (3, 'new', '2013-03-02 00:00Z')")
    assert bench.load().is_ok
    assert bench.load().is_ok
    assert _orders_now(bench) == [(1, "new"), (2, "new"), (3, "new")]


def test_loading_again_changes_no_row_at_all(bench: Any, postgres_connection: Write) -> None:
    postgres_connection(DEDUP)
    assert bench.load().is_ok
    before = bench.query("from raw_shop.orders order by id")
    assert bench.load().is_ok
    assert bench.query("from raw_shop.orders order by id") == before


def test_dropped_table_is_loaded_from_the_beginning(bench: Any, postgres_connection: Write) -> None:
    postgres_connection(DEDUP)
    assert bench.load().is_ok
    bench.query("drop table raw_shop.orders")
    assert bench.load().is_ok
    assert _orders_now(bench) == [(1, "new"), (2, "new")]
    assert bench.states()["orders"][:3] == (2, 2, 2)


def test_null_keys_and_null_cursors(bench: Any, postgres: PostgresServer, postgres_connection: Write) -> None:
    postgres.execute("""
        create table ops.loose (key text, status text, updated_at timestamptz);
        insert into ops.loose values (null, 'a', '2013-03-01Z'), (null, 'b', '2013-03-02Z'), ('x', 'c', null)
    """)
    postgres_connection({**DEDUP, "name": "loose", "primary_key": ["key"]})
    assert bench.load().is_ok
    postgres.execute("insert into ops.loose values ('x', 'd', '2013-03-03Z'), ('y', 'e', null)")
    assert bench.load().is_ok
    rows = bench.query("select key, status from raw_shop.loose order by all")
    assert rows == [("x", "d"), ("y", "e"), (None, "b")]


@pytest.fixture
def _rows_one_by_one(postgres: PostgresServer) -> Iterator[None]:
    """Without a sort the server computes a row when it is asked for it, so an error comes in the middle of a read."""
    postgres.execute(f"alter role {postgres.user} set enable_sort = off")
    postgres.execute("create index on ops.orders (updated_at)")
    yield
    postgres.execute(f"alter role {postgres.user} reset enable_sort")


@pytest.mark.usefixtures("_rows_one_by_one")
def test_every_checkpoint_commits_rows_and_state_together(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("""
        insert into ops.orders
        select n, 'bulk', '2013-03-03Z'::timestamptz + n * interval '1 second' from generate_series(3, 25000) n;
        create view ops.breaking as select *, (1 / (24000 - id))::int as boom from ops.orders
    """)
    postgres_connection({**APPEND, "name": "breaking"})
    report = bench.load(batch_size=1000)
    failed = report.streams[0]
    assert failed.status == "failed"
    assert re.search(
        r"connection 'shop', stream 'breaking', after record 2\d{4}: .*division by zero", failed.error or ""
    )
    [(n_rows, latest)] = bench.query(
        "select count(*), strftime(max(updated_at), '%Y-%m-%dT%H:%M:%S+00:00') from raw_shop.breaking"
    )
    _, _, n_records, state = bench.states()["breaking"]
    assert n_rows == n_records == failed.n_records == 20000
    assert latest in state
    postgres.execute("create or replace view ops.breaking as select *, 1 as boom from ops.orders")
    assert bench.load().is_ok
    assert bench.query("select count(*), count(distinct id) from raw_shop.breaking") == [(25001, 25000)], (
        "the row of the checkpoint changed"
    )


def test_dedup_keeps_what_the_last_checkpoint_covers(bench: Any, files_connection: Callable[..., Path]) -> None:
    """With a large table behind it, a merge waits for several checkpoints; a failure must not lose those."""
    folder = files_connection("x_*.csv", "csv", destination_sync_mode="append_dedup", primary_key=["id"])
    (folder / "x_1.csv").write_text("id,name\n" + "".join(f"{n},old\n" for n in range(1000)))
    assert bench.load().is_ok
    (folder / "x_2.csv").write_text("id,name\n1,new\n")
    (folder / "x_3.csv").write_text("id,name\n2,new\n1,newer\n")
    (folder / "x_4.csv").write_text("id,name\n3,lost\n4\n")
    report = bench.load()
    assert report.streams[0].n_records == 3
    (error,) = report.errors
    assert "stream 'items', after record 4: file 'x_4.csv', row 2: 1 fields where the header has 2 (line 3)" in error
    assert error.endswith("Nothing of this file was kept.")
    newer = "select id, name from raw_drop.items where name != 'old' order by all"
    assert bench.query(newer) == [("1", "newer"), ("2", "new")]
    (folder / "x_4.csv").write_text("id,name\n3,found\n4,found\n")
    assert bench.load().is_ok
    assert bench.query(newer) == [("1", "newer"), ("2", "new"), ("3", "found"), ("4", "found")]
    assert bench.query("select count(*) from raw_drop.items") == [(1000,)]


@pytest.mark.usefixtures("_rows_one_by_one")
def test_failed_overwrite_leaves_the_old_table(
    bench: Any, postgres: PostgresServer, postgres_connection: Write
) -> None:
    postgres.execute("create view ops.report as select id, 1 as x from ops.orders")
    postgres_connection({"name": "report"})
    assert bench.load().is_ok
    before = bench.query("from raw_shop.report order by id")
    postgres.execute("""
        insert into ops.orders select n, 'bulk', now() from generate_series(3, 20000) n;
        create or replace view ops.report as select id, 1 / (15000 - id)::int as x from ops.orders
    """)
    report = bench.load(batch_size=500)
    assert not report.is_ok
    assert report.streams[0].n_records == 0
    assert bench.query("from raw_shop.report order by id") == before
    assert bench.states()["report"][:3] == (1, 1, 2)
