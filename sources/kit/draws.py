"""Random draws and the clock, as SQL macros for the queries of a generator.

Each draw is a function of (seed, table, stream, key) and of nothing else, so a new row, table or stream moves no other.
MD5 and not DuckDB's own `hash`, which may change between versions.

The macros; `key` may be any value, or a list of values of one type such as `[order_id, line]`:

| call | what it gives |
|---|---|
| `seed()`, `scale()` | the dials |
| `start_date()`, `first_as_of()`, `as_of()` | dates: first day of history, day 1, today |
| `pinned_now()` | the clock, timestamp with time zone |
| `from dates()`, `from dates(ahead := 2)` | `day`: each date of the history, and some that are planned ahead |
| `from entities(200)` | `number`: 0 to 200 * scale - 1 |
| `draw(key, stream)` | uniform in [0, 1), 53 bits |
| `pick(key, stream, n)` | whole number in [0, n) |
| `choose(key, stream, ['a', 'b'])` | one of a list |
| `pick_weighted(key, stream, ['a', 'b'], [3, 1])` | one of a list, by weights |
| `wobble(key, stream, n)` | whole number from -n to n, never 0 |
| `normal(key, stream, mean, deviation)` | normal distribution, to six decimals |
| `lognormal(key, stream, median, sigma)` | long tail to the right, to six decimals |
| `zipf(key, stream, n, exponent)` | whole number in [0, n), small ones are frequent; exponent above 0 |
| `between_times(key, stream, first, last)` | an instant in [first, last), whole seconds |
| `business_day(day, n)` | n Mondays to Fridays after a date; 0: the date, or the Monday after its weekend |
| `identifier(kind, n)` | whole number of 16 digits for the n-th of a kind, n below 900,000,000; other in every seed |
| `text_identifier(kind, n, prefix)` | the same as text: a prefix, 11 digits and capitals (no I, L, O, U) |
| `person_name(key)`, `company_name(key)`, `street(key)`, `email(key)` | made texts; see `sources/kit/texts.py` |
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal
from sources.kit.texts import TEXT_MACROS, create_texts

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ID_BASE = 1_000_000_000_000_000
"""Identifiers begin here, so that those of all seeds have 16 digits, fit a BIGINT and are exact as a double."""
ID_RANGE = 1_000_000_000
"""Identifiers of each seed."""
ID_MODULUS = 900_000_011
"""Prime; identifiers are a permutation of it, so they are unique, stable, and do not tell an order."""
_CUBE = f"lockgate_cube(n) as n * n % {ID_MODULUS} * n % {ID_MODULUS}"
"""A permutation too, as 3 does not divide `ID_MODULUS - 1`. Without it the identifiers of a seed lie on a line, and on
some lines all of them leave the same remainder."""

_MACROS = (
    "draw(key, stream) as (md5_number_lower(concat_ws('|', getvariable('lockgate_seed')::varchar, "
    "getvariable('lockgate_table'), stream, key::varchar)) >> 11) / 9007199254740992.0",
    "pick(key, stream, n) as floor(draw(key, stream) * n)::integer",
    "choose(key, stream, options) as list_extract(options, pick(key, stream, len(options)) + 1)",
    "pick_weighted(key, stream, options, weights) as list_extract(options, 1 + len(list_filter("
    "list_transform(range(1, len(weights)), lambda i: list_sum(list_slice(weights, 1, i))), "
    "lambda reached: reached <= draw(key, stream) * list_sum(weights))))",
    "wobble(key, stream, n) as (1 + pick(key, stream, n)) "
    "* case when draw(key, stream || ' sign') < 0.5 then -1 else 1 end",
    # Box and Muller. Six decimals: the last bits of logarithms differ from machine to machine.
    "normal(key, stream, mean, deviation) as round(mean + deviation * sqrt(-2 * ln(1 - draw(key, stream || ' one'))) "
    "* cos(2 * pi() * draw(key, stream || ' two')), 6)",
    "lognormal(key, stream, median, sigma) as round(median * exp(normal(key, stream, 0, sigma)), 6)",
    # The inverse of the continuous distribution with density x ** -exponent on [1, n + 1).
    "zipf(key, stream, n, exponent) as least(n - 1, floor(case when exponent = 1 then pow(n + 1, draw(key, stream)) "
    "else pow(1 + draw(key, stream) * (pow(n + 1, 1 - exponent) - 1), 1 / nullif(1 - exponent, 0)) end)::integer - 1)",
    "between_times(key, stream, first, last) as first "
    "+ to_seconds(floor(draw(key, stream) * (epoch(last) - epoch(first)))::bigint)",
    # First to the Monday after a weekend, then whole weeks, then over one more weekend at most.
    "business_day(day, n) as (day + (case isodow(day) when 6 then 2 when 7 then 1 else 0 end)::integer "
    "+ (n // 5 * 7)::integer + (n % 5)::integer "
    "+ (case when (case when isodow(day) > 5 then 1 else isodow(day) end) + n % 5 > 5 then 2 else 0 end)::integer)"
    "::date",
    f"identifier(kind, n) as case when n is null then null when (n) not between 0 and {ID_MODULUS - 1} "
    "then error(printf('identifier(%s, %s): the number must be from 0 to 900,000,010', kind, n::varchar))::bigint "
    f"else {ID_BASE} + getvariable('lockgate_seed')::bigint * {ID_RANGE} + lockgate_cube("
    f"((1 + lockgate_of_kind(kind, 'factor', {ID_MODULUS - 1})) * (n)::bigint "
    f"+ lockgate_of_kind(kind, 'offset', {ID_MODULUS})) % {ID_MODULUS}) end",
    # Five bits a place.
    "text_identifier(kind, n, prefix) as prefix || array_to_string(list_transform(range(10, -1, -1), lambda place: "
    "substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', "
    "1 + ((identifier(kind, n) >> (5 * place)::integer) & 31)::integer, 1)), '')",
    "dates(ahead := 0) as table select unnest(generate_series(getvariable('lockgate_start')::date, "
    "getvariable('lockgate_as_of')::date + ahead::integer, interval 1 day))::date as day",
    "entities(n) as table select range as number from range(n * getvariable('lockgate_scale')::bigint)",
    "seed() as getvariable('lockgate_seed')::bigint",
    "scale() as getvariable('lockgate_scale')::bigint",
    "start_date() as getvariable('lockgate_start')::date",
    "first_as_of() as getvariable('lockgate_first_as_of')::date",
    "as_of() as getvariable('lockgate_as_of')::date",
    "pinned_now() as getvariable('lockgate_now')::timestamptz",
)
MACROS = frozenset(macro.partition("(")[0] for macro in (*_MACROS, *TEXT_MACROS))
"""Names of all macros."""
_OF_KIND = (
    "lockgate_of_kind(kind, part, n) as ((md5_number_lower(concat_ws('|', getvariable('lockgate_seed')::varchar, "
    "'identifier', kind, part)) >> 11) / 9007199254740992.0 * n)::bigint"
)


def create_draws(connection: "DuckDBPyConnection", seed: int, scale: int = 1) -> None:
    """Define every macro of this module, and those of `sources/kit/texts.py`, for a seed.

    Draws need `draw_for` a table; `dates`, `as_of` and the like need `set_clock`.
    """
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set variable lockgate_seed = {int(seed)}::bigint")
    connection.execute(f"set variable lockgate_scale = {int(scale)}::bigint")
    for macro in (_OF_KIND, _CUBE, *_MACROS):
        connection.execute(f"create macro {macro}")
    create_texts(connection)
    draw_for(connection, "")


def draw_for(connection: "DuckDBPyConnection", table: str | None) -> None:
    """From now on, draws are those of a table; None: of their stream alone, whatever the table."""
    connection.execute(f"set variable lockgate_table = {'null' if table is None else literal(table)}")


def set_clock(connection: "DuckDBPyConnection", start: date, first_as_of: date, as_of: date, now: datetime) -> None:
    """Set what `start_date()`, `first_as_of()`, `as_of()` and `pinned_now()` give; `now` has a time zone."""
    for name, day in (("start", start), ("first_as_of", first_as_of), ("as_of", as_of)):
        connection.execute(f"set variable lockgate_{name} = date '{day.isoformat()}'")
    connection.execute(f"set variable lockgate_now = timestamptz '{now.isoformat()}'")
