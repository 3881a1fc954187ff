"""How the source systems garble what they hold: formats, gaps and stray characters, as SQL macros.

Only the text that leaves a source system is touched, never the truth. PLANTED.md lists every flaw.
"""

from duckdb import DuckDBPyConnection

_MACROS = (
    # A local time in one of three formats; midnight is the 24th hour of the day that ends (never in 12-hour format).
    """
    create macro clock_text(local_time, chance) as case
        when local_time = date_trunc('day', local_time) and chance < 0.75
            then strftime(local_time - interval 1 day, '%Y-%m-%d') || ' 24:00'
        when local_time = date_trunc('day', local_time)
            then strftime(local_time - interval 1 day, '%Y%m%d') || 'T2400'
        when chance < 0.55 then strftime(local_time, '%Y-%m-%d %H:%M')
        when chance < 0.80 then strftime(local_time, '%m/%d/%Y %-I:%M %p')
        else strftime(local_time, '%Y%m%dT%H%M')
    end
    """,
    # Stray spaces and lower case around a tail number that is there.
    """
    create macro tail_text(tail_number, chance) as case
        when chance < 0.03 then lower(tail_number)
        when chance < 0.05 then tail_number || '  '
        when chance < 0.06 then ' ' || tail_number
        when chance < 0.07 then ' ' || lower(tail_number) || ' '
        else tail_number
    end
    """,
    # The three ways in which a tail number can be missing.
    """
    create macro tail_gap(chance) as case
        when chance < 0.4 then null
        when chance < 0.7 then ''
        else 'UNKNOWN'
    end
    """,
)


def create_mess(connection: DuckDBPyConnection) -> None:
    """Define the macros `clock_text`, `tail_text` and `tail_gap`; `chance` is a draw, uniform in [0, 1)."""
    for macro in _MACROS:
        connection.execute(macro)
