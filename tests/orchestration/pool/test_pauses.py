"""A provider that is down: its trials wait, a call of ours says when they go on, and there is an end to it."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.model_server import ModelServer, Script
from benchmark.llm import ModelSpec
from benchmark.registry import get_task
from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard
from orchestration.planning.trials import identity_of, plan_trial
from orchestration.pool import pauses as pauses_module
from orchestration.pool.pauses import MAX_TRIES, ProviderPauses

KEY = "sk-not-a-real-key-0123456789"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch, small_world: Path) -> None:
    monkeypatch.setenv("SCRIPTED_KEY", KEY)
    monkeypatch.setenv("LOCKGATE_BACKOFF_SECONDS", "0.001")


def trial(url: str, attempt: int = 1, name: str = "openai/x") -> TrialPlan:
    model = ModelSpec(name=name, base_url=f"{url}/v1", key_variable="SCRIPTED_KEY")
    return plan_trial(get_task("repair_ports"), "toolloop", run_id="r", attempt=attempt, model=model)


def ended(plan: TrialPlan, *, is_down: bool) -> Scorecard:
    identity = identity_of(plan, get_task(plan.task))
    return Scorecard(trial=identity, status="unscored", unscored_reason="no answer", is_provider_down=is_down)


def look_until(pauses: ProviderPauses, is_over: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not is_over():
        assert time.monotonic() < deadline
        assert pauses.seconds is not None
        time.sleep(min(0.1, pauses.seconds))
        pauses.look()


@pytest.mark.slow
def test_trials_of_a_provider_wait_until_it_answers_us() -> None:
    turn = {"text": "OK.", "faults": ["server_error"]}
    notes: list[str] = []
    with ModelServer(Script.model_validate({"conversations": [{"when": "Say OK.", "turns": [turn]}]})) as server:
        down, other = trial(server.url), trial("http://127.0.0.1:9")
        pauses = ProviderPauses(notes.append)
        assert pauses.seconds is None
        assert pauses.wants_again(down, ended(down, is_down=True))
        assert pauses.is_paused(down)
        assert not pauses.is_paused(other), "the same provider at another address is another one"
        look_until(pauses, lambda: not pauses.is_paused(down))
        assert len(server.requests) == 2
    assert [note.partition(f"Provider openai at {server.url}/v1 ")[2].split(".")[0] for note in notes] == [
        "gives no answer; its trials wait, the others go on",
        "still gives no answer",
        "answers again; its trials go on",
    ]
    assert not pauses.given_up(down)


@pytest.mark.slow
def test_one_that_never_comes_back_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses_module, "WAITS", (1, 1))
    down = trial("http://127.0.0.1:9")
    pauses = ProviderPauses()
    assert pauses.wants_again(down, ended(down, is_down=True))
    look_until(pauses, lambda: bool(pauses.given_up(down)))
    assert re.search(r"/v1 gave no answer for \d+ minutes: .*Connection error", pauses.given_up(down))
    assert pauses.given_up(down).endswith("Run the same command again to try again.")
    assert KEY not in pauses.given_up(down)
    assert not pauses.wants_again(down, ended(down, is_down=True))
    assert pauses.seconds is None


def test_other_faults_are_not_tried_again_and_no_trial_is_without_end() -> None:
    down = trial("http://127.0.0.1:9")
    pauses = ProviderPauses()
    assert not pauses.wants_again(down, ended(down, is_down=False))
    assert pauses.seconds is None
    again = [pauses.wants_again(down, ended(down, is_down=True)) for _ in range(MAX_TRIES)]
    assert again == [True, True, False]
    pauses.close()
    assert pauses.seconds is None
