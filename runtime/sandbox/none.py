"""No walls: commands run as the user, on the host. For code that you trust."""

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

from benchmark.paths import REPOSITORY_DIR
from runtime.processes import descendants
from runtime.sandbox.interface import ExecResult, SandboxSpec
from runtime.sandbox.network import join_command
from runtime.sandbox.visible_files import WORKSPACE, inside_environment
from runtime.sandbox.watched_command import prlimit_command, run_watched


class NoSandbox:
    """The interface of a sandbox without its promises: limits hold, and nothing else.

    `/workspace` at the start of a directory or of an argument means the workspace; other paths are the host's.
    """

    def __init__(self, spec: SandboxSpec) -> None:
        self._spec = spec

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Do nothing; see `close`."""
        self.close()

    def close(self) -> None:
        """Nothing to end: a command's process group ends with the command."""

    def exec(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        wall_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = WORKSPACE,
    ) -> ExecResult:
        """Run a command; see `runtime.sandbox.interface.Sandbox.exec`."""
        limits = self._spec.limits
        inside = inside_environment({**self._spec.environment, **(environment or {})})
        inside["PYTHONPATH"] = str(REPOSITORY_DIR)
        return run_watched(
            [
                *join_command(self._spec.systems_pid),
                *prlimit_command(limits),
                *(self._outside(part) for part in command),
            ],
            stdin=stdin,
            wall_seconds=min(wall_seconds or limits.wall_seconds, limits.wall_seconds),
            limits=limits,
            environment=inside,
            directory=self._outside(directory),
            folders=[str(self._spec.workspace)],
            kill=_kill,
        )

    def _outside(self, text: str) -> str:
        if text == WORKSPACE or text.startswith(f"{WORKSPACE}/"):
            return str(self._spec.workspace.resolve()) + text.removeprefix(WORKSPACE)
        return text


def find_problem() -> str | None:
    """Return None: this backend works everywhere."""
    return None


def _kill(process: "subprocess.Popen[bytes]") -> None:
    for pid in [process.pid, *descendants(process.pid)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
