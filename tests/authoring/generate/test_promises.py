"""Promises are read from descriptions and SQL; their tests are quiet on right data and catch their faults."""

from pathlib import Path

import duckdb
import pytest

from authoring.generate.formulas import find_formulas, wrong_versions
from authoring.generate.promises import Known, points_to, promises_of
from authoring.generate.watched_tables import WatchedTables
from authoring.new_task.contract import Contract, ContractColumn

DESCRIBED = {
    "order_id": "The order.",
    "customer_id": "Who ordered; NULL for guests.",
    "channel": "`web` or `app`.",
    "n_lines": "Lines.",
    "items_cents": "Sum of the lines.",
    "discount_cents": "Discount.",
    "total_cents": "Lines less discount, in cents.",
    "paid_share": "Paid of the total, 0 to 1.",
}
SQL = """
with joined as (
    select
        orders.id as order_id, orders.customer_id, orders.channel, count_of.n as n_lines,
        orders.items as items_cents, orders.discount as discount_cents,
        orders.items - orders.discount as total_cents, orders.paid_share
    from orders left join count_of on orders.id = count_of.id
)
select * from joined
"""


def contract(table: str, key: str, described: dict[str, str]) -> Contract:
    columns = tuple(ContractColumn(name, text, "") for name, text in described.items())
    return Contract(table, "One row.", (key,), columns, (), "m.yml")


ORDERS = contract("marts.orders", "order_id", DESCRIBED)
CUSTOMERS = contract("marts.customers", "customer_id", {"customer_id": "The customer."})


@pytest.fixture
def folders(tmp_path: Path) -> dict[int, Path]:
    found = {}
    for seed in (0, 1):
        folder = tmp_path / str(seed)
        folder.mkdir()
        orders = (
            f"select i + 100 * {seed} as order_id, case when i > 5 then i end as customer_id, "
            "if(i % 2 = 0, 'web', 'app') as channel, i as n_lines, i * 10 as items_cents, i as discount_cents, "
            "i * 9 as total_cents, 0.5::double as paid_share from range(1, 30) as t(i)"
        )
        duckdb.sql(orders).write_parquet(str(folder / "marts.orders.parquet"))
        duckdb.sql("select i as customer_id from range(1, 40) as t(i)").write_parquet(
            str(folder / "marts.customers.parquet")
        )
        found[seed] = folder
    return found


def test_each_promise_is_kept_and_each_fault_is_caught(folders: dict[int, Path]) -> None:
    with WatchedTables(folders) as tables:
        known = tables.known(ORDERS)
        formulas = find_formulas(SQL, "2024-01-01", list(DESCRIBED), known.described)
        promises = list(promises_of(known, formulas))
        assert {promise.name: promise.said for promise in promises} == {
            "key": "`order_id` is different in each row, and never empty.",
            "nothing_is_missing": "`channel`, `n_lines`, `items_cents`, `discount_cents`, `total_cents` and "
            "`paid_share` are never empty.",
            "channel_is_listed": "`channel` is one of `web` or `app`.",
            "paid_share_is_a_share": "`paid_share` is between 0 and 1.",
            "counts_have_no_sign": "`n_lines` is never negative.",
            "total_cents_follows": "`total_cents` is `items_cents` less `discount_cents`.",
        }
        for promise in promises:
            test = promise.test.format(table=promise.table)
            assert tables.is_quiet(test)
            assert promise.breaches
            for breach in promise.breaches:
                assert tables.catches(breach.sql, test), breach
            assert tables.is_quiet(test)  # a fault is undone


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("`price` / `n`, not rounded.", "`each` is `price` divided by `n`; empty where the divisor is 0 or one of them "
         "is empty."),
        ("`price` less `n`.", "`each` is `price` less `n`; empty where one of them is."),
    ],
)  # fmt: skip
def test_a_formula_says_where_its_column_is_empty(text: str, said: str) -> None:
    """Nothing is divided by 0: the result is empty, though neither column is."""
    described = {"price": "Cents.", "n": "Pieces; 0 where there is none.", "each": text}
    [formula] = find_formulas("select price, n, max(x) as each from t", "2024-01-01", list(described), described)
    known = Known(
        contract("marts.prices", "price", described), dict.fromkeys(described, "INTEGER"), frozenset({"each"}), {},
        frozenset(),
    )  # fmt: skip
    assert [promise.said for promise in promises_of(known, [formula]) if promise.name == "each_follows"] == [said]


def test_a_column_points_to_the_key_of_another_table(folders: dict[int, Path]) -> None:
    with WatchedTables(folders) as tables:
        known, customers = tables.known(ORDERS), tables.known(CUSTOMERS)
        promise = points_to(known, customers)
        assert promise is not None
        assert promise.said == "Each `customer_id` is there in `marts.customers`, where it is not empty."
        test = promise.test.format(table=promise.table, other=promise.other)
        assert tables.is_quiet(test)
        assert all(tables.catches(breach.sql, test) for breach in promise.breaches)
        assert points_to(customers, known) is None


def test_what_is_not_right_on_every_seed_is_not_quiet(folders: dict[int, Path]) -> None:
    with WatchedTables(folders) as tables:
        tables.known(ORDERS)
        assert not tables.is_quiet("select * from marts.orders where order_id > 100")
        assert not tables.is_quiet("select nothing from marts.orders")
        assert not tables.catches(["update marts.orders set nothing = 1"], "select 1")


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ("a - b as c", "`a` less `b`"),
        ("a / nullif(b, 0) as c", "`a` divided by `b` (empty where that is 0)"),
        ("case when a > b then 1 end as c", ""),
    ],
)
def test_formulas_are_said_in_words(item: str, words: str) -> None:
    [found] = find_formulas(f"select a, b, {item} from t", "2024-01-01", "abc", {"c": "One where a is above b."})
    assert (found.words, found.reads) == (words, ("a", "b"))
    assert all(sql != found.sql for _, sql in wrong_versions(found, {"a": "INTEGER", "b": "INTEGER"}))


def test_a_formula_that_reads_what_the_table_does_not_show_is_none() -> None:
    assert (
        find_formulas("select a, a - hidden as c from t", "2024-01-01", "ac", {"c": "A less what nobody sees."}) == []
    )


def test_a_description_that_begins_with_a_formula_is_one() -> None:
    described = {"c": "`a` less `b`, in cents."}
    [found] = find_formulas("select a, b, sum(x) as c from t group by all", "2024-01-01", "abc", described)
    assert (found.sql, found.words) == ("a - b", "`a` less `b`")
