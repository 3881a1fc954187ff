"""The fork server: a process that has the heavy libraries imported and forks a child per request.

`python -m runtime.fork_server SOCKET PROFILE`: listens on a Unix socket, imports the profile's libraries, then forks a
supervisor for each connection. It ends when its standard input closes, and everything below it ends with it.
"""

import contextlib
import gc
import importlib
import json
import os
import socket
import sys
import time
from pathlib import Path
from typing import NoReturn

from runtime.dbt.warm_up import warm_dbt
from runtime.forking import serve_until_end
from runtime.interface import ROOMS, WITH_DAGSTER
from runtime.processes import adopt_orphans, die_with_parent, ended_with, kill_family
from runtime.worker import read_line, watch, work

_PIPELINE = (
    "duckdb",
    "pyarrow",
    "airbyte_cdk",
    "airbyte_cdk.sources.declarative.concurrent_declarative_source",
    "dbt.cli.main",
    "dbt.adapters.duckdb",
    "dbt.adapters.duckdb.impl",
    "sources.loader.preload",
    "runtime.jobs.build",
    "runtime.jobs.rebuild",
    "runtime.jobs.load",
    "runtime.jobs.export",
)
_TRUSTED = (*_PIPELINE, "runtime.jobs.data_tests", "sqlglot.dialects.duckdb", "evaluators.pipeline.reading")
PROFILES: dict[str, tuple[str, ...]] = {
    "pipeline": _TRUSTED,
    WITH_DAGSTER: (
        *_TRUSTED,
        "dagster",
        "dagster.components.definitions",
        "dagster._core.storage.event_log",  # what a run imports, with alembic and sqlalchemy: 0.75 s
        "dagster._core.storage.runs",
        "dagster._core.storage.schedules",
        "runtime.jobs.orchestrate",
    ),
    ROOMS: (*_PIPELINE, "runtime.jobs.lint", "runtime.sandbox.room", "runtime.sandbox.room_network", "sqlfluff"),
    "judge": (
        "duckdb",
        "pandas",
        "sqlfluff",
        "great_expectations",
        "evaluators.scoring.table_verdicts",
        "evaluators.expectations.run",
    ),
    "bare": (),
}
"""Libraries that a server imports before its first fork. Memory is shared with the children (copy on write)."""


def serve(socket_path: Path, profile: str) -> None:
    """Serve until standard input closes."""
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(socket_path))
    server.listen(64)
    adopt_orphans()
    with ended_with(sys.stdin.fileno()):
        for name in PROFILES[profile]:
            importlib.import_module(name)
    if profile in ("pipeline", WITH_DAGSTER, ROOMS):
        warm_dbt()
    gc.collect()
    gc.freeze()  # a child's collections then pass over what the server has: about a tenth of a build's CPU time
    serve_until_end(server, sys.stdin.fileno(), handle)
    kill_family()
    _tidy(socket_path)


def handle(connection: socket.socket, server_pid: int) -> NoReturn:
    """Serve one connection in a fork: a room, a network with rooms beside it, or a worker without walls."""
    die_with_parent(server_pid)
    adopt_orphans()
    request = json.loads(read_line(connection))
    if "mounts" in request:
        from runtime.sandbox.room import guard_room

        guard_room(request, connection)
    if "network_socket" in request:
        from runtime.sandbox.room_network import hold_network

        hold_network(Path(request["network_socket"]), connection, handle)
    started = time.monotonic()
    reader, writer = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(reader)
        connection.close()
        work(request, writer)
    os.close(writer)
    reply = watch(connection, worker, reader, request["limits"]["wall_seconds"])
    kill_family()
    reply["wall_seconds"] = time.monotonic() - started
    with contextlib.suppress(OSError):  # the caller is gone; nobody waits for the answer
        connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(0)


def _tidy(socket_path: Path) -> None:
    """Remove this server's files, and the folder with the last server's; the owner may be gone."""
    socket_path.unlink(missing_ok=True)
    socket_path.with_suffix(".log").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another server still has its files there
        socket_path.parent.rmdir()


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
