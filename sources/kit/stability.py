"""Whether a generator is a function of its dials alone, and widening their range moves no row."""

from datetime import timedelta
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import quote
from benchmark.generator_parameters import Dials
from sources.kit.states import shown_columns
from sources.kit.table_maker import TableMaker, states_of

if TYPE_CHECKING:
    import pyarrow


def n_lost(before: "pyarrow.Table", after: "pyarrow.Table") -> int:
    """How many rows of one table another one does not have, counted as often as they are there."""
    import duckdb

    if before.equals(after):
        return 0
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.register("before", before)
        connection.register("after", after)
        columns = ", ".join(map(quote, before.column_names))
        found = connection.execute(
            f"select count(*) from (select {columns} from before except all select {columns} from after)"
        ).fetchone()
    assert found is not None
    return int(found[0])


def _states_a_week_on(generator: TableMaker, dials: Dials) -> "dict[str, pyarrow.Table]":
    """Every table at the world's clock, made together with what is there a week later."""
    now = generator.clock.now(dials)
    states = states_of(generator, dials, now, now + timedelta(days=7))
    return {table: shown_columns(state) for table, state in states.items()}


def moved_rows(generator: TableMaker, dials: Dials) -> dict[str, str]:
    """Tables that depend on more than the dials, with a sentence each; empty: none does.

    Looks at four things: the same dials again; the same instant once a week has passed, which is how files of the past
    are made; one day of history more instead of one day later; twice the scale.
    """
    found: dict[str, str] = {}
    states = generator.states(dials)
    again = generator.states(dials)
    passed = _states_a_week_on(generator, dials)
    later = generator.states(Dials(dials.seed, dials.days, dials.day + 1, dials.scale))
    longer = generator.states(Dials(dials.seed, dials.days + 1, dials.day, dials.scale))
    wider = generator.states(Dials(dials.seed, dials.days, dials.day, 2 * dials.scale))
    for table, state in states.items():
        if not again[table].equals(state):
            found[table] = "the same dials give other rows; order by a unique key in every window and limit"
        elif n := n_lost(state, passed[table]) + n_lost(passed[table], state):
            found[table] = (
                f"{n} rows of a day differ once a week has passed; let a row say in arrives_at__ when it is there, and "
                "do not change it by what comes later"
            )
        elif n := n_lost(later[table], longer[table]) + n_lost(longer[table], later[table]):
            found[table] = (
                f"{n} rows differ between a day later and a longer history; do not read first_as_of() for rows"
            )
        elif n := n_lost(state, wider[table]):
            found[table] = (
                f"{n} rows move when scale doubles; draw children from their own parent, not from all parents"
            )
    return found
