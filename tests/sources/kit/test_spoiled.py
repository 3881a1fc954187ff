"""The incident `spoiled`: what a world says instead of what happened."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from benchmark.generator_parameters import Dials
from sources.contract import GeneratedDay
from sources.kit.errors import GeneratorError
from sources.kit.source_tables import SourceTables
from sources.kit.spoiled import Spoiled

TABLES = SourceTables({"shop.payments": "payments", "shop.orders": "orders"}, {})
DAY = GeneratedDay(
    Dials(0, 3),
    datetime(2024, 4, 2, tzinfo=UTC),
    {
        "shop.payments": pa.table({"id": [1, 2, 3], "status": ["captured", "failed", "captured"]}),
        "shop.orders": pa.table({"id": [1]}),
    },
    (),
)


def test_only_the_columns_that_are_named_change() -> None:
    columns = {"payments": {"status": "case when id % 2 = 0 then 'reversed' else status end"}}
    spoiled = Spoiled(columns, TABLES).change(DAY)
    assert spoiled.tables["shop.payments"].to_pydict() == {
        "id": [1, 2, 3],
        "status": ["captured", "reversed", "captured"],
    }
    assert spoiled.tables["shop.orders"] is DAY.tables["shop.orders"]


def test_a_column_with_a_slip_is_named_with_the_one_that_is_near() -> None:
    with pytest.raises(GeneratorError, match=r"incidents.spoiled.payments.*no column 'statis'.*status"):
        Spoiled({"payments": {"statis": "'x'"}}, TABLES).change(DAY)


def test_an_expression_that_is_none_is_said_with_its_key() -> None:
    with pytest.raises(GeneratorError, match=r"incidents.spoiled.payments.status"):
        Spoiled({"payments": {"status": "no_such_column || 'x'"}}, TABLES).change(DAY)
