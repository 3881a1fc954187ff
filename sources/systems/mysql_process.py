"""One MariaDB server process on a data directory."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from sources.systems.loopback_server import HOST, LoopbackServer
from sources.systems.mysql_data import HERE, SETTINGS
from sources.systems.mysql_programs import MYSQL, server_program
from sources.systems.mysql_tables import literal, quote
from sources.systems.server_process import Identity

KEEPER = "lockgate"
"""Our own user of a server, who may do everything."""
MAX_READER_CONNECTIONS = 12
"""At once. Others are kept free for us."""
MAX_STATEMENT_SECONDS = 600
"""After which a reader's statement is ended; a load is allowed less."""
MAX_SESSION_BYTES = 64 * 2**20
"""What the server accounts to a session: temporary tables in memory, prepared statements, sorts."""

# Readers are hostile. A session's variables have upper bounds (`maximum-…`), since they may set them.
_SETTINGS = (
    "--connect-timeout=10",
    "--host-cache-size=0",  # else many broken connections block a host for good
    "--local-infile=0",
    "--log-warnings=1",
    "--max-allowed-packet=64M",
    "--max-connections=64",
    "--max-prepared-stmt-count=1000",
    f"--max-session-mem-used={MAX_SESSION_BYTES}",
    f"--maximum-max-session-mem-used={MAX_SESSION_BYTES}",
    "--maximum-bulk-insert-buffer-size=1M",
    "--maximum-group-concat-max-len=64M",
    "--maximum-join-buffer-size=8M",
    "--maximum-max-heap-table-size=16M",
    "--maximum-max-recursive-iterations=1000000",
    "--maximum-preload-buffer-size=1M",
    "--maximum-read-buffer-size=1M",
    "--maximum-read-rnd-buffer-size=1M",
    "--maximum-sort-buffer-size=8M",
    "--maximum-tmp-memory-table-size=16M",
    "--net-write-timeout=600",
    "--skip-symbolic-links",
    f"--bind-address={HOST}",
    f"--pid-file={HERE}/server.pid",
    "--socket=server.sock",
)
_READ_ONLY = ("--innodb-read-only=1", "--read-only=1", "--innodb-stats-on-metadata=0")


@dataclass(frozen=True)
class Passwords:
    """New ones for each server."""

    reader: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    keeper: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def new_users(database: str, reader: str, passwords: Passwords) -> str:
    """SQL that makes the two users of a server: one statement a line."""
    limits = f"max_user_connections {MAX_READER_CONNECTIONS} max_statement_time {MAX_STATEMENT_SECONDS}"
    who, keeper = (f"{literal(name)}@'{HOST}'" for name in (reader, KEEPER))
    return (
        f"create or replace user {who} identified by {literal(passwords.reader)} with {limits};\n"
        f"grant select, show view on {quote(database)}.* to {who};\n"
        f"create or replace user {keeper} identified by {literal(passwords.keeper)};\n"
        f"grant all on *.* to {keeper} with grant option;\n"
    )


class MysqlProcess(LoopbackServer):
    """A server process of MariaDB; it starts in about 0.2 s.

    Args:
        data: The data directory, without users.
        identity: As whom it runs.
        users: SQL that makes its users.
        is_read_only: Nothing at all can be written: no table, temporary table, password or user.
    """

    def __init__(self, data: Path, identity: Identity, users: str, *, is_read_only: bool = True) -> None:
        super().__init__(MYSQL, data, identity)
        self._users = users
        self._is_read_only = is_read_only

    def start(self, port: int = 0) -> None:
        """Start it; the file with passwords is there only meanwhile."""
        script = self._data / "users.sql"
        script.touch(mode=0o600)
        script.write_text(self._users, encoding="utf-8")
        if self._identity.uid is not None:
            os.chown(script, self._identity.uid, -1)
        try:
            super().start(port)
        finally:
            script.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        return [
            str(server_program()),
            "--no-defaults",
            *SETTINGS,
            *_SETTINGS,
            *(_READ_ONLY if self._is_read_only else ()),
            f"--init-file={HERE}/users.sql",
            f"--port={self.port}",
        ]

    @property
    def _working_directory(self) -> Path:
        return self._data

    def _is_ready(self) -> bool:
        return any("ready for connections" in line for line in self._log.copy())

    @property
    def _taken_port_message(self) -> str:
        return "Address already in use"
