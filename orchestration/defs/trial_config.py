"""Run config of a trial: which agent, which attempt, which seeds."""

import fcntl

import dagster as dg
from pydantic import Field

from benchmark.llm import ModelSpec
from benchmark.run_store import RunPlan, RunStore, TrialPlan
from benchmark.task import Budget, Task
from benchmark.versions import tool_versions
from orchestration.planning.trials import plan_trial


class TrialSettings(dg.Config):
    """Everything is optional; the default is the oracle's first attempt in a run of its own."""

    agent: str = Field(default="oracle", description="Short name (oracle, idle, saboteur) or package.module:Class.")
    attempt: int = Field(default=1, ge=1, description="From 1.")
    agent_seed: int = Field(default=0, description="For agents that draw; the attempt is added.")
    holdout_seed: int | None = Field(default=None, description="Default: derived from run_id.")
    run_id: str | None = Field(
        default=None,
        description="Lockgate run that the trial belongs to; a trial that is scored already is only shown again. "
        "Default: dagster-<first characters of the Dagster run's id>.",
    )
    scenarios: list[str] | None = Field(default=None, description="Default: those that the task scores.")
    fail_below: float | None = Field(
        default=None, description="The run fails when the cascading failure score is under this (0 to 1)."
    )
    visible_seed: int | None = Field(default=None, description="Default: the world's.")
    days: int | None = Field(default=None, description="Days of history. Default: the world's.")
    hint_level: int = Field(default=0, ge=0, le=3, description="Hints in the instruction, up to this level.")

    sandbox: str | None = Field(
        default=None,
        description="bubblewrap, docker or none. Default: none for oracle, idle and saboteur, else bubblewrap.",
    )
    model: str | None = Field(default=None, description="For agents that use an LLM: provider/name, as litellm has it.")
    model_base_url: str | None = Field(default=None, description="Default: the provider's own address.")
    model_key_variable: str | None = Field(default=None, description="Variable with the key. Default: the usual one.")
    model_effort: str | None = Field(default=None, description="low, medium, high … Default: the provider's.")
    budget: dict[str, float] | None = Field(
        default=None, description="wall_seconds, steps, tokens, cost_usd. Default: the task's."
    )
    budget_changes: dict[str, float] | None = Field(
        default=None, description="What of the budget names the competitor. Default: all of it."
    )

    def plan(self, task: Task, dagster_run_id: str) -> TrialPlan:
        """The trial that these settings mean for a task.

        Raises:
            LockgateError: The seeds clash.
        """
        return plan_trial(
            task,
            self.agent,
            run_id=self.run_id or f"dagster-{dagster_run_id[:8]}",
            attempt=self.attempt,
            agent_seed=self.agent_seed,
            holdout_seed=self.holdout_seed,
            scenarios=tuple(self.scenarios) if self.scenarios is not None else None,
            visible_seed=self.visible_seed,
            days=self.days,
            sandbox=self.sandbox,
            hint_level=self.hint_level,
            model=self._model(),
            budget=Budget.model_validate(self.budget) if self.budget else None,
            budget_changes=self.budget if self.budget_changes is None else self.budget_changes,
        )

    def _model(self) -> ModelSpec | None:
        if not self.model:
            return None
        return ModelSpec(
            name=self.model,
            base_url=self.model_base_url,
            key_variable=self.model_key_variable,
            effort=self.model_effort,
        )


def settings_of(plan: TrialPlan) -> dict[str, object]:
    """Run config that makes exactly this trial."""
    return {
        "agent": plan.agent_source or plan.agent,
        "attempt": plan.attempt,
        "agent_seed": plan.agent_seed - (plan.attempt - 1),
        "holdout_seed": plan.holdout_seed,
        "run_id": plan.run_id,
        "scenarios": list(plan.scenarios),
        "visible_seed": plan.visible_seed,
        "days": plan.days,
        "sandbox": plan.sandbox,
        "hint_level": plan.hint_level,
    } | _settings_of_model(plan)


def _settings_of_model(plan: TrialPlan) -> dict[str, object]:
    settings: dict[str, object] = {}
    if plan.model:
        settings |= {
            "model": plan.model.name,
            "model_base_url": plan.model.base_url,
            "model_key_variable": plan.model.key_variable,
            "model_effort": plan.model.effort,
        }
    if plan.budget:
        settings["budget"] = {name: float(value) for name, value in plan.budget.model_dump().items()}
        settings["budget_changes"] = dict(plan.budget_changes)
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
