"""Declared noise: the key `noise` of `world.yaml`, a list of rules.

Each says what goes wrong between what happened and what a source system shows, and for which share of the rows.
"""

from typing import Annotated, Literal, get_args

from pydantic import Field, model_validator

from benchmark.durations import Duration
from benchmark.world_data import Columns, DataPart


class NoiseRule(DataPart):
    """What every rule says."""

    table: str
    """Generated table."""
    rate: float = Field(gt=0, le=1)
    """Share, 0 to 1, of its rows (of its files, where the rule is about files)."""

    @property
    def touched(self) -> tuple[str, ...]:
        """Columns that the rule names."""
        return ()

    @property
    def stream(self) -> str:
        """Name of the rule's stream of draws; two rules of a table must not share it."""
        return " ".join((self.kind, *self.touched))  # type: ignore[attr-defined]


class SentTwice(NoiseRule):
    """A row comes a second time."""

    kind: Literal["sent_twice"]
    after: Duration
    """How much later the second one comes."""
    new_id: str | None = None
    """Column with another identifier in the second one; a table with a primary key needs it."""
    changes: Columns = ()
    """Columns with another value in the second one; empty: it differs in its times alone."""
    by: float = Field(default=0.1, gt=0, lt=1)
    """How much numbers of `changes` differ, as in `corrected_later`; texts are missing, times an hour off."""

    @model_validator(mode="after")
    def _changes_are_no_identifier(self) -> "SentTwice":
        if self.new_id and self.new_id in self.changes:
            raise ValueError(f"changes: '{self.new_id}' is new_id, which is another one already; take it out")
        return self


class Late(NoiseRule):
    """A row comes late."""

    kind: Literal["late"]
    by: Duration
    """At most; at least a quarter of it."""


class CorrectedLater(NoiseRule):
    """A row is wrong at first and set right later, in place."""

    kind: Literal["corrected_later"]
    columns: Columns = ()
    """What is wrong at first; empty: the table's measures."""
    after: Duration
    """When it is set right, counted from when the row came; at least half of it."""
    by: float = Field(default=0.1, gt=0, lt=1)
    """How wrong numbers are: a share, 0 to 1, of the right one, at most. Texts are missing, times an hour off."""

    @property
    def touched(self) -> tuple[str, ...]:
        """Columns that are wrong at first."""
        return self.columns


class DeletedLater(NoiseRule):
    """A row is taken away again."""

    kind: Literal["deleted_later"]
    after: Duration
    """When, counted from when the row came; at least half of it."""


class Missing(NoiseRule):
    """A value is not there."""

    kind: Literal["missing"]
    columns: Columns = Field(min_length=1)
    """Each by a draw of its own."""
    texts: Columns = ()
    """How a missing value is written, one of them by draw, for example `''` or `UNKNOWN`; empty: NULL."""

    @property
    def touched(self) -> tuple[str, ...]:
        """Columns with gaps."""
        return self.columns


class ColumnRule(NoiseRule):
    """A rule about how one column is written."""

    column: str
    """The column; what it holds becomes text, but for `letter_case`, where it is text already."""

    @property
    def touched(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)


class TimeFormat(ColumnRule):
    """A time is text, in several formats."""

    kind: Literal["time_format"]
    formats: Columns = Field(min_length=1)
    """Of `strftime`; the rate's share of rows has one of them by draw, the others ISO 8601."""


class TimeZoneOfText(ColumnRule):
    """A time is text, with the offset of another zone."""

    kind: Literal["time_zone"]
    zone: str
    """Name of a zone, for example `Europe/Berlin`; the rate's share of rows has its offset, the others have `Z`."""


class LetterCase(ColumnRule):
    """A code is in lower, upper or mixed case."""

    kind: Literal["letter_case"]


class Unit(ColumnRule):
    """A number is text with a unit."""

    kind: Literal["unit"]
    unit: str
    """The usual one, for example `kg`."""
    others: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Another unit -> how many of it make one usual unit. The rate's share of rows has one of them, else no unit."""


class FileCut(NoiseRule):
    """A file holds only its first rows; a day later the whole file takes its place."""

    kind: Literal["file_cut"]


class FileAgain(NoiseRule):
    """A file is delivered again a day later, under another name."""

    kind: Literal["file_again"]


AnyNoise = Annotated[
    SentTwice
    | Late
    | CorrectedLater
    | DeletedLater
    | Missing
    | TimeFormat
    | TimeZoneOfText
    | LetterCase
    | Unit
    | FileCut
    | FileAgain,
    Field(discriminator="kind"),
]
"""One rule, told by its `kind`."""

NOISE_KINDS: tuple[str, ...] = tuple(
    get_args(rule.model_fields["kind"].annotation)[0] for rule in get_args(get_args(AnyNoise)[0])
)
"""Every kind of rule."""


def check_noise(rules: tuple[AnyNoise, ...]) -> tuple[AnyNoise, ...]:
    """The same rules; draws do not depend on their order.

    Raises:
        ValueError: Two of them would have the same draws, or make one column text.
    """
    seen: set[tuple[str, str]] = set()
    as_text: set[tuple[str, str]] = set()
    for rule in rules:
        if (rule.table, rule.stream) in seen:
            raise ValueError(f"table '{rule.table}' has the rule '{rule.stream}' twice; give one of them")
        seen.add((rule.table, rule.stream))
        if isinstance(rule, TimeFormat | TimeZoneOfText | Unit):
            if (rule.table, rule.column) in as_text:
                raise ValueError(f"column '{rule.table}.{rule.column}' is made text by two rules; give one of them")
            as_text.add((rule.table, rule.column))
    return rules
