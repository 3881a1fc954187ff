"""The one small interface behind which untrusted code runs.

A caller asks for an entry function to be run in a child process and gets back how it ended. Walls (another backend)
can be put around the child without touching a caller.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from benchmark.errors import OurFaultError

ROOMS = "rooms"
"""The profile whose server lies inside bubblewrap."""
WITH_DAGSTER = "pipeline_with_dagster"
"""The profile for Dagster definitions that run without walls."""

Status = Literal["ok", "failed", "timeout", "killed"]


@dataclass(frozen=True)
class Limits:
    """Limits of one child and everything that it starts."""

    wall_seconds: float = 600.0
    """After this the child and its descendants are killed; status `timeout`."""
    file_bytes: int = 8 * 1024**3
    """Largest single file, the log included."""
    open_files: int = 1024
    cpu_seconds: float = 3600.0
    """CPU time of one process; this limit and the following ones hold in a sandbox only."""
    memory_bytes: int = 8 * 1024**3
    """Memory of all processes together, without what they share with the server and without files."""
    processes: int = 256
    disk_bytes: int = 8 * 1024**3
    """Size of the folders that it may write to, together."""
    log_bytes: int = 8 * 1024**2
    """Size of the log; what comes after is dropped, and counted in its last line."""


@dataclass(frozen=True)
class ChildRequest:
    """One job for a child process: what to run, with what, within which limits."""

    entry: str
    """`package.module:function`; one argument, a JSON-able mapping; returns a JSON-able value."""
    arguments: Mapping[str, Any]
    directory: Path
    """Working directory; must exist."""
    log_path: Path
    """Standard output and error are appended to this file."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The child's whole environment, beside PATH, HOME, TZ and the switches that turn telemetry off."""
    limits: Limits = Limits()
    writable: Mapping[str, Path] = field(default_factory=dict)
    """Path inside a sandbox -> folder of the host. Paths of the host in the other fields are translated; without a
    sandbox they are used as they are. `directory` must lie in one of them."""
    readable: Mapping[str, Path] = field(default_factory=dict)
    """The same, read-only."""
    ports: tuple[int, ...] = ()
    """Ports of source systems that it may call, on loopback of the runtime's network. A sandbox gives every child a
    network of its own; without ports there is nothing to call on it."""


@dataclass(frozen=True)
class ChildResult:
    """How a child ended. A child that fails is a result, never an exception."""

    status: Status
    value: Any
    """What the entry returned; None unless `ok`."""
    message: str
    """Why it is not `ok`, one paragraph; empty when ok."""
    wall_seconds: float


class Runtime(Protocol):
    """Runs jobs in child processes; one implementation per kind of walls."""

    network_pid: int | None
    """A process in whose network source systems have to listen so that children can call them; None = the host's."""
    has_walls: bool
    """Whether a child's files are its own, so that its SQL may read and write whatever it finds."""

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        """Run a child to its end.

        Args:
            request: What to run.
            profile: Which libraries it finds imported; None = those of the backend's own.

        Raises:
            RuntimeFaultError: The backend itself broke: a fault that is not the submission's.
        """


class RuntimeFaultError(OurFaultError):
    """The backend broke, for example because the fork server was killed. A trial that meets it is unscored."""
