"""tables.yaml follows what the pipeline builds; what a person wrote stays."""

from pathlib import Path

import pytest
import yaml

from authoring.built.tables import BuiltTable
from authoring.new_world.blank import write_blank_world
from authoring.sync import Sync, compare, sync_world
from benchmark.errors import LockgateError
from benchmark.tables import TablesFile
from benchmark.world import read_world

TEXT = """\
# Ours.
tables:
  raw_a.t: {stage: raw, key: [id], columns: [id, x]}
  # What people read.
  marts.days:
    stage: marts
    key: [day]
    columns: [total, day, old] # in this order
    # left out: made_at
    tolerance: {total: {relative: 1.0e-9, reason: Sums of doubles.}}
"""
RAW = BuiltTable("raw_a.t", "raw", ("id",), ("id", "x", "_source_file"), "a stream", "primary_key of el/a.yaml")
DAYS = BuiltTable("marts.days", "marts", ("day",), ("day", "total", "made_at"), "folder marts", "test unique", "days")
EVERY = frozenset({"raw_a.t", "marts.days"})


def synced(*made: BuiltTable, every: frozenset[str] = EVERY, text: str = TEXT) -> Sync:
    known = TablesFile.model_validate(yaml.safe_load(text)).tables
    found = compare(text, known, made, every)
    TablesFile.model_validate(yaml.safe_load(found.text))
    return found


def test_what_is_up_to_date_stays_to_the_letter() -> None:
    text = TEXT.replace(", old", "")
    assert synced(RAW, DAYS, text=text) == ((), text)


def test_columns_come_and_go_and_the_rest_stays() -> None:
    found = synced(RAW, DAYS._replace(columns=(*DAYS.columns, "n")))
    assert found.changes == ("marts.days: column old is gone", "marts.days: column n is new")
    assert found.text == TEXT.replace("[total, day, old] # in this order", "[total, day, n] # in this order")


def test_keys_and_stages_follow_what_the_project_says_for_sure() -> None:
    changed = DAYS._replace(key=("day", "total"), stage="intermediate", stage_evidence="folder int")
    found = synced(RAW, changed, text=TEXT.replace(", old", ""))
    assert found.changes == (
        "marts.days: the key is day, total (test unique)",
        "marts.days: the stage is intermediate (folder int)",
    )
    guessed = changed._replace(key_evidence="the data: 3 rows", stage_evidence="nothing reads it")
    assert synced(RAW, guessed, text=TEXT.replace(", old", "")).changes == ()


def test_a_new_table_stands_with_those_of_its_stage_and_one_that_is_gone_goes() -> None:
    new = BuiltTable("raw_a.u", "raw", ("id",), ("id",), "a stream", "primary_key of el/a.yaml")
    found = synced(RAW, new, every=frozenset({"raw_a.t", "raw_a.u"}))
    assert list(yaml.safe_load(found.text)["tables"]) == ["raw_a.t", "raw_a.u"]
    assert found.changes[0] == "marts.days is gone: nothing builds it"
    assert "What people read" not in found.text


def test_a_column_that_a_tolerance_names_is_not_taken_away() -> None:
    with pytest.raises(LockgateError, match=r"marts\.days has no column 'total' any more, and tolerance names it"):
        synced(RAW, DAYS._replace(columns=("day",)))


@pytest.mark.slow
def test_a_world_is_built_and_its_file_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(tmp_path))
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    write_blank_world(tmp_path / "shop")
    path = tmp_path / "shop" / "tables.yaml"
    right = path.read_text()
    path.write_text(
        right.replace("n_orders, revenue_cents]", "n_orders]").replace("key: [ordered_on]", "key: [n_orders]")
    )
    world = tmp_path / "shop" / "world.yaml"
    world.write_text(
        world.read_text().replace("noise:\n", "noise:\n  - {kind: late, table: orders, rate: 0.2, by: 2d}\n")
    )
    changes = sync_world(read_world(tmp_path / "shop"), is_written=True)
    assert "| late | `orders` | 20 % |" in (tmp_path / "shop" / "PLANTED.md").read_text()
    assert changes == (
        "marts.daily_sales: column revenue_cents is new",
        "marts.daily_sales: the key is ordered_on (test unique)",
        "PLANTED.md: the declared noise of world.yaml",
    )
    assert path.read_text() == right
