"""Wrong incremental versions of real models, and what they would miss on the second night."""

from pathlib import Path

import duckdb
import pytest

from authoring.generate.incremental_versions import Version, wrong_versions
from authoring.generate.second_nights import Nights, filled_times, share_wrong
from benchmark.registry import get_world
from benchmark.tables import TableSpec

SPEC = TableSpec(stage="marts", key=("channel", "sold_on"), columns=("channel", "sold_on", "n_sold"))


def source_of(world_id: str, path: str) -> str:
    return (get_world(world_id).project_dir / "dbt" / "models" / path).read_text()


def test_a_table_becomes_an_incremental_one_in_each_way_that_its_times_allow() -> None:
    source = source_of("shop", "marts/web/channel_days.sql")
    found = list(wrong_versions(source, {"channel": "VARCHAR", "activity_date": "DATE"}, ("channel", "activity_date")))
    assert [version.name for version in found] == ["incremental by activity_date >=", "incremental by activity_date >"]
    text = found[0].text
    assert "unique_key=['channel', 'activity_date']" in text
    assert "where activity_date >= (select max(known.activity_date) from {{ this }} as known)" in text
    assert text.endswith("select * from new_rows\n")
    body = source[: source.rindex("\nselect *")].rstrip().removesuffix(")").rstrip()
    assert body in text


def test_a_single_key_is_written_as_a_name() -> None:
    source = source_of("shop", "marts/web/sessions.sql")
    [first, *_] = wrong_versions(source, {"started_at": "TIMESTAMP"}, ("session_id",))
    assert "unique_key='session_id'" in first.text


@pytest.mark.parametrize(
    ("world_id", "path", "cursor"),
    [("shop", "marts/sales/orders.sql", "placed_at"), ("flights", "marts/core/flights.sql", "scheduled_departure_at")],
)
def test_an_incremental_model_forgets_to_delete_or_looks_at_another_time(world_id: str, path: str, cursor: str) -> None:
    source = source_of(world_id, path)
    times = {"source_updated_at": "TIMESTAMP", cursor: "TIMESTAMP"}
    found = {version.name: version for version in wrong_versions(source, times, ("id",))}
    assert "post_hook" not in found["without its hook"].text
    assert "on_schema_change='fail'\n    )" in found["without its hook"].text
    other = found.get(f"by {cursor} in place of source_updated_at")
    if world_id == "shop":
        assert other is not None
        assert f"where {cursor} >= (select max(known.{cursor}) from" in other.text
        assert other.text.count("source_updated_at") == source.count("source_updated_at") - 2


def test_a_query_without_steps_gets_one() -> None:
    [first, *_] = wrong_versions("select\n    a\nfrom {{ ref('b') }}\n", {"a": "DATE"}, ("a",))
    _, _, text = first.text.partition("}}\n\n")
    assert text.startswith(
        "with\n\nevery_row as (\n\n    select\n        a\n    from {{ ref('b') }}\n\n),\n\nnew_rows as ("
    )


@pytest.mark.parametrize(
    "source", ["with a as (select 1) select a from a", "{{ config(materialized='table') }}\nselect * from a", ""]
)
def test_models_in_another_form_are_left_alone(source: str) -> None:
    assert list(wrong_versions(source, {"a": "DATE"}, ("a",))) == []


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    first = "('web', date '2024-04-01', 3), ('web', date '2024-04-02', 5), ('app', date '2024-04-02', 1)"
    second = "('web', date '2024-04-01', 4), ('app', date '2024-04-01', 2), ('web', date '2024-04-02', 6), "
    second += "('app', date '2024-04-02', 1), ('web', date '2024-04-03', 9)"
    for name, rows in (("first", first), ("second", second)):
        query = f"select *, null::date as gone_on from (values {rows}) as t (channel, sold_on, n_sold)"
        duckdb.sql(f"copy ({query}) to '{tmp_path / name}.parquet'")
    return Nights(tmp_path / "first.parquet", tmp_path / "second.parquet")


def test_times_that_are_empty_tell_nothing(nights: Nights) -> None:
    assert filled_times(nights, ["channel", "sold_on", "n_sold", "gone_on"]) == {"sold_on": "DATE"}


@pytest.mark.parametrize(
    ("is_at_or_after", "n_wrong"),
    [(True, 2), (False, 3)],  # what changed on the first day and came late for it; what changed on the last one, too
)
def test_rows_that_would_be_wrong_are_counted(nights: Nights, is_at_or_after: bool, n_wrong: int) -> None:
    version = Version("by sold_on", "sold_on", is_at_or_after, "")
    assert share_wrong(nights, SPEC, version) == (n_wrong, n_wrong / 5)
