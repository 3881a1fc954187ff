"""The judge: compares the Parquet files that a run left with gold, and reads nothing else.

The output side is hostile. A database file that it wrote is never opened (its stored macros would shadow built-in
functions, its views would run when read). Parquet holds data only; still a file may be malformed, a link to somewhere
else, or blown up. The tables are read by a fresh in-memory DuckDB that may read exactly these files and whose settings
are locked.
"""

from __future__ import annotations

import filecmp
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from benchmark.duckdb_sql import literal
from benchmark.scorecard import Verdict
from benchmark.tables import TableSpec
from evaluators.compare.columns import ComparisonError
from evaluators.compare.relations import find_relation, one_line
from evaluators.compare.tables import compare_tables, verdict_of_identical
from evaluators.compare.verdict import not_built_verdict

MEMORY_LIMIT = "4GB"
"""Of one comparison; an output that needs more cannot be read."""
TIME_LIMIT_SECONDS = 600.0
"""Of one comparison; likewise."""
MAX_LEVELS = 12
"""Of nesting in a column: DuckDB's Parquet reader takes twice as long for each level more (22 levels: 4 s)."""
_READ = "SELECT * FROM read_parquet({path}, hive_partitioning = false, union_by_name = false)"


def judge_tables(
    gold_dir: Path, output_dir: Path, tables: Mapping[str, TableSpec], outcomes: Mapping[str, str | None]
) -> dict[str, Verdict]:
    """Compare the tables of a run with gold.

    Args:
        gold_dir: Folder of gold's files, `<schema>.<identifier>.parquet`.
        output_dir: Folder of the run's files, named likewise; it or any file may be absent.
        tables: Scored tables.
        outcomes: Table -> why it was not written; None or absent = it was.

    Returns:
        A verdict for each scored table, in their order.

    Raises:
        ComparisonError: Gold cannot be read, or a table's spec does not fit it.
    """
    pairs = {name: (gold_dir / f"{name}.parquet", output_dir / f"{name}.parquet") for name in tables}
    files = [path for pair in pairs.values() for path in pair if _is_regular_file(path)]
    with open_locked(*files) as connection:
        connection.execute("CREATE SCHEMA gold; CREATE SCHEMA output")
        return {name: _judge(connection, *pairs[name], name, spec, outcomes.get(name)) for name, spec in tables.items()}


def _judge(
    connection: duckdb.DuckDBPyConnection, gold: Path, output: Path, name: str, spec: TableSpec, outcome: str | None
) -> Verdict:
    if outcome is not None:
        return not_built_verdict(name, outcome.removeprefix("cannot be read: "), is_missing=outcome == "not built")
    if not _is_regular_file(gold):
        raise ComparisonError(f"Gold table {name} is missing: there is no file {gold.name}. Build gold again.")
    if not os.path.lexists(output):
        return not_built_verdict(name, "", is_missing=True)
    if not _is_regular_file(output):
        return not_built_verdict(name, "it is not a regular file", is_missing=False)
    if filecmp.cmp(gold, output, shallow=False):
        _register(connection, "gold", gold)
        return verdict_of_identical(
            connection, "gold.judged", key=spec.key, columns=spec.columns, options=spec.tolerance
        )
    with _time_limit(connection):
        try:
            _register(connection, "gold", gold)
            _register(connection, "output", output)
            _refuse_deep_nesting(connection, spec)
            verdict = _compare(connection, spec)
        except (_UnreadableError, duckdb.OutOfMemoryException, duckdb.InterruptException) as error:
            reason = one_line(error).replace(str(output.resolve()), output.name)
            return not_built_verdict(name, reason, is_missing=False)
    summary = verdict.summary.replace("output.judged", name).replace(str(output.resolve()), output.name)
    return verdict.model_copy(update={"summary": summary})


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


@contextmanager
def _time_limit(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Interrupt whatever runs after the limit, and again: an interrupt between two queries is lost."""
    is_done = threading.Event()

    def interrupt() -> None:
        waiting = TIME_LIMIT_SECONDS
        while not is_done.wait(waiting):
            connection.interrupt()
            waiting = 0.05

    thread = threading.Thread(target=interrupt, daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_done.set()
        thread.join()


def open_locked(*files: Path) -> duckdb.DuckDBPyConnection:
    """An in-memory DuckDB that reads these files and nothing else, and whose settings cannot be changed."""
    connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False, "threads": 2})
    paths = ", ".join(literal(str(path.resolve())) for path in files)
    connection.execute(
        f"SET TimeZone = 'UTC'; SET python_enable_replacements = false; SET memory_limit = '{MEMORY_LIMIT}'; "
        f"SET temp_directory = ''; SET allowed_paths = [{paths}]; SET enable_external_access = false; "
        "SET lock_configuration = true"
    )
    return connection


def _register(connection: duckdb.DuckDBPyConnection, schema: str, path: Path) -> None:
    query = _READ.format(path=literal(str(path.resolve())))
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {schema}.judged AS {query}")
    except duckdb.Error as error:
        if schema == "gold":
            raise ComparisonError(f"Gold file {path.name} cannot be read: {one_line(error)}.") from error
        raise _UnreadableError(one_line(error)) from error


def _refuse_deep_nesting(connection: duckdb.DuckDBPyConnection, spec: TableSpec) -> None:
    scored = {name.lower() for name in spec.columns}
    for name, found in find_relation(connection, "output.judged").columns.items():
        if name.lower() in scored and found.levels > MAX_LEVELS:
            raise _UnreadableError(f"column '{name}' is nested {found.levels} levels deep; {MAX_LEVELS} can be judged")


class _UnreadableError(Exception):
    """The output's file is not Parquet that DuckDB can read."""


def _is_regular_file(path: Path) -> bool:
    """Whether this is a plain file with one name: no link, folder, pipe or device."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return stat.S_ISREG(found.st_mode)
