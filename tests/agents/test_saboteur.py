"""The saboteur breaks whatever a solution looks like, and says so when there is nothing to break."""

import ast
import random
import re
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from agents.base import AgentContext
from agents.saboteur import SABOTAGES, MildSaboteur, SaboteurAgent, Target, WildSaboteur, _break_model
from benchmark.errors import LockgateError
from benchmark.orchestration import DEFINITIONS
from benchmark.registry import get_task
from benchmark.tables import TableSpec

SPEC = TableSpec(stage="marts", key=("id",), columns=("id", "v"))
MODELS = {
    "a last select of a step": "with x as (select i as id, i * 2 as v from range(40) t(i)) select * from x",
    "columns of a join": "select a.i as id, b.j as v from range(40) a(i) join range(40) b(j) on a.i = b.j",
    "a closing semicolon and a comment": "select i as id, i as v from range(40) t(i) -- all of them\n;\n",
    "from first": "from (select i as id, i as v from range(40) t(i))",
    "a union": "select i as id, 1 as v from range(20) t(i) union all select i + 20, 2 from range(20) t(i)",
    "an order": "select i as id, i as v from range(40) t(i) order by id desc limit 39",
}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("sql", MODELS.values(), ids=MODELS.keys())
def test_a_broken_model_runs_and_gives_other_rows(tmp_path: Path, sql: str, seed: int) -> None:
    path = tmp_path / "model.sql"
    path.write_text(sql)
    done = _break_model(Target(path, "marts.model", SPEC), random.Random(seed))
    assert done.split(" ")[0] in {sabotage.__name__ for sabotage in SABOTAGES}
    wanted = duckdb.sql(sql.strip().removesuffix(";")).fetchall()
    assert sorted(duckdb.sql(path.read_text()).fetchall(), key=repr) != sorted(wanted, key=repr)


def test_three_strengths_break_more_and_more(tmp_path: Path) -> None:
    task = get_task("flights_disputed_delays")
    broken = []
    for agent in (MildSaboteur(), SaboteurAgent(), WildSaboteur()):
        workspace = tmp_path / type(agent).__name__
        context = AgentContext(task=task, workspace=workspace, environment={}, seed=0)
        broken.append(agent.solve(context).n_steps)
    assert broken == [1, 2, 5]


def test_a_task_with_nothing_to_break_is_said_so(tmp_path: Path) -> None:
    task = get_task("flights_otp_scorecard")
    spec = task.spec.model_copy(update={"protected": ("dbt/*", "el/*")})
    locked = task.model_copy(update={"spec": spec})
    context = AgentContext(task=locked, workspace=tmp_path / "workspace", environment={}, seed=0)
    with pytest.raises(LockgateError, match=r"finds nothing to break in task flights_otp_scorecard"):
        SaboteurAgent().solve(context)


@pytest.mark.parametrize(("name", "n_left"), [("retail_tills_6813", 0), ("subscriptions_exchange_bd6d", 2)])
def test_a_stream_that_is_dropped_is_loaded_no_more(tmp_path: Path, name: str, n_left: int) -> None:
    """A connection without streams is none."""
    task = get_task(name)
    done = MildSaboteur().solve(AgentContext(task=task, workspace=tmp_path, environment={}, seed=0))
    found = re.fullmatch(r"stream (\w+) dropped from (\w+\.yaml)", done.message)
    assert found
    path = tmp_path / "el" / found[2]
    streams = yaml.safe_load(path.read_text())["streams"] if path.exists() else []
    assert len(streams) == n_left
    assert found[1] not in {stream["name"] for stream in streams}


def test_of_data_tests_so_many_go_that_four_fifths_of_the_faults_are_not_caught(tmp_path: Path) -> None:
    task = get_task("subscriptions_revenue_contract")
    assert task.faults is not None
    assert task.faults.min_recall < 1
    done = SaboteurAgent().solve(AgentContext(task=task, workspace=tmp_path, environment={}, seed=0))
    assert (done.n_steps, len(list((tmp_path / "dbt/tests").rglob("assert_*.sql")))) == (7, 3)


def test_definitions_leave_scored_models_out(tmp_path: Path) -> None:
    task = get_task("flights_nightly_run")
    done = SaboteurAgent().solve(AgentContext(task=task, workspace=tmp_path, environment={}, seed=0))
    left_out = [text.removesuffix(" left out") for text in done.message.split("; ")]
    assert len(left_out) == 2
    assert set(left_out) <= task.scored_tables.keys()
    module = ast.parse((tmp_path / DEFINITIONS).read_text())
    steps: list[ast.stmt] = [node for node in module.body if isinstance(node, ast.FunctionDef) and node.name == "dbt"]
    called: list[tuple[str, ...]] = []
    names: dict[str, Any] = {"_whole_dbt": lambda *arguments: called.append(arguments)}
    exec(compile(ast.Module(steps, []), DEFINITIONS, "exec"), names)
    names["dbt"]("build")
    files = " ".join(f"file:{table.partition('.')[2]}.sql" for table in sorted(left_out))
    assert called == [("build", "--exclude", files)]
