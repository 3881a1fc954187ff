"""Expectations beside the score: Great Expectations suites on the Parquet files of an output.

A suite stands in the project's `expectations/` folder, one file per stage, and is checked before anything runs. It runs
on pandas frames of the columns that it needs: in a database, Great Expectations 1.24 reads rows after it has closed the
connection (duckdb-engine 0.17) and gets none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from benchmark.errors import Problem, SpecError
from benchmark.scorecard import ExpectationResult
from benchmark.spelling import nearest
from benchmark.stages import Stage
from benchmark.tables import TableName, TableSpec
from benchmark.yaml_files import line_of_key, read_spec, read_text
from evaluators.expectations.catalogue import argument_names, expectation_names


class ExpectationSpec(BaseModel):
    """One expectation with its arguments."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    expectation: str
    arguments: dict[str, Any]

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that it looks at; none for one on the whole table."""
        single = [self.arguments[key] for key in ("column", "column_A", "column_B") if key in self.arguments]
        return tuple(str(column) for column in [*single, *self.arguments.get("column_list", ())])


class TableSuite(BaseModel):
    """The expectations on one table."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    table: TableName
    stage: Stage
    expectations: tuple[ExpectationSpec, ...]
    file: str
    """Where it stands, for messages."""


class _SuiteEntry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    table: TableName
    expectations: tuple[dict[str, dict[str, Any]], ...] = Field(min_length=1)


class SuiteFile(BaseModel):
    """The content of a file of suites."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stage: Stage
    suites: tuple[_SuiteEntry, ...] = Field(min_length=1)


def read_suites(folder: Path, tables: Mapping[TableName, TableSpec] | None = None) -> tuple[TableSuite, ...]:
    """Read the suites of a project, one YAML file per stage, without importing Great Expectations.

    Args:
        folder: `expectations/`; need not exist.
        tables: Known tables; where given, tables and columns must be among them.

    Returns:
        Suites in the order of file names, then of the file.

    Raises:
        SpecError: A file is not valid, or names an expectation, argument, table or column that does not exist.
    """
    suites: list[TableSuite] = []
    for path in _suite_paths(folder):
        found, problems = _read_file(path, tables)
        if problems:
            raise SpecError(path, problems)
        suites += found
    if tables is not None:
        check_columns(suites, {name: spec.columns for name, spec in tables.items()})
    return tuple(suites)


def suite_problems(folder: Path, tables: Mapping[TableName, TableSpec]) -> Iterator[tuple[Path, tuple[Problem, ...]]]:
    """Find what is wrong in each suite of a project, as `read_suites` would for the first.

    Args:
        folder: `expectations/`; need not exist.
        tables: Known tables.

    Yields:
        A file and its problems.
    """
    for path in _suite_paths(folder):
        try:
            suites, problems = _read_file(path, tables)
            if problems:
                raise SpecError(path, problems)
            check_columns(suites, {name: spec.columns for name, spec in tables.items()})
        except SpecError as error:
            yield path, error.problems
            continue
        other = [suite.table for suite in suites if tables[suite.table].stage != suite.stage]
        if other:
            yield path, tuple(Problem(f"table '{name}' belongs to stage '{tables[name].stage}'") for name in other)


def _suite_paths(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])


def _read_file(
    path: Path, tables: Mapping[TableName, TableSpec] | None
) -> tuple[tuple[TableSuite, ...], list[Problem]]:
    """The suites of a file, and what is wrong in them beside columns that do not exist."""
    content = read_spec(path, SuiteFile)
    suites: list[TableSuite] = []
    problems: list[str] = []
    for position, entry in enumerate(content.suites):
        specs = []
        if tables is not None and entry.table not in tables:
            near = nearest(entry.table, tables)
            hint = f"; did you mean '{near}'?" if near else ""
            problems.append(f"key 'suites.{position}.table': table '{entry.table}' is not in tables.yaml{hint}")
        for number, item in enumerate(entry.expectations):
            where = f"suites.{position}.expectations.{number}"
            problems += _problems(where, entry.table, item)
            specs += [ExpectationSpec(expectation=name, arguments=given) for name, given in item.items()]
        suites.append(TableSuite(table=entry.table, stage=content.stage, expectations=tuple(specs), file=path.name))
    return tuple(suites), [_with_line(problem, read_text(path)) for problem in problems]


def _with_line(sentence: str, text: str) -> Problem:
    key = sentence.partition("'")[2].partition("'")[0]
    return Problem(sentence, "LG510", key, line_of_key(text, key))


def check_columns(suites: Sequence[TableSuite], columns: Mapping[str, Collection[str]]) -> None:
    """Check that every column of every suite exists.

    Args:
        suites: What `read_suites` returned.
        columns: Table -> its columns; tables that are absent are not checked.

    Raises:
        SpecError: With one sentence per unknown column.
    """
    problems: dict[str, list[str]] = {}
    for suite in suites:
        known = {name.lower() for name in columns.get(suite.table, ())}
        for number, spec in enumerate(suite.expectations):
            for name in spec.columns if known else ():
                if name.lower() not in known:
                    listed = ", ".join(columns[suite.table])
                    problems.setdefault(suite.file, []).append(
                        f"table '{suite.table}', expectation {number + 1} ({spec.expectation}): "
                        f"there is no column '{name}'; there are: {listed}"
                    )
    for file, sentences in sorted(problems.items()):
        raise SpecError(f"expectations/{file}", sentences)


def failed_suite(suite: TableSuite, reason: str) -> list[ExpectationResult]:
    """Results of a suite on a table that cannot be read."""
    return [
        ExpectationResult(
            table=suite.table,
            stage=suite.stage,
            expectation=spec.expectation,
            arguments=spec.arguments,
            is_success=False,
            error=reason,
        )
        for spec in suite.expectations
    ]


def _problems(where: str, table: str, item: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if len(item) != 1:
        return [f"key '{where}' (table '{table}'): one expectation per entry, as `- name: {{arguments}}`"]
    ((name, given),) = item.items()
    known = expectation_names()
    if name not in known:
        near = nearest(name, known)
        hint = f"; did you mean '{near}'?" if near else ""
        return [f"key '{where}' (table '{table}'): there is no expectation '{name}'{hint}"]
    unknown = sorted(given.keys() - argument_names(name))
    return [
        f"key '{where}.{name}' (table '{table}'): no argument '{argument}'; "
        f"it takes: {', '.join(sorted(argument_names(name)))}"
        for argument in unknown
    ]
