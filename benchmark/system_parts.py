"""What the specs of all source systems are made of."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator


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

    taken_names: ClassVar[frozenset[str]] = frozenset()
    """Databases that every server of the type has for itself."""

    @model_validator(mode="after")
    def _name_is_free(self) -> Self:
        if self.name in self.taken_names:
            raise ValueError(
                f"every server of this type has a database '{self.name}' of its own; give the system another name"
            )
        return self


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Names = Annotated[tuple[str, ...], BeforeValidator(_as_tuple, json_schema_input_type=str | tuple[str, ...])]
"""Several names; one alone may be written without a list."""


def as_type(value: Any) -> Any:
    """A word alone for `{type: word}`: everything else is as usual."""
    return {"type": value} if isinstance(value, str) else value
