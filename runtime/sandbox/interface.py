"""What a sandbox promises, whatever its walls are made of.

A sandbox belongs to one trial (or to one scenario of an evaluation). It sees a workspace, the source systems of that
trial on loopback, the programs of the system and the Python environment, read-only; nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self


@dataclass(frozen=True)
class SandboxLimits:
    """Limits of everything that runs in a sandbox, together; breaking one is the submission's failure, not ours."""

    wall_seconds: float = 600.0
    """Wall time of one command."""
    cpu_seconds: float = 1200.0
    """CPU time of one process."""
    memory_bytes: int = 8 * 1024**3
    processes: int = 256
    open_files: int = 1024
    disk_bytes: int = 8 * 1024**3
    """Size of the workspace and the temporary folder together."""
    output_bytes: int = 1024**2
    """Size of standard output, and of standard error; the rest is dropped and counted."""


@dataclass(frozen=True)
class SandboxSpec:
    """What a sandbox is made of: workspace, source systems, readable files, environment, limits."""

    workspace: Path
    """Folder of the host that is `/workspace` inside, writable; must exist."""
    systems_pid: int | None = None
    """A process in whose network namespace the source systems listen; None = the sandbox reaches no port at all."""
    readable: Mapping[str, Path] = field(default_factory=dict)
    """Path inside -> file or folder of the host, read-only, for example the drop folder of this trial."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """The whole environment of every command, beside PATH, HOME, TZ and the switches that turn telemetry off."""
    limits: SandboxLimits = SandboxLimits()


@dataclass(frozen=True)
class ExecResult:
    """How a command ended. A command that fails, or breaks a limit, is a result, never an exception."""

    exit_code: int
    """128 + signal where a signal ended it; 137 where a limit of ours did, whatever it did while it was killed."""
    stdout: bytes
    stderr: bytes
    n_bytes_dropped: int = 0
    """Output beyond `output_bytes`."""
    limit: str | None = None
    """The limit that it broke (`wall`, `cpu`, `memory`, `processes`, `disk`, `output`, or `arguments`: the command line
    is too long or holds what none can); None = none."""
    wall_seconds: float = 0.0
    is_missing: bool = False
    """The program does not exist, which is not the same as an exit code of 127."""


class Sandbox(Protocol):
    """A running sandbox; a context manager, at whose end everything inside is dead."""

    def exec(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        wall_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = "/workspace",
    ) -> ExecResult:
        """Run a command to its end.

        Args:
            command: Program and arguments; no shell is involved.
            stdin: Given to it whole.
            wall_seconds: None = the sandbox's limit; never more than that.
            environment: Added to the sandbox's.
            directory: Working directory, as the inside calls it.

        Raises:
            RuntimeFaultError: The sandbox itself broke: a fault that is not the command's.
        """

    def close(self) -> None:
        """Kill everything inside. Safe to call twice."""

    def __enter__(self) -> Self:
        """Put up the walls."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Kill everything inside and take down the walls."""
