"""A declared world with a MySQL database: loads over two days, incidents, and machines without MariaDB."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from benchmark.generator_parameters import Dials
from benchmark.mysql_system import MysqlSystem
from benchmark.paths import REPOSITORY_DIR
from sources.kit.drift import NEW_COLUMNS
from sources.loader import LoadReport, LoadRequest, load
from sources.systems import mysql_programs
from sources.systems.client import SourceSystemError, SourceSystems
from sources.systems.mysql_days import database_of_day
from sources.systems.mysql_programs import MysqlError
from tests.helpers.mysql_server import NEEDS_MARIADB

CONNECTION = """\
connection: register
source: mysql
config:
  host: ${REGISTER_HOST}
  port: ${REGISTER_PORT}
  database: ${REGISTER_DATABASE}
  user: ${REGISTER_USER}
  password: ${REGISTER_PASSWORD}
streams:
  - {name: customers, primary_key: [customer_id]}
  - name: receipts
    sync_mode: incremental
    destination_sync_mode: append_dedup
    cursor_field: updated_at
    primary_key: [receipt_id]
"""


@pytest.fixture(autouse=True)
def _worlds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(REPOSITORY_DIR / "tests" / "cases" / "worlds"))


def loaded(systems: SourceSystems, folder: Path) -> LoadReport:
    (folder / "el").mkdir(exist_ok=True, parents=True)
    (folder / "el/register.yaml").write_text(CONNECTION)
    now = datetime(2024, 1, 9, tzinfo=UTC)
    return load(LoadRequest(folder / "el", folder / "warehouse.duckdb", now, systems.environment))


def rows(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(folder / "warehouse.duckdb")) as warehouse:
        return warehouse.execute(statement).fetchall()


@NEEDS_MARIADB
def test_each_day_is_loaded_as_the_world_has_it(tmp_path: Path) -> None:
    with SourceSystems("till", Dials(3, 4), tmp_path / "systems") as systems:
        report = loaded(systems, tmp_path)
        assert report.is_ok, report.errors
        counts = "select count(*), count(distinct receipt_id), max(made_at::date)::varchar from raw_register.receipts"
        [(n_first, n_ids, last)] = rows(tmp_path, counts)
        assert n_first == n_ids > 20
        assert rows(tmp_path, "select min(receipt_id) > 18446744073709000000 from raw_register.receipts") == [(True,)]
        kinds = (
            "select distinct typeof(receipt_id), typeof(amount), typeof(is_paid), typeof(flags), typeof(details), "
            "typeof(made_at) from raw_register.receipts"
        )
        wanted = ("DECIMAL(20,0)", "DECIMAL(10,2)", "BOOLEAN", "BIGINT", "JSON", "TIMESTAMP WITH TIME ZONE")
        assert rows(tmp_path, kinds) == [wanted]
        names = "select distinct name from raw_register.customers order by 1"
        assert rows(tmp_path, names) == [("Café Ö",), ("Groß",), ("Müller",)]
        assert rows(tmp_path, "select count(*) > 0 from raw_register.customers where left_on is null") == [(True,)]
        before = systems.environment
        systems.set_day(2)
        assert systems.environment == before
        assert loaded(systems, tmp_path).is_ok
        [(n_second, _, later)] = rows(tmp_path, counts)
        assert n_second > n_first
        assert later > last


@NEEDS_MARIADB
def test_drift_shows_in_the_database(tmp_path: Path) -> None:
    with SourceSystems("till", Dials(3, 4, 2), tmp_path / "drift", incident="drift") as systems:
        assert loaded(systems, tmp_path).is_ok
    listed = ", ".join(f"'{name}'" for name in NEW_COLUMNS)
    columns = "select distinct table_name from information_schema.columns where column_name in "
    assert rows(tmp_path, f"{columns} ({listed}) order by 1") == [("customers",), ("receipts",)]


def one_column(kind: str) -> MysqlSystem:
    columns = {"id": "int", "c": kind}
    table = {"key": "id", "description": "One.", "columns": columns}
    return MysqlSystem.model_validate({"name": "shop", "character_set": "latin1", "tables": {"t": table}})


@NEEDS_MARIADB
@pytest.mark.parametrize(
    ("kind", "value", "message"),
    [
        ("int unsigned", -1, "Out of range value for column 'c' at row 1"),
        ("varchar(3)", "long", "Data too long for column 'c' at row 1"),
        ("varchar(9)", "Ω", "Incorrect string value.*at row 1"),
        ("enum('a', 'b')", "c", "Data truncated for column 'c' at row 1"),
        ("date", "soon", "Incorrect date value: 'soon'"),
        ("json", "{", "CONSTRAINT `t.c` failed"),
        ("int not null", None, "NULL supplied to NOT NULL column 'c'"),
    ],
)
def test_a_value_that_does_not_fit_is_named(kind: str, value: Any, message: str) -> None:
    tables = {"t": pa.table({"id": [1], "c": [value]})}
    with (
        pytest.raises(MysqlError, match=rf"{message}.*of table 't'\. Change the column's type in world\.yaml"),
        database_of_day(one_column(kind), tables),
    ):
        pass


def test_a_machine_without_mariadb_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mysql_programs.server_program.cache_clear()
    monkeypatch.setattr(mysql_programs, "_NAMES", ("no-such-program",))
    assert "apt-get install mariadb-server" in (mysql_programs.find_problem() or "")
    mysql_programs.server_program.cache_clear()
    if os.access("/usr/sbin/mariadbd", os.X_OK):
        return
    with (
        pytest.raises(SourceSystemError, match=r"Source system register: MariaDB is not installed.*apt-get install"),
        SourceSystems("till", Dials(3, 4), tmp_path / "systems"),
    ):
        pass
