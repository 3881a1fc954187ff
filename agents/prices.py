"""Prices of models: a dated table, used for the budget while an agent works and again at report time."""

from __future__ import annotations

from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from agents.trajectory import Trajectory
from benchmark.usage import TokenUsage
from benchmark.yaml_files import read_spec

PRICES_PATH = Path(__file__).parent / "prices.yaml"


class ModelPrice(BaseModel):
    """USD for a million tokens of each kind."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: str
    """Glob over names without the provider, for example `claude-sonnet-4-5*`."""
    input: float = Field(ge=0)
    cached_input: float = Field(ge=0)
    cache_write: float = Field(ge=0)
    output: float = Field(ge=0)
    """Reasoning included."""


class PriceTable(BaseModel):
    """The content of `prices.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    source: str
    prices: tuple[ModelPrice, ...]

    def cost_usd(self, model: str, usage: TokenUsage) -> float | None:
        """What tokens cost; None = the table has no price for this model."""
        name = model.rpartition("/")[2]
        price = next((item for item in self.prices if fnmatchcase(name, item.models)), None)
        if price is None:
            return None
        kinds = ("input", "cached_input", "cache_write", "output")
        cost: float = sum(getattr(usage, kind) * getattr(price, kind) for kind in kinds) / 1_000_000
        return cost


@lru_cache
def read_prices(path: Path = PRICES_PATH) -> PriceTable:
    """Read a table; an invalid one is a `SpecError`."""
    return read_spec(path, PriceTable)


def trajectory_cost_usd(trajectory: Trajectory) -> float | None:
    """What all calls cost at today's prices, each at its own model's; None = no model, or one without a price."""
    model = trajectory.header.model
    if model is None:
        return None
    usages: dict[str, TokenUsage] = {model: TokenUsage()}
    for step in trajectory.steps:
        name = step.model or model
        usages[name] = usages.get(name, TokenUsage()) + (step.usage or TokenUsage())
    costs = [read_prices().cost_usd(name, usage) for name, usage in usages.items()]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
