"""What PostgreSQL's processes need, and what is raised where they fail."""

import signal

from benchmark.errors import LockgateError
from sources.systems.server_process import ServerKind

PROCESS_MEMORY_BYTES = 128 * 2**20
"""Private memory of one process. A query that needs more ends with "out of memory"; its session goes on."""


class PostgresError(LockgateError):
    """A PostgreSQL server could not be prepared, started or reached."""


POSTGRES = ServerKind("PostgreSQL", PostgresError, signal.SIGQUIT, signal.SIGINT, memory_bytes=PROCESS_MEMORY_BYTES)
