"""A declared world of a bucket and a document database: loads from its real servers over two days, incidents."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from sources.kit.drift import NEW_COLUMNS
from sources.loader import LoadReport, LoadRequest, load
from sources.systems.client import SourceSystems

CLUB = """\
connection: club
source: mongodb
config: {host: "${CLUB_HOST}", port: "${CLUB_PORT}", database: club, user: "${CLUB_USER}", password: "${CLUB_PASSWORD}"}
streams:
  - {name: members, nested: flatten}
"""
SALES = """\
connection: sales
source: object_store
config:
  endpoint_url: ${SALES_ENDPOINT}
  bucket: sales-data
  access_key_id: ${SALES_ACCESS_KEY_ID}
  secret_access_key: ${SALES_SECRET_ACCESS_KEY}
streams:
  - name: receipts
    pattern: "receipts/**/*.csv.zst"
    format: csv
    options: {encoding: cp1252, decimal: ","}
    sync_mode: incremental
    destination_sync_mode: append_dedup
    primary_key: [receipt_id]
  - {name: prices, pattern: "prices/*.parquet", format: parquet}
"""


@pytest.fixture(autouse=True)
def _worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(REPOSITORY_DIR / "tests" / "cases" / "worlds"))


def loaded(systems: SourceSystems, folder: Path) -> LoadReport:
    (folder / "el").mkdir(exist_ok=True, parents=True)
    (folder / "el/club.yaml").write_text(CLUB)
    (folder / "el/sales.yaml").write_text(SALES)
    now = datetime(2024, 1, 9, tzinfo=UTC)
    return load(LoadRequest(folder / "el", folder / "warehouse.duckdb", now, systems.environment))


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        return warehouse.execute(statement).fetchall()


def test_both_systems_show_each_day(tmp_path: Path) -> None:
    with SourceSystems("stall", Dials(3, 4), tmp_path / "systems") as systems:
        report = loaded(systems, tmp_path)
        assert report.is_ok, report.errors
        counts = (
            "select count(*), count(distinct _source_file), sum(amount::decimal(10, 2)) > 0 from raw_sales.receipts"
        )
        assert rows(tmp_path, counts) == [(40, 12, True)]
        cities = "select distinct address_city from raw_club.members order by 1"
        assert rows(tmp_path, cities) == [("Köln",), ("Ulm",)]
        kinds = "select distinct typeof(points) like 'DECIMAL%', typeof(joined_at), typeof(cards) from raw_club.members"
        assert rows(tmp_path, kinds) == [(True, "TIMESTAMP WITH TIME ZONE", "JSON")]
        systems.set_day(2)
        assert loaded(systems, tmp_path).is_ok
        assert rows(tmp_path, counts) == [(50, 15, True)]


@pytest.mark.slow
def test_incidents_show_on_both(tmp_path: Path) -> None:
    with SourceSystems("stall", Dials(3, 4, 2), tmp_path / "faults", incident="faults") as systems:
        report = loaded(systems, tmp_path / "a")
        assert {stream.stream: stream.status for stream in report.streams} == {
            "members": "ok",
            "receipts": "failed",
            "prices": "failed",
        }
    with SourceSystems("stall", Dials(3, 4, 2), tmp_path / "drift", incident="drift") as systems:
        assert loaded(systems, tmp_path / "b").is_ok
        listed = ", ".join(f"'{name}'" for name in NEW_COLUMNS)
        columns = "select distinct table_name from information_schema.columns where column_name in "
        assert rows(tmp_path / "b", f"{columns} ({listed}) order by 1") == [("members",), ("prices",), ("receipts",)]
