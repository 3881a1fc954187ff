"""Tokens by kind, counted the same way for every provider."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TokenUsage(BaseModel):
    """Tokens of one call, or of many added up."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: int = Field(default=0, ge=0)
    """Prompt tokens that were neither read from a cache nor written to one."""
    cached_input: int = Field(default=0, ge=0)
    """Prompt tokens that were read from the provider's cache."""
    cache_write: int = Field(default=0, ge=0)
    """Prompt tokens that were written to the provider's cache."""
    output: int = Field(default=0, ge=0)
    """Everything generated, reasoning included."""
    reasoning: int = Field(default=0, ge=0)
    """The part of `output` that is reasoning, where the provider says so."""

    @property
    def total(self) -> int:
        """Prompt and output; reasoning is in the output."""
        return self.input + self.cached_input + self.cache_write + self.output

    def __add__(self, other: TokenUsage) -> TokenUsage:
        """Kind by kind."""
        mine, theirs = self.model_dump(), other.model_dump()
        return TokenUsage(**{name: mine[name] + theirs[name] for name in mine})
