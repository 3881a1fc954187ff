"""What every generator of a declared world offers, whether it is made of SQL or of an extract."""

from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmark.generator_parameters import Dials
from sources.kit.clock import WorldClock
from sources.kit.states import shown_columns

if TYPE_CHECKING:
    import pyarrow


class MadeRows(Protocol):
    """The tables of one seed and scale, up to a last instant."""

    def state(self, table: str, instant: datetime) -> "pyarrow.Table | None":
        """What a table holds at an instant, with `arrives_at__`; None: it has hidden columns alone."""
        ...

    def history(self, table: str) -> "pyarrow.Table | None":
        """Every row up to the last instant, with all hidden columns; None: a past day cannot be read from them."""
        ...


class TableMaker(Protocol):
    """A generator of tables."""

    @property
    def clock(self) -> WorldClock:
        """The calendar of its world."""
        ...

    def table_names(self) -> tuple[str, ...]:
        """Names of the tables."""
        ...

    def files(self) -> tuple[Path, ...]:
        """The files that it is made from."""
        ...

    def made(self, dials: Dials, last: datetime) -> AbstractContextManager[MadeRows]:
        """Its tables, as long as the context is open."""
        ...

    def states(self, dials: Dials) -> "dict[str, pyarrow.Table]":
        """Every table as a source system shows it at the world's clock."""
        ...


def states_of(maker: TableMaker, dials: Dials, instant: datetime, last: datetime) -> "dict[str, pyarrow.Table]":
    """Every table of a generator at an instant, with `arrives_at__`, made together with what comes until a later one.

    Tables with hidden columns alone are left out.
    """
    with maker.made(dials, last) as made:
        states = {table: made.state(table, instant) for table in maker.table_names()}
    return {table: state for table, state in states.items() if state is not None}


def shown_states(maker: TableMaker, dials: Dials) -> "dict[str, pyarrow.Table]":
    """Every table of a generator as a source system shows it at the world's clock."""
    now = maker.clock.now(dials)
    return {table: shown_columns(state) for table, state in states_of(maker, dials, now, now).items()}
