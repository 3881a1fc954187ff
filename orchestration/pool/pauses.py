"""Providers that give no answer: their trials wait, those of others go on, until a call of ours is answered."""

from __future__ import annotations

import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from agents.cli.agent import CommandAgent
from agents.llm.client import backoff_seconds
from agents.registry import make_agent
from benchmark.llm import ModelSpec
from benchmark.paths import REPOSITORY_DIR
from benchmark.run_store import TrialPlan
from benchmark.scorecard import Scorecard

WAITS = (15, 30, 60, 120, 240)
"""Before each look at a provider that was down, in waits between two tries of a call: 30 seconds to 8 minutes."""
MAX_TRIES = 3
"""Times that a trial is begun whose provider answers us and fails it all the same."""
_LOOK_SECONDS = 0.2
"""How often a call of ours that is under way is looked at."""

Provider = tuple[str, str]
"""Name of a provider and address of its API; empty = its own."""


@dataclass
class _Pause:
    model: ModelSpec
    problem: str
    began: float = field(default_factory=time.monotonic)
    n_looks: int = 0
    due: float = 0.0
    probe: subprocess.Popen[str] | None = None


class ProviderPauses:
    """Which providers are down.

    Args:
        on_note: Told, in a sentence, when one is paused, goes on or is given up.
    """

    def __init__(self, on_note: Callable[[str], None] = lambda _: None) -> None:
        self._on_note = on_note
        self._paused: dict[Provider, _Pause] = {}
        self._given_up: dict[Provider, str] = {}
        self._n_tries: Counter[str] = Counter()

    def wants_again(self, plan: TrialPlan, card: Scorecard) -> bool:
        """Take note of a trial that has ended; whether it is to be tried again, since its provider was down."""
        if not card.is_provider_down or plan.model is None:
            return False
        self._n_tries[plan.trial_id] += 1
        provider = _provider(plan)
        if self._n_tries[plan.trial_id] >= MAX_TRIES or provider in self._given_up:
            return False
        if provider not in self._paused:
            pause = _Pause(_probed_model(plan), card.unscored_reason or "no answer")
            self._paused[provider] = pause
            wait = self._schedule(pause)
            self._on_note(f"{_name(provider)} gives no answer; its trials wait, the others go on. Next look in {wait}.")
        return True

    def is_paused(self, plan: TrialPlan) -> bool:
        """Whether a trial has to wait for its provider."""
        return _provider(plan) in self._paused

    def given_up(self, plan: TrialPlan) -> str:
        """Why a trial is not begun at all: its provider never came back; empty = it is."""
        return self._given_up.get(_provider(plan), "")

    @property
    def seconds(self) -> float | None:
        """Time until `look` has something to do; None = no provider is paused."""
        now = time.monotonic()
        waits = [_LOOK_SECONDS if pause.probe else max(0.0, pause.due - now) for pause in self._paused.values()]
        return min(waits, default=None)

    def look(self) -> None:
        """Begin calls of ours that are due, and read those that have ended."""
        for provider, pause in list(self._paused.items()):
            if pause.probe is None and time.monotonic() >= pause.due:
                pause.n_looks += 1
                pause.probe = _start_probe(pause.model)
            elif pause.probe is not None and pause.probe.poll() is not None:
                self._read(provider, pause, pause.probe)

    def close(self) -> None:
        """End calls of ours that are under way."""
        for pause in self._paused.values():
            if pause.probe is not None:
                pause.probe.kill()
                pause.probe.communicate()
        self._paused.clear()

    def _read(self, provider: Provider, pause: _Pause, probe: subprocess.Popen[str]) -> None:
        said, _ = probe.communicate()
        pause.probe = None
        if probe.returncode == 0:
            del self._paused[provider]
            self._on_note(f"{_name(provider)} answers again; its trials go on.")
            return
        pause.problem = said.strip() or pause.problem
        if pause.n_looks < len(WAITS):
            self._on_note(f"{_name(provider)} still gives no answer. Next look in {self._schedule(pause)}.")
            return
        del self._paused[provider]
        minutes = (time.monotonic() - pause.began) / 60
        self._given_up[provider] = (
            f"{_name(provider)} gave no answer for {minutes:.0f} minutes: {pause.problem} "
            "Run the same command again to try again."
        )
        self._on_note(f"{_name(provider)} gave no answer for {minutes:.0f} minutes; its trials are unscored.")

    @staticmethod
    def _schedule(pause: _Pause) -> str:
        seconds = WAITS[pause.n_looks] * backoff_seconds()
        pause.due = time.monotonic() + seconds
        return f"{seconds:.0f} s"


def _provider(plan: TrialPlan) -> Provider:
    return (plan.model.provider, plan.model.base_url or "") if plan.model else ("", "")


def _name(provider: Provider) -> str:
    name, address = provider
    return f"Provider {name} at {address}" if address else f"Provider {name}"


def _probed_model(plan: TrialPlan) -> ModelSpec:
    """The model as we reach it: key and address of a program's own configuration where the run says nothing else."""
    assert plan.model is not None, "only trials with a model have a provider"
    agent = make_agent(plan.agent_source or plan.agent)
    if not isinstance(agent, CommandAgent):
        return plan.model
    config = agent.config
    base_url = plan.model.base_url or (config.upstream if plan.agent_source else None)
    return ModelSpec(
        name=plan.model.name, base_url=base_url, key_variable=plan.model.key_variable or config.key_variable
    )


def _start_probe(model: ModelSpec) -> subprocess.Popen[str]:
    probe = subprocess.Popen(
        [sys.executable, "-m", "agents.llm.probe"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=REPOSITORY_DIR,
        start_new_session=True,  # Ctrl-C is for this process, which then ends it
    )
    assert probe.stdin is not None
    probe.stdin.write(model.model_dump_json())
    probe.stdin.close()
    probe.stdin = None
    return probe
