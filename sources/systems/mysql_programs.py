"""The MariaDB that the machine has: which program, as whom it runs, and what to do where there is none."""

import functools
import re
import shutil
import signal
import subprocess
from pathlib import Path

from benchmark.errors import LockgateError
from sources.systems.server_process import Identity, ServerKind, find_identity

MAX_FILE_BYTES = 512 * 2**20
"""Of one file that a server writes, for example for a sort."""
INSTALL = (
    "Install the distribution's package (Debian, Ubuntu: apt-get install mariadb-server; Fedora: dnf install "
    "mariadb-server). Only its programs are used: its own service may be stopped and disabled."
)
_NAMES = ("mariadbd", "mysqld")
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/bin")
"""Where programs lie that are not on the PATH of an ordinary user."""
_SYSTEM_TABLES = ("mariadb_system_tables.sql", "mysql_system_tables.sql")
_OLDEST = (10, 5)


class MysqlError(LockgateError):
    """A MariaDB server could not be prepared, started or reached."""


MYSQL = ServerKind("MariaDB", MysqlError, signal.SIGKILL, signal.SIGTERM, file_bytes=MAX_FILE_BYTES)


def find_problem() -> str | None:
    """Why no MySQL database can be started on this machine, and what to do; None: one can."""
    try:
        server_program()
        system_tables()
        identity_here()
    except MysqlError as error:
        return str(error)
    return None


@functools.cache
def server_program() -> Path:
    """The server.

    Raises:
        MysqlError: MariaDB is not installed, or too old.
    """
    folders = [Path(found).parent for name in _NAMES if (found := shutil.which(name))]
    for folder in (*folders, *map(Path, _FOLDERS)):
        for name in _NAMES:
            program = folder / name
            if program.is_file() and "MariaDB" in server_version(program):
                return _checked(program)
    raise MysqlError(
        f"MariaDB is not installed, which source systems of type mysql need: there is no {_NAMES[0]} on the PATH "
        f"or in {', '.join(_FOLDERS)}. {INSTALL}"
    )


def _checked(program: Path) -> Path:
    version = server_version(program)
    found = re.search(r"Ver (\d+)\.(\d+)", version)
    if not found or (int(found[1]), int(found[2])) < _OLDEST:
        oldest = ".".join(map(str, _OLDEST))
        raise MysqlError(f"MariaDB: {program} is too old ({version}). Install MariaDB {oldest} or later.")
    return program


@functools.cache
def server_version(program: Path) -> str:
    """What a server says of itself; empty: it does not run."""
    try:
        done = subprocess.run(
            [program, "--no-defaults", "--version"], capture_output=True, text=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip()


@functools.cache
def system_tables() -> tuple[Path, Path]:
    """The SQL that makes the tables of users and privileges, and their first rows.

    Raises:
        MysqlError: It is not beside the server.
    """
    base = server_program().resolve().parent.parent
    folders = [base / "share" / name for name in ("mysql", "mariadb")]
    for folder in folders:
        for name in _SYSTEM_TABLES:
            tables = folder / name
            rows = tables.with_stem(f"{tables.stem}_data")
            if tables.is_file() and rows.is_file():
                return tables, rows
    listed = " or ".join(map(str, folders))
    raise MysqlError(f"MariaDB: there is no {_SYSTEM_TABLES[1]} in {listed}. {INSTALL}")


def identity_here() -> Identity:
    """The user that MariaDB runs as on this machine.

    Raises:
        MysqlError: None can.
    """
    return find_identity(MYSQL, server_program())
