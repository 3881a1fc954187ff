"""What a person may choose of a trial beside task, agent, model and attempt."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from benchmark.budget import Budget
from benchmark.limits import (
    MAX_COST_USD,
    MAX_DAYS,
    MAX_INTEGER,
    MAX_SCALE,
    MAX_SEED,
    MAX_STEPS,
    MAX_TOKENS,
    MAX_WALL_SECONDS,
)


class BudgetChange(BaseModel):
    """Limits that differ from the task's own; None = the task's."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_seconds: float | None = Field(default=None, gt=0, le=MAX_WALL_SECONDS)
    steps: int | None = Field(default=None, gt=0, le=MAX_STEPS)
    tokens: int | None = Field(default=None, gt=0, le=MAX_TOKENS)
    cost_usd: float | None = Field(default=None, gt=0, le=MAX_COST_USD)

    def as_changes(self) -> tuple[tuple[str, float], ...]:
        """Return the limits that are given, by name, sorted."""
        given = self.model_dump(exclude_none=True)
        return tuple((name, float(given[name])) for name in sorted(given))

    def change(self, budget: Budget) -> Budget | None:
        """Return the budget with these limits in place of its own; None = nothing is changed."""
        changes = dict(self.as_changes())
        return Budget.model_validate(budget.model_dump() | changes) if changes else None


class TrialOptions(BaseModel):
    """The options of a trial. A run's file and Dagster's run configuration have them under the same names."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    agent_seed: int = Field(default=0, ge=-MAX_INTEGER, le=MAX_INTEGER)
    """For agents that draw, like the saboteur; attempt 2 has the next one, and so on."""
    holdout_seed: int | None = Field(default=None, ge=1, le=MAX_SEED)
    """Default: derived from the run id."""
    visible_seed: int | None = Field(default=None, ge=0, le=MAX_SEED)
    """Default: the world's."""
    days: int | None = Field(default=None, ge=1, le=MAX_DAYS)
    """Days of history. Default: the world's."""
    scale: int | None = Field(default=None, ge=1, le=MAX_SCALE)
    """Multiplies entities. Default: the world's."""
    scenarios: Sequence[str] | None = None
    """Default: those that the task scores."""
    sandbox: str | None = None
    """bubblewrap, docker or none. Default: none for oracle, idle and saboteur, else bubblewrap."""
    hint_level: int = Field(default=0, ge=0, le=3)
    """Hints in the instruction, up to this level."""
    budget: BudgetChange = BudgetChange()
    """wall_seconds, steps, tokens, cost_usd. Default: the task's."""
