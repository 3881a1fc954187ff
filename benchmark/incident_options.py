"""What a world says about its incidents: the key `incidents` of `world.yaml`. `sources/kit/incidents.py` makes them."""

from collections.abc import Iterator
from datetime import time
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from benchmark.durations import Duration
from benchmark.world_data import Columns, DataPart


class LeftOut(DataPart):
    """What an incident spares."""

    left_out: Columns = ()
    """Generated tables that it does not touch."""

    def named_tables(self) -> Iterator[tuple[str, str]]:
        """Each option that names generated tables, with each of them."""
        yield from (("left_out", table) for table in self.left_out)


class FaultsOptions(LeftOut):
    """How the incident `faults` differs in a world."""

    first_page_twice: bool = True
    """Whether paginated lists have their first page twice."""
    never_cut: Columns = ()
    """Generated tables whose newest file is always whole, for example because there is only one."""

    def named_tables(self) -> Iterator[tuple[str, str]]:
        """Each option that names generated tables, with each of them."""
        yield from super().named_tables()
        yield from (("never_cut", table) for table in self.never_cut)


class NewColumn(DataPart):
    """A column that a table gains."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    """Its name; the table has no other column of it."""
    type: str = "text"
    """SQL type where the table lies in a database."""
    value: str
    """DuckDB expression over the columns of the row; may draw, but not depend on anything else."""


class DriftOptions(LeftOut):
    """How the incident `drift` differs in a world."""

    new_columns: dict[str, NewColumn] = Field(default_factory=dict)
    """Generated table -> the column that it gains; other tables gain one that is made up."""
    empty_since: dict[str, str] = Field(default_factory=dict)
    """Generated table -> the time that tells rows whose optional columns are empty; other tables: when a row was last
    written, else when it came."""

    def named_tables(self) -> Iterator[tuple[str, str]]:
        """Each option that names generated tables, with each of them."""
        yield from super().named_tables()
        yield from (("new_columns", table) for table in self.new_columns)
        yield from (("empty_since", table) for table in self.empty_since)


class LateRows(DataPart):
    """Which rows of one table come late; a text alone is the condition."""

    where: str = ""
    """DuckDB condition over the columns of the table, window functions included; empty: half of the rows, by draw."""
    day_by: str | None = None
    """Column with the time by which rows are of the day that is late; None: when they came, else were last written."""


def _as_condition(value: Any) -> Any:
    return {"where": value} if isinstance(value, str) else value


_LateRows = Annotated[LateRows, BeforeValidator(_as_condition, json_schema_input_type=str | LateRows)]


class LateOptions(LeftOut):
    """How the incident `late` differs in a world."""

    at: time | None = None
    """Time of day, UTC, on the date after day 1, at which they begin to come; None: twelve hours after its clock."""
    apart: Duration | None = None
    """Time from one late row to the next; None: a microsecond."""
    rows: dict[str, _LateRows] = Field(default_factory=dict)
    """Generated table -> which of its rows."""

    def named_tables(self) -> Iterator[tuple[str, str]]:
        """Each option that names generated tables, with each of them."""
        yield from super().named_tables()
        yield from (("rows", table) for table in self.rows)


class IncidentOptions(DataPart):
    """The incidents of a declared world: each is there unless it is `false`."""

    faults: FaultsOptions | Literal[False] = FaultsOptions()
    """Requests fail, files come in part and again."""
    drift: DriftOptions | Literal[False] = DriftOptions()
    """A column more, others in reverse order, optional ones empty."""
    late: LateOptions | Literal[False] = LateOptions()
    """Some rows of a day come a week late."""
    spoiled: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Generated table -> column -> DuckDB expression over the row: what its source system shows in a bad delivery."""

    def named_tables(self) -> Iterator[tuple[str, str]]:
        """Each option, as `drift.left_out`, with each generated table that it names."""
        for name in ("faults", "drift", "late"):
            if options := getattr(self, name):
                yield from ((f"{name}.{option}", table) for option, table in options.named_tables())
        yield from (("spoiled", table) for table in self.spoiled)
