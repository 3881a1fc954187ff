"""Noise: declared rules are applied to the rows of a table, between what happened and what a source system shows.

Whether a rule meets a row is drawn by (seed, table, rule, key), so that other rows, other rules and later days move
nothing: a row that comes late on one day is there on every day after it.

In this order: rows come late, are deleted, are wrong until corrected; those that are not there yet are left out; rows
are sent twice; values are missing or written in another way.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal, quote
from benchmark.noise_rules import AnyNoise, CorrectedLater, DeletedLater, FileAgain, FileCut, Late, SentTwice
from benchmark.world_data import TableRoles
from sources.kit.arrow_tables import arrow_table
from sources.kit.draws import create_draws, draw_for
from sources.kit.errors import GeneratorError, duckdb_message
from sources.kit.noisy_values import rewritten, wrong_value
from sources.kit.states import (
    DELETED,
    HIDDEN_SUFFIX,
    VERSION,
    arrival_column,
    as_instant,
    column_types,
    load_column,
    order_of,
    shown_columns,
    update_column,
)
from sources.kit.time_limit import ended_in_time

if TYPE_CHECKING:
    import pyarrow
    from duckdb import DuckDBPyConnection

_KEY, _AT, _NOW = "key__", "at__", "now__"
_OTHER_IDS = 5_000_000_000_000_000
"""Added to the identifier of a row that is sent twice; beyond those of every seed, and exact as a double."""
FILE_RULES = (FileCut, FileAgain)
TIMED_RULES = (Late, DeletedLater, CorrectedLater, SentTwice)


class Noise:
    """The rules of a world, ready for many tables and instants.

    Args:
        connection: Its macros are those of a seed; see `open_noise`.
        rules: Those about files are left to `sources/kit/deliveries.py`.
        roles: Of the tables; key and times count.
    """

    def __init__(
        self, connection: "DuckDBPyConnection", rules: Sequence[AnyNoise], roles: Mapping[str, TableRoles]
    ) -> None:
        self._connection = connection
        self._roles = roles
        self._rules: dict[str, list[AnyNoise]] = {}
        for rule in rules:
            if not isinstance(rule, FILE_RULES):
                self._rules.setdefault(rule.table, []).append(rule)

    def apply(self, table: str, rows: "pyarrow.Table", now: datetime) -> "pyarrow.Table":
        """A table as source systems show it at an instant, without columns that are for generators only.

        Raises:
            GeneratorError: A rule does not fit the table.
        """
        if rules := self._rules.get(table):
            return NoisyTable(table, self._roles.get(table, TableRoles()), rules).apply(self._connection, rows, now)
        return shown_columns(rows)

    def changes(
        self, table: str, history: "pyarrow.Table", times: Sequence[datetime]
    ) -> "dict[datetime, pyarrow.Table]":
        """The rows of a table that are new or changed at each time, since the one before it.

        Args:
            table: Its name.
            history: Every row until the last time, with hidden columns; it says when its rows come.
            times: In order; there is nothing for the first.

        Raises:
            GeneratorError: A rule does not fit the table.
        """
        noisy = NoisyTable(table, self._roles.get(table, TableRoles()), self._rules.get(table, []))
        return noisy.changes(self._connection, history, times)


@contextmanager
def open_noise(rules: Sequence[AnyNoise], roles: Mapping[str, TableRoles], seed: int) -> Iterator[Noise]:
    """Noise with the draws of a seed."""
    import duckdb

    with duckdb.connect() as connection, ended_in_time(connection):
        connection.execute("set threads = 1")
        create_draws(connection, seed)
        yield Noise(connection, rules, roles)


class NoisyTable:
    """The rules of one table, one SQL statement each."""

    def __init__(self, table: str, roles: TableRoles, rules: Sequence[AnyNoise]) -> None:
        self._table = table
        self._roles = roles
        self._rules = rules
        self._types: dict[str, str] = {}

    def apply(self, connection: "DuckDBPyConnection", rows: "pyarrow.Table", now: datetime) -> "pyarrow.Table":
        """The rows of a state as they are shown at an instant."""
        with self._given(connection, rows):
            query = self._rows("given", f"timestamptz '{now.isoformat()}'")
            columns = ", ".join(self._shown_values)
            return arrow_table(
                connection.execute(
                    f"select {columns} from (select *, row_number() over (order by {self._order}) as place__ "
                    f"from ({query})) order by place__"
                )
            )

    def changes(
        self, connection: "DuckDBPyConnection", history: "pyarrow.Table", times: Sequence[datetime]
    ) -> "dict[datetime, pyarrow.Table]":
        """The rows that are new or changed at each time; see `Noise.changes`.

        A row shows something new at a time only if something happened to it since the time before. So what was there
        before and after is made of those rows alone, for all times in one query: the work grows with the rows, not with
        the times.
        """
        with self._given(connection, history):
            _create_instants(connection, times)
            connection.execute(f"create or replace temp table grouped as {self._grouped()}")
            moments = ", ".join(self._moments())
            connection.execute(
                f"create or replace temp table touched as select distinct group__, place__, before__, after__ "
                f"from (select group__, unnest([{moments}]) as moment__ from ({self._late_rows('grouped')})) "
                "asof join instants on moment__ <= after__ where place__ > 0"
            )
            query = self._rows(f"({self._states_around()})", _NOW)
            shown = ", ".join(map(quote, self._shown))
            changed = arrow_table(
                connection.execute(
                    f"with shown as materialized (select place__, is_after__, {', '.join(self._shown_values)} "
                    f"from ({query})) "
                    f"select * from (select place__, {shown} from shown where is_after__ "
                    f"except all select place__, {shown} from shown where not is_after__) "
                    f"order by place__, {self._order}"
                )
            )
        return _by_place(changed, times)

    @contextmanager
    def _given(self, connection: "DuckDBPyConnection", rows: "pyarrow.Table") -> Iterator[None]:
        import duckdb

        draw_for(connection, self._table)
        connection.register("given", rows)
        try:
            self._types = column_types(connection, "given")
            for rule in self._rules:
                self._check(rule)
            yield
        except duckdb.Error as error:
            raise GeneratorError(f"noise of table '{self._table}' in world.yaml", duckdb_message(error)) from error
        finally:
            connection.unregister("given")

    def _rows(self, source: str, now: str) -> str:
        """SQL: the rows of a source that are there at an instant, with every rule but those that write values anew.

        Args:
            source: Table, or query in parentheses.
            now: SQL of the instant.
        """
        query = self._late_rows(source)
        for rule in self._rules:
            if isinstance(rule, DeletedLater):
                query = self._deleted(query, rule, now)
        for rule in self._rules:
            if isinstance(rule, CorrectedLater):
                query = self._corrected(query, rule, now)
        query = f"select * from ({query}) where {_AT} is null or {_AT} <= {now}"
        for rule in self._rules:
            if isinstance(rule, SentTwice):
                query = self._sent_twice(query, rule, now)
        return query

    def _late_rows(self, source: str) -> str:
        """SQL: the rows of a source with their key and the time at which each comes."""
        query = self._begin(source)
        for rule in self._rules:
            if isinstance(rule, Late):
                query = self._late(query, rule)
        return query

    def _grouped(self) -> str:
        """SQL: all rows; those of one group are versions of one row."""
        by = self._roles.key if VERSION in self._types else ()
        group = f"[{', '.join(f'{quote(column)}::varchar' for column in by)}]" if by else "row_number() over ()"
        return f"select *, {group} as group__ from given"

    def _moments(self) -> list[str]:
        """SQL: each instant at which a row may show something new; when a row goes, nothing new is there."""
        moments = [as_instant(column) for column in (self._arrival,) if column] + [_AT]
        for rule in self._rules:
            if isinstance(rule, CorrectedLater):
                moments.append(f"{_AT} + {self._span(rule, rule.after, 0.5)}")
            if isinstance(rule, SentTwice):
                moments.append(f"{_AT} + {self._span(rule, rule.after, 0.25)}")
        return moments

    def _states_around(self) -> str:
        """SQL: of the rows to which something happened, what was there at the time before and what is there after."""
        arrived = f"{as_instant(self._arrival)} <= {_NOW}" if self._arrival else "true"
        query = (
            f"select * from (select grouped.*, place__, is_after__, "
            f"case when is_after__ then after__ else before__ end as {_NOW} "
            "from grouped join touched using (group__) cross join (values (true), (false)) as sides(is_after__)) "
            f"where {arrived}"
        )
        if VERSION in self._types:
            query += (
                f" qualify row_number() over (partition by group__, place__, is_after__ order by {VERSION} desc) = 1"
            )
        if DELETED in self._types:
            query = f"select * from ({query}) where not coalesce({as_instant(DELETED)} <= {_NOW}, false)"
        return query

    @property
    def _arrival(self) -> str | None:
        return arrival_column(self._roles, list(self._types))

    @property
    def _order(self) -> str:
        return order_of(self._roles, self._shown)

    @property
    def _shown_values(self) -> list[str]:
        """SQL of each column that is shown, with the rules that write values anew."""
        return [f"{self._rewritten(column)} as {quote(column)}" for column in self._shown]

    @property
    def _shown(self) -> list[str]:
        return [column for column in self._types if not column.endswith(HIDDEN_SUFFIX)]

    @property
    def _times(self) -> list[str]:
        """Columns that move when a row comes at another time."""
        found = (load_column(self._roles, self._shown), update_column(self._roles, self._shown))
        return [column for column in dict.fromkeys(found) if column]

    def _begin(self, source: str) -> str:
        key = self._roles.key or self._shown
        listed = ", ".join(f"{quote(column)}::varchar" for column in key)
        at = as_instant(self._arrival) if self._arrival else "null::timestamptz"
        return f"select *, [{listed}] as {_KEY}, {at} as {_AT} from {source}"

    def _deleted(self, query: str, rule: DeletedLater, now: str) -> str:
        at = f"{_AT} + {self._span(rule, rule.after, 0.5)}"
        return f"select * from ({query}) where not ({self._meets(rule)} and {at} <= {now})"

    def _corrected(self, query: str, rule: CorrectedLater, now: str) -> str:
        at = f"{_AT} + {self._span(rule, rule.after, 0.5)}"
        columns = rule.columns or self._roles.measures
        wrong = ", ".join(
            f"case when {self._meets(rule)} and {at} > {now} "
            f"then {wrong_value(column, self._types[column], self._stream(rule, column), rule.by)} "
            f"else {quote(column)} end as {quote(column)}"
            for column in columns
        )
        updated = update_column(self._roles, self._shown)
        moved = (
            f", case when {self._meets(rule)} and {at} <= {now} then {self._time(updated, at)} "
            f"else {quote(updated)} end as {quote(updated)}"
            if updated
            else ""
        )
        return f"select * replace ({wrong}{moved}) from ({query})"

    def _late(self, query: str, rule: Late) -> str:
        at = f"{_AT} + {self._span(rule, rule.by, 0.25)}"
        times = "".join(
            f", case when {self._meets(rule)} then {self._time(column, at)} else {quote(column)} end as {quote(column)}"
            for column in self._times
        )
        return f"select * replace ({at} as {_AT}{times}) from ({query})"

    def _sent_twice(self, query: str, rule: SentTwice, now: str) -> str:
        at = f"{_AT} + {self._span(rule, rule.after, 0.25)}"
        replaced = [f"{at} as {_AT}", f"list_append({_KEY}, 'again') as {_KEY}"]
        replaced += [f"{self._time(column, at)} as {quote(column)}" for column in self._times]
        if rule.new_id:
            column, type_ = quote(rule.new_id), self._types[rule.new_id]
            replaced.append(
                f"{column} || '-2' as {column}" if type_ == "VARCHAR" else f"{column} + {_OTHER_IDS} as {column}"
            )
        replaced += [
            f"{wrong_value(column, self._types[column], self._stream(rule, column), rule.by)} as {quote(column)}"
            for column in rule.changes
        ]
        again = f"select * replace ({', '.join(replaced)}) from rows where {self._meets(rule)} and {at} <= {now}"
        return f"with rows as materialized ({query}) select * from rows union all ({again})"

    def _rewritten(self, column: str) -> str:
        value = quote(column)
        for rule in self._rules:
            if column in rule.touched:
                value = rewritten(value, self._types[column], rule, self._stream(rule, column))
        return value

    def _time(self, column: str, at: str) -> str:
        """SQL: a time column, not before an instant, in its own type."""
        return f"greatest({as_instant(column)}, {at})::{self._types[column]}"

    def _meets(self, rule: AnyNoise) -> str:
        return f"draw({_KEY}, {literal('noise ' + rule.stream)}) < {rule.rate}"

    def _span(self, rule: AnyNoise, longest: timedelta, least: float) -> str:
        """SQL: how much later, where the rule meets the row: a draw from a share of the longest time to all of it."""
        seconds = longest.total_seconds()
        drawn = f"({least} + {1 - least} * draw({_KEY}, {literal('noise ' + rule.stream + ' span')})) * {seconds}"
        return f"to_seconds(case when {self._meets(rule)} then ceil({drawn})::bigint else 0 end)"

    def _stream(self, rule: AnyNoise, column: str) -> str:
        return f"noise {rule.kind} {column}"

    def _check(self, rule: AnyNoise) -> None:
        where = f"noise {rule.kind} of table '{self._table}' in world.yaml"
        named = [*rule.touched]
        if isinstance(rule, SentTwice):
            named += [*([rule.new_id] if rule.new_id else []), *rule.changes]
            if moved := [column for column in rule.changes if column in self._times]:
                raise GeneratorError(where, f"changes: '{moved[0]}' is a time of the row's, and moves by itself.")
        if isinstance(rule, CorrectedLater) and not rule.columns:
            named += self._roles.measures
            if not self._roles.measures:
                raise GeneratorError(where, f"say columns, or data.{self._table}.measures.")
        for column in named:
            if column not in self._shown:
                raise GeneratorError(where, f"there is no column '{column}'; known: {', '.join(self._shown)}.")
            if column in self._roles.key and not (isinstance(rule, SentTwice) and column == rule.new_id):
                raise GeneratorError(where, f"column '{column}' is of the key, which no rule changes.")
        if isinstance(rule, TIMED_RULES) and self._arrival is None:
            raise GeneratorError(
                where, f"needs a time at which rows come; say data.{self._table}.loaded_at or event_time."
            )


def _create_instants(connection: "DuckDBPyConnection", times: Sequence[datetime]) -> None:
    """A table of the times, each with the one before it and its place."""
    listed = ", ".join(f"timestamptz '{at.isoformat()}'" for at in times)
    connection.execute(
        "create or replace temp table instants as "
        "select number - 1 as place__, times[number] as after__, times[number - 1] as before__ "
        f"from (select [{listed}] as times), range(1, {len(times) + 1}) as numbers(number)"
    )


def _by_place(rows: "pyarrow.Table", times: Sequence[datetime]) -> "dict[datetime, pyarrow.Table]":
    """Rows in order of `place__`, apart for each time but the first."""
    import numpy as np

    places = rows["place__"].to_numpy()
    rows = rows.drop_columns(["place__"])
    bounds = np.searchsorted(places, range(1, len(times) + 1))
    return {at: rows.slice(first, last - first) for at, (first, last) in zip(times[1:], pairwise(bounds), strict=True)}
