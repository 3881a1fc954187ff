"""What a ticket asks its agent to say: facts of `ANSWER.md`, declared in `task.yaml` and checked by fixed rules."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from benchmark.tables import Identifier

ANSWER_NAME = "ANSWER.md"
"""The file, at the top of the workspace."""

_Text = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^\S(?:.*\S)?$")]
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]


class FactSpec(BaseModel):
    """One fact: a line `name: value` of the answer. It has values of one type; any one of them is right."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Identifier
    text: tuple[_Text, ...] = ()
    """Case, and how many blanks stand between words, mean nothing."""
    number: tuple[_Number, ...] = ()
    tolerance: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    """How far a number may be from one of `number`, in its unit; 0 = not at all."""
    date: tuple[dt.date, ...] = ()
    """Written `2024-02-29`."""

    @model_validator(mode="after")
    def _has_one_type(self) -> FactSpec:
        if sum(map(bool, (self.text, self.number, self.date))) != 1:
            raise ValueError(f"fact '{self.name}' needs values under one of 'text', 'number' and 'date'")
        if self.tolerance and not self.number:
            raise ValueError(f"fact '{self.name}' has a tolerance, which only numbers have")
        return self

    @property
    def expected(self) -> tuple[str, ...]:
        """The right values as text."""
        numbers = (f"{Decimal(str(value)):f}" for value in self.number)
        plain = (text.rstrip("0").rstrip(".") if "." in text else text for text in numbers)
        return (*self.text, *plain, *(value.isoformat() for value in self.date))


def check_names_differ(facts: tuple[FactSpec, ...]) -> tuple[FactSpec, ...]:
    """Refuse two facts of one name.

    Raises:
        ValueError: A name is there twice; case means nothing.
    """
    names = [fact.name.lower() for fact in facts]
    for fact in facts:
        if names.count(fact.name.lower()) > 1:
            raise ValueError(f"fact '{fact.name}' is there twice")
    return facts
