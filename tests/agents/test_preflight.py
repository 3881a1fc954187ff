"""What is missing is told before a run, and in a dry one: keys, models, programs."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agents.errors import PreflightError
from agents.preflight import check_trials
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import RunStore, TrialPlan
from orchestration.planning.trials import plan_trial
from tests.agents.runs import TASK

KEYS = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "GEMINI_API_KEY", "GOOGLE_API_KEY", "MY_KEY")


@pytest.fixture(autouse=True)
def _no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*KEYS, "LOCKGATE_PROGRAMS"):
        monkeypatch.delenv(name, raising=False)


def trial(agent: str, model: str | None = None, variable: str | None = None, base_url: str | None = None) -> TrialPlan:
    spec = ModelSpec(name=model, key_variable=variable, base_url=base_url) if model else None
    return plan_trial(get_task(TASK), agent, run_id="run", model=spec)


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (("toolloop", "openai/gpt-5-mini"), "OPENAI_API_KEY is not set: model openai/gpt-5-mini needs"),
        (("toolloop", "openai/local", None, "http://127.0.0.1:9/v1"), "OPENAI_API_KEY is not set"),
        (("planner", "gemini/gemini-2.5-pro"), "GEMINI_API_KEY or GOOGLE_API_KEY is not set"),
        (("codeact", "anthropic/claude-haiku-4-5", "MY_KEY"), "MY_KEY is not set"),
        (("toolloop", "groq/llama-3"), "GROQ_API_KEY is not set"),
        (("toolloop", "nonsense/x"), "Model 'nonsense/x' names no provider that litellm knows"),
        (("claude-code", "anthropic/claude-haiku-4-5"), "ANTHROPIC_API_KEY is not set: agent claude-code needs"),
    ],
)
def test_what_is_missing_is_told(plan: tuple[str, ...], said: str) -> None:
    with pytest.raises(PreflightError) as told:
        check_trials([trial(*plan)])
    assert said in str(told.value)
    assert str(told.value).endswith("Nothing was started.")


def test_everything_is_told_at_once_and_once() -> None:
    trials = [trial("toolloop", "openai/gpt-5-mini"), trial("planner", "openai/gpt-5-mini")]
    with pytest.raises(PreflightError) as told:
        check_trials([*trials, trial("codex", "openai/gpt-5-mini"), trial("oracle")])
    assert len(told.value.problems) == 2


def test_a_key_that_no_header_carries_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MY_KEY", "sk-two words")
    with pytest.raises(PreflightError, match="MY_KEY holds letters that no key has"):
        check_trials([trial("toolloop", "openai/x", "MY_KEY")])


def test_a_program_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-is-set-0123456789")
    with pytest.raises(PreflightError, match=r"Program 'claude' of agent claude-code is not there\. Install it: npm"):
        check_trials([trial("claude-code", "anthropic/claude-haiku-4-5")])
    program = tmp_path / "bin" / "claude"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("LOCKGATE_PROGRAMS", str(tmp_path))
    check_trials([trial("claude-code", "anthropic/claude-haiku-4-5")])


def test_what_has_all_it_needs_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-is-set-0123456789")
    check_trials([trial("oracle"), trial("toolloop", "openai/gpt-5-mini")])


def test_a_trial_that_has_its_submission_needs_no_key() -> None:
    plan = trial("toolloop", "openai/gpt-5-mini")
    store = RunStore("run").trial(plan.trial_id)
    store.folder.mkdir(parents=True)
    store.patch_path.write_bytes(b"")
    store.agent_path.write_text("{}")
    check_trials([plan])


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_the_command_line_says_it_and_leaves_no_run(dry: list[str]) -> None:
    from orchestration.cli.app import app

    done = CliRunner().invoke(
        app, ["run", "-a", "toolloop", "-m", "openai/gpt-5-mini", "-t", TASK, "--run-id", "x", *dry]
    )
    assert done.exit_code == 1
    assert "OPENAI_API_KEY is not set" in str(done.exception)
    assert not RunStore("x").exists()
