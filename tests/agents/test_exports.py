"""Exports: ADP against the facts of its schema, and what no schema holds. Harbor's validator: `make test-exports`."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from agents.errors import EmptyTrajectoryError
from agents.exports import FORMATS, export, to_adp, to_atif
from agents.prices import read_prices
from agents.trajectory import read_trajectory
from benchmark.errors import UnknownNameError
from benchmark.registry import get_task
from tests.agents.adp_schema import AdpTrajectory
from tests.agents.runs import KEY, TASK, solve
from tests.agents.solutions import changes, script_for
from tests.agents.trajectories import SHAPES, USAGE, Shape, record

Json = dict[str, Any]


def atif(folder: Path, shape: str) -> Json:
    return to_atif(record(folder, SHAPES[shape]))


def results(step: Json) -> list[Json]:
    found: list[Json] = step.get("observation", {"results": []})["results"]
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_adp_accepts_every_shape_of_a_trajectory(shape: str, tmp_path: Path) -> None:
    document = to_adp(record(tmp_path, SHAPES[shape]))
    text = json.dumps(document, ensure_ascii=False, allow_nan=False)
    AdpTrajectory.model_validate(json.loads(text.encode()))


@pytest.mark.parametrize("agent", [pytest.param("codeact", marks=pytest.mark.slow), "planner"])
def test_adp_accepts_what_an_agent_did(agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    solve(agent, script_for(agent, changes(get_task(TASK), tmp_path / "changes")), tmp_path)
    trajectory = read_trajectory(tmp_path / "trajectory.jsonl")
    document = AdpTrajectory.model_validate(to_adp(trajectory))
    n_results = sum(len(step.observation.results) for step in document.steps if step.observation)
    assert n_results == sum(step.role == "tool" for step in trajectory.steps)
    assert {step.source for step in document.steps} == {"system", "user", "agent"}
    assert all(step.message or step.tool_calls for step in document.steps), "no result stands alone"


def _unknown_field(document: Json) -> None:
    document["steps"][2]["metrics"]["cost_usd"] = 0.1


def _newer(document: Json) -> None:
    document["schema_version"] = "ATIF-v1.8"


def _call_of_a_user(document: Json) -> None:
    document["steps"][1]["tool_calls"] = document["steps"][2]["tool_calls"]


def _lost_step(document: Json) -> None:
    del document["steps"][0]


def _lost_calls(document: Json) -> None:
    del document["steps"][2]["tool_calls"]


@pytest.mark.parametrize("change", [_unknown_field, _newer, _call_of_a_user, _lost_step, _lost_calls])
def test_the_facts_of_adp_refuse_what_adp_refuses(change: Callable[[Json], None], tmp_path: Path) -> None:
    document = to_adp(record(tmp_path, SHAPES["calls"]))
    change(document)
    with pytest.raises(ValidationError):
        AdpTrajectory.model_validate(document)


def test_a_result_stands_with_its_call_whatever_the_ids(tmp_path: Path) -> None:
    steps = [step for step in atif(tmp_path, "same ids")["steps"] if step["source"] == "agent"]
    ids = [call["tool_call_id"] for step in steps for call in step["tool_calls"]]
    assert ids == ["call_1", "call_1-2", "call_1-3", "call_1-4"]
    said = [(result["source_call_id"], result["content"]) for step in steps for result in results(step)]
    assert said == [
        ("call_1", "first of builder"),
        ("call_1-2", "second of builder"),
        ("call_1-3", "first of inspector"),
        ("call_1-4", "second of inspector"),
    ]
    assert [step["extra"] for step in steps] == [{"part": "builder"}, {"part": "inspector"}]


def test_a_call_that_got_no_result_has_none(tmp_path: Path) -> None:
    document = atif(tmp_path, "unanswered")
    answered = [[result["source_call_id"] for result in results(step)] for step in document["steps"][2:]]
    assert answered == [[], ["call_1-2"], ["call_3"]]
    assert document["extra"] == {"task": "task", "status": "limit", "message": "wall time"}


def test_failed_and_malformed_calls_are_told(tmp_path: Path) -> None:
    step = atif(tmp_path, "calls")["steps"][2]
    assert [call["arguments"] for call in step["tool_calls"]] == [{"command": "ls"}, {"malformed": '{"command": '}]
    assert [result["extra"] for result in results(step)] == [
        {"tool": "shell", "exit_code": 0, "seconds": 0.5},
        {"tool": "shell", "exit_code": 2, "seconds": 0.5},
    ]


def test_texts_that_were_cut_have_their_length(tmp_path: Path) -> None:
    document = atif(tmp_path, "cut")
    step = document["steps"][2]
    assert step["extra"] == {"n_characters": 20_001}
    assert results(step)[0]["extra"]["n_characters"] == 20_002
    assert "characters left out" in results(step)[0]["content"]
    assert document["extra"]["status"] == "killed"


def test_the_result_of_a_program_stands_with_the_answer_that_holds_it(tmp_path: Path) -> None:
    steps = atif(tmp_path, "programs")["steps"]
    assert [step["source"] for step in steps] == ["system", "user", "agent", "user", "agent"]
    assert [result["content"] for result in results(steps[2])] == ["1"]


def test_each_step_names_the_model_that_was_asked_and_the_total_is_theirs(tmp_path: Path) -> None:
    document = atif(tmp_path, "command line")
    assert [step.get("model_name") for step in document["steps"]] == [
        None,
        "claude-haiku-4-5",
        "claude-sonnet-4-5",
        None,
        None,
    ]
    assert [step["llm_call_count"] for step in document["steps"][1:]] == [1, 1, 0, 0]
    costs = [read_prices().cost_usd(name, USAGE) or 0.0 for name in ("claude-haiku-4-5", "claude-sonnet-4-5")]
    assert document["final_metrics"]["total_cost_usd"] == pytest.approx(sum(costs))
    assert costs[0] < costs[1]


def test_tokens_are_counted_as_atif_counts_them(tmp_path: Path) -> None:
    document = atif(tmp_path, "no price")
    assert document["steps"][2]["metrics"] == {
        "prompt_tokens": 100,
        "completion_tokens": 30,
        "cached_tokens": 20,
        "cost_usd": 0.001,
        "extra": {"cache_write_tokens": 10, "reasoning_tokens": 12},
    }
    assert document["final_metrics"] == {
        "total_prompt_tokens": 200,
        "total_completion_tokens": 60,
        "total_cached_tokens": 40,
        "total_steps": 4,
    }


@pytest.mark.parametrize("name", FORMATS)
def test_a_trajectory_without_a_step_cannot_be_exported(name: str, tmp_path: Path) -> None:
    trajectory = record(tmp_path, Shape(lambda recorder: recorder.end("fault", "no key")))
    with pytest.raises(EmptyTrajectoryError, match="The trajectory of task--agent--1 has no step"):
        export(trajectory, name)


def test_an_unknown_format_is_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Known: adp, atif"):
        export(record(tmp_path, SHAPES["calls"]), "csv")
