"""LLM agents on long tasks: caching, a context that fills up, answers that lead nowhere, loops; all through litellm."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from agents.llm.client import ModelClient
from agents.model_server import ModelServer, Script
from agents.registry import make_agent
from agents.trajectory import read_trajectory
from benchmark.budget import Budget
from benchmark.llm import ModelSpec
from benchmark.scorecard import AgentResult
from benchmark.usage import TokenUsage
from tests.agents.proxy.provider import Provider
from tests.agents.runs import KEY, context

Turns = list[dict[str, Any]]
DONE = {"text": "Done."}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.01")


def shell(command: str, **turn: Any) -> dict[str, Any]:
    return {"calls": [{"name": "shell", "arguments": {"command": command}}], **turn}


def look(number: int, **turn: Any) -> dict[str, Any]:
    """A call whose result has 9,000 characters."""
    return shell(f"printf '{number}%.0s' $(seq 9000)", **turn)


def run(
    folder: Path, agent: str, turns: Turns, name: str = "openai/scripted", **model: Any
) -> tuple[AgentResult, list[dict[str, Any]]]:
    """How the agent ended, and the bodies of the calls that the provider got."""
    with ModelServer(Script.model_validate({"conversations": [{"turns": turns}]})) as server:
        path = "/v1" if name.startswith("openai") else ""
        spec = {"name": name, "base_url": server.url + path, "key_variable": "SCRIPTED_KEY", **model}
        work = replace(context(folder), model=ModelSpec.model_validate(spec))
        result = make_agent(agent).solve(work)
        return result, [request["body"] for request in server.requests]


def last_said(body: dict[str, Any]) -> str:
    """What the model was told last."""
    return str(body["messages"][-1]["content"])


# Caching


def marked(body: dict[str, Any]) -> list[str]:
    """The texts that have a cache mark, in order."""
    blocks = [*body.get("system", []), *(block for message in body["messages"] for block in message["content"])]
    return [block.get("text") or block["content"] for block in blocks if "cache_control" in block]


def test_claude_is_asked_to_cache_up_to_the_end_of_this_call_and_of_the_one_before(tmp_path: Path) -> None:
    turns = [shell("echo one"), shell("echo two"), DONE]
    _, bodies = run(tmp_path, "toolloop", turns, "anthropic/claude-sonnet-4-5")
    ticket = (tmp_path / "workspace" / "TICKET.md").read_text()
    ends = [marked(body)[1:] for body in bodies]
    assert ends == [[ticket], [ticket, "one"], ["one", "two"]]
    assert all(marked(body)[0].startswith("You are a data engineer") for body in bodies), "the system prompt, first"


@pytest.mark.parametrize("name", ["openai/gpt-5", "gemini/gemini-2.5-pro"])
def test_others_cache_by_themselves_and_are_sent_no_mark(tmp_path: Path, name: str) -> None:
    _, bodies = run(tmp_path, "toolloop", [shell("echo one"), DONE], name)
    assert len(bodies) == 2
    assert "cache" not in json.dumps([body.get("messages", body.get("contents")) for body in bodies])


@pytest.mark.parametrize(
    ("name", "usage"),
    [
        ("openai/gpt-5", TokenUsage(input=100, cached_input=900, output=20, reasoning=5)),
        ("gemini/gemini-2.5-pro", TokenUsage(input=100, cached_input=900, output=20, reasoning=5)),
        ("anthropic/claude-sonnet-4-5", TokenUsage(input=100, cached_input=900, cache_write=50, output=20)),
    ],
)
def test_what_was_cached_is_counted_as_cached(tmp_path: Path, name: str, usage: TokenUsage) -> None:
    turns = [{"text": "Done.", "usage": usage.model_dump()}]
    result, _ = run(tmp_path, "toolloop", turns, name)
    assert result.usage == usage
    assert result.cost_usd


def test_signed_thoughts_go_back_to_the_provider(tmp_path: Path) -> None:
    """Anthropic refuses the next call of a model that thinks where its thoughts are missing."""
    thought = {"type": "thinking", "thinking": "I look.", "signature": "c2lnbmVk"}
    look = {"type": "tool_use", "id": "t1", "name": "shell", "input": {"command": "ls"}}
    usage = {"input_tokens": 10, "output_tokens": 5}

    async def answer(request: Request) -> Response:
        is_first = b"tool_result" not in await request.body()
        content = [thought, look] if is_first else [{"type": "text", "text": "Done."}]
        head = {"id": "m", "type": "message", "role": "assistant", "model": "x", "stop_sequence": None}
        told = {**head, "content": content, "stop_reason": "tool_use" if is_first else "end_turn", "usage": usage}
        return Response(json.dumps(told), media_type="application/json")

    with Provider(answer) as provider:
        spec = {"name": "anthropic/claude-sonnet-4-5", "base_url": provider.url, "key_variable": "SCRIPTED_KEY"}
        model = ModelSpec.model_validate({**spec, "effort": "low"})
        assert make_agent("toolloop").solve(replace(context(tmp_path), model=model)).status == "finished"
        assert provider.seen[1]["body"]["messages"][1]["content"][0] == thought
        assert provider.seen[1]["body"]["thinking"]["type"] == "enabled"


# A context that fills up


def test_old_results_are_shortened_when_the_context_is_nearly_full_and_the_model_is_told(tmp_path: Path) -> None:
    turns = [look(n, usage={"input": 2500 * n, "output": 20}) for n in range(1, 10)]
    result, bodies = run(tmp_path, "toolloop", [*turns, DONE], context_tokens=30_000)
    assert result.status == "finished"
    lengths = [[len(item["content"]) for item in body["messages"] if item["role"] == "tool"] for body in bodies]
    assert lengths[7] == [9000] * 7, "there was room"
    told = bodies[8]
    assert max(lengths[8][:3]) < 500
    assert min(lengths[8][3:]) >= 9000
    assert "older results and files that you wrote are shown shortened. Look again" in last_said(told)
    assert "characters left out" in told["messages"][3]["content"]
    assert told["messages"][1] == bodies[0]["messages"][1], "the ticket stays"
    kept = [step for step in read_trajectory(tmp_path / "trajectory.jsonl").steps if step.tool == "shell"]
    assert {step.n_characters for step in kept} == {9000}, "what was done is recorded whole"


def test_the_limit_is_the_models_own_where_the_list_of_models_knows_it(tmp_path: Path) -> None:
    turns = [shell("yes | head -c 9000", usage={"input": n, "output": 9}) for n in (90_000, 130_000, 190_000)]
    _, bodies = run(tmp_path, "toolloop", [*turns, DONE], "openai/gpt-4o")
    told = ["Your context was nearly full" in json.dumps(body) for body in bodies]
    assert told == [False, False, True, True], "128,000 tokens, less the room for an answer"


def test_a_context_that_nobody_knew_is_learnt_from_the_provider(tmp_path: Path) -> None:
    turns = [look(n, usage={"input": 3000 * n, "output": 20}) for n in range(1, 7)]
    turns.append({"text": "Done.", "faults": ["context_overflow"]})
    result, bodies = run(tmp_path, "toolloop", turns)
    assert result.status == "finished"
    assert len(json.dumps(bodies[-1])) < len(json.dumps(bodies[-2])) * 0.7
    assert "Your context was nearly full" in last_said(bodies[-1])


def test_files_that_were_written_are_shortened_too_and_stay_valid_calls(tmp_path: Path) -> None:
    writes: Turns = [
        {"calls": [{"name": "write_file", "arguments": {"path": f"{n}.txt", "content": "x" * 9000}}]} for n in range(6)
    ]
    writes.append({"text": "Done.", "faults": ["context_overflow"]})
    result, bodies = run(tmp_path, "toolloop", writes)
    assert result.status == "finished"
    calls = [call["function"] for item in bodies[-1]["messages"] for call in item.get("tool_calls", ())]
    assert all(json.loads(call["arguments"])["path"].endswith(".txt") for call in calls)
    assert min(len(call["arguments"]) for call in calls) < 600
    assert all((tmp_path / "workspace" / f"{n}.txt").stat().st_size == 9000 for n in range(6))


def test_codeact_forgets_old_output(tmp_path: Path) -> None:
    program = "```python\nprint('x' * 9000)\nprint({})\n```"
    turns: Turns = [{"text": program.replace("{}", str(n))} for n in range(6)]
    turns.append({"text": "Done.", "faults": ["context_overflow"]})
    result, bodies = run(tmp_path, "codeact", turns)
    assert result.status == "finished"
    sizes = [len(item["content"]) for item in bodies[-1]["messages"] if item["content"].startswith("Exit code")]
    assert min(sizes) < 600
    assert max(sizes) > 8000


# Answers that lead nowhere


@pytest.mark.parametrize(
    ("agent", "answer", "told"),
    [
        ("toolloop", {"text": "I will now wri", "stop": "length"}, "Your answer was cut off"),
        ("toolloop", {"stop": "end"}, "Your answer was empty"),
        ("toolloop", {"text": "<tool_call>{}</tool_call>"}, "Your text holds a call of a tool"),
        ("codeact", {"text": "```python\nprint(", "stop": "length"}, "Your answer was cut off"),
        ("codeact", {"text": "  ", "stop": "end"}, "Your answer was empty"),
        ("codeact", {"text": "```\nls\n```"}, "No block of your answer begins with ```python"),
    ],
)
def test_an_answer_of_no_use_is_told_why(tmp_path: Path, agent: str, answer: dict[str, Any], told: str) -> None:
    result, bodies = run(tmp_path, agent, [answer, DONE])
    assert (result.status, result.message) == ("finished", "Done.")
    assert last_said(bodies[1]).startswith(told)
    assert bodies[1]["messages"][-2]["content"], "no message without content, which providers refuse"


@pytest.mark.parametrize("name", ["anthropic/claude-sonnet-4-5", "gemini/gemini-2.5-pro"])
@pytest.mark.parametrize("answer", [{"text": "I will", "stop": "length"}, {"stop": "end"}])
def test_so_it_is_with_other_providers(tmp_path: Path, name: str, answer: dict[str, Any]) -> None:
    result, bodies = run(tmp_path, "toolloop", [answer, DONE], name)
    assert result.status == "finished"
    assert "Your answer was" in json.dumps(bodies[1])


@pytest.mark.parametrize("agent", ["toolloop", "codeact", "planner"])
def test_nothing_but_useless_answers_is_a_result_too(tmp_path: Path, agent: str) -> None:
    result, bodies = run(tmp_path, agent, [{"stop": "end"}] * 9)
    assert (result.status, result.n_steps, len(bodies)) == ("limit", 3, 3)
    assert result.message.startswith("useless answers: the last 3 were empty, cut off")


def test_a_call_that_was_cut_off_is_told_so(tmp_path: Path) -> None:
    cut: dict[str, Any] = {"calls": [{"name": "write_file", "arguments": '{"path": "a.sql", "content": "sel'}]}
    result, bodies = run(tmp_path, "toolloop", [{**cut, "stop": "length"}, DONE])
    assert result.status == "finished"
    assert "are not valid JSON" in last_said(bodies[1])
    assert "Your answer was cut off" in last_said(bodies[1])
    assert "in several parts" in last_said(bodies[1])


@pytest.mark.parametrize("name", ["openai/scripted", "anthropic/claude-sonnet-4-5"])
def test_calls_that_no_provider_would_take_back_are_sent_back_in_a_form_that_it_takes(
    tmp_path: Path, name: str
) -> None:
    calls = [
        {"name": "write file!", "arguments": {}},
        {"name": "shell", "arguments": "{'command': 'ls'"},
        {"name": "shell", "arguments": '"ls"'},
    ]
    result, bodies = run(tmp_path, "toolloop", [{"calls": calls}, DONE], name)
    assert result.status == "finished"
    assert '"text": ""' not in json.dumps(bodies[1]), "no empty block, which Anthropic refuses"
    if name.startswith("openai"):
        functions = [call["function"] for call in bodies[1]["messages"][2]["tool_calls"]]
        assert functions[0]["name"] == "write_file_"
        assert all(isinstance(json.loads(function["arguments"]), dict) for function in functions)
    assert "There is no tool 'write file!'. Did you mean write_file?" in json.dumps(bodies[1])


def test_an_answer_that_cannot_be_read_is_the_models_own_failure(tmp_path: Path) -> None:
    """Litellm reads arguments itself, and its reader gives up where they are nested 100,000 deep."""
    turn = {"calls": [{"name": "shell", "arguments": "[" * 100_000}]}
    other = {"when": "Say OK.", "turns": [DONE]}
    with ModelServer(Script.model_validate({"conversations": [other, {"turns": [turn]}]})) as server:
        model = ModelSpec(name="openai/x", base_url=f"{server.url}/v1", key_variable="SCRIPTED_KEY")
        result = make_agent("toolloop").solve(replace(context(tmp_path), model=model))
    assert result.status == "failed"
    assert "openai/x answers other calls" in result.message


def test_an_argument_that_may_be_left_out_may_be_null(tmp_path: Path) -> None:
    calls = [{"name": "load", "arguments": {"connection": None}}]
    _, bodies = run(tmp_path, "toolloop", [{"calls": calls}, DONE])
    assert "not a text" not in last_said(bodies[1])


def test_ids_of_calls_are_made_where_a_server_has_none(tmp_path: Path) -> None:
    function = {"name": "shell", "arguments": '{"command": "ls"}'}
    message = {"role": "assistant", "content": None}
    message["tool_calls"] = [{"id": name, "type": "function", "function": function} for name in ("", "x", "x")]  # type: ignore[assignment]
    told = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
    told |= {"choices": [{"index": 0, "finish_reason": "tool_calls", "message": message}]}

    async def answer(_request: Request) -> Response:
        return Response(json.dumps(told), media_type="application/json")

    with Provider(answer) as provider:
        model = ModelSpec(name="openai/x", base_url=f"{provider.url}/v1", key_variable="SCRIPTED_KEY")
        reply = ModelClient(model).ask([{"role": "user", "content": "hello"}])
    ids = [call.id for call in reply.calls]
    assert "x" in ids
    assert all(ids)
    assert len(set(ids)) == 3


# Loops


def test_a_loop_of_equal_calls_is_told_once(tmp_path: Path) -> None:
    turns = [shell("echo same"), shell("echo other")] * 5
    _, bodies = run(tmp_path, "toolloop", [*turns, DONE])
    results = [item["content"] for item in bodies[-1]["messages"] if item["role"] == "tool"]
    told = [n for n, text in enumerate(results) if "You have done exactly this 3 times" in text]
    assert told == [4, 5], "at the third time of each, and never again"


def test_codeact_is_told_of_a_loop_too_and_changing_results_are_none(tmp_path: Path) -> None:
    same = {"text": "```python\nprint('same')\n```"}
    _, bodies = run(tmp_path, "codeact", [same, same, same, DONE])
    assert "You have done exactly this 3 times" in last_said(bodies[-1])
    grow = shell("echo x >> grown; wc -c < grown")
    _, bodies = run(tmp_path / "grow", "toolloop", [grow] * 5 + [DONE])
    assert "You have done exactly" not in json.dumps(bodies)


def test_a_hundred_steps_stay_within_a_small_context(tmp_path: Path) -> None:
    """The server counts four characters a token, as a provider would count its own, and refuses what is too long."""
    n_refused, size = 0, 16_000

    async def answer(request: Request) -> Response:
        nonlocal n_refused
        body = json.loads(await request.body())
        n_tokens = len(json.dumps(body)) // 4
        step = sum(message["role"] == "assistant" for message in body["messages"])
        if n_tokens > size:
            n_refused += 1
            said = {"error": {"message": "prompt is too long: maximum context length is 16000 tokens", "type": "x"}}
            return Response(json.dumps(said), 400, media_type="application/json")
        arguments = json.dumps({"command": f"yes {step} | head -c {2000 + 97 * step}"})
        call = {"id": f"c{step}", "type": "function", "function": {"name": "shell", "arguments": arguments}}
        is_done = step == 40
        message = {"role": "assistant", "content": "Done." if is_done else None}
        if not is_done:
            message["tool_calls"] = [call]  # type: ignore[assignment]
        told = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
        told |= {"choices": [{"index": 0, "finish_reason": "stop", "message": message}]}
        told |= {"usage": {"prompt_tokens": n_tokens, "completion_tokens": 20, "total_tokens": n_tokens + 20}}
        return Response(json.dumps(told), media_type="application/json")

    with Provider(answer) as provider:
        spec = {"name": "openai/x", "base_url": f"{provider.url}/v1", "key_variable": "SCRIPTED_KEY"}
        model = ModelSpec.model_validate({**spec, "context_tokens": size})
        budget = Budget(steps=100, wall_seconds=300)
        result = make_agent("toolloop").solve(replace(context(tmp_path), model=model, budget=budget))
    assert (result.status, result.n_steps) == ("finished", 41)
    assert n_refused == 0, "it was shortened in time"
