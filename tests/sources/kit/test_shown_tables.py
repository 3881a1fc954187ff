"""What is new in a delivery: made of the rows to which something happened, it is what two whole states differ by."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from benchmark.generator_parameters import Dials
from benchmark.noise_rules import AnyNoise
from benchmark.world_data import TableRoles
from sources.kit.clock import WorldClock
from sources.kit.noise import open_noise
from sources.kit.shown_tables import ShownTables
from sources.kit.sql_generator import SqlGenerator
from sources.kit.table_maker import MadeRows

DIALS = Dials(3, 6)
ORDERS = """
select
    n as id, n % 7 as n, 'Code' || n % 5 as code, day::timestamptz + to_minutes(n * 37 % 1440) as ordered_at,
    ordered_at as loaded_at, ordered_at as updated_at
from dates() cross join (select unnest(range(40)) as nth)
cross join lateral (select (day - start_date()) * 40 + nth as n)
"""
VERSIONS = """
select
    id, n + version__ as n, code, ordered_at, loaded_at, ordered_at + to_hours(version__ * 9) as updated_at, version__,
    ordered_at + to_hours(version__ * 9) as arrives_at__,
    case when draw(id, 'is deleted') < 0.2 then ordered_at + to_hours(20 + pick(id, 'when', 30)) end as deleted_at__
from orders cross join (select unnest(range(3)) as version__) where version__ = 0 or draw([id, version__], 'has') < 0.5
"""
TWICE = "select n, code, loaded_at from orders union all select n, code, loaded_at + interval 5 hours from orders"
KEYED = TableRoles(
    key=("id",), event_time="ordered_at", loaded_at="loaded_at", updated_at="updated_at", measures=("n",)
)
ROLES = {"orders": KEYED, "versions": KEYED}
RULES: list[dict[str, Any]] = [
    {"kind": "late", "rate": 0.3, "by": "40h"},
    {"kind": "deleted_later", "rate": 0.2, "after": "30h"},
    {"kind": "corrected_later", "columns": ["n"], "rate": 0.3, "after": "25h", "by": 0.5},
    {"kind": "sent_twice", "rate": 0.3, "after": "30h"},
    {"kind": "letter_case", "column": "code", "rate": 0.3},
]


class StatesAlone:
    """A generator's rows, without their history."""

    def __init__(self, made: MadeRows) -> None:
        self._made = made

    def state(self, table: str, instant: datetime) -> pa.Table | None:
        """As it is made."""
        return self._made.state(table, instant)

    def history(self, table: str) -> None:
        """Not told."""


@pytest.fixture(scope="module")
def generator(tmp_path_factory: pytest.TempPathFactory) -> SqlGenerator:
    folder = tmp_path_factory.mktemp("generate")
    for table, query in {"orders": ORDERS, "versions": VERSIONS, "twice": TWICE}.items():
        (folder / f"{table}.sql").write_text(query)
    return SqlGenerator(folder, WorldClock(date(2024, 1, 1), time(20)), ROLES)


@pytest.mark.parametrize("table", ["orders", "versions", "twice"])
@settings(max_examples=15, deadline=None)
@given(
    picked=st.lists(st.sampled_from(RULES), unique_by=lambda rule: str(rule["kind"])),
    hours=st.lists(st.integers(1, 30), min_size=1, max_size=8),
)
def test_changes_are_what_two_states_differ_by(
    generator: SqlGenerator, table: str, picked: Sequence[dict[str, Any]], hours: Sequence[int]
) -> None:
    rules = [TypeAdapter[AnyNoise](AnyNoise).validate_python({"table": table, **rule}) for rule in picked]
    times = [datetime(2024, 1, 1, 7, tzinfo=UTC)]
    for n_hours in hours:
        times.append(times[-1] + timedelta(hours=n_hours))
    with generator.made(DIALS, times[-1]) as made, open_noise(rules, ROLES, DIALS.seed) as noise:
        quick = ShownTables(made, noise, ROLES).changes(table, times)
        slow = ShownTables(StatesAlone(made), noise, ROLES).changes(table, times)
    assert list(quick) == list(slow) == times[1:]
    assert {at: rows.to_pylist() for at, rows in quick.items()} == {at: rows.to_pylist() for at, rows in slow.items()}
    assert sum(rows.num_rows for rows in slow.values()) > 0


def test_there_are_no_changes_before_the_second_delivery(generator: SqlGenerator) -> None:
    now = datetime(2024, 1, 3, tzinfo=UTC)
    with generator.made(DIALS, now) as made, open_noise((), ROLES, DIALS.seed) as noise:
        assert ShownTables(made, noise, ROLES).changes("orders", [now]) == {}
