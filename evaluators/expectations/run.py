"""Running expectations; only imported where Great Expectations may be."""

from __future__ import annotations

import logging
import os
import resource
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from duckdb.sqltypes import DuckDBPyType

from benchmark.border import plain_text, reading
from benchmark.duckdb_sql import literal, quote
from benchmark.errors import SpecError, SubmissionError
from benchmark.scorecard import NOT_BUILT, ExpectationResult
from evaluators.compare.relations import one_line
from evaluators.compare.types.duckdb_types import read_type
from evaluators.expectations.suite import ExpectationSpec, TableSuite, check_columns, failed_suite
from evaluators.scoring.table_verdicts import MAX_LEVELS, open_locked
from runtime.parquet_types import readable
from sources.kit.arrow_tables import arrow_table

if TYPE_CHECKING:
    import pandas as pd

PROCESS_BYTES = 8 * 1024**3
"""Private memory of the process that checks suites."""
MAX_ROWS_AT_ONCE = 2_000_000
"""A larger table is read a few columns at a time, so that memory stays bounded."""
MAX_ROWS = 20_000_000
"""A larger table is not looked at: a row of equal values takes nothing in a file and much in a frame."""
MAX_SAMPLE = 5
"""Unexpected values that a result keeps."""
_MAX_TEXT = 100


def run_job(arguments: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Run suites on the tables of an output; the entry of a child that has Great Expectations imported.

    Args:
        arguments: `suites` (dumped `TableSuite`s), `tables` (folder of Parquet files `<schema>.<identifier>.parquet`),
            `unreadable` (table -> why it could not be written), and optionally `gold` (folder likewise: columns of
            the suites are checked against it first).

    Returns:
        One dumped `ExpectationResult` per expectation, in order. The tables are hostile: where one cannot be read, its
        expectations have failed.

    Raises:
        SpecError: A suite does not fit gold, or Great Expectations refuses an argument.
    """
    suites = [TableSuite.model_validate(item) for item in arguments["suites"]]
    if arguments.get("gold"):
        gold = Path(arguments["gold"])
        check_columns(suites, {suite.table: file_columns(gold / f"{suite.table}.parquet") for suite in suites})
    results: list[ExpectationResult] = []
    for suite in suites:
        path = Path(arguments["tables"]) / f"{suite.table}.parquet"
        expectations = make_expectations(suite)
        try:
            with reading("It"):
                results += run_suite(suite, expectations, path, arguments["unreadable"].get(suite.table))
        except SubmissionError as error:
            results += failed_suite(suite, str(error))
    return [result.model_dump(mode="json") for result in results]


def run_in_child(arguments: Mapping[str, Any]) -> list[dict[str, Any]] | str:
    """`run_job` with the limits of a process that reads hostile files; a sentence where a suite is at fault."""
    resource.setrlimit(resource.RLIMIT_DATA, (PROCESS_BYTES, PROCESS_BYTES))
    try:
        return run_job(arguments)
    except SpecError as error:
        return str(error)


def make_expectations(suite: TableSuite) -> list[Any]:
    """Great Expectations' own objects, in the order of the suite.

    Raises:
        SpecError: Great Expectations refuses an argument.
    """
    return [_make(suite, spec, index) for index, spec in enumerate(suite.expectations)]


def run_suite(
    suite: TableSuite, expectations: list[Any], path: Path, unreadable: str | None
) -> list[ExpectationResult]:
    """Run one table's expectations.

    Args:
        suite: What the results are of.
        expectations: The suite's, by `make_expectations`.
        path: The table's Parquet file.
        unreadable: Why it could not be written; None = it has a file or was not built.
    """
    opened = f"cannot be read: {unreadable}" if unreadable is not None else _open(path)
    if isinstance(opened, str):
        return failed_suite(suite, opened)
    with opened as connection:
        return _run_on_file(suite, expectations, connection, path)


def _run_on_file(
    suite: TableSuite, expectations: list[Any], connection: duckdb.DuckDBPyConnection, path: Path
) -> list[ExpectationResult]:
    levels = _levels(connection, path)
    results: dict[int, ExpectationResult] = {}
    groups: dict[tuple[str, ...], list[int]] = {}
    n_rows = _count_rows(connection, path)
    if n_rows > MAX_ROWS:
        return failed_suite(suite, f"the table has {n_rows:,} rows; {MAX_ROWS:,} are looked at")
    is_large = n_rows > MAX_ROWS_AT_ONCE
    for index, spec in enumerate(suite.expectations):
        absent = [name for name in spec.columns if name.lower() not in levels]
        deep = [name for name in spec.columns if levels.get(name.lower(), 0) > MAX_LEVELS]
        if deep:
            (results[index],) = failed_suite(
                suite.model_copy(update={"expectations": (spec,)}), f"nested too deep to be read: {', '.join(deep)}"
            )
        elif absent:
            (results[index],) = failed_suite(
                suite.model_copy(update={"expectations": (spec,)}), f"the table has no column {', '.join(absent)}"
            )
        else:
            wanted = _wanted(spec)
            groups.setdefault(wanted if is_large or not spec.columns else ("columns",), []).append(index)
    for group, indexes in groups.items():
        columns = {column for index in indexes for column in suite.expectations[index].columns}
        frame = _read_frame(connection, path, tuple(sorted(columns)) or group)
        results |= _validate(suite, [expectations[index] for index in indexes], frame)
    return [results[index] for index in range(len(expectations))]


def file_columns(path: Path) -> tuple[str, ...]:
    """Column names of a Parquet file; none where it is missing or unreadable."""
    opened = _open(path)
    if isinstance(opened, str):
        return ()
    with opened as connection:
        described = connection.execute(f"{readable(connection, path)} LIMIT 0").description
    return tuple(str(column[0]) for column in described)


def _levels(connection: duckdb.DuckDBPyConnection, path: Path) -> dict[str, int]:
    """Column, lower case -> how deep it is nested; DuckDB takes twice as long to read each level more."""
    described = connection.execute(f"{readable(connection, path)} LIMIT 0").description
    return {str(column[0]).lower(): read_type(column[1]).levels for column in described}


def _count_rows(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """As the footer says."""
    source = literal(str(path.resolve()))
    row = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({source})").fetchone()
    assert row is not None
    return int(row[0])


def _open(path: Path) -> duckdb.DuckDBPyConnection | str:
    """A database that can read the file, once for all that is asked of it; a sentence where the file is unreadable."""
    if path.is_symlink() or not path.is_file():
        return NOT_BUILT
    try:
        connection = open_locked(path)
        connection.execute(f"{readable(connection, path)} LIMIT 0").fetchall()
    except (duckdb.Error, ValueError) as error:
        return f"cannot be read: {one_line(error).replace(str(path.resolve()), path.name)}"
    return connection


def _wanted(spec: ExpectationSpec) -> tuple[str, ...]:
    """Columns to read; `*` = all of them, of no rows; empty = none of them, of all rows."""
    if spec.columns:
        return tuple(sorted(set(spec.columns)))
    return () if "row_count" in spec.expectation else ("*",)


def _read_frame(connection: duckdb.DuckDBPyConnection, path: Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """A frame of some columns, in an order that does not depend on how the file was written."""
    rows = f"({readable(connection, path)})"
    if not columns:
        return connection.execute(f"SELECT 1 AS lockgate_row FROM {rows}").df()
    limit = " LIMIT 0" if columns == ("*",) else " ORDER BY ALL"
    names = "*" if columns == ("*",) else ", ".join(quote(name) for name in columns)
    described = connection.execute(f"SELECT {names} FROM {rows} LIMIT 0").description
    wanted = [str(found[0]) for found in described] if columns == ("*",) else columns
    listed = ", ".join(
        f"{_plain(quote(name), found[1])} AS {quote(name)}" for name, found in zip(wanted, described, strict=True)
    )
    table = arrow_table(connection.execute(f"SELECT {listed} FROM {rows}{limit}"))
    frame: pd.DataFrame = table.to_pandas(types_mapper=_pandas_types().get, split_blocks=True, self_destruct=True)
    return frame


@lru_cache
def _pandas_types() -> dict[Any, Any]:
    """Arrow types that pandas would otherwise blur: integers with gaps become floats, texts become objects."""
    import pandas as pd
    import pyarrow as pa

    return {
        pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(),
        pa.int64(): pd.Int64Dtype(), pa.uint8(): pd.UInt8Dtype(), pa.uint16(): pd.UInt16Dtype(),
        pa.uint32(): pd.UInt32Dtype(), pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype(),
    }  # fmt: skip


_AS_IT_IS = frozenset({
    "tinyint", "smallint", "integer", "bigint", "utinyint", "usmallint", "uinteger", "ubigint", "float", "double",
    "boolean", "varchar",
})  # fmt: skip
_TIMES = frozenset({"date", "timestamp", "timestamp_s", "timestamp_ms", "timestamp_ns"})
_FIRST, _LAST = "TIMESTAMP '0001-01-01'", "TIMESTAMP '9999-12-31 23:59:59.999999'"


def _plain(column: str, kind: DuckDBPyType) -> str:
    """A column in a type that pandas holds, whatever the values.

    Times beyond the years 1 to 9999, infinities too, become the first or the last that Python knows: they stay far out
    of any bounds that a suite sets.
    """
    name = str(kind.id).lower()
    if name == "decimal" or "hugeint" in name:
        return f"CAST({column} AS DOUBLE)"
    if name in _TIMES or name == "timestamp with time zone":
        instant = f"TRY_CAST({column} AS TIMESTAMP)" if name != "date" else _date_as_instant(column)
        held = f"CASE WHEN {instant} < {_FIRST} THEN {_FIRST} WHEN {instant} > {_LAST} THEN {_LAST} ELSE {instant} END"
        return f"CAST({held} AS TIMESTAMPTZ)" if name == "timestamp with time zone" else held
    return column if name in _AS_IT_IS and str(kind) != "JSON" else f"CAST({column} AS VARCHAR)"


def _date_as_instant(column: str) -> str:
    """A day as its first instant; days that no TIMESTAMP holds come first or last."""
    far = f"WHEN {column} > DATE '9999-12-31' THEN {_LAST} WHEN {column} < DATE '0001-01-01' THEN {_FIRST}"
    return f"CASE {far} ELSE CAST({column} AS TIMESTAMP) END"


def _make(suite: TableSuite, spec: ExpectationSpec, index: int) -> Any:
    from great_expectations.expectations.registry import get_expectation_impl

    _load()
    try:
        return get_expectation_impl(spec.expectation)(**spec.arguments, meta={"index": index})
    except ValueError as error:  # pydantic's errors are ValueErrors
        reason = one_line(error)
        raise SpecError(
            f"expectations/{suite.file}", [f"table '{suite.table}', {spec.expectation}: {reason}"]
        ) from error


def _validate(suite: TableSuite, expectations: list[Any], frame: pd.DataFrame) -> dict[int, ExpectationResult]:
    """Results of some expectations on one frame, by their position in the suite."""
    from great_expectations import ExpectationSuite

    batch = _load().get_batch({"dataframe": frame})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = batch.validate(ExpectationSuite(name="suite", expectations=expectations), result_format="BASIC")
    results = {}
    for item in found.results:
        index = int(item.expectation_config.meta["index"])
        results[index] = _result(suite, suite.expectations[index], item)
    return results


def _result(suite: TableSuite, spec: ExpectationSpec, found: Any) -> ExpectationResult:
    raised = [info["exception_message"] for info in _exceptions(found.exception_info) if info.get("raised_exception")]
    result = found.result or {}
    values = result.get("partial_unexpected_list") or []
    if not found.success and not values and "observed_value" in result:
        values = [f"observed: {result['observed_value']}"]
    texts = dict.fromkeys(_short(value) for value in values)
    count = result.get("unexpected_count")
    return ExpectationResult(
        table=suite.table,
        stage=suite.stage,
        expectation=spec.expectation,
        arguments=spec.arguments,
        is_success=bool(found.success),
        n_unexpected=None if count is None else int(count),
        unexpected_sample=() if found.success else tuple(texts)[:MAX_SAMPLE],
        error=plain_text(raised[0], 300) if raised else None,
    )


def _exceptions(info: Any) -> list[dict[str, Any]]:
    """Great Expectations gives one record, or several by the name of the metric."""
    if not isinstance(info, dict):
        return []
    return [info] if "raised_exception" in info else [item for item in info.values() if isinstance(item, dict)]


def _short(value: Any) -> str:
    text = str(value)
    return text if len(text) <= _MAX_TEXT else f"{text[:_MAX_TEXT]}…"


@lru_cache
def _load() -> Any:
    """One whole-frame batch definition of an ephemeral context, without telemetry, progress bars or files."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    asset = context.data_sources.add_pandas("lockgate").add_dataframe_asset("table")
    return asset.add_batch_definition_whole_dataframe("rows")
