"""Columns that are 0 where there is nothing, found in gold where descriptions are silent."""

from pathlib import Path

import duckdb
import pytest

from authoring.generate.untold_zeros import untold_zeros
from authoring.new_task.contract import Contract, ContractColumn

ROWS = {
    "first": "(0, 'a', 0, 5, 0.0::double, null, true, 3), (1, 'b', 2, 6, 1.5, 0, false, 4)",
    "second": "(0, 'c', 4, 7, 2.5, 0, true, 5), (9, 'd', 1, 0, 0.5, 1, false, 6)",
}
COLUMNS = ("shop_id", "name", "n_orders", "n_visits", "revenue_cents", "n_rated", "is_open", "n_shelves")


@pytest.fixture
def paths(tmp_path: Path) -> list[Path]:
    """One table on two seeds."""
    found = [tmp_path / f"{name}.parquet" for name in ROWS]
    with duckdb.connect() as connection:
        for path, rows in zip(found, ROWS.values(), strict=True):
            connection.execute(f"copy (from (values {rows}) as t ({', '.join(COLUMNS)})) to '{path}'")
    return found


def contract(**descriptions: str) -> Contract:
    columns = tuple(ContractColumn(name, descriptions.get(name, f"The {name}."), "") for name in COLUMNS)
    return Contract("marts.shops", "One row per shop.", ("shop_id",), columns, (), "_marts.yml")


def test_numbers_that_are_zero_on_some_seed_and_empty_on_none_are_found(paths: list[Path]) -> None:
    assert untold_zeros(contract(), paths) == ("n_orders", "n_visits", "revenue_cents")
    assert untold_zeros(contract(), paths[1:]) == ("n_visits", "n_rated")


@pytest.mark.parametrize(
    ("description", "is_told"),
    [
        ("Orders; 0 where there is none.", True),
        ("Orders, 0 if the shop is closed", True),
        ("Orders. Never empty.", True),
        ("Orders, zero without a visit.", True),
        ("Orders.", False),
        ("Orders by visits, 0 to 1, not rounded.", False),
        ("Orders of 10.0 and more, since 2020.", False),
        ("Orders; NULL without a visit.", False),
    ],
)
def test_what_a_description_says_is_not_said_again(paths: list[Path], description: str, is_told: bool) -> None:
    assert ("n_orders" not in untold_zeros(contract(n_orders=description), paths)) is is_told
