"""Columns that `world.yaml` names are columns of the generated tables, wherever it names them."""

from pathlib import Path

import pytest

from authoring.check.check import check

WORLD = """\
id: market
title: A market
description: Stalls and what they sell.
owner: market
generator: {sql: generate}
start_date: 2020-01-01
clock_time: "23:30:00"
systems:
  ledger:
    type: postgres
    schema: public
    tables:
      stalls: {key: stall_id, description: Stalls., columns: {stall_id: bigint, opened_on: date}}
  api:
    type: http
    endpoints:
      /sales: {table: sales, key: sale_id, since: updated_at, filters: [stall_id], columns: {price: Cents.}}
      "/stalls/{stall_id}/sales": {table: sales, deleted: {time_column: gone_at}, key: sale_id}
    exports:
      /exports: {table: sales, hidden_columns: [price]}
    graphql: {fields: {offers: {table: sales, key: sale_id}}}
  documents:
    type: mongodb
    collections:
      notes: {key: note_id, description: Notes., fields: {text: What it says., author.name: Who.}}
  drop:
    type: folder
    documentation: Files.
    files:
      days: {table: sales, pattern: "days_{date}.txt", format: {type: fixed_width, widths: {sale_id: 9}}}
data:
  stalls: {key: stall_id}
  sales: {key: sale_id, parents: {stall_id: stalls}, event_time: sold_at}
  notes: {parents: {stall_id: stalls.stall_id}}
noise:
  - {kind: missing, table: sales, columns: [price], rate: 0.1}
  - {kind: sent_twice, table: sales, rate: 0.1, after: 1d, new_id: sale_id}
"""
QUERIES = {
    "stalls": "select i as stall_id, date '2020-01-01' as opened_on, 'x' as secret__ from range(3) as t (i)",
    "sales": "select i as sale_id, stall_id, 5 as price, pinned_now() as updated_at, pinned_now() as sold_at\n"
    "from stalls cross join range(3) as t (i)",
    "notes": "select 1 as note_id, 1 as stall_id, 'x' as text, {'name': 'y'} as author",
}


@pytest.fixture
def market(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    world = tmp_path / "market"
    (world / "generate").mkdir(parents=True)
    (world / "world.yaml").write_text(WORLD)
    for table, sql in QUERIES.items():
        (world / f"generate/{table}.sql").write_text(f"{sql}\n")
    return world


def found(*codes: str) -> list[tuple[str, int | None, str]]:
    return [(item.path.name, item.line, item.message) for item in check().findings if item.code in codes]


def test_a_world_that_names_what_there_is_has_no_finding(market: Path) -> None:
    assert found("LG113", "LG114", "LG116") == []


@pytest.mark.parametrize(
    ("right", "wrong", "line", "key"),
    [
        ("opened_on: date", "opend_on: date", 13, "systems.ledger.tables.stalls"),
        (
            "columns: {stall_id: bigint",
            "columns: {secret__: text, stall_id: bigint",
            13,
            "systems.ledger.tables.stalls",
        ),
        ("key: sale_id, since", "key: sal_id, since", 17, "systems.api.endpoints./sales"),
        ("since: updated_at", "since: updatd_at", 17, "systems.api.endpoints./sales"),
        ("filters: [stall_id]", "filters: [stal_id]", 17, "systems.api.endpoints./sales"),
        ("columns: {price:", "columns: {prize:", 17, "systems.api.endpoints./sales"),
        ("/stalls/{stall_id}/", "/stalls/{stal_id}/", 18, "systems.api.endpoints./stalls/{stal_id}/sales"),
        ("hidden_columns: [price]", "hidden_columns: [prize]", 20, "systems.api.exports./exports"),
        ("{table: sales, key: sale_id}}", "{table: sales, key: sal_id}}", 21, "systems.api.graphql.fields.offers"),
        ("key: note_id", "key: not_id", 25, "systems.documents.collections.notes"),
        ("author.name", "auther.name", 25, "systems.documents.collections.notes"),
        ("widths: {sale_id", "widths: {sal_id", 30, "systems.drop.files.days"),
        ("stalls: {key: stall_id}", "stalls: {key: stal_id}", 32, "data.stalls"),
        ("parents: {stall_id: stalls},", "parents: {stal_id: stalls},", 33, "data.sales"),
        ("event_time: sold_at", "event_time: soldat", 33, "data.sales"),
        ("stalls.stall_id", "stalls.stal_id", 34, "data.notes.parents"),
        ("columns: [price], rate", "columns: [prize], rate", 36, "noise.0"),
        ("new_id: sale_id", "new_id: sal_id", 37, "noise.1"),
    ],
)
def test_a_column_with_a_slip_is_found(market: Path, right: str, wrong: str, line: int, key: str) -> None:
    path = market / "world.yaml"
    assert path.read_text().count(right) == 1
    path.write_text(path.read_text().replace(right, wrong))
    [(file, found_line, message)] = found("LG113", "LG114", "LG116")
    assert (file, found_line) == ("world.yaml", line)
    assert message.startswith(f"key '{key}': table '")
    assert "has no column '" in message


def test_a_time_that_is_none_is_found(market: Path) -> None:
    path = market / "world.yaml"
    path.write_text(path.read_text().replace("event_time: sold_at", "event_time: price"))
    [(_, line, message)] = found("LG116")
    assert line == 33
    assert "column 'price' is INTEGER, but must be a date or a timestamp" in message


def test_a_query_that_cannot_run_is_found_once_with_its_line(market: Path) -> None:
    """What reads it is not looked at: its columns are not known."""
    (market / "generate/stalls.sql").write_text("select\n  1 as stall_id,\n  nothing as opened_on\n")
    [(file, line, message)] = found("LG113", "LG114", "LG116")
    assert (file, line) == ("stalls.sql", 3)
    assert "nothing" in message


def test_columns_of_an_extract_are_known_too(market: Path) -> None:
    (market / "data").mkdir()
    for table, header in {"stalls": "stall_id,opened_on", "notes": "note_id,stall_id,text,author"}.items():
        (market / f"data/{table}.csv").write_text(f"{header}\n{','.join('1' * (header.count(',') + 1))}\n")
    (market / "data/sales.csv").write_text(
        "sale_id,stall_id,price,updated_at,sold\n1,1,5,2020-01-01 10:00:00,2020-01-01 10:00:00\n"
    )
    path = market / "world.yaml"
    path.write_text(path.read_text().replace("generator: {sql: generate}", "generator: {extract: data}"))
    [(_, line, message)] = found("LG113", "LG114", "LG116")
    assert line == 33
    assert "table 'sales' has no column 'sold_at'; did you mean 'sold'?" in message


@pytest.mark.parametrize(
    ("declared", "made", "holds"),
    [
        ("bigint", "1::bigint", True),
        ("date", "1::bigint", False),
        ("date", "pinned_now()", True),
        ("timestamptz not null", "'x'", True),
        ("timestamptz not null", "true", False),
        ("integer", "date '2020-01-01'", False),
        ("numeric(10, 2)", "1.5::decimal(4, 2)", True),
        ("double precision", "md5('a')::uuid", False),
        ("boolean", "1.5::double", False),
        ("text", "[1, 2]", False),
        ("jsonb", "{'a': 1}", False),
        ("text", "1.5::double", True),
        ("char(4)", "date '2020-01-01'", True),
        ("money_type_of_an_extension", "true", True),
    ],
)
def test_a_type_that_cannot_hold_what_is_made_is_found(market: Path, declared: str, made: str, holds: bool) -> None:
    (market / "generate/stalls.sql").write_text(f"select i as stall_id, {made} as opened_on from range(3) as t (i)\n")
    path = market / "world.yaml"
    path.write_text(path.read_text().replace("opened_on: date", f'opened_on: "{declared}"'))
    messages = [(line, message) for _, line, message in found("LG113", "LG116", "LG117")]
    if holds:
        assert messages == []
    else:
        [(line, message)] = messages
        assert line == 13
        assert f"column 'opened_on' is {declared}, which cannot hold what the generator makes, " in message


def test_what_noise_writes_as_text_is_one(market: Path) -> None:
    path = market / "world.yaml"
    wrong = path.read_text().replace("opened_on: date", "opened_on: integer")
    path.write_text(wrong)
    assert len(found("LG117")) == 1
    path.write_text(wrong + "  - {kind: time_format, table: stalls, column: opened_on, formats: ['%d'], rate: 0.5}\n")
    assert found("LG117") == []
