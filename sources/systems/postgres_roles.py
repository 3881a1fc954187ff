"""The two roles of a server, as SQL for the single-user mode: one statement a line."""

import secrets
from dataclasses import dataclass, field

from psycopg import sql

SUPERUSER = "postgres"
MAX_READER_CONNECTIONS = 12
"""At once. Others are kept free for us."""
MAX_TRANSACTION_SECONDS = 600
"""After which a reader's session is ended; a load is allowed less."""


@dataclass(frozen=True)
class Passwords:
    """New ones for each server."""

    reader: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    superuser: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def new_database(database: str, reader: str, passwords: Passwords) -> str:
    """Name the empty database of the template, and create the reader. Run it in `template1`."""
    role, name = sql.Identifier(reader), sql.Identifier(database)
    timeout = sql.Literal(f"{MAX_TRANSACTION_SECONDS}s")
    return _script(
        sql.SQL("create role {} login connection limit {}").format(role, sql.Literal(MAX_READER_CONNECTIONS)),
        sql.SQL("alter role {} set transaction_timeout = {}").format(role, timeout),
        sql.SQL("comment on database postgres is null"),
        sql.SQL("alter database postgres rename to {}").format(name),
        sql.SQL("revoke temporary on database {} from public").format(name),
    ) + new_passwords(reader, passwords)


def new_passwords(reader: str, passwords: Passwords) -> str:
    """Give both roles their passwords."""
    return _script(
        sql.SQL("alter role {} password {}").format(sql.Identifier(SUPERUSER), sql.Literal(passwords.superuser)),
        sql.SQL("alter role {} password {}").format(sql.Identifier(reader), sql.Literal(passwords.reader)),
    )


def reader_grants(reader: str) -> str:
    """Let the reader see every table that is created from now on, and no other: not those with secrets of roles."""
    role = sql.Identifier(reader)
    return _script(
        sql.SQL("alter default privileges grant select on tables to {}").format(role),
        sql.SQL("alter default privileges grant usage on schemas to {}").format(role),
    )


def _script(*statements: sql.Composed | sql.SQL) -> str:
    return "".join(f"{statement.as_string()};\n" for statement in statements)
