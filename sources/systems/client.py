"""The harness's end of `sources.systems.host`: one object per trial."""

import contextlib
import json
import queue
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from benchmark.generator_parameters import Dials
from benchmark.paths import REPOSITORY_DIR
from sources.contract import GENERATION_SECONDS
from sources.systems.errors import SourceSystemError
from sources.systems.network import join_command

__all__ = ["SourceSystemError", "SourceSystems"]

DATA_SECONDS = GENERATION_SECONDS + 60
"""For the data of one day. A declared world ends a query of its own accord by then, and says which."""
_LOG_LINES = 30
_STOP_TIMEOUT_SECONDS = 15.0


class SourceSystems:
    """The source systems of one trial, in a process of their own.

    They end with `stop`, with the `with` block, or with this process, however it ends; several may run at once. What
    they show follows from world, dials and incident alone, and their readers can change nothing of it: for a run that
    must not see what an earlier one did, start new ones, or call `set_day`.

    Args:
        world: Id of the world.
        dials: Seed, days, and the day to start on.
        directory: For the files of the servers; its contents are removed when they stop.
        incident: Name of an incident of the world, or `package.module:NAME`; empty: a normal day.
        timeout_seconds: For the start and for each command, without the making of the world's data.
        network_pid: A process in whose network namespace they listen; None = on the host's loopback.
        only: Names of the systems that are started; None = all.
    """

    def __init__(
        self,
        world: str,
        dials: Dials,
        directory: Path,
        *,
        incident: str = "",
        timeout_seconds: float = 90.0,
        network_pid: int | None = None,
        only: Collection[str] | None = None,
    ) -> None:
        self.network_pid = network_pid
        self.only = only
        self.world = world
        self.incident = incident
        self.dials = dials
        self.directory = directory.resolve()
        self.environment: dict[str, str] = {}
        """`OPERATIONS_HOST`, `WEATHER_URL`, ...: for `el/` files and agents; empty while not running."""
        self._timeout_seconds = timeout_seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.Queue[bytes | None] = queue.Queue()
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._lock = threading.Lock()

    def __enter__(self) -> "SourceSystems":
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int | None:
        """Process id of the host; None before the start and after the stop."""
        return self._process.pid if self._process else None

    def start(self) -> "SourceSystems":
        """Start the process and wait until every system answers; about 1 s with warm caches.

        Raises:
            SourceSystemError: One does not start; nothing is left behind.
        """
        if self._process is not None:
            raise SourceSystemError("host", "was started already.")
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            self._process = subprocess.Popen(
                self._command(),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=REPOSITORY_DIR,
                start_new_session=True,  # Ctrl-C is ours to handle: the servers must outlive the tidying up.
            )
        except OSError as error:
            raise SourceSystemError("host", f"{error}.") from error
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        _in_thread(self._collect_answers, self._process.stdout, self._answers)
        _in_thread(self._collect_log, self._process.stderr)
        try:
            self.environment = self._wait("start")["environment"]
        except BaseException:
            self.stop()
            raise
        return self

    def set_day(self, day: int) -> None:
        """Bring every system to the state of the same or a later day, as if it were started on it; about 0.5 s.

        Readers' sessions end and nothing that they left is seen afterwards. Addresses stay, with one exception that
        `environment` tells: the port of a database, where another process has taken it in the meantime.

        Raises:
            SourceSystemError: A system does not start; names it.
        """
        self.environment = self._ask("set_day", day)["environment"]
        self.dials = replace(self.dials, day=day)

    def end_sessions(self) -> None:
        """End the database sessions and HTTP connections of readers, as after a job; the data stays as it is.

        Raises:
            SourceSystemError: A system, or the process, is dead.
        """
        self._ask("end_sessions", True)

    def check(self) -> None:
        """Tell a dead source system from a pipeline's own failure.

        Raises:
            SourceSystemError: A system, or the process, is dead.
        """
        self._ask("check", True)

    def stop(self) -> None:
        """End the process and empty the directory; does nothing the second time."""
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()  # The host stops at the end of its input, which it reads once it is ready.
        if not self.environment:
            process.terminate()
        for end in (process.terminate, process.kill):
            try:
                process.wait(_STOP_TIMEOUT_SECONDS)
                break
            except subprocess.TimeoutExpired:
                end()
        process.wait()
        self.environment = {}
        for path in self.directory.iterdir() if self.directory.is_dir() else ():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def _command(self) -> list[str]:
        settings = {
            "world": self.world,
            "seed": self.dials.seed,
            "days": self.dials.days,
            "day": self.dials.day,
            "scale": self.dials.scale,
            "incident": self.incident,
            "directory": self.directory,
        }
        options = [f"--{name}={value}" for name, value in settings.items()]
        if self.only is not None:
            options += ["--only", *sorted(self.only)]
        return [*join_command(self.network_pid), sys.executable, "-m", "sources.systems.host", *options]

    def _ask(self, command: str, value: object) -> dict[str, Any]:
        with self._lock:
            if self._process is None:
                raise SourceSystemError("host", "is not running.")
            assert self._process.stdin is not None
            with contextlib.suppress(OSError):  # Then it is dead, and the wait below says so.
                self._process.stdin.write(json.dumps({command: value}).encode() + b"\n")
                self._process.stdin.flush()
            return self._wait(command)

    def _wait(self, command: str) -> dict[str, Any]:
        seconds, wanted = self._timeout_seconds, f"answer to '{command}'"
        while True:
            answer = self._receive(command, seconds, wanted)
            if "error" in answer:
                raise SourceSystemError(answer["system"], answer["error"], self._log)
            if "making" not in answer:
                return answer
            seconds, wanted = self._timeout_seconds, f"answer to '{command}'"
            if answer["making"] is not None:
                seconds, wanted = DATA_SECONDS, f"data of day {answer['making']} of world '{self.world}'"

    def _receive(self, command: str, seconds: float, wanted: str) -> dict[str, Any]:
        assert self._process is not None
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise SourceSystemError("host", f"no {wanted} within {seconds:g} seconds.", self._log) from None
        if line is None:
            self._answers.put(None)
            code = self._process.wait()
            raise SourceSystemError("host", f"the process ended with exit code {code} during '{command}'.", self._log)
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _collect_answers(stream: IO[bytes], answers: "queue.Queue[bytes | None]") -> None:
        with stream:
            for line in stream:
                answers.put(line)
        answers.put(None)

    def _collect_log(self, stream: IO[bytes]) -> None:
        with stream:
            for line in stream:
                self._log.append(line.decode(errors="replace").rstrip())


def _in_thread(target: Any, *arguments: object) -> None:
    threading.Thread(target=target, args=arguments, name="source-systems", daemon=True).start()
