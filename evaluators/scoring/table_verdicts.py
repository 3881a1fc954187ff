"""The judge: compares the Parquet files that a run left with gold, and reads nothing else.

The output side is hostile. A database file that it wrote is never opened (its stored macros would shadow built-in
functions, its views would run when read). Parquet holds data only; still a file may be malformed, a link to somewhere
else, or blown up. So hostile files are read in a process of its own (`run_job`) with limits of memory and time, by a
fresh in-memory DuckDB that may read exactly these files and whose settings are locked. Whatever goes wrong with one of
them, the process's death included, is that table's failure; only gold that cannot be read is a fault of ours.
"""

from __future__ import annotations

import filecmp
import os
import resource
import stat
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from benchmark.border import cut_text, reading, sentence_of
from benchmark.duckdb_sql import literal
from benchmark.errors import SubmissionError
from benchmark.scorecard import Verdict
from benchmark.tables import TableSpec
from benchmark.time_limit import time_limit
from evaluators.compare.columns import ComparisonError
from evaluators.compare.relations import find_relation, one_line
from evaluators.compare.tables import compare_tables, verdict_of_identical
from evaluators.compare.verdict import not_built_verdict, unreadable_verdict
from runtime.fork_client import ForkRuntime
from runtime.interface import ChildRequest, ChildResult, Limits
from runtime.parquet_types import Unreadable, readable, unreadable_columns

MEMORY_LIMIT = "4GB"
"""Memory of DuckDB in one comparison; an output that needs more cannot be read."""
MANY_BYTES = 16 * 1024**2
"""From this size of the two files on, a second thread saves more than it costs."""
PROCESS_BYTES = 8 * 1024**3
"""Private memory of the judge's process."""
TIME_LIMIT_SECONDS = 300.0
"""Time of one comparison; an output that needs more cannot be read."""
GRACE_SECONDS = 60.0
"""After the time limit the process is ended from outside: Python code hears no interrupt."""
MAX_LEVELS = 12
"""Levels of nesting in a column: DuckDB's Parquet reader takes twice as long for each level more (22 levels: 4 s)."""
MAX_COLUMNS = 5_000
"""Columns of an output, fields of nested ones included."""
ROWS_FACTOR, ROWS_MORE = 10, 1_000_000
"""An output with more rows than this times gold's and so many more is a mismatch by its count alone."""
MAX_VERDICT_BYTES = 512 * 1024
"""Size of a verdict; one that is larger loses its sample of rows."""


class JudgedTable(NamedTuple):
    """Files and rules of one table."""

    gold: Path
    output: Path
    spec: TableSpec


def judge_tables(
    gold_dir: Path,
    output_dir: Path,
    tables: Mapping[str, TableSpec],
    unreadable: Mapping[str, str],
    runtime: ForkRuntime | None = None,
) -> dict[str, Verdict]:
    """Compare the tables of a run with gold.

    Args:
        gold_dir: Folder of gold's files, `<schema>.<identifier>.parquet`.
        output_dir: Folder of the run's files, named likewise; it or any file may be absent.
        tables: Scored tables.
        unreadable: Table -> why it could not be written; the others have a file or were not built.
        runtime: Makes the process that reads hostile files; None = they are ours and are read in this one.

    Returns:
        A verdict for each scored table, in their order.

    Raises:
        ComparisonError: Gold cannot be read, or a table's spec does not fit it.
    """
    found: dict[str, Verdict] = {}
    hostile: dict[str, JudgedTable] = {}
    for name, spec in tables.items():
        table = JudgedTable(gold_dir / f"{name}.parquet", output_dir / f"{name}.parquet", spec)
        verdict = _judge_unread(table, name, unreadable.get(name))
        if verdict is None:
            hostile[name] = table
        else:
            found[name] = verdict
    judged = _judge_in_process(hostile) if runtime is None else _judge_in_children(hostile, output_dir, runtime)
    return {name: (found | judged)[name] for name in tables}


def _judge_unread(table: JudgedTable, name: str, unreadable: str | None) -> Verdict | None:
    """The verdict where no hostile file has to be read for it; None = one has to."""
    if unreadable is not None:
        return unreadable_verdict(name, unreadable)
    if not _is_regular_file(table.gold):
        raise ComparisonError(f"Gold table {name} is missing: there is no file {table.gold.name}. Build gold again.")
    if not os.path.lexists(table.output):
        return not_built_verdict(name)
    if not _is_regular_file(table.output):
        return unreadable_verdict(name, "it is not a regular file")
    if not filecmp.cmp(table.gold, table.output, shallow=False):
        return None
    with _open(table) as connection:
        return _verdict_of_gold(connection, table)


def _judge_in_process(tables: Mapping[str, JudgedTable]) -> dict[str, Verdict]:
    found = {}
    for name, table in tables.items():
        with _open(table) as connection:
            found[name] = _judge(connection, table, name)
    return found


def _judge_in_children(tables: Mapping[str, JudgedTable], output_dir: Path, runtime: ForkRuntime) -> dict[str, Verdict]:
    """One child judges all tables; where it does not come to its end, each table has a child of its own."""
    if not tables:
        return {}
    result = _child(tables, output_dir, runtime)
    if result.status == "ok":
        return {name: Verdict.model_validate(verdict) for name, verdict in result.value.items()}
    found = {}
    for name, table in tables.items():
        alone = _child({name: table}, output_dir, runtime) if len(tables) > 1 else result
        if alone.status == "ok":
            found[name] = Verdict.model_validate(alone.value[name])
        else:
            found[name] = unreadable_verdict(name, f"the judge did not finish. {alone.message}")
    return found


def _child(tables: Mapping[str, JudgedTable], output_dir: Path, runtime: ForkRuntime) -> ChildResult:
    """Run `run_job`.

    Raises:
        ComparisonError: It says that gold cannot be read.
        RuntimeFaultError: The runtime broke.
    """
    arguments = {
        "tables": {
            name: {
                "gold": str(table.gold.resolve()),
                "output": str(table.output.resolve()),
                "spec": table.spec.model_dump(mode="json"),
            }
            for name, table in tables.items()
        },
        "seconds": TIME_LIMIT_SECONDS,
    }
    limits = Limits(wall_seconds=TIME_LIMIT_SECONDS + GRACE_SECONDS)
    log = output_dir.with_name(f"{output_dir.name}-judge.log")
    request = ChildRequest(f"{__name__}:run_job", arguments, output_dir, log, limits=limits)
    result = runtime.run(request, profile="judge")
    if result.status == "ok" and isinstance(result.value, str):
        raise ComparisonError(result.value)
    return result


def run_job(arguments: Mapping[str, Any]) -> dict[str, Any] | str:
    """Judge hostile files; the entry of a child.

    Args:
        arguments: `tables` (name -> `gold` and `output` (paths) and `spec`), `seconds` (limit of all of them).

    Returns:
        Name -> dumped verdict; or a sentence where gold is at fault.
    """
    resource.setrlimit(resource.RLIMIT_DATA, (PROCESS_BYTES, PROCESS_BYTES))
    found = {}
    deadline = time.monotonic() + arguments["seconds"]
    for name, given in arguments["tables"].items():
        table = JudgedTable(Path(given["gold"]), Path(given["output"]), TableSpec.model_validate(given["spec"]))
        try:
            with _open(table) as connection:
                verdict = _judge(connection, table, name, deadline - time.monotonic())
        except ComparisonError as error:
            return str(error)
        found[name] = _small(verdict).model_dump(mode="json")
    return found


def _small(verdict: Verdict) -> Verdict:
    """A verdict without its evidence where that is too much to pass on."""
    if len(verdict.model_dump_json()) <= MAX_VERDICT_BYTES:
        return verdict
    return Verdict.model_validate(verdict.model_dump(exclude={"sample", "columns", "missing_columns", "extra_columns"}))


def _judge(
    connection: duckdb.DuckDBPyConnection, table: JudgedTable, name: str, seconds: float | None = None
) -> Verdict:
    """Compare one hostile file with gold: whatever goes wrong with it is its own failure.

    Raises:
        ComparisonError: Gold is at fault, which it is only where it cannot be compared with itself either.
    """
    gold_verdict = _verdict_of_gold(connection, table)
    try:
        with reading("It"), time_limit(connection, TIME_LIMIT_SECONDS if seconds is None else max(0.1, seconds)):
            verdict = _judge_output(connection, table, gold_verdict)
    except SubmissionError as error:
        if isinstance(error.__cause__, ComparisonError):
            compare_tables(connection, "gold.judged", "gold.judged", key=table.spec.key, columns=table.spec.columns)
        reason = str(error) if error.__cause__ is None else f"{sentence_of(error.__cause__)}."
        return unreadable_verdict(name, reason.replace(str(table.output.resolve()), table.output.name))
    summary = verdict.summary.replace("output.judged", name).replace(str(table.output.resolve()), table.output.name)
    return verdict.model_copy(update={"summary": summary})


def _judge_output(connection: duckdb.DuckDBPyConnection, table: JudgedTable, gold: Verdict) -> Verdict:
    n_rows, n_columns = _footer(connection, table.output)
    if n_columns > MAX_COLUMNS:
        raise SubmissionError(f"it has {n_columns:,} columns; {MAX_COLUMNS:,} can be judged")
    n_gold = gold.n_rows_gold or 0
    if n_rows > ROWS_FACTOR * n_gold + ROWS_MORE:
        return _far_too_many_rows(n_gold, n_rows)
    _register(connection, "output", table.output)
    _refuse_deep_nesting(connection, table.spec)
    verdict = _compare(connection, table.spec)
    return _with_unreadable(verdict, unreadable_columns(connection, table.output))


def _footer(connection: duckdb.DuckDBPyConnection, path: Path) -> tuple[int, int]:
    """Rows and columns as the file's footer says, without reading them."""
    source = literal(str(path.resolve()))
    (n_rows,) = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({source})").fetchall()[0]
    (n_columns,) = connection.execute(f"SELECT count(*) FROM parquet_schema({source})").fetchall()[0]
    return int(n_rows), int(n_columns)


def _far_too_many_rows(n_gold: int, n_rows: int) -> Verdict:
    return Verdict(
        is_match=False,
        kind="extra_rows",
        summary=f"{n_rows:,} rows; gold has {n_gold:,}. With so many more, no row was compared.",
        n_rows_gold=n_gold,
        n_rows_output=n_rows,
        n_rows_extra=n_rows - n_gold,
    )


def _with_unreadable(verdict: Verdict, lost: Sequence[Unreadable]) -> Verdict:
    """A verdict on a table that lacks columns because they could not be written says why."""
    missing = {name.lower() for name in verdict.missing_columns}
    reasons = [f" '{column}' cannot be read: {reason}" for column, reason in lost if column.lower() in missing]
    return verdict.model_copy(update={"summary": cut_text(verdict.summary + "".join(reasons), 2_000)})


def _verdict_of_gold(connection: duckdb.DuckDBPyConnection, table: JudgedTable) -> Verdict:
    """What a comparison of gold with itself says.

    Raises:
        ComparisonError: Gold cannot be read, or the table's spec does not fit it.
    """
    try:
        _register(connection, "gold", table.gold)
    except (duckdb.Error, ValueError) as error:
        raise ComparisonError(f"Gold file {table.gold.name} cannot be read: {one_line(error)}.") from error
    spec = table.spec
    return verdict_of_identical(connection, "gold.judged", key=spec.key, columns=spec.columns, options=spec.tolerance)


def _compare(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> Verdict:
    return compare_tables(
        connection,
        "gold.judged",
        "output.judged",
        key=spec.key,
        columns=spec.columns,
        options=spec.tolerance,
        strict=spec.strict,
    )


def _open(table: JudgedTable) -> duckdb.DuckDBPyConnection:
    connection = open_locked(table.gold, table.output)
    connection.execute("CREATE SCHEMA gold; CREATE SCHEMA output")
    return connection


def open_locked(*files: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads these files and nothing else, and whose settings cannot be changed."""
    n_threads = 1 if sum(path.stat().st_size for path in files if path.is_file()) < MANY_BYTES else 2
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "threads": n_threads})
    paths = ", ".join(literal(str(path.resolve())) for path in files)
    connection.execute(
        f"SET TimeZone = 'UTC'; SET python_enable_replacements = false; SET memory_limit = '{MEMORY_LIMIT}'; "
        f"SET temp_directory = ''; SET allowed_paths = [{paths}]; SET enable_external_access = false; "
        "SET lock_configuration = true"
    )
    return connection


def _register(connection: duckdb.DuckDBPyConnection, schema: str, path: Path) -> None:
    connection.execute(f"CREATE OR REPLACE VIEW {schema}.judged AS {readable(connection, path)}")


def _refuse_deep_nesting(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    scored = {name.lower() for name in spec.columns}
    for name, found in find_relation(connection, "output.judged").columns.items():
        if name.lower() in scored and found.levels > MAX_LEVELS:
            raise SubmissionError(f"column '{name}' is nested {found.levels} levels deep; {MAX_LEVELS} can be judged")


def _is_regular_file(path: Path) -> bool:
    """Whether this is a plain file with one name: no link, folder, pipe or device."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode)
