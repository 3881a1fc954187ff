"""Mutants above a Python model: dbt builds what queries cannot, on a small project."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.registry import get_task
from benchmark.tables import TableSpec
from evaluators.pipeline.gold import Gold
from evaluators.proof.equivalent_list import Listing
from evaluators.proof.gold_database import GoldDatabase
from evaluators.proof.scored_runs import RunState
from evaluators.proof.sql_mutants import ModelCase, try_mutants
from evaluators.scenarios.base import days
from runtime.fork_client import ForkRuntime

NOW = "2013-03-14T23:30:00Z"
SQL = "select city, sum(fare) as total from raw.rides where fare > 2 group by city"
FILES = {
    "dbt_project.yml": "name: rides\nprofile: rides\nversion: '1.0'\nflags: {send_anonymous_usage_stats: false}\n",
    "profiles.yml": "rides: {target: dev, outputs: {dev: {type: duckdb, path: \"{{ env_var('WAREHOUSE_PATH') }}\"}}}\n",
    "macros/generate_schema_name.sql": "{% macro generate_schema_name(a, b) %}{{ a or 'main' }}{% endmacro %}",
    "models/sources.yml": "sources: [{name: raw, tables: [{name: rides}]}]\n",
    "models/totals.sql": "{{ config(schema='staging', materialized='table') }}\n"
    + SQL.replace("raw.rides", "{{ source('raw', 'rides') }}"),
    "models/report.py": "def model(dbt, session):\n    dbt.config(schema='marts', materialized='table')\n"
    "    frame = dbt.ref('totals').df()\n    frame['total'] = frame['total'] * 2\n    return frame\n",
}
TABLES = {
    "raw.rides": "select * from (values ('a', 1), ('a', 3), ('b', 5), ('b', 6)) t(city, fare)",
    "staging.totals": "select * from (values ('a', 3::hugeint), ('b', 11::hugeint)) t(city, total)",
    "marts.report": "select * from (values ('a', 6.0::double), ('b', 22.0::double)) t(city, total)",
}


@pytest.fixture
def case(tmp_path: Path) -> Iterator[ModelCase]:
    for name, text in FILES.items():
        path = tmp_path / "project/dbt" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "gold").mkdir()
    for name, query in TABLES.items():
        duckdb.sql(query).write_parquet(str(tmp_path / "gold" / f"{name}.parquet"))
    relations: dict[str, dict[str, Any]] = {
        "staging.totals": {
            "path": "dbt/models/totals.sql", "type": "table", "parents": ["raw.rides"], "macros": [], "compiled": SQL,
        },
        "marts.report": {
            "path": "dbt/models/report.py", "type": "table", "parents": ["staging.totals"], "macros": [],
            "compiled": None,
        },
    }  # fmt: skip
    gold = Gold(tmp_path / "gold", relations)
    scored = {"marts.report": TableSpec(stage="marts", key=("city",), columns=("city", "total"))}
    (tmp_path / "scratch").mkdir()
    with GoldDatabase(gold, NOW, scored, {}, 1) as database, ForkRuntime() as runtime:
        state = RunState("visible", Dials(0), days(1), days(1), gold, None, database)
        yield ModelCase("staging.totals", [state], tmp_path / "project", runtime, tmp_path / "scratch")


def test_mutants_above_a_python_model_are_decided_by_building_it(case: ModelCase) -> None:
    results = try_mutants(case, Listing(get_task("flights_otp_scorecard")))
    by_change = {(result.operator, result.after): result for result in results}
    assert len(results) >= 4
    rejected = [result for result in results if result.outcome == "rejected"]
    assert any(result.rejected_by.startswith("marts.report") for result in rejected), by_change
    surviving = [result.after for result in results if result.outcome == "surviving"]
    assert all("3" in after or ">=" in after for after in surviving), surviving  # no ride costs 2 to 3
