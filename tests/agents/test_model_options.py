"""What is asked of a model arrives at its provider, in the provider's own words; what it has no option for is told."""

import json
from typing import Any

import pytest

from agents.errors import PreflightError
from agents.llm.client import ModelClient
from agents.model_server import ModelServer, Script
from agents.preflight import check_trials
from agents.prices import prices_for, trajectory_cost_usd
from agents.registry import make_agent
from agents.trajectory import read_trajectory
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.usage import TokenUsage
from orchestration.planning.trials import plan_trial
from tests.agents.runs import KEY, TASK, context

USAGE = TokenUsage(input=100, cached_input=30, output=20)
SCRIPT = Script.model_validate({"conversations": [{"turns": [{"text": "Done.", "usage": USAGE.model_dump()}]}]})


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)


def ask(name: str, path: str = "", **asked: Any) -> tuple[dict[str, Any], TokenUsage]:
    """The body that the provider got, and the tokens that were counted."""
    with ModelServer(SCRIPT) as server:
        spec = {"name": name, "base_url": server.url + path, "key_variable": "SCRIPTED_KEY", **asked}
        reply = ModelClient(ModelSpec.model_validate(spec)).ask([{"role": "user", "content": "hello"}])
        body: dict[str, Any] = server.requests[-1]["body"]
        return body, reply.usage


ASKED: dict[str, Any] = {"effort": "high", "temperature": 0.5, "max_output_tokens": 9000}


def test_openai_is_sent_all_of_it_and_further_parameters_as_they_stand() -> None:
    body, usage = ask("openai/scripted", "/v1", **ASKED, label="x", parameters={"seed": 3, "extra_body": {"top_k": 4}})
    assert {name: body[name] for name in ("reasoning_effort", "temperature", "max_tokens", "seed", "top_k")} == {
        "reasoning_effort": "high",
        "temperature": 0.5,
        "max_tokens": 9000,
        "seed": 3,
        "top_k": 4,
    }
    assert usage == USAGE


def test_anthropic_and_google_are_sent_their_own_words_for_it() -> None:
    body, usage = ask("anthropic/claude-sonnet-4-5", **ASKED)
    assert body["thinking"]["type"] == "enabled"
    assert 1024 <= body["thinking"]["budget_tokens"] < body["max_tokens"] == 9000
    assert body["temperature"] == 0.5
    assert usage == USAGE
    body, usage = ask("gemini/gemini-2.5-pro", **ASKED)
    limits = body["generationConfig"]
    assert (limits["temperature"], limits["max_output_tokens"]) == (0.5, 9000)
    assert limits["thinkingConfig"]["thinkingBudget"] > 1024
    assert usage == USAGE


def test_nothing_is_sent_that_nobody_asked_for() -> None:
    body, _ = ask("openai/scripted", "/v1")
    assert set(body) == {"model", "messages"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "openai/gpt-5", "temperature": 0.5}, "Model openai/gpt-5 does not take all that is asked of it"),
        ({"name": "openai/gpt-5", "effort": "xhigh", "label": "deep"}, "Model deep .*reasoning_effort=xhigh"),
        ({"name": "mistral/mistral-large-latest", "effort": "low"}, r"mistral-large-latest does not take .*Leave"),
    ],
)  # fmt: skip
def test_what_a_model_has_no_option_for_is_told_before_anything_starts(asked: dict[str, Any], said: str) -> None:
    model = ModelSpec.model_validate({"key_variable": "SCRIPTED_KEY", **asked})
    with pytest.raises(PreflightError, match=said) as told:
        check_trials([plan_trial(get_task(TASK), "toolloop", run_id="run", model=model)])
    assert len(str(told.value).splitlines()) == 1


def test_an_own_price_counts_in_the_budget_in_the_result_and_when_it_is_shown(tmp_path: Any) -> None:
    price = {"input": 10, "cached_input": 1, "output": 100}
    expected = (100 * 10 + 30 * 1 + 20 * 100) / 1_000_000
    with ModelServer(SCRIPT) as server:
        spec = {"name": "openai/gpt-5", "base_url": f"{server.url}/v1", "key_variable": "SCRIPTED_KEY", "price": price}
        work = context(tmp_path, server)
        model = ModelSpec.model_validate(spec)
        result = make_agent("toolloop").solve(type(work)(**{**work.__dict__, "model": model}))
    trajectory = read_trajectory(tmp_path / "trajectory.jsonl")
    assert result.cost_usd == pytest.approx(expected)
    assert trajectory_cost_usd(trajectory) == pytest.approx(expected)
    assert prices_for(model).cost_usd("openai/gpt-5", USAGE) == pytest.approx(expected)
    assert json.loads((tmp_path / "trajectory.jsonl").read_text().splitlines()[0])["own_price"]["input"] == 10
