"""Run config of a trial: which agent, which attempt, which seeds."""

import fcntl
from pathlib import Path
from typing import Any

import dagster as dg
from pydantic import Field

from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.task import Task
from benchmark.trial import BudgetChange, TrialOptions
from benchmark.versions import tool_versions
from benchmark.yaml_files import validate_spec
from orchestration.planning.trials import plan_trial

_MODEL_KEYS = ("name", "base_url", "key_variable", "effort")
"""Keys of a model that have a setting each."""


class BudgetSettings(BudgetChange, dg.Config):
    """Limits that differ from the task's own, as Dagster's run configuration has them."""


class TrialSettings(TrialOptions, dg.Config):
    """Everything is optional; the default is the oracle's first attempt in a run of its own."""

    agent: str = "oracle"
    """Short name (oracle, idle, saboteur, toolloop …), package.module:Class or a YAML file."""
    attempt: int = Field(default=1, ge=1)
    """From 1."""
    run_id: str | None = None
    """Lockgate run that the trial belongs to; a trial that is scored already is only shown again. Default:
    dagster-<first characters of the Dagster run's id>."""
    fail_below: float | None = Field(default=None, ge=0, le=1)
    """The run fails when the cascading failure score is under this (0 to 1)."""
    model: str | None = None
    """For agents that use an LLM: provider/name, as litellm has it."""
    model_base_url: str | None = None
    """Default: the provider's own address."""
    model_key_variable: str | None = None
    """Variable with the key. Default: the usual one."""
    model_effort: str | None = None
    """none, minimal, low, medium, high, xhigh or max. Default: the provider's."""
    model_options: dict[str, Any] = Field(default_factory=dict)
    """label, temperature, max_output_tokens, context_tokens, parameters, price: as a run's file has them."""

    # Options whose types Dagster's configuration does not know, in types that it does.
    scenarios: list[str] | None = None
    """Default: those that the task scores."""
    budget: BudgetSettings = BudgetSettings()
    """Default: the task's."""

    def plan(self, task: Task, dagster_run_id: str) -> TrialPlan:
        """Plan the trial that these settings mean for a task.

        Raises:
            LockgateError: The settings do not fit the task, or the seeds clash.
        """
        run_id = self.run_id or f"dagster-{dagster_run_id[:8]}"
        return plan_trial(task, self.agent, run_id=run_id, attempt=self.attempt, model=self._model_spec(), options=self)

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
    return {
        "lockgate/task": plan.task,
        "lockgate/agent": plan.agent,
        "lockgate/attempt": str(plan.attempt),
        "lockgate/hint_level": str(plan.hint_level),
        "lockgate/run_id": plan.run_id,
        "lockgate/trial_id": plan.trial_id,
    }
