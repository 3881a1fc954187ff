"""Tickets about raw tables say what each holds and how its rows come, and never how a connection is set."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from authoring.built.tables import read_connections
from authoring.generate.load_tickets import WAYS, Awaited, write_load_ticket
from authoring.generate.raw_contracts import RawStream, RawTable, kind_words, raw_table, system_words, way_of
from authoring.generate.ticket_checks import MAX_WITH_COLUMNS, likeness, ticket_problems
from authoring.lineage.project_graph import read_project
from authoring.model_files.yaml_columns import without_streams
from benchmark.file_tree import world_files
from benchmark.registry import get_world

AS_OF = date(2024, 4, 2)


def streams_of(world_id: str) -> list[tuple[RawStream, RawTable | None]]:
    """Every stream of a world's connections, with its contract."""
    world = get_world(world_id)
    graph = read_project(world_files(world))
    found = []
    for spec in read_connections(world.project_dir):
        for stream in spec.streams:
            source = RawStream(spec, stream, world.spec.systems[spec.connection])
            found.append((source, raw_table(source, world.tables[source.table], {}, graph, AS_OF)))
    return found


def contracts(world_id: str, connection: str) -> tuple[RawTable, ...]:
    return tuple(t for s, t in streams_of(world_id) if s.connection.connection == connection and t is not None)


def awaited(world_id: str, connection: str, n_tables: int) -> Awaited:
    system = system_words(get_world(world_id).spec.systems[connection])
    tables = contracts(world_id, connection)[:n_tables]
    return Awaited(system, f"el/{connection}.yaml", True, tables, (f"staging.stg_{connection}",), (), True)


@pytest.mark.parametrize("world_id", ["shop", "flights"])
def test_every_stream_of_our_worlds_can_be_told(world_id: str) -> None:
    for source, table in streams_of(world_id):
        assert table is not None, source.table
        assert table.description.endswith("."), source.table
        assert [column.name for column in table.columns] == list(get_world(world_id).tables[source.table].columns)


def test_where_and_how_rows_come_is_read_from_world_and_connection() -> None:
    found = {table.table: table for _, table in streams_of("shop") if table}
    assert found["raw_marketplace.orders"].way == "copy"
    assert found["raw_marketplace.payments"].way == "latest"
    assert found["raw_marketplace.payments"].cursor == "updated_at"
    assert found["raw_clickstream.page_views"].place == "Files such as `page_views/2024/04/02/00/part-001.jsonl.gz`"
    assert found["raw_clickstream.page_views"].way == "lines"
    assert found["raw_carrier.tracking_events"].place == "Records at `/v2/tracking-events`"
    assert {table.way for _, table in streams_of("flights") if table} == {"copy", "latest", "versions", "lines"}
    assert {way_of(source.connection, source.stream) for source, _ in streams_of("shop")} <= WAYS.keys()


@pytest.mark.parametrize(
    ("world_id", "connection", "n_tables"),
    [("shop", "finance", 2), ("shop", "carrier", 3), ("shop", "catalogue", 1), ("flights", "weather", 2)],
)
def test_every_ticket_passes_its_own_checks(world_id: str, connection: str, n_tables: int) -> None:
    facts = awaited(world_id, connection, n_tables)
    file = get_world(world_id).project_dir / facts.file
    lines = [line.strip() for line in file.read_text().splitlines() if ":" in line]
    columns = [column.name for table in facts.tables for column in table.columns]
    for n in range(60):
        text = write_load_ticket(f"{world_id}_{connection}_{n}", AS_OF, facts).text
        found = ticket_problems(
            text, columns=columns, hidden=(), solution_lines=lines, max_characters=MAX_WITH_COLUMNS
        )  # fmt: skip
        assert found == []
        flat = " ".join(text.split())
        assert "full_refresh" not in flat
        assert "append" not in flat
        for table in facts.tables:
            assert f"## `{table.table}`" in flat
            assert all(f"`{name}`" in flat for name in table.key)


def test_tickets_of_different_tasks_differ() -> None:
    facts = awaited("shop", "finance", 2)
    texts = [write_load_ticket(f"shop_finance_{n}", AS_OF, facts).text for n in range(12)]
    assert len(set(texts)) == len(texts)
    assert min(likeness(texts[0], other) for other in texts[1:]) < 0.5


def test_variables_that_no_document_names_are_told() -> None:
    facts = awaited("shop", "finance", 1)._replace(variables=("FINANCE_DIR",), has_docs=False)
    text = write_load_ticket("t", AS_OF, facts).text
    assert "`FINANCE_DIR`" in text
    assert "docs/sources.md" not in text


@pytest.mark.parametrize("gone", [{"orders"}, {"customers", "payouts"}, {"stock_movements", "vouchers", "orders"}])
def test_streams_are_cut_out_of_a_connection_file(gone: set[str]) -> None:
    path: Path = get_world("shop").project_dir / "el" / "marketplace.yaml"
    text = path.read_text()
    shorter = without_streams(text, gone)
    right, left = yaml.safe_load(text), yaml.safe_load(shorter)
    assert left["streams"] == [stream for stream in right["streams"] if stream["name"] not in gone]
    assert {**left, "streams": []} == {**right, "streams": []}
    assert "#" not in shorter
    assert set(shorter.splitlines()) <= set(text.splitlines())


def test_the_last_stream_of_a_flow_list_is_cut() -> None:
    text = "connection: a\nstreams:\n  - {name: one}\n  # of two\n  - {name: two, primary_key: [id]}\n"
    assert without_streams(text, {"two"}) == "connection: a\nstreams:\n  - {name: one}\n"


@pytest.mark.parametrize(
    ("kind", "words"),
    [("BIGINT", "whole number"), ("TIMESTAMP WITH TIME ZONE", "instant, with its zone"), ("VARCHAR", "text")],
)
def test_types_are_told_in_words(kind: str, words: str) -> None:
    assert kind_words(kind) == words
