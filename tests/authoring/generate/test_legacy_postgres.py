"""Scripts of generated tasks that are said to be PostgreSQL's name functions and types that PostgreSQL has."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from authoring.generate.legacy_dialects import POSTGRES, TSQL, CannotSayError, portable, said_in
from benchmark.registry import list_tasks
from benchmark.source_systems import PostgresColumn, PostgresSystem, PostgresTable
from evaluators.proof.sql_trees import parse
from sources.systems.postgres_clusters import cluster_of_day
from sources.systems.postgres_replica import PostgresReplica

SCRIPTS = [
    script
    for task in list_tasks()
    if task.spec.kind == "migrate" and task.spec.origin == "generated"
    for script in sorted((task.start_dir / "docs" / "legacy").glob("*.sql"))
    if "LANGUAGE plpgsql" in script.read_text(encoding="utf-8")
]
SYNTAX = re.compile(
    "AS|BY|CASE|CAST|COALESCE|DISTINCT|EXISTS|EXTRACT|FILTER|FROM|GREATEST|IN|JOIN|LEAST|NOT|NULLIF|ON|OR|AND|OVER|"
    "SELECT|THEN|TRIM|UNION|USING|VALUES|WHEN|WHERE|ALL|ARRAY|BETWEEN|SUBSTRING|POSITION|INTERVAL|ELSE|TABLE|GROUP|DECIMAL"
)
"""Words before a parenthesis that are no functions."""
NOW = "2024-04-02T20:00:00Z"


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[psycopg.Connection[tuple[Any, ...]]]":
    tables = {"t": PostgresTable(key=("id",), description="Rows.", columns={"id": PostgresColumn(type="bigint")})}
    replica = PostgresReplica(tmp_path_factory.mktemp("replica") / "shop", database="shop")
    spec = PostgresSystem(name="shop", schema_name="ops", tables=tables)
    with cluster_of_day(spec, [{"t": pa.table({"id": pa.array([1], pa.int64())})}]) as data:
        replica.show(data)
    place = {"host": replica.host, "port": replica.port, "dbname": "shop"}
    with closing(
        psycopg.connect(**place, user=replica.user, password=replica.password)  # type: ignore[arg-type]
    ) as opened:
        yield opened
    replica.stop()


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_functions_and_types_are_those_of_postgresql(
    connection: "psycopg.Connection[tuple[Any, ...]]", script: Path
) -> None:
    text = re.sub(r"--[^\n]*|'(?:[^']|'')*'", " ", script.read_text(encoding="utf-8"))
    body = text.partition("$$")[2].rpartition("$$")[0]
    called = {name.lower() for name in re.findall(r"\b([A-Z_]+)\s*\(", body) if not SYNTAX.fullmatch(name)}
    known = {name for (name,) in connection.execute("select distinct proname from pg_proc")}
    assert called <= known
    for kind in set(re.findall(r"\bAS ([A-Z][A-Z0-9 ]+)(?:\([0-9, ]+\))?\)", body)):
        assert connection.execute("select to_regtype(%s) is not null", [kind]).fetchone() == (True,), kind
    assert "GROUP BY ALL" not in body


def said(sql: str) -> str:
    return " ".join(said_in(portable(parse(sql, NOW), POSTGRES), POSTGRES).split())


def test_what_only_newer_systems_say_is_said_in_another_way() -> None:
    grouped = said("select a, date_trunc('week', b) as w, 1 as one, count(*) as n from t group by all")
    assert grouped.endswith("GROUP BY a, DATE_TRUNC('WEEK', b)")
    assert "EXTRACT(HOUR FROM b)" in said("select hour(b) as h from t")
    assert "CAST(a AS BIGINT)" in said("select cast(a as hugeint) as h from t")
    clock = f"cast(cast(cast('{NOW}' as timestamptz) at time zone 'UTC' as timestamp) as date)"
    days = said(f"select unnest(generate_series(a, {clock}, interval 1 day)) as day from t")
    assert "CURRENT_TIMESTAMP" in days
    assert "pinned" not in days
    with pytest.raises(CannotSayError):
        said_in(portable(parse("select hour(b) as h from t", NOW), TSQL), TSQL)
    with pytest.raises(CannotSayError, match="instant"):
        said_in(sqlglot.parse_one("select 'pinned now' as x"), POSTGRES)
    assert isinstance(parse("select 1", NOW), exp.Select)
