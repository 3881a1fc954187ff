"""Random draws as SQL macros: each is a function of (seed, stream of draws, key) and of nothing else.

MD5 and not DuckDB's own `hash`, which may change between versions. A new stream moves no other one.
"""

from duckdb import DuckDBPyConnection

_MACROS = (
    # Uniform in [0, 1), 53 bits.
    """
    create macro draw(stream, key) as
        (md5_number_lower(concat_ws('|', getvariable('seed'), stream, key)) >> 11) / 9007199254740992.0
    """,
    # Whole number in [0, n).
    "create macro pick(stream, key, n) as floor(draw(stream, key) * n)::integer",
    # A whole number from 1 to n with either sign, never 0.
    """
    create macro wobble(stream, key, n) as
        (1 + floor(draw(stream, key) * n)::integer) * case when draw(stream || ' sign', key) < 0.5 then -1 else 1 end
    """,
)


def create_draws(connection: DuckDBPyConnection, seed: int) -> None:
    """Define the macros `draw`, `pick` and `wobble` for a seed."""
    connection.execute(f"set variable seed = '{int(seed)}'")
    for macro in _MACROS:
        connection.execute(macro)
