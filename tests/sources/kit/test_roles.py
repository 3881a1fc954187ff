"""Roles proposed from an extract, with what speaks for them."""

from pathlib import Path

import duckdb
import pytest

from benchmark.world_data import TableRoles
from sources.kit.roles import Proposal, as_data, propose_roles

TABLES = {
    "countries": "from (values ('DE', 'Germany'), ('FR', 'France'), ('PT', 'Portugal')) as t (code, label)",
    "customers": """
        select 100 + range as customer_id, 'Ann Example ' || range as full_name,
            'a' || range || '@mail.test' as contact,
            ['DE', 'FR'][1 + range % 2] as country_code,
            case when range > 3 then 100 + range % 3 end as referring_customer,
            case when range % 4 > 0 then 'note' end as remark, timestamp '2024-01-01' + to_hours(range) as updated_at
        from range(40)
    """,
    "orders": """
        select 'O' || range as order_no, 100 + range % 42 as customer_id, range % 40 as pieces,
            (range % 13)::decimal(9, 2) as price, timestamp '2024-01-02' + to_hours(range) as ordered_at,
            timestamp '2024-01-02 03:00:00' + to_hours(range) as loaded_at
        from range(300)
    """,
    "order_lines": "select 'O' || range // 2 as order_no, range % 2 as line, 5 + range % 3 as weight from range(600)",
}


@pytest.fixture(scope="module")
def proposals(tmp_path_factory: pytest.TempPathFactory) -> tuple[Proposal, ...]:
    folder = tmp_path_factory.mktemp("extract")
    with duckdb.connect() as connection:
        for name, query in TABLES.items():
            connection.execute(f"copy ({query}) to '{folder / name}.parquet'")
    return propose_roles(folder)


def test_roles_are_proposed(proposals: tuple[Proposal, ...]) -> None:
    assert as_data(proposals) == {
        "countries": {"key": "code", "reference": True},
        "customers": {
            "key": "customer_id",
            "parents": {"country_code": "countries", "referring_customer": "customers"},
            "updated_at": "updated_at",
            "personal": {"full_name": "person_name", "contact": "email"},
            "optional": ["remark"],
        },
        "orders": {
            "key": "order_no",
            "parents": {"customer_id": "customers"},
            "orphans": ["customer_id"],
            "loaded_at": "loaded_at",
            "event_time": "ordered_at",
            "measures": ["pieces", "price"],
        },
        "order_lines": {"key": ["order_no", "line"], "parents": {"order_no": "orders"}, "measures": ["weight"]},
    }


def test_each_has_its_evidence(proposals: tuple[Proposal, ...]) -> None:
    said = {(proposal.table, proposal.role): proposal.evidence for proposal in proposals}
    assert said["customers", "key"] == (
        "each of 40 rows has its own customer_id (100 % unique); so has full_name, contact"
    )
    assert "customer_id: 40 of 42 different values are in customers.customer_id" in said["orders", "parents"]
    assert said["order_lines", "key"] == "no two of 600 rows share order_no, line"
    assert "100% of rows are not before the row above" in said["orders", "event_time"]
    assert "contact: 40 of 40 texts have an @" in said["customers", "personal"]
    assert said["customers", "optional"] == "remark: empty in 10 of 40 rows"
    assert "codes of at most 2 characters" in said["countries", "reference"]


def test_what_is_proposed_can_be_declared(proposals: tuple[Proposal, ...]) -> None:
    for roles in as_data(proposals).values():
        TableRoles.model_validate(roles)


def test_nothing_is_proposed_where_nothing_speaks_for_it(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(f"copy (select 1 as a, 'x' as b from range(5)) to '{tmp_path / 'plain'}.csv' (header)")
    assert as_data(propose_roles(tmp_path)) == {}


def test_prefixes_of_tables_are_no_part_of_the_names_of_columns(tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        for name, query in {
            "raw_orders": "select 1 + range as id, date '2024-01-01' + range::int as ordered_on from range(3)",
            "raw_payments": "select 1 + range as id, 1 + range % 3 as order_id from range(5)",
        }.items():
            connection.execute(f"copy ({query}) to '{tmp_path / name}.parquet'")
    assert as_data(propose_roles(tmp_path))["raw_payments"] == {"key": "id", "parents": {"order_id": "raw_orders"}}


def test_a_table_points_to_another_one_by_several_columns(tmp_path: Path) -> None:
    rooms = "select 'H' || range // 2 as hotel, range % 2 as room, 10 + range % 4 as beds from range(20)"
    nights = "select 'N' || range as night_no, 'H' || range // 4 as hotel, range % 2 as room from range(40)"
    with duckdb.connect() as connection:
        for name, query in {"rooms": rooms, "nights": nights}.items():
            connection.execute(f"copy ({query}) to '{tmp_path / name}.parquet'")
    data = as_data(propose_roles(tmp_path))
    assert data["rooms"]["key"] == ["hotel", "room"]
    assert data["nights"]["parents"] == {"hotel, room": "rooms"}
    assert "parents" not in data["rooms"]
