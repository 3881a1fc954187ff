"""Checking what a job returned: code of a submission ran in its process and may have forged it.

The text was read within bounds (`benchmark.bounded_json`); here every value gets the shape and size that its kind of
job has. What is more is no answer, and the step has failed.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from benchmark.border import cut_text, visible_text
from runtime.interface import ChildResult


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


def _cut(text: str) -> str:
    return cut_text(visible_text(text), MAX_SENTENCE)


MAX_SENTENCE = 2_000
"""Characters of a sentence for people; a longer one is cut."""
Name = Annotated[str, Field(max_length=2_000)]
"""Name of a table, model or file."""
NodeName = Annotated[str, Field(max_length=100_000)]
"""Name or id of a node of dbt: that of a data test has all the values that it is given."""
Sql = Annotated[str, Field(max_length=2 * 1024**2)]
Sentence = Annotated[str, AfterValidator(_cut)]
Count = Annotated[int, Field(ge=0, lt=2**63)]
Names = Annotated[list[Name], Field(max_length=20_000)]


class LoadAnswer(_Answer):
    """See `runtime.jobs.load.run`."""

    is_success: bool
    errors: list[Sentence] = Field(max_length=5_000)
    records: dict[Name, Count] = Field(max_length=5_000)


class TakeLoadAnswer(_Answer):
    """See `runtime.jobs.take_load.run`."""

    refused: Sentence


class _Relation(_Answer):
    path: Name
    type: Name
    parents: Names
    compiled: Sql | None
    macros: Names


class BuildAnswer(_Answer):
    """See `runtime.jobs.build.run`."""

    is_success: bool
    error: Sentence
    counts: dict[Name, Count] = Field(max_length=100)
    statuses: dict[NodeName, Name] = Field(default_factory=dict, max_length=20_000)
    failures: list[Sentence] = Field(max_length=100)
    relations: dict[Name, _Relation] = Field(max_length=20_000)
    graph: dict[str, Any] | None
    """Read value by value in `evaluators.style.graph_rules`."""


class ExportAnswer(_Answer):
    """See `runtime.jobs.export.run`."""

    unreadable: dict[Name, Sentence] = Field(max_length=20_000)


class _CompiledTest(_Answer):
    name: NodeName
    sql: Sql
    fail_calc: Sql
    error_if: Sql
    is_error: bool


class CompiledTestsAnswer(_Answer):
    """See `runtime.jobs.data_tests.compile_tests`."""

    error: Sentence
    tests: list[_CompiledTest] = Field(max_length=2_000)
    graph: dict[str, Any] | None


class AlarmsAnswer(_Answer):
    """See `runtime.jobs.data_tests.run_tests`."""

    alarms: list[Annotated[dict[NodeName, Sentence], Field(max_length=2_000)]] = Field(max_length=1_000)


class _LintedFile(_Answer):
    n_lines: Count
    rules: dict[Name, Count] = Field(max_length=1_000)
    is_linted: bool


class LintAnswer(_Answer):
    """See `runtime.jobs.lint.run`."""

    files: dict[Name, _LintedFile] = Field(max_length=20_000)


class _DeclaredJob(_Answer):
    name: Name
    is_daily: bool
    assets: Names


class _DeclaredSchedule(_Answer):
    job: Name
    crons: list[Name] = Field(max_length=100)
    timezone: Name


class _DeclaredAsset(_Answer):
    key: Name
    is_daily: bool
    parents: Names
    checks: list[NodeName] = Field(max_length=20_000)


class _DagsterRun(_Answer):
    job: Name
    partition: Name
    is_success: bool
    failures: list[Sentence] = Field(max_length=100)


class OrchestrateAnswer(_Answer):
    """See `runtime.jobs.orchestrate.run`."""

    error: Sentence
    jobs: list[_DeclaredJob] = Field(max_length=1_000)
    schedules: list[_DeclaredSchedule] = Field(max_length=1_000)
    assets: list[_DeclaredAsset] = Field(max_length=5_000)
    runs: list[_DagsterRun] = Field(max_length=1_000)
    events: list[Annotated[list[Name], Field(min_length=2, max_length=2)]] = Field(max_length=20_000)


class _MeasuredModel(_Answer):
    rows: Count
    reads: Names
    packs: Names
    is_same: bool
    error: Sentence


class WorkAnswer(_Answer):
    """See `runtime.jobs.work.run`."""

    models: dict[Name, _MeasuredModel] = Field(max_length=20_000)


class CompiledQueriesAnswer(_Answer):
    """See `runtime.jobs.work.compile_queries`."""

    error: Sentence
    relations: dict[Name, _Relation] = Field(max_length=20_000)


Kind = Literal[
    "load",
    "take_load",
    "build",
    "export",
    "compile_tests",
    "run_tests",
    "lint",
    "orchestrate",
    "compile_queries",
    "work",
]

_KINDS: dict[Kind, type[_Answer]] = {
    "load": LoadAnswer,
    "take_load": TakeLoadAnswer,
    "build": BuildAnswer,
    "export": ExportAnswer,
    "compile_tests": CompiledTestsAnswer,
    "run_tests": AlarmsAnswer,
    "lint": LintAnswer,
    "orchestrate": OrchestrateAnswer,
    "compile_queries": CompiledQueriesAnswer,
    "work": WorkAnswer,
}


def checked(result: ChildResult, kind: Kind) -> ChildResult:
    """The same result; a failed one where its value has not the shape of this kind of job."""
    if result.status != "ok":
        return result
    try:
        value: dict[str, Any] = _KINDS[kind].model_validate(result.value).model_dump()
    except (ValidationError, RecursionError):
        return ChildResult("failed", None, "It returned something that is no answer.", result.wall_seconds)
    return ChildResult("ok", value, result.message, result.wall_seconds)
