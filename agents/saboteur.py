"""The saboteur: applies the solution and breaks a few of its tables. Partial scores to look at, CFS below CS to see."""

import ast
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import yaml

from agents.base import AgentContext
from benchmark.duckdb_sql import quote
from benchmark.errors import LockgateError
from benchmark.orchestration import DEFINITIONS
from benchmark.raw_schemas import loading_files
from benchmark.scorecard import AgentResult
from benchmark.tables import TableSpec
from benchmark.workspace import lay_solution
from benchmark.yaml_files import parse_yaml, read_text

N_SABOTAGES = 2
"""Tables broken in a submission, fewer where the task has fewer tables than that to spare."""


class Target(NamedTuple):
    """A file that a sabotage can go into."""

    path: Path
    table: str
    spec: TableSpec


Sabotage = Callable[[TableSpec, random.Random], str | None]
"""Makes a query over `built`, the model as it is in the solution; None where it does not fit the table."""


def fan_out(spec: TableSpec, draw: random.Random) -> str | None:
    """Every row twice, like a join on a key that is not one."""
    del spec, draw
    return "select * from built\nunion all\nselect * from built"


def lose_rows(spec: TableSpec, draw: random.Random) -> str | None:
    """About half of the rows are gone, like a filter that is too narrow."""
    del spec
    return f"select * from built where hash(built) % 2 = {draw.randrange(2)}"


def lose_values(spec: TableSpec, draw: random.Random) -> str | None:
    """A column is NULL, like a join that finds nothing."""
    keys = {name.lower() for name in spec.key}
    columns = [name for name in spec.columns if name.lower() not in keys]
    if not columns:
        return None
    return f"select * replace (null as {quote(draw.choice(columns))}) from built"


SABOTAGES: tuple[Sabotage, ...] = (fan_out, lose_rows, lose_values)


class SaboteurAgent:
    """Applies the solution, then breaks some of its scored tables; the same ones for the same seed."""

    needs_systems: ClassVar[bool] = False
    n_sabotages: ClassVar[int] = N_SABOTAGES
    """Tables that it breaks or leaves out; of data tests it drops one quarter more than this."""

    def solve(self, context: AgentContext) -> AgentResult:
        """Lay the solution, then break some of it.

        Raises:
            LockgateError: The task has nothing that can be broken.
        """
        given = _data_tests(context)
        lay_solution(context.task, context.workspace)
        draw = random.Random(f"{context.task.id}/{context.seed}")
        if context.task.faults is not None:
            done = _drop_tests(context, draw, _data_tests(context) - given, self.n_sabotages)
        elif context.task.spec.orchestration is not None:
            done = _leave_out_models(context, draw, self.n_sabotages)
        else:
            done = _break_tables(context, draw, self.n_sabotages)
        return AgentResult(status="finished", message="; ".join(done), n_steps=len(done))


class MildSaboteur(SaboteurAgent):
    """Applies the solution, then breaks one table."""

    n_sabotages: ClassVar[int] = 1


class WildSaboteur(SaboteurAgent):
    """Applies the solution, then breaks nearly everything that can be broken."""

    n_sabotages: ClassVar[int] = 5


def _nothing_to_break(context: AgentContext, reason: str) -> LockgateError:
    return LockgateError(
        f"The saboteur finds nothing to break in task {context.task.id}: {reason}, or all of it is protected. "
        "Use another agent for this task."
    )


def _break_tables(context: AgentContext, draw: random.Random, n_tables: int) -> list[str]:
    """Break so many scored models; streams where no model can be broken."""
    models, streams = _targets(context)
    if not models and not streams:
        raise _nothing_to_break(context, "no scored table is a stream, or a SQL model in a file of its own name")
    n_broken = max(1, min(n_tables, len(models) + len(streams) - 1))
    if models:
        return [_break_model(target, draw) for target in draw.sample(models, min(n_broken, len(models)))]
    return [_drop_stream(target) for target in draw.sample(streams, min(n_broken, len(streams)))]


def _targets(context: AgentContext) -> tuple[list[Target], list[Target]]:
    """Scored models in SQL, and scored streams; never a protected file."""
    task, workspace = context.task, context.workspace
    models: list[Target] = []
    streams: list[Target] = []
    loaded_by = loading_files({f"el/{path.name}": path for path in (workspace / "el").glob("*.yaml")})
    for table, spec in task.scored_tables.items():
        identifier = table.partition(".")[2]
        if spec.stage == "raw":
            paths = [workspace / loaded_by[table.lower()]] if table.lower() in loaded_by else []
        else:
            paths = sorted((workspace / "dbt" / "models").rglob(f"{identifier}.sql"))
        for path in paths:
            if not path.is_file() or task.is_protected(path.relative_to(workspace).as_posix()):
                continue
            target = Target(path, table, spec)
            (streams if spec.stage == "raw" else models).append(target)
    return models, streams


def _break_model(target: Target, draw: random.Random) -> str:
    sql = target.path.read_text(encoding="utf-8").rstrip().rstrip(";")
    for sabotage in draw.sample(SABOTAGES, len(SABOTAGES)):
        query = sabotage(target.spec, draw)
        if query is not None:
            target.path.write_text(f"with built as (\n{sql}\n)\n{query}\n", encoding="utf-8")
            return f"{sabotage.__name__} in {target.table}"
    raise AssertionError(f"no fault fits {target.table}: fan_out fits every target")


_NARROW_STEP = """
_whole_dbt = dbt


def dbt(*arguments):
    _whole_dbt(*arguments, "--exclude", "{excluded}")


"""
"""What is written below the imports of definitions."""


def _leave_out_models(context: AgentContext, draw: random.Random, n_models: int) -> list[str]:
    """Let the steps of dbt leave some scored models out, as a selection that is too narrow does."""
    models = [name for name, spec in context.task.scored_tables.items() if spec.stage != "raw"]
    path = context.workspace / DEFINITIONS
    text = path.read_text(encoding="utf-8")
    imports = [node for node in ast.parse(text).body if isinstance(node, ast.ImportFrom) and _is_of_dbt_step(node)]
    if not models or not imports:
        raise _nothing_to_break(context, f"no scored table is a model, or {DEFINITIONS} does not import the step dbt")
    chosen = sorted(draw.sample(models, max(1, min(n_models, len(models) - 1))))
    # By their files: a bare name may be that of the project, too, and then everything is left out.
    files = " ".join(f"file:{table.partition('.')[2]}.sql" for table in chosen)
    lines = text.splitlines(keepends=True)
    lines.insert(imports[-1].end_lineno or 0, _NARROW_STEP.format(excluded=files))
    path.write_text("".join(lines), encoding="utf-8")
    return [f"{table} left out" for table in chosen]


def _is_of_dbt_step(node: ast.ImportFrom) -> bool:
    return node.module == "runtime.steps" and any(name.name == "dbt" and not name.asname for name in node.names)


def _data_tests(context: AgentContext) -> set[Path]:
    """The singular data tests of the workspace."""
    return set((context.workspace / "dbt" / "tests").rglob("assert_*.sql"))


def _drop_tests(context: AgentContext, draw: random.Random, added: set[Path], n_quarters: int) -> list[str]:
    """Take quarters of the data tests that the solution adds away, like an agent that stopped on its way.

    One more than so many: where a task wants four of five faults caught, half of its tests may catch them.
    """
    if not added:
        raise _nothing_to_break(context, "its solution adds no file dbt/tests/**/assert_*.sql")
    n_dropped = max(1, min(len(added) * (n_quarters + 1) // 4, len(added) - 1))
    dropped = sorted(draw.sample(sorted(added), n_dropped))
    for path in dropped:
        path.unlink()
    return [f"{path.stem} dropped" for path in dropped]


def _drop_stream(target: Target) -> str:
    """Take a scored stream out of its connection, like one that was forgotten; the last one takes the file along."""
    content: dict[str, Any] = parse_yaml(read_text(target.path), target.path)
    stream = target.table.partition(".")[2]
    content["streams"] = [other for other in content["streams"] if other.get("name") != stream]
    if content["streams"]:
        target.path.write_text(yaml.safe_dump(content, sort_keys=False), encoding="utf-8")
    else:
        target.path.unlink()
    return f"stream {stream} dropped from {target.path.name}"
