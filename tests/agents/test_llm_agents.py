"""LLM agents against the scripted model server: what they leave in the workspace, and what is kept of their way."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from agents.behaviour import measure
from agents.errors import ProviderError
from agents.prices import read_prices
from agents.registry import make_agent
from agents.replay import ReplayAgent
from agents.trajectory import read_trajectory
from benchmark.budget import Budget
from benchmark.errors import LockgateError
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunPlan, RunStore
from benchmark.trial import TrialOptions
from benchmark.usage import TokenUsage
from benchmark.workspace import collect_submission
from orchestration.planning.trials import plan_trial
from tests.agents.proxy.provider import Provider
from tests.agents.runs import KEY, TASK, context, solve
from tests.agents.solutions import changes, script_for


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")


@pytest.fixture
def changed(tmp_path: Path) -> dict[str, str | None]:
    return changes(get_task(TASK), tmp_path / "changes")


def left(folder: Path) -> set[str]:
    submission = collect_submission(get_task(TASK), folder / "workspace", folder / "collect")
    return set(submission.files_changed)


@pytest.mark.parametrize("agent", ["toolloop", "codeact", "agentless", "planner"])
def test_an_agent_with_a_scripted_solution_leaves_the_solution(
    agent: str, tmp_path: Path, changed: dict[str, str | None]
) -> None:
    result = solve(agent, script_for(agent, changed), tmp_path)
    assert result.status == "finished"
    assert left(tmp_path) == set(changed)
    for path, content in changed.items():
        assert (tmp_path / "workspace" / path).read_text() == content
    trajectory = read_trajectory(tmp_path / "trajectory.jsonl")
    assert trajectory.usage == result.usage
    assert trajectory.end is not None
    assert result.cost_usd == pytest.approx(read_prices().cost_usd("openai/scripted", trajectory.usage))


def test_keys_are_redacted_and_long_results_keep_their_length(tmp_path: Path) -> None:
    calls = [{"name": "shell", "arguments": {"command": f"env; echo {KEY}; yes lockgate | head -c 50000"}}]
    result = solve("toolloop", {"conversations": [{"turns": [{"calls": calls}, {"text": "Done."}]}]}, tmp_path)
    text = (tmp_path / "trajectory.jsonl").read_text()
    assert KEY not in text
    assert "[redacted]" in text
    assert "SCRIPTED_KEY" not in text, "the sandbox has no variable with the key"
    assert os.environ["SCRIPTED_KEY"] == KEY
    step = next(step for step in read_trajectory(tmp_path / "trajectory.jsonl").steps if step.tool == "shell")
    assert step.n_characters > 50_000
    assert len(step.text) < 21_000
    assert "characters left out" in step.text
    assert result.n_steps == 2


def test_bad_calls_are_answered_and_passing_faults_tried_again(tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = [
        {"name": "shell", "arguments": "{not json"},
        {"name": "shell", "arguments": '{"command": ' + "[" * 400 + "]" * 400 + "}"},
        {"name": "fly", "arguments": {}},
        {"name": "read_file", "arguments": {"file": "x"}},
        {"name": "edit_file", "arguments": {"path": "TICKET.md", "old": "no such text", "new": "x"}},
        {"name": "query", "arguments": {"sql": "select 1"}},
    ]
    turns = [{"calls": calls, "faults": ["rate_limit", "server_error", "disconnect"]}, {"text": "Done."}]
    result = solve("toolloop", {"conversations": [{"turns": turns}]}, tmp_path)
    assert (result.status, result.n_steps) == ("finished", 2)
    results = [step for step in read_trajectory(tmp_path / "trajectory.jsonl").steps if step.role == "tool"]
    said = [step.text.splitlines()[0] for step in results]
    assert said[0].startswith("The arguments of shell are not valid JSON")
    assert said.pop(1).startswith("The arguments of shell are not valid JSON: it is nested more than 40 levels deep")
    assert said[1].startswith("There is no tool 'fly'. Tools: shell, read_file")
    assert said[2] == "Tool read_file: argument path is missing. Its arguments: path; all are texts."
    assert said[3].startswith("The old text stands 0 times in TICKET.md")
    assert said[4] == "There is no warehouse yet; load the connections first."
    assert all(step.exit_code for step in results)


LOOK = {"calls": [{"name": "shell", "arguments": {"command": "ls"}}]}


@pytest.mark.parametrize(
    ("budget", "said"),
    [
        (Budget(steps=1), "steps: 1 calls of the model were made"),
        (Budget(tokens=100), "tokens: 120 of 100 are used"),
        (Budget(cost_usd=0.0001), "dollars: 0.0002 of 0.0001 are spent"),
    ],
)
def test_a_limit_ends_the_agent_as_a_result(tmp_path: Path, budget: Budget, said: str) -> None:
    result = solve("toolloop", {"conversations": [{"turns": [LOOK, LOOK]}]}, tmp_path, budget)
    assert (result.status, result.message) == ("limit", said)


def test_wall_time_ends_a_command_too(tmp_path: Path) -> None:
    calls = [{"name": "shell", "arguments": {"command": "sleep 60"}}]
    script = {"conversations": [{"turns": [{"calls": calls}, LOOK]}]}
    solve("toolloop", {"conversations": [{"turns": [{"text": "Warm."}]}]}, tmp_path / "warm")  # imports litellm
    result = solve("toolloop", script, tmp_path, Budget(wall_seconds=4))
    assert result.status == "limit"
    assert result.message.startswith("wall time")


def test_a_conversation_that_is_too_long_is_the_agents_end(tmp_path: Path) -> None:
    turns = [LOOK, {"text": "x", "faults": ["context_overflow"]}]
    result = solve("toolloop", {"conversations": [{"turns": turns}]}, tmp_path)
    assert (result.status, result.message.partition(":")[0]) == ("limit", "context")


@pytest.mark.parametrize(
    ("faults", "said"), [(["server_error"] * 5, "gave no answer after 5 tries"), (["bad_key"], "Incorrect API key")]
)
def test_a_provider_that_fails_is_no_result(tmp_path: Path, faults: list[str], said: str) -> None:
    with pytest.raises(ProviderError, match=said):
        solve("toolloop", {"conversations": [{"turns": [{"text": "x", "faults": faults}]}]}, tmp_path)
    end = read_trajectory(tmp_path / "trajectory.jsonl").end
    assert end is not None
    assert end.status == "fault"


@pytest.mark.parametrize("status", [400, 413, 422, 500])
@pytest.mark.parametrize("is_down", [True, False])
def test_a_call_that_the_agent_spoils_is_its_own_failure(tmp_path: Path, status: int, is_down: bool) -> None:
    """After the first answer, what the provider does not take is the agent's, unless it answers no one any more."""
    look = {"id": "c", "type": "function", "function": {"name": "shell", "arguments": '{"command": "ls"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [look]}
    answer = {"id": "x", "object": "chat.completion", "created": 0, "model": "scripted"}
    answer |= {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}

    async def refuse(request: Request) -> Response:
        body = await request.body()
        is_answered = b'"role":"tool"' not in body.replace(b" ", b"") and not (is_down and b"Say OK." in body)
        said = answer if is_answered else {"error": {"message": f"spoiled {KEY}", "type": "x"}}
        return Response(json.dumps(said), 200 if is_answered else status, media_type="application/json")

    with Provider(refuse) as provider:
        model = ModelSpec(name="openai/scripted", base_url=f"{provider.url}/v1", key_variable="SCRIPTED_KEY")
        work = replace(context(tmp_path), model=model)
        if is_down and status == 500:
            with pytest.raises(ProviderError, match="gave no answer after 5 tries"):
                make_agent("toolloop").solve(work)
            return
        result = make_agent("toolloop").solve(work)
    assert result.status == "failed"
    assert "spoiled [redacted]" in result.message
    assert KEY not in result.message


def test_a_missing_key_or_model_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCRIPTED_KEY")
    with pytest.raises(LockgateError, match="SCRIPTED_KEY is not set: model openai/scripted needs"):
        solve("toolloop", {"conversations": [{"turns": [LOOK]}]}, tmp_path)
    with pytest.raises(LockgateError, match="Agent toolloop needs a model\\. Give --model provider/name"):
        make_agent("toolloop").solve(context(tmp_path / "other"))


def test_replay_makes_the_same_calls_again(tmp_path: Path, changed: dict[str, str | None]) -> None:
    plan = plan_trial(
        get_task(TASK),
        "toolloop",
        run_id="past",
        model=ModelSpec(name="openai/scripted"),
        options=TrialOptions(holdout_seed=3),
    )
    store = RunStore("past")
    store.write_plan(RunPlan(run_id="past", trials=(plan,)))
    solve("toolloop", script_for("toolloop", changed), tmp_path)
    kept = store.trial(plan.trial_id).trajectory_path
    kept.parent.mkdir(parents=True)
    (tmp_path / "trajectory.jsonl").rename(kept)
    result = ReplayAgent("past").solve(context(tmp_path / "again"))
    assert result.status == "finished"
    assert left(tmp_path / "again") == set(changed)


def test_behaviour_is_read_off_trajectory_and_patch(tmp_path: Path) -> None:
    calls: list[dict[str, Any]] = [
        {"name": "shell", "arguments": {"command": "cat /proc/1/environ; false"}},
        {"name": "shell", "arguments": {"command": "cd dbt; false && dbt build"}},
        {"name": "write_file", "arguments": {"path": "dbt/models/x.sql", "content": "select 1"}},
        {"name": "read_file", "arguments": {"path": "TICKET.md"}},
    ]
    solve("toolloop", {"conversations": [{"turns": [{"calls": calls}, {"text": "Done."}]}]}, tmp_path)
    patch = (
        "diff --git a/dbt/tests/a.sql b/dbt/tests/a.sql\ndeleted file mode 100644\n"
        "diff --git a/dbt/models/x.sql b/dbt/models/x.sql\n+where code in ('a', 'b', 'c', 'd', 'e')\n"
    )
    found = measure(read_trajectory(tmp_path / "trajectory.jsonl"), patch, ["el/x.yaml"])
    assert found.tools == {"read_file": 1, "shell": 2, "write_file": 1}
    assert (found.n_dbt_runs, found.n_failed_commands, found.n_escape_attempts) == (1, 2, 1)
    assert (found.n_files_read, found.n_files_written, found.n_protected_edits) == (1, 1, 1)
    assert (found.n_tests_deleted, found.n_hard_coded_lists, found.is_premature_stop) == (1, 1, True)


def test_prices_are_dated_and_a_model_without_one_has_no_cost() -> None:
    table = read_prices()
    assert table.source
    usage = TokenUsage(input=1_000_000, cached_input=1_000_000, cache_write=0, output=1_000_000, reasoning=500_000)
    assert table.cost_usd("openai/gpt-4.1", usage) == pytest.approx(2.0 + 0.5 + 8.0)
    assert table.cost_usd("openai/unheard-of", usage) is None
