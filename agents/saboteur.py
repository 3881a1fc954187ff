"""The saboteur: applies the solution with a few seeded faults. Partial scores to look at, CFS below CS to see."""

import random
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml

from agents.base import AgentContext
from benchmark.scorecard import AgentResult
from benchmark.tables import TableSpec
from benchmark.workspace import lay_solution

N_FAULTS = 2
"""Faults in a submission, fewer where the task has fewer tables than that to spare."""

_LAST_SELECT = re.compile(r"select \* from (\w+)\s*$", re.IGNORECASE)


class Target(NamedTuple):
    """A file that a fault can go into."""

    path: Path
    table: str
    spec: TableSpec


Fault = Callable[[str, TableSpec, random.Random], str | None]
"""Changes a model's SQL; None where it does not fit."""


def fan_out(sql: str, spec: TableSpec, draw: random.Random) -> str | None:
    """Every row twice, like a join on a key that is not one."""
    del spec, draw
    return _replace_last(sql, "select * from {0}\nunion all\nselect * from {0}\n")


def lose_rows(sql: str, spec: TableSpec, draw: random.Random) -> str | None:
    """About half of the rows are gone, like a filter that is too narrow."""
    del spec
    return _replace_last(sql, f"select * from {{0}} where hash({{0}}) % 2 = {draw.randrange(2)}\n")


def lose_values(sql: str, spec: TableSpec, draw: random.Random) -> str | None:
    """A column is NULL, like a join that finds nothing."""
    keys = {name.lower() for name in spec.key}
    columns = [name for name in spec.columns if name.lower() not in keys]
    if not columns:
        return None
    return _replace_last(sql, f"select * replace (null as {draw.choice(columns)}) from {{0}}\n")


FAULTS: tuple[Fault, ...] = (fan_out, lose_rows, lose_values)


class SaboteurAgent:
    """Applies the solution, then breaks some of its scored tables; the same ones for the same seed."""

    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        """Lay the solution, then put the faults in."""
        lay_solution(context.task, context.workspace)
        draw = random.Random(f"{context.task.id}/{context.seed}")
        if context.task.faults is not None:
            done = _drop_tests(context, draw)
            return AgentResult(status="finished", message="; ".join(done), n_steps=len(done))
        models, streams = _targets(context)
        n_faults = max(1, min(N_FAULTS, len(models) + len(streams) - 1))
        done = [_break_model(target, draw) for target in draw.sample(models, min(n_faults, len(models)))]
        if not models and streams:
            done = [_drop_stream(target) for target in draw.sample(streams, min(n_faults, len(streams)))]
        return AgentResult(status="finished", message="; ".join(done), n_steps=len(done))


def _targets(context: AgentContext) -> tuple[list[Target], list[Target]]:
    """Scored models that end in `select * from name`, and scored streams; never a protected file."""
    task, workspace = context.task, context.workspace
    models, streams = [], []
    for table, spec in task.scored_tables.items():
        schema, _, identifier = table.partition(".")
        if spec.stage == "raw":
            paths = [workspace / "el" / f"{schema.removeprefix('raw_')}.yaml"]
        else:
            paths = sorted((workspace / "dbt" / "models").rglob(f"{identifier}.sql"))
        for path in paths:
            if not path.is_file() or task.is_protected(path.relative_to(workspace).as_posix()):
                continue
            target = Target(path, table, spec)
            if spec.stage == "raw":
                streams.append(target)
            elif _LAST_SELECT.search(path.read_text(encoding="utf-8")):
                models.append(target)
    return models, streams


def _break_model(target: Target, draw: random.Random) -> str:
    sql = target.path.read_text(encoding="utf-8")
    for fault in draw.sample(FAULTS, len(FAULTS)):
        changed = fault(sql, target.spec, draw)
        if changed is not None:
            target.path.write_text(changed, encoding="utf-8")
            return f"{fault.__name__} in {target.table}"
    raise AssertionError(f"no fault fits {target.table}: fan_out fits every target")


def _drop_tests(context: AgentContext, draw: random.Random) -> list[str]:
    """Take half of the solution's data tests away, like an agent that stopped half way."""
    folder = context.task.solution_dir / "dbt" / "tests"
    names = sorted(path.relative_to(context.task.solution_dir) for path in folder.rglob("assert_*.sql"))
    dropped = sorted(draw.sample(names, len(names) // 2))
    for name in dropped:
        (context.workspace / name).unlink()
    return [f"{name.stem} dropped" for name in dropped]


def _drop_stream(target: Target) -> str:
    """Take a scored stream out of its connection, like one that was forgotten."""
    content: dict[str, Any] = yaml.safe_load(target.path.read_text(encoding="utf-8"))
    stream = target.table.partition(".")[2]
    content["streams"] = _without(content["streams"], stream) or content["streams"]
    target.path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    return f"stream {stream} dropped from {target.path.name}"


def _without(streams: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    return [stream for stream in streams if stream.get("name") != name]


def _replace_last(sql: str, template: str) -> str | None:
    match = _LAST_SELECT.search(sql)
    return sql[: match.start()] + template.format(match.group(1)) if match else None
