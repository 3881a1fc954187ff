"""Which LLM an agent uses, how it is reached, and how it is asked to answer."""

from __future__ import annotations

import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

from benchmark.spelling import allowed_names

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]

_ELSEWHERE = {
    "reasoning_effort": "effort",
    "temperature": "temperature",
    "max_tokens": "max_output_tokens",
    "max_completion_tokens": "max_output_tokens",
    "max_output_tokens": "max_output_tokens",
    "api_base": "base_url",
    "base_url": "base_url",
    "api_key": "key_variable",
}
"""Parameters that have a key of their own."""
_OURS = frozenset(
    (
        "model",
        "messages",
        "tools",
        "tool_choice",
        "functions",
        "function_call",
        "stream",
        "stream_options",
        "n",
        "timeout",
        "max_retries",
        "num_retries",
        "headers",
        "extra_headers",
        "fallbacks",
        "mock_response",
    )
)
"""Parameters that Lockgate sets itself, or that would change what is counted."""
MAX_PARAMETERS_LENGTH = 4_000
"""Characters of `parameters` as JSON."""


class OwnPrice(BaseModel):
    """What a model costs, in USD for a million tokens."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: float = Field(ge=0, allow_inf_nan=False)
    output: float = Field(ge=0, allow_inf_nan=False)
    """Reasoning included."""
    cached_input: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Prompt tokens that were read from the provider's cache; None = the price of the input."""
    cache_write: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    """Prompt tokens that were written to the provider's cache; None = the price of the input."""


class ModelSpec(BaseModel):
    """One LLM; no key stands in it, only the name of the variable that holds the key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    """As litellm calls it: `provider/model`, for example `anthropic/claude-sonnet-4-5`."""
    label: str | None = Field(default=None, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$", max_length=60)
    """What tables call it in place of its name and its options; None = these."""
    base_url: str | None = None
    """Address of the provider's API; None = the provider's own."""
    key_variable: str | None = None
    """Environment variable of the harness that holds the key; None = the provider's usual one."""
    effort: Effort | None = None
    """How hard the model thinks, as litellm's `reasoning_effort` has it. None = the provider's default."""
    temperature: float | None = Field(default=None, ge=0, le=2)
    """None = the provider's default."""
    max_output_tokens: int | None = Field(default=None, ge=1)
    """Tokens of one answer at most, reasoning included. None = the provider's default."""
    context_tokens: int | None = Field(default=None, ge=1_000)
    """Tokens that fit into its context. None = as litellm's list of models has it."""
    parameters: dict[str, JsonValue] = Field(default_factory=dict)
    """Further parameters of its provider, sent with each call as they stand here."""
    price: OwnPrice | None = None
    """What it costs; None = as `agents/prices.yaml` or litellm's list has it."""

    def __hash__(self) -> int:
        """Of its content: `parameters` is a mapping, which has no hash."""
        return hash(self.model_dump_json())

    @model_validator(mode="before")
    @classmethod
    def _providers_name(cls, content: Any) -> Any:
        """Read `reasoning_effort`, the name that providers have for it, as `effort`."""
        if not isinstance(content, dict) or "reasoning_effort" not in content:
            return content
        if "effort" in content:
            raise ValueError("effort and reasoning_effort mean the same; give one of them")
        return {"effort" if name == "reasoning_effort" else name: value for name, value in content.items()}

    @field_validator("parameters")
    @classmethod
    def _are_the_providers(cls, parameters: dict[str, JsonValue]) -> dict[str, JsonValue]:
        for name in parameters:
            if own := _ELSEWHERE.get(name):
                raise ValueError(f"'{name}' has a key of its own beside `parameters`: {own}")
            if name in _OURS:
                raise ValueError(f"'{name}' is set by Lockgate. Leave it out")
        if len(json.dumps(parameters)) > MAX_PARAMETERS_LENGTH:
            raise ValueError(f"more than {MAX_PARAMETERS_LENGTH} characters")
        return parameters

    @model_validator(mode="after")
    def _has_a_row(self) -> ModelSpec:
        if self.parameters and self.label is None:
            raise ValueError(f"model {self.name} has parameters, and needs a label by which tables call it")
        return self

    @property
    def provider(self) -> str:
        """What stands before the slash."""
        return self.name.partition("/")[0]

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """What is asked of the model beside its effort, by name, as text: it is part of who competes."""
        values = {
            "temperature": self.temperature,
            "max_output_tokens": self.max_output_tokens,
            "context_tokens": self.context_tokens,
        }
        texts = {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in values.items()}
        given = [(name, texts[name]) for name, value in values.items() if value is not None]
        further = [("parameters", json.dumps(self.parameters, sort_keys=True))] if self.parameters else []
        return tuple(sorted([*given, *further]))


def effort_problem(effort: str, known: tuple[str, ...]) -> str:
    """Return what is wrong with an effort, as the end of a sentence; empty where it is among the known ones."""
    return "" if effort in known else f"effort '{effort}' is not known to it; {allowed_names(effort, known)}"
