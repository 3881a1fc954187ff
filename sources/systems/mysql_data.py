"""Data directories of MariaDB: a template made once per machine, and SQL that runs while the server is down."""

import re
from dataclasses import replace
from pathlib import Path

from sources.systems.data_directories import copy_data_directory, give, template
from sources.systems.mysql_programs import (
    MYSQL,
    MysqlError,
    server_program,
    server_version,
    system_tables,
)
from sources.systems.server_process import Identity, require_reachable, spawn

_BOOTSTRAP = replace(MYSQL, file_bytes=None)
_FORMAT = 1  # raise when the settings or the statements below change

HERE = "/proc/self/cwd"
"""How a server is told its data directory: readers see this, and not the path, which says more than they may know."""

# A throw-away server: nothing survives a crash, so nothing is paid for durability. Small files: they are copied.
SETTINGS = (
    f"--datadir={HERE}",
    f"--tmpdir={HERE}/tmp",
    "--aria-pagecache-buffer-size=4M",
    "--character-set-server=utf8mb4",
    "--default-time-zone=+00:00",
    "--explicit-defaults-for-timestamp=1",
    "--innodb-autoextend-increment=1",
    "--innodb-buffer-pool-dump-at-shutdown=0",
    "--innodb-buffer-pool-load-at-startup=0",
    "--innodb-buffer-pool-size=32M",
    "--innodb-data-file-path=ibdata1:2M:autoextend",
    "--innodb-doublewrite=0",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-log-file-size=4M",
    "--innodb-stats-persistent=0",
    "--innodb-temp-data-file-path=ibtmp1:1M:autoextend",
    "--innodb-undo-tablespaces=0",
    "--key-buffer-size=64K",
    "--performance-schema=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--skip-slave-start",
    "--table-open-cache=400",
)
_CLEAR = "".join(
    f"delete from mysql.{table};\n"
    for table in ("global_priv", "db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv", "roles_mapping")
)
"""Nobody may log in: each start makes its own users."""


def create_data_directory(target: Path, identity: Identity) -> None:
    """Make a new data directory without databases and users, from the cached template; 0.05 s.

    Args:
        target: Must not exist; its parent must.
        identity: Becomes the owner.
    """
    require_reachable(MYSQL, target, identity)
    version = re.sub(r"[^\w.]+", "-", server_version(server_program()).partition("Ver ")[2].partition(" ")[0])
    name = f"{version}-{_FORMAT}-{identity.label}"
    with template("mysql", name, lambda half_built: _build(half_built, identity)) as made:
        copy_data_directory(MYSQL, made / "data", target, identity)


def run_bootstrap(data: Path, statements: str, identity: Identity) -> None:
    """Run SQL in a data directory whose server is down; 0.3 s.

    Args:
        data: The data directory.
        statements: Each ends with a semicolon at the end of a line.
        identity: As whom MariaDB runs.

    Raises:
        MysqlError: A statement fails; the message is the server's.
    """
    script, log = data.parent / "statements.sql", data.parent / "statements.log"
    script.touch(mode=0o600)
    script.write_text(statements, encoding="utf-8")
    command = [str(server_program()), "--no-defaults", "--bootstrap", *SETTINGS, "--sql-mode=STRICT_ALL_TABLES"]
    try:
        with log.open("wb") as output, script.open("rb") as lines:
            code = spawn(_BOOTSTRAP, command, identity, output, data, lines).wait()
        said = log.read_text(errors="replace")
        if code != 0 or "\nERROR: " in f"\n{said}":
            found = re.search(r"^ERROR: (\d+ .*)$", said, re.MULTILINE)
            raise MysqlError(f"MariaDB: {found[1].strip() if found else f'exit code {code}: {said[-2000:]}'}")
    finally:
        script.unlink(missing_ok=True)
        log.unlink(missing_ok=True)


def open_folder(folder: Path, identity: Identity) -> None:
    """Let the user that MariaDB runs as enter a folder of ours."""
    if identity.uid is not None:
        folder.chmod(0o711)


def _build(half_built: Path, identity: Identity) -> None:
    data = half_built / "data"
    (data / "tmp").mkdir(parents=True)
    data.chmod(0o700)
    open_folder(half_built, identity)
    if identity.uid is not None:
        give(data, identity.uid)
    require_reachable(MYSQL, data, identity)
    tables, rows = (path.read_text(encoding="utf-8") for path in system_tables())
    run_bootstrap(data, f"create database mysql;\nuse mysql;\n{tables}\n{rows}\n{_CLEAR}", identity)
