"""The database of a proof: a model replaced, alone on gold; and on gold whose rows stand the other way round."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.gold_database import GoldDatabase

NOW = "2013-03-14T23:30:00Z"
LATEST = "select id, v from raw.events qualify row_number() over (partition by id order by seen desc{}) = 1"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[GoldDatabase]:
    tables = {
        "raw.events": "select * from (values (1, 5, 1, 'b'), (1, 5, 2, 'a'), (2, 7, 1, 'c')) t(id, seen, line, v)",
        "marts.latest": "select * from (values (1, 'b'), (2, 'c')) t(id, v)",
    }
    for name, query in tables.items():
        duckdb.sql(query).write_parquet(str(tmp_path / f"{name}.parquet"))
    compiled = LATEST.format(", line")
    model = {"path": "models/latest.sql", "type": "table", "parents": ["raw.events"], "compiled": compiled}
    spec = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
    with GoldDatabase(Gold(tmp_path, {"marts.latest": model}), NOW, {"marts.latest": spec}, {}, 1) as opened:
        yield opened


def test_a_wrong_version_is_rejected_and_leaves_nothing_behind(database: GoldDatabase) -> None:
    assert database.try_sql("marts.latest", LATEST.format(", line desc")).verdict == "rejected"
    assert database.try_sql("marts.latest", LATEST.format(", line")).verdict == "accepted"


def test_ties_that_fall_by_the_order_of_rows_show_when_it_is_reversed(database: GoldDatabase) -> None:
    by_chance = LATEST.format("")
    assert database.try_sql("marts.latest", by_chance).verdict == "accepted"
    tried = database.try_sql("marts.latest", by_chance, is_reversed=True)
    assert (tried.verdict, tried.table) == ("rejected", "marts.latest")
    assert database.is_steady("marts.latest")
    assert database.try_sql("marts.latest", by_chance).verdict == "accepted"
