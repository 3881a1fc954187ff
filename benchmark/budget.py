"""How much an agent may spend on a trial."""

from pydantic import BaseModel, ConfigDict, Field

from benchmark.limits import MAX_COST_USD, MAX_STEPS, MAX_TOKENS, MAX_WALL_SECONDS


class Budget(BaseModel):
    """Limits of an agent on one trial."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    wall_seconds: float = Field(default=1800.0, gt=0, le=MAX_WALL_SECONDS)
    steps: int = Field(default=100, gt=0, le=MAX_STEPS)
    """Calls of the model."""
    tokens: int = Field(default=5_000_000, gt=0, le=MAX_TOKENS)
    """Prompt and output of all calls."""
    cost_usd: float = Field(default=5.0, gt=0, le=MAX_COST_USD)
