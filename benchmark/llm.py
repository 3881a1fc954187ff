"""Which LLM an agent uses, and how it is reached."""

from pydantic import BaseModel, ConfigDict, Field


class ModelSpec(BaseModel):
    """One LLM; no key stands in it, only the name of the variable that holds the key."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    """As litellm calls it: `provider/model`, for example `anthropic/claude-sonnet-4-5`."""
    base_url: str | None = None
    """Address of the provider's API; None = the provider's own."""
    key_variable: str | None = None
    """Environment variable of the harness that holds the key; None = the provider's usual one."""

    effort: str | None = Field(default=None, min_length=1)
    """How hard the model thinks, as litellm's `reasoning_effort` has it (`low`, `medium`, `high` …); for agents of
    ours. None = the provider's default."""

    @property
    def provider(self) -> str:
        """What stands before the slash."""
        return self.name.partition("/")[0]
