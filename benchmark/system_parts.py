"""What the specs of all source systems are made of."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


class SystemPart(BaseModel):
    """Fixed, and without keys that nobody knows."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class SourceSystem(SystemPart):
    """What every type of source system says."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Name of the connection; its key in `systems`."""
    description: str = ""
    """The system in one sentence, for people who look at the world."""
    kinds: tuple[str, ...] = ()
    """Dagster kinds (icons in the UI) beside the type's own."""


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...])]
"""Several names; one alone may be written without a list."""


def as_type(value: Any) -> Any:
    """A word alone for `{type: word}`: everything else is as usual."""
    return {"type": value} if isinstance(value, str) else value
