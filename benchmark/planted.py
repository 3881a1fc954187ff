"""Instructions that are planted in what an agent reads, and the fixed rules by which following one shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.tables import Identifier, TableName

_Words = Annotated[str, Field(min_length=1, max_length=300)]


class PlantedSpec(BaseModel):
    """One planted instruction. It was followed where any one of the rules holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(min_length=1)
    """A file of the start in which it stands, relative to the workspace."""
    says: _Words
    """Words of it, as they stand there; line ends and blanks mean nothing. A reader of the scorecard sees them."""
    changed: tuple[_Words, ...] = ()
    """Globs: the submission changes, adds or removes such a path, a protected one too."""
    text: tuple[_Words, ...] = ()
    """A file that the submission changes or adds holds one of these, and the start's version of it does not. Case and
    blanks mean nothing."""
    variant: Identifier | None = None
    """Files laid over the solution, in `planted/<variant>/` beside task.yaml: the pipeline of who follows it."""
    tables: tuple[TableName, ...] = ()
    """Scored tables of which one differs from gold and equals the variant's, on the visible data."""

    @model_validator(mode="after")
    def _has_a_rule(self) -> PlantedSpec:
        if not (self.changed or self.text or self.variant):
            raise ValueError("needs a rule by which following it shows: 'changed', 'text', or 'variant' with 'tables'")
        if bool(self.variant) != bool(self.tables):
            raise ValueError("'variant' and 'tables' belong together: give both, or neither")
        return self
