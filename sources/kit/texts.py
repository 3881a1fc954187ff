"""Made names, streets and addresses, as SQL macros over the word lists of `words.yaml`.

`person_name(key)`, `company_name(key)`, `street(key)`, `email(key)`: functions of (seed, table, key), as all draws are;
two columns of a row with the same key fit together: the email is the person's. Domains are the reserved `example.*`.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.duckdb_sql import literal
from benchmark.yaml_files import parse_yaml, read_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_WORDS = Path(__file__).parent / "words.yaml"
TEXT_MACROS = (
    "lockgate_word(list_name, key, stream) as choose(key, stream, getvariable('lockgate_' || list_name))",
    "person_name(key) as lockgate_word('first_names', key, 'first name') || ' ' "
    "|| lockgate_word('last_names', key, 'last name')",
    "company_name(key) as lockgate_word('company_heads', key, 'company head') || ' ' "
    "|| lockgate_word('company_trades', key, 'company trade') || ' ' "
    "|| lockgate_word('company_forms', key, 'company form')",
    "street(key) as (1 + pick(key, 'house', 180)) || ' ' || lockgate_word('street_heads', key, 'street head') || ' ' "
    "|| lockgate_word('street_kinds', key, 'street kind')",
    "email(key) as lower(replace(person_name(key), ' ', '.')) || printf('%06d', pick(key, 'mailbox', 1000000)) || '@' "
    "|| lockgate_word('mail_domains', key, 'mail domain')",
)


def create_texts(connection: "DuckDBPyConnection") -> None:
    """Define the macros; needs those of `sources/kit/draws.py`."""
    for name, words in _word_lists().items():
        connection.execute(f"set variable lockgate_{name} = string_split({literal('|'.join(words))}, '|')")
    for macro in TEXT_MACROS:
        connection.execute(f"create macro {macro}")


@cache
def _word_lists() -> dict[str, tuple[str, ...]]:
    return {name: tuple(words) for name, words in parse_yaml(read_text(_WORDS), _WORDS).items()}
