"""Locks: settings that open a way are refused, all others are free; and no file but the allowed ones is reached."""

from pathlib import Path

import duckdb
import pytest

from runtime.dbt.lock import lock, opens_a_way


@pytest.fixture
def locked(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    (tmp_path / "inside").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.csv").write_text("a\n1\n")
    connection = duckdb.connect(str(tmp_path / "inside" / "w.duckdb"))
    lock(connection, [tmp_path / "inside"])
    return connection


@pytest.mark.parametrize(
    "statement",
    [
        "set TimeZone = 'America/New_York'",
        "set session TimeZone = 'UTC'",
        "reset TimeZone",
        "set Calendar = 'gregorian'",
        "set threads = 2",
        "pragma threads = 2",
        "set memory_limit = '1GB'",
        "set max_memory = '1GB'",
        "set preserve_insertion_order = false",
        "set default_null_order = 'nulls_first'",
        "set default_collation = 'nocase'",
        "set integer_division = true",
        "set search_path = 'main'",
        "set schema = 'main'",
        "use main",
        "set variable x = 1",
        "load icu",
        "load json",
    ],
)
def test_a_pipeline_may_change(locked: duckdb.DuckDBPyConnection, statement: str) -> None:
    locked.execute(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "set enable_external_access = true",
        "set lock_configuration = false",
        "set allowed_configs = ['memory_limit']",
        "set allowed_directories = ['/']",
        "set allowed_paths = ['/etc/passwd']",
        "set temp_directory = '{outside}'",
        "set home_directory = '{outside}'",
        "set secret_directory = '{outside}'",
        "set extension_directory = '{outside}'",
        "set log_query_path = '{outside}/log'",
        "set profiling_output = '{outside}/profile.json'",
        "set profile_output = '{outside}/profile.json'",
        "set file_search_path = '{outside}'",
        "set allow_unsigned_extensions = true",
        "set custom_extension_repository = 'http://localhost'",
        "set http_proxy = 'localhost'",
        "set python_enable_replacements = true",
        "create persistent secret s (type s3, key_id 'a')",
        "install httpfs",
        "load httpfs",
        "attach '{outside}/other.duckdb'",
        "copy (select 1) to '{outside}/x.csv'",
        "copy (select 1) to '{inside}/../outside/x.csv'",
        "export database '{outside}/all'",
        "from read_csv('{outside}/secret.csv')",
    ],
)
def test_a_pipeline_may_not(locked: duckdb.DuckDBPyConnection, tmp_path: Path, statement: str) -> None:
    text = statement.format(outside=tmp_path / "outside", inside=tmp_path / "inside")
    with pytest.raises(duckdb.Error):
        locked.execute(text)
    assert [path.name for path in (tmp_path / "outside").iterdir()] == ["secret.csv"]


def test_files_inside_are_free(locked: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    path = tmp_path / "inside" / "x.parquet"
    locked.execute(f"copy (select 1 as a) to '{path}'; create view v as from '{path}'")
    assert locked.execute("from v").fetchall() == [(1,)]
    locked.execute(f"attach '{tmp_path / 'inside' / 'other.duckdb'}'")


def test_every_setting_is_sorted_by_what_it_is_for() -> None:
    """A setting that a new DuckDB brings should be looked at: does it name a file, a folder, an address?"""
    rows = duckdb.sql("select name, description from duckdb_settings()").fetchall()
    words = ("directory", "file path", "path to", "extension", "secret", "external access", "proxy")
    harmless = {
        "arrow_lossless_conversion",
        "enable_geoparquet_conversion",
        "schema",
        "search_path",
        "max_temp_directory_size",
        "temp_file_encryption",
        "old_implicit_casting",
        "enable_external_file_cache",
        "validate_external_file_cache",
        "force_mbedtls_unsafe",
    }
    suspicious = {name for name, text in rows if any(word in f"{name} {text}".lower() for word in words)}
    assert {name for name in suspicious if not opens_a_way(name)} <= harmless
