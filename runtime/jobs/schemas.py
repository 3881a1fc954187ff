"""Checking what a job returned: code of a submission ran in its process and may have forged it."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from runtime.interface import ChildResult


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class LoadAnswer(_Answer):
    """See `runtime.jobs.load.run`."""

    is_success: bool
    errors: list[str]
    records: dict[str, int]


class _Relation(_Answer):
    path: str
    type: str
    parents: list[str]
    compiled: str | None
    macros: list[str]


class BuildAnswer(_Answer):
    """See `runtime.jobs.build.run`."""

    is_success: bool
    error: str
    counts: dict[str, int]
    failures: list[str]
    relations: dict[str, _Relation]
    graph: dict[str, Any] | None


class TablesAnswer(_Answer):
    """See `runtime.jobs.export.run`."""

    tables: dict[str, str | None]


class LateAnswer(TablesAnswer):
    """See `runtime.jobs.components.run`."""

    late: list[list[str]]


class _CompiledTest(_Answer):
    name: str
    sql: str
    fail_calc: str
    error_if: str
    is_error: bool


class CompiledTestsAnswer(_Answer):
    """See `runtime.jobs.data_tests.compile_tests`."""

    error: str
    tests: list[_CompiledTest]
    graph: dict[str, Any] | None


class AlarmsAnswer(_Answer):
    """See `runtime.jobs.data_tests.run_tests`."""

    alarms: list[dict[str, str]]


Kind = Literal["load", "build", "tables", "components", "compile_tests", "run_tests"]

_KINDS: dict[Kind, type[_Answer]] = {
    "load": LoadAnswer,
    "build": BuildAnswer,
    "tables": TablesAnswer,
    "components": LateAnswer,
    "compile_tests": CompiledTestsAnswer,
    "run_tests": AlarmsAnswer,
}


def checked(result: ChildResult, kind: Kind) -> ChildResult:
    """The same result; a failed one where its value has not the shape of this kind of job."""
    if result.status != "ok":
        return result
    try:
        value: dict[str, Any] = _KINDS[kind].model_validate(result.value).model_dump()
    except ValidationError:
        return ChildResult("failed", None, "It returned something that is no answer.", result.wall_seconds)
    return ChildResult("ok", value, result.message, result.wall_seconds)
