"""No walls: commands run as plain processes in the workspace. For agents and code that are trusted."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from benchmark.paths import REPOSITORY_DIR
from runtime.interface import RuntimeFaultError
from runtime.sandbox.interface import ExecResult, SandboxSpec

_WORKSPACE = "/workspace"


class NoSandbox:
    """Runs commands in the workspace with an environment of their own; only time and output are limited."""

    def __init__(self, spec: SandboxSpec) -> None:
        self._spec = spec
        self._home = Path(tempfile.mkdtemp(prefix="lockgate-home-"))

    def __enter__(self) -> Self:
        """Nothing to start."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the home."""
        self.close()

    def close(self) -> None:
        """Remove the home; every command has ended by then."""
        shutil.rmtree(self._home, ignore_errors=True)

    def exec(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        wall_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = _WORKSPACE,
    ) -> ExecResult:
        """Run a command to its end; see the interface."""
        limit = min(wall_seconds or self._spec.limits.wall_seconds, self._spec.limits.wall_seconds)
        started = time.monotonic()
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            try:
                process = subprocess.Popen(
                    list(command),
                    stdin=given,
                    stdout=out,
                    stderr=err,
                    cwd=self._outside(directory),
                    env=self._environment(environment or {}),
                    start_new_session=True,
                )
            except (FileNotFoundError, PermissionError, NotADirectoryError) as error:
                return ExecResult(127, b"", f"{command[0]}: {error.strerror}\n".encode())
            except OSError as error:
                raise RuntimeFaultError(f"No process can be started: {error}") from error
            broken = _wait(process, limit)
            stdout, dropped_out = self._read(out)
            stderr, dropped_err = self._read(err)
        code = process.returncode
        return ExecResult(
            exit_code=code if code >= 0 else 128 - code,
            stdout=stdout,
            stderr=stderr,
            n_bytes_dropped=dropped_out + dropped_err,
            limit=broken or ("output" if dropped_out + dropped_err else None),
            wall_seconds=time.monotonic() - started,
        )

    def _outside(self, directory: str) -> Path:
        return self._spec.workspace / directory.removeprefix(_WORKSPACE).lstrip("/")

    def _environment(self, added: Mapping[str, str]) -> dict[str, str]:
        return {
            "PATH": f"{sys.prefix}/bin:{os.environ.get('PATH', '/usr/local/bin:/usr/bin:/bin')}",
            "HOME": str(self._home),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONPATH": str(REPOSITORY_DIR),
            "PYTHONDONTWRITEBYTECODE": "1",
            "DO_NOT_TRACK": "1",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            **self._spec.environment,
            **added,
        }

    def _read(self, file: IO[bytes]) -> tuple[bytes, int]:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        content = file.read(self._spec.limits.output_bytes)
        return content, size - len(content)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> str | None:
    """Wait for the end of a command, then kill what it left in its process group; names the limit it broke."""
    broken = None
    try:
        process.wait(timeout=max(0.1, seconds))
    except subprocess.TimeoutExpired:
        broken = "wall"
    with contextlib.suppress(ProcessLookupError):  # nobody is left
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return broken
