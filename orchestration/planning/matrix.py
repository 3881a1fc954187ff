"""A run as a matrix: agents x models x tasks x attempts; from a YAML file or from the command line."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator

from agents.registry import TRUSTED, canonical_name, make_agent
from benchmark.errors import LockgateError
from benchmark.limits import MAX_ATTEMPTS, MAX_PARALLEL
from benchmark.llm import ModelSpec
from benchmark.registry import Selection, select
from benchmark.run_store import RunPlan
from benchmark.trial import TrialOptions
from benchmark.yaml_files import read_spec
from evaluators.scenarios import get_scenario
from orchestration.planning.trials import plan_run
from orchestration.planning.usable_tasks import choose_tasks, require_tasks
from runtime.sandbox.registry import choose_backend


class RunMatrix(TrialOptions):
    """The content of a run's YAML file: what is crossed, and the options of every trial."""

    agents: tuple[str, ...] = Field(default=("oracle",), min_length=1)
    """Short names, `package.module:Class`, or YAML files of command-line agents."""
    models: tuple[ModelSpec, ...] = ()
    """For the agents that use an LLM; each of them has trials with each model."""
    tasks: tuple[str, ...] = ()
    """Globs over task ids, `tag:NAME` or `kind:NAME`; none = every task."""
    exclude: tuple[str, ...] = ()
    """The same, for tasks to leave out."""
    attempts: int = Field(default=1, ge=1, le=MAX_ATTEMPTS)
    parallel: int = Field(default=2, ge=1, le=MAX_PARALLEL)
    """Trials at once."""
    max_run_usd: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """What all trials may cost together: one that could exceed it does not start. None = no limit."""
    providers: dict[str, Annotated[int, Field(ge=1, le=MAX_PARALLEL)]] = Field(default_factory=dict)
    """Provider (what stands before the slash of a model's name) -> trials at once that use it."""
    hint_level: int = Field(default=0, ge=0, le=3, validation_alias="hints")

    @field_validator("agents", mode="before")
    @classmethod
    def _earlier_names(cls, agents: object) -> object:
        """Read `"null"` as `idle`. Without quotes it is YAML's own null, as an item that was left empty is."""
        if not isinstance(agents, list | tuple):
            return agents
        return tuple(canonical_name(agent) if isinstance(agent, str) else agent for agent in agents)

    @field_validator("models")
    @classmethod
    def _have_labels_of_their_own(cls, models: tuple[ModelSpec, ...]) -> tuple[ModelSpec, ...]:
        by_label: dict[str, ModelSpec] = {}
        for model in models:
            if by_label.setdefault(model.label or model.name, model) != model and model.label:
                raise ValueError(f"two models that differ have the label '{model.label}'; give each one of its own")
        return models

    @property
    def unwalled_agents(self) -> list[str]:
        """Agents that are not ours and run without a sandbox, because the user says so."""
        return [agent for agent in self.agents if agent not in TRUSTED and self.sandbox == "none"]

    def choose_tasks(self) -> Selection:
        """The tasks, and those among them that are broken.

        Raises:
            LockgateError: A pattern matches nothing, or no task is left.
        """
        chosen = choose_tasks(list(self.tasks))
        if not self.exclude:
            return chosen
        without = select(list(self.exclude))
        excluded = {task.id for task in without.tasks} | {entry.name for entry in without.broken}
        tasks = tuple(task for task in chosen.tasks if task.id not in excluded)
        if chosen.tasks and not tasks:
            raise LockgateError(f"No task is left: {', '.join(self.exclude)} leaves out all of them.")
        return Selection(tasks, tuple(entry for entry in chosen.broken if entry.name not in excluded))

    def plan(self, run_id: str, selection: Selection | None = None) -> RunPlan:
        """The trials.

        Args:
            run_id: The run.
            selection: What `choose_tasks` returned, if it was called before.

        Raises:
            LockgateError: A name leads nowhere, every task is broken, or an agent needs a model.
        """
        selection = selection or self.choose_tasks()
        require_tasks(selection)
        for agent in self.agents:
            make_agent(agent)
            choose_backend(self.sandbox, is_trusted=agent in TRUSTED)
        for name in self.scenarios or ():
            get_scenario(name)
        return plan_run(
            selection.tasks,
            self.agents,
            run_id=run_id,
            models=self.models,
            n_attempts=self.attempts,
            options=self,
        )


def read_matrix(path: Path) -> RunMatrix:
    """Read a run's file; an invalid one is a `SpecError`."""
    return read_spec(path, RunMatrix)
