"""Prices of models: a dated table, used for the budget while an agent works and again at report time."""

from __future__ import annotations

import glob
import sys
from datetime import date
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from agents.price_map import MappedPrice, read_price_map
from agents.trajectory import Trajectory
from benchmark.llm import ModelSpec, OwnPrice
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
    highest_input: float = Field(default=0.0, ge=0)
    """The dearest that a token of a prompt can be where the context is long. 0 = the dearest of those above."""
    highest_output: float = Field(default=0.0, ge=0)
    long_cache: float = Field(default=0.0, ge=0)
    """Price of prompt tokens that go into a cache which is kept for an hour or longer. 0 = the model has none."""
    max_input: int = Field(default=1_000_000, gt=0)
    """Tokens that fit into the context."""
    max_output: int = Field(default=16_384, gt=0)
    """Tokens that the model generates at most in a call."""

    def with_long_cache(self) -> ModelPrice:
        """The price of a call that asks for a cache which is kept long."""
        return self.model_copy(update={"highest_input": max(self.highest_input, self.long_cache)})

    def most_usd(self, n_prompt: int, n_output: int) -> float:
        """The most that a call with so many tokens can cost."""
        return (n_prompt * self._dearest_input + n_output * self._dearest_output) / 1_000_000

    def most_output(self, n_prompt: int, usd: float) -> int:
        """The most tokens that a call can generate and surely stay within a sum; below 0 = its prompt is too dear."""
        left = usd * 1_000_000 - n_prompt * self._dearest_input
        return int(left // self._dearest_output) if self._dearest_output else (sys.maxsize if left >= 0 else -1)

    @property
    def _dearest_input(self) -> float:
        return max(self.input, self.cached_input, self.cache_write, self.highest_input)

    @property
    def _dearest_output(self) -> float:
        return max(self.output, self.highest_output)


class PriceTable(BaseModel):
    """The content of `prices.yaml`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    source: str
    prices: tuple[ModelPrice, ...]
    own: frozenset[str] = frozenset()
    """Names of models whose price is a run's own: what litellm knows of others of that name does not count."""

    def find(self, model: str) -> ModelPrice | None:
        """The price of a model: this table's, completed and where it has none replaced by litellm's own list."""
        name = model.rpartition("/")[2]
        price = next((item for item in self.prices if fnmatchcase(name, item.models)), None)
        if name in self.own:
            return price
        mapped = read_price_map().get(name)
        if price is None:
            return _from_map(name, mapped) if mapped else None
        return price.model_copy(update=_limits(mapped)) if mapped else price

    def with_own(self, model: str, own: OwnPrice | None) -> PriceTable:
        """The table with a price of a run's own for one model, by its name with the provider; None = as it is."""
        if own is None:
            return self
        rates = {name: own.input if value is None else value for name, value in own.model_dump().items()}
        name = model.rpartition("/")[2]
        known = self.find(model)
        sizes = {"max_input": known.max_input, "max_output": known.max_output} if known else {}
        price = ModelPrice.model_validate({"models": glob.escape(name), **rates, **sizes})
        return self.model_copy(update={"prices": (price, *self.prices), "own": frozenset({*self.own, name})})

    def cost_usd(self, model: str, usage: TokenUsage) -> float | None:
        """What tokens cost; None = no price is known for this model."""
        price = self.find(model)
        if price is None:
            return None
        kinds = ("input", "cached_input", "cache_write", "output")
        cost: float = sum(getattr(usage, kind) * getattr(price, kind) for kind in kinds) / 1_000_000
        return cost


def _limits(mapped: MappedPrice) -> dict[str, float | int]:
    known = {"max_input": mapped.max_input, "max_output": mapped.max_output}
    rates = {name: getattr(mapped, name) for name in ("highest_input", "highest_output", "long_cache")}
    return {**rates, **{name: value for name, value in known.items() if value}}


def _from_map(name: str, mapped: MappedPrice) -> ModelPrice:
    rates = {kind: getattr(mapped, kind) for kind in ("input", "cached_input", "cache_write", "output")}
    return ModelPrice.model_validate({"models": name, **rates, **_limits(mapped)})


@lru_cache
def read_prices(path: Path = PRICES_PATH) -> PriceTable:
    """Read a table; an invalid one is a `SpecError`."""
    return read_spec(path, PriceTable)


def prices_for(model: ModelSpec) -> PriceTable:
    """The prices of today, with the one that the model's spec has, if any."""
    return read_prices().with_own(model.name, model.price)


def context_size(model: ModelSpec) -> int | None:
    """Tokens that fit into a model's context: as its spec says, or as litellm's list has it; None = nobody knows."""
    mapped = read_price_map().get(model.name.rpartition("/")[2])
    return model.context_tokens or (mapped.max_input if mapped else 0) or None


def trajectory_cost_usd(trajectory: Trajectory) -> float | None:
    """What all calls cost at today's prices, each at its own model's; None = no model, or one without a price."""
    model = trajectory.header.model
    if model is None:
        return None
    usages: dict[str, TokenUsage] = {model: TokenUsage()}
    for step in trajectory.steps:
        name = step.model or model
        usages[name] = usages.get(name, TokenUsage()) + (step.usage or TokenUsage())
    prices = read_prices().with_own(model, trajectory.header.own_price)
    costs = [prices.cost_usd(name, usage) for name, usage in usages.items()]
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None
