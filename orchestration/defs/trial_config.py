"""Run config of a trial: which agent, which attempt, which seeds."""

import fcntl
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field, field_validator

from agents.registry import AGENTS, ALIASES
from benchmark.errors import UnknownNameError
from benchmark.limits import MAX_ATTEMPTS
from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.task import Task
from benchmark.trial import BudgetChange, TrialOptions
from benchmark.versions import tool_versions
from benchmark.yaml_files import validate_spec
from orchestration.planning.trials import plan_trial

_AGENT = (
    f"One of {', '.join(AGENTS)}; or package.module:Class, the path of a YAML file, replay:RUN. Default: oracle, in a "
    "job. Materializing a task's tables needs one."
)


def check_agent_name(agent: str) -> None:
    """See that an agent is named in a form that can be; whether it can be loaded, its run finds out.

    Raises:
        ValueError: It is no built-in agent, import path, file or replay.
    """
    if agent not in AGENTS and agent not in ALIASES and ":" not in agent and not agent.endswith((".yaml", ".yml")):
        raise ValueError(str(UnknownNameError("agent", agent, [*AGENTS, "package.module:Class", "FILE.yaml"])))


TRIAL_TAG = ".dagster/lockgate_trial_id"
"""Names the trial of a run; the prefix hides it in the UI, where the other tags say the same."""
_MODEL_KEYS = ("name", "base_url", "key_variable", "effort")
"""Keys of a model that have a setting each."""


class BudgetSettings(BudgetChange, dg.Config):
    """Limits that differ from the task's own, as Dagster's run configuration has them."""


class ScoringSettings(TrialOptions, dg.Config):
    """What may be chosen of a trial beside its competitor. Everything is optional."""

    attempt: int = Field(default=1, ge=1, le=MAX_ATTEMPTS)
    """From 1."""
    run_id: str | None = None
    """Lockgate run that the trial belongs to, for example nightly-7; `lockgate show RUN_ID` explains it. A trial that
    is scored already is only shown again. Default: dagster-<first characters of the Dagster run's id>, in a backfill
    backfill-<its id>."""
    fail_below: float | None = Field(default=None, ge=0, le=1)
    """The run fails when the cascading failure score is under this, from 0 to 1; for example 1 = everything is right.
    Default: no limit."""

    # Options whose types Dagster's configuration does not know, in types that it does.
    scenarios: list[str] | None = None
    """For example [visible, holdout]. Default: those that the task scores."""
    budget: BudgetSettings = BudgetSettings()
    """For example {cost_usd: 0.5, steps: 40}. Default: the task's."""


class TrialSettings(ScoringSettings):
    """Everything is optional in a task's job: the default is the oracle's first attempt in a run of its own."""

    agent: str | None = Field(default=None, description=_AGENT)
    model: str | None = None
    """For agents that use an LLM: provider/name as litellm has it, for example openai/gpt-5-mini."""
    model_base_url: str | None = None
    """For example http://127.0.0.1:8000/v1. Default: the provider's own address."""
    model_key_variable: str | None = None
    """Environment variable with the key, for example MY_KEY. Default: the provider's usual one."""
    model_effort: str | None = None
    """none, minimal, low, medium, high, xhigh or max. Default: the provider's."""
    model_options: dict[str, Any] = Field(default_factory=dict)
    """label, temperature, max_output_tokens, context_tokens, parameters, price: as a run's file has them, for example
    {label: cool, temperature: 0.2}."""

    @field_validator("agent")
    @classmethod
    def _agent_has_a_known_form(cls, agent: str | None) -> str | None:
        if agent is not None:
            check_agent_name(agent)
        return agent

    def plan(self, task: Task, dagster_run_id: str) -> TrialPlan:
        """Plan the trial that these settings mean for a task.

        Raises:
            LockgateError: The settings do not fit the task, or the seeds clash.
        """
        run_id = self.run_id or f"dagster-{dagster_run_id[:8]}"
        return plan_trial(
            task, self.agent or "oracle", run_id=run_id, attempt=self.attempt, model=self._model_spec(), options=self
        )

    def _model_spec(self) -> ModelSpec | None:
        if not self.model:
            return None
        content = {
            "name": self.model,
            "base_url": self.model_base_url,
            "key_variable": self.model_key_variable,
            "effort": self.model_effort,
        }
        return validate_spec(content | self.model_options, ModelSpec, Path("model_options"))


def settings_of(plan: TrialPlan) -> dict[str, object]:
    """Return the run config that makes exactly this trial."""
    settings: dict[str, object] = {
        "agent": plan.agent_source or plan.agent,
        "attempt": plan.attempt,
        "run_id": plan.run_id,
        **plan.options.model_dump(mode="json", exclude_none=True),
    }
    if plan.model:
        settings |= {
            "model": plan.model.name,
            "model_base_url": plan.model.base_url,
            "model_key_variable": plan.model.key_variable,
            "model_effort": plan.model.effort,
            "model_options": plan.model.model_dump(mode="json", exclude_defaults=True, exclude=set(_MODEL_KEYS)),
        }
    return settings


def record_plan(plan: TrialPlan) -> None:
    """Make a trial part of its run in the run store, so that `lockgate show` and `lockgate score` find it.

    A run that `lockgate run` started holds it already.
    """
    store = RunStore(plan.run_id)
    store.folder.mkdir(parents=True, exist_ok=True)
    with (store.folder / ".plan.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # held for a moment; trials of one run may start together
        stored = store.read_plan().trials if store.exists() else ()
        if plan not in stored:
            others = tuple(trial for trial in stored if trial.trial_id != plan.trial_id)
            store.write_plan(RunPlan(run_id=plan.run_id, trials=(*others, plan), versions=tool_versions()))


def run_tags(plan: TrialPlan) -> dict[str, str]:
    """Tags by which people find a trial among Dagster's runs."""
    tags = {
        "lockgate/task": plan.task,
        "lockgate/agent": plan.agent,
        "lockgate/run_id": plan.run_id,
        TRIAL_TAG: plan.trial_id,
    }
    if plan.attempt > 1:
        tags["lockgate/attempt"] = str(plan.attempt)
    if plan.hint_level:
        tags["lockgate/hint_level"] = str(plan.hint_level)
    return tags
