"""A database may hold macros named like DuckDB's functions and operators; verdicts and evidence stay what they are."""

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from evaluators.compare.tables import compare_tables
from tests.helpers.column_options import loosened

GOLD = """select i as id, 'n' || (i % 5) as t, i * 1.5::double as d, (i / 4)::decimal(9, 2) as m, [i, i + 1] as l,
    {'a': i, 'b': 'x'} as st, map {'k': i * 1.0::double} as mp, json_object('a', i) as j, i::float as f,
    date '2013-01-01' + i::int as dt, timestamp '2013-01-01' + interval (i) hour as ts, i % 2 = 0 as bo,
    timestamptz '2013-01-01 00:00:00+00' + interval (i) hour as tz, (i::varchar)::blob as bl, interval (i) day as iv,
    i::hugeint as h, union_value(n := i) as u, i::bit as bi, md5(i::varchar)::uuid as uu from range(300) t(i)"""
OUTPUTS = {
    "equal": "from gold order by hash(id)",
    "other types": """select * replace (d * (1 + 1e-12) as d, h::decimal(20, 1) as h, timezone('UTC', tz) as tz,
        m::double as m, ts::timestamp_ns as ts, dt::timestamp as dt, j::varchar as j, id::int as id) from gold""",
    **{
        change: f"select * replace ({change}) from gold"
        for change in (
            "d * 2 as d", "d + 1e-7 as d", "round(d) as d", "nullif(t, 'n3') as t", "upper(t) as t",
            "list_reverse(l) as l", "[l[1]] as l", "ts + interval 5 hour as ts", "json_object('a', id + 1) as j",
            "null as st", "map {'k': 0.5::double} as mp", "id + 1000 as id", "h + 1 as h", "bl || 'x'::blob as bl",
        )
    },
    "missing rows": "from gold where id % 10 <> 3",
    "repeated rows": "from gold union all from gold where id % 10 = 3",
    "changed copies": "from gold union all select * replace (d + 1 as d) from gold where id % 10 = 3",
}  # fmt: skip
OPTIONS = {"l": loosened(unordered_list=True), "m": loosened(absolute=0.01)}
WAYS: dict[str, dict[str, Any]] = {"no key": {}, "key": {"key": ["id"]}, "options": {"options": OPTIONS}}


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        opened.execute("set TimeZone = 'America/New_York'")
        opened.execute(f"create table gold as {GOLD}")
        for place, query in enumerate(OUTPUTS.values()):
            opened.execute(f"create table output{place} as {query}")
        yield opened


@pytest.mark.parametrize(
    ("is_large", "ways"),
    [
        pytest.param(False, WAYS, id="small tables"),
        pytest.param(True, WAYS, id="large tables"),
    ],
)
@pytest.mark.slow
def test_no_macro_changes_a_verdict(connection, monkeypatch, is_large, ways):
    if is_large:
        for name, value in (("CELLS", 0), ("MIN_ROWS", 50), ("MIN_SAMPLE_ROWS", 20)):
            monkeypatch.setattr(f"evaluators.compare.large.sampling.{name}", value)
        monkeypatch.setattr("evaluators.compare.tables.EXACT_CELLS", 0)
    before = _verdicts(connection, ways)
    matching = {name for (name, _), verdict in before.items() if '"is_match":true' in verdict}
    assert matching == {"equal", "other types", "list_reverse(l) as l"}
    names = _functions(connection)
    assert len(names) > 700
    for name in names:
        connection.execute(f"create macro {name}() as 1, (a) as 1, (a, b) as 1, (a, b, c) as 1, (a, b, c, d) as 1")
    try:
        after = _verdicts(connection, ways)
    finally:
        for name in names:
            connection.execute(f"drop macro {name}")
    assert after == before


def _functions(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Every scalar function, aggregate function, operator and macro that DuckDB has, quoted."""
    rows = connection.execute(
        "select distinct function_name from duckdb_functions() "
        "where function_type in ('scalar', 'aggregate', 'macro') order by 1"
    ).fetchall()
    return ['"' + name.replace('"', '""') + '"' for (name,) in rows]


def _verdicts(connection: duckdb.DuckDBPyConnection, ways: dict[str, dict[str, Any]]) -> dict[tuple[str, str], str]:
    """By output and way of comparing."""
    return {
        (name, way): compare_tables(connection, "gold", f"output{place}", **chosen).model_dump_json()
        for place, name in enumerate(OUTPUTS)
        for way, chosen in ways.items()
    }
