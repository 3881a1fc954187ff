"""The fork server: a process that has the heavy libraries imported and forks a child per request.

`python -m runtime.fork_server SOCKET PROFILE`: listens on a Unix socket, imports the profile's libraries, then forks a
supervisor for each connection. It ends when its standard input closes, and everything below it ends with it.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
from pathlib import Path

from runtime.child import supervise
from runtime.dbt.warm_up import warm_dbt
from runtime.processes import adopt_orphans, kill_family

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
PROFILES: dict[str, tuple[str, ...]] = {
    "pipeline": (*_PIPELINE, "runtime.jobs.data_tests"),
    "rooms": (*_PIPELINE, "runtime.jobs.lint", "runtime.sandbox.room", "sqlfluff"),
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
    for name in PROFILES[profile]:
        importlib.import_module(name)
    if profile in ("pipeline", "rooms"):
        warm_dbt()
    gc.collect()
    gc.freeze()  # a child's collections then pass over what the server has: about a tenth of a build's CPU time
    serve_until_end(server, sys.stdin.fileno())
    kill_family()
    _tidy(socket_path)


def serve_until_end(server: socket.socket, owner: int) -> None:
    """Fork a supervisor for each connection until the owner's descriptor closes."""
    signal.signal(signal.SIGCHLD, lambda *_: None)
    server_pid = os.getpid()
    while True:
        try:
            ready, _, _ = select.select([server, owner], [], [], 0.5)
        except InterruptedError:
            ready = []
        _reap()
        if owner in ready and not os.read(owner, 1024):
            break
        if server in ready:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                if owner != sys.stdin.fileno():  # 0 must stay taken: a pipe would get it
                    os.close(owner)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                supervise(connection, server_pid)
            connection.close()


def _tidy(socket_path: Path) -> None:
    """Remove this server's files, and the folder with the last server's; the owner may be gone."""
    socket_path.unlink(missing_ok=True)
    socket_path.with_suffix(".log").unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # another server still has its files there
        socket_path.parent.rmdir()


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
