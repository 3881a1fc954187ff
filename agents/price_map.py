"""The list of prices that comes with litellm, read from its file: importing litellm takes seconds."""

from __future__ import annotations

import importlib.util
import json
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

_FILE = "model_prices_and_context_window_backup.json"
_LONG_CACHE = ("above_1hr", "above_12hr")
_OTHER_TIERS = ("batches", "flex", "priority", "audio", "image", "video", "character", "_hit")
"""Parts of the names of rates that no call of ours has: the proxy passes no service tier on."""


class MappedPrice(NamedTuple):
    """USD for a million tokens, and sizes in tokens (0 = not known), of one model."""

    input: float
    cached_input: float
    cache_write: float
    output: float
    highest_input: float
    highest_output: float
    long_cache: float
    """Price of prompt tokens that go into a cache which is kept for an hour or longer."""
    max_input: int
    max_output: int


@lru_cache(maxsize=1)
def read_price_map() -> dict[str, MappedPrice]:
    """Prices by name without the provider: of the maker's own entry, else the dearest of those who offer the model."""
    spec = importlib.util.find_spec("litellm")
    if spec is None or spec.origin is None:
        return {}
    own: dict[str, MappedPrice] = {}
    offered: dict[str, MappedPrice] = {}
    for name, entry in json.loads((Path(spec.origin).parent / _FILE).read_text(encoding="utf-8")).items():
        if entry.get("mode") in ("chat", "responses") and entry.get("input_cost_per_token") is not None:
            provider, _, bare = name.rpartition("/")
            prices, price = offered if provider else own, _price(entry)
            prices[bare] = max(prices.get(bare, price), price, key=lambda item: item.highest_output)
    return offered | own


def _price(entry: dict[str, Any]) -> MappedPrice:
    base = _rate(entry, "input_cost_per_token", 0.0)
    output = _rate(entry, "output_cost_per_token", 0.0)
    return MappedPrice(
        input=base,
        cached_input=_rate(entry, "cache_read_input_token_cost", base),
        cache_write=_rate(entry, "cache_creation_input_token_cost", base),
        output=output,
        highest_input=max(_rates(entry, ("input_cost_per_token", "cache_creation_input_token_cost")), default=base),
        long_cache=max(_rates(entry, ("cache_creation_input_token_cost",), is_long=True), default=0.0),
        highest_output=max(_rates(entry, ("output_cost_per_token", "output_cost_per_reasoning_token")), default=output),
        max_input=int(entry.get("max_input_tokens") or 0),
        max_output=int(entry.get("max_output_tokens") or 0),
    )


def _rate(entry: dict[str, Any], name: str, default: float) -> float:
    value = entry.get(name)
    return float(value) * 1_000_000 if value is not None else default


def _rates(entry: dict[str, Any], beginnings: tuple[str, ...], *, is_long: bool = False) -> list[float]:
    """All rates of a kind, whatever the length of the context; `is_long`: of caches that are kept long."""
    return [
        _rate(entry, name, 0.0)
        for name in entry
        if name.startswith(beginnings)
        and any(part in name for part in _LONG_CACHE) is is_long
        and not any(part in name for part in _OTHER_TIERS)
    ]
