"""A worker runs one entry function in a process of its own; `watch` waits for its end and says how it ended."""

import importlib
import json
import os
import resource
import select
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from benchmark import bounded_json
from benchmark.errors import LockgateError
from runtime.processes import die_with_parent

MAX_RESULT_BYTES = bounded_json.MAX_BYTES
"""Largest JSON text that an entry may return."""

LOOK_SECONDS = 0.1

QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "true",
    "GX_ANALYTICS_ENABLED": "false",
}
"""Telemetry is off: without a network it waits."""


Look = Callable[[], str | None]
"""Looks at what a family of processes uses; a sentence where it is too much."""


def read_line(connection: socket.socket) -> bytes:
    """Read up to a newline; empty when the other side closed."""
    with connection.makefile("rb") as file:
        return file.readline()


class Log:
    """Collects the output of a worker from a pipe: the first bytes are kept, the rest is dropped and counted."""

    def __init__(self, descriptor: int, limit: int) -> None:
        self.descriptor: int | None = descriptor
        self._limit = limit
        self._kept = bytearray()
        self._n_bytes = 0

    def read(self) -> None:
        """Read what has come, without waiting for more; closed pipe = `descriptor` is None."""
        assert self.descriptor is not None
        part = os.read(self.descriptor, 1 << 18)
        self._n_bytes += len(part)
        self._kept += part[: max(0, self._limit - len(self._kept))]
        if not part:
            self.descriptor = None

    @property
    def text(self) -> str:
        """The beginning of the log, up to the limit, and a note on how much was dropped."""
        dropped = self._n_bytes - len(self._kept)
        note = f"\n[{dropped} bytes more were dropped]\n" if dropped else ""
        return self._kept.decode(errors="replace") + note


def watch(
    connection: socket.socket,
    worker: int,
    reader: int,
    limit: float,
    log: Log | None = None,
    look: Look | None = None,
) -> dict[str, Any]:
    """Wait for the worker's end, its time limit, another limit or the caller's departure.

    Args:
        connection: To the caller.
        worker: Process id.
        reader: The pipe of its result.
        limit: Seconds from now.
        log: Read meanwhile.
        look: Called every tenth of a second.
    """
    deadline = time.monotonic() + limit
    worker_fd = os.pidfd_open(worker)
    received = bytearray()
    open_pipe: list[int] = [reader]
    while True:
        watched = [worker_fd, connection, *open_pipe]
        if log is not None and log.descriptor is not None:
            watched.append(log.descriptor)
        now = time.monotonic()
        until = deadline if look is None else min(deadline, now + LOOK_SECONDS)
        ready, _, _ = select.select(watched, [], [], max(0.0, until - now))
        if time.monotonic() >= deadline:
            return {"status": "timeout", "message": f"It ran longer than its limit of {limit:g} s and was stopped."}
        if look is not None and (problem := look()):
            return {"status": "killed", "message": problem}
        if log is not None and log.descriptor in ready:
            log.read()
        elif reader in ready:
            part = os.read(reader, 1 << 20)
            received += part
            if not part:
                open_pipe.clear()
            if len(received) > MAX_RESULT_BYTES:
                return {"status": "killed", "message": f"It returned more than {MAX_RESULT_BYTES} bytes."}
        elif worker_fd in ready:
            _, status = os.waitpid(worker, 0)
            return reply_of(bytes(received), os.waitstatus_to_exitcode(status))
        elif connection in ready:
            return {"status": "killed", "message": "The caller went away."}


def reply_of(received: bytes, exit_code: int) -> dict[str, Any]:
    """What a worker returned and how it ended, as the answer to the caller."""
    if exit_code < 0:
        name = _signal_name(-exit_code)
        return {"status": "killed", "message": f"It was ended by signal {name} (out of memory, or it killed itself)."}
    try:
        answer = bounded_json.parse_bounded(received)
        status, value, message = str(answer["status"]), answer["value"], str(answer["message"])
    except bounded_json.HostileJsonError as error:
        why = f": what it returned cannot be read, {error}" if received else ""
        return {"status": "failed", "message": f"It exited with code {exit_code} and without a result{why}."}
    except (KeyError, TypeError, RecursionError):
        return {"status": "failed", "message": f"It exited with code {exit_code} and without a result."}
    if status not in ("ok", "failed"):
        return {"status": "failed", "message": "It returned a status that does not exist."}
    return {"status": status, "value": value, "message": message}


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have no name
        return str(number)


def work(request: dict[str, Any], writer: int, log_fd: int | None = None) -> NoReturn:
    """Turn this process into the worker: own session, own environment, limits, log; run the entry, answer, exit.

    Args:
        request: Entry, arguments, directory, environment, limits, and `log_path` where there is no `log_fd`.
        writer: The pipe for the answer.
        log_fd: Where standard output and error go; None = the file `log_path`.
    """
    supervisor = os.getppid()
    os.setsid()
    die_with_parent(supervisor)
    _redirect(Path(request["log_path"]) if log_fd is None else log_fd)
    limits = request["limits"]
    resource.setrlimit(resource.RLIMIT_FSIZE, (limits["file_bytes"], limits["file_bytes"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits["open_files"], limits["open_files"]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LOCKGATE_HOME") if name in os.environ}
    os.environ.clear()
    os.environ.update(kept | QUIET | {"TZ": "UTC"} | request["environment"])
    time.tzset()
    exit_code = 0
    try:
        os.chdir(request["directory"])
        module_name, _, function_name = request["entry"].partition(":")
        value = getattr(importlib.import_module(module_name), function_name)(request["arguments"])
        answer = {"status": "ok", "value": value, "message": ""}
    except LockgateError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the log
        answer = {"status": "failed", "value": None, "message": str(error)}
    except BaseException as error:  # noqa: BLE001 - whatever hostile code raises is its result
        traceback.print_exc()
        answer = {"status": "failed", "value": None, "message": f"{type(error).__name__}: {error}"}
        exit_code = 1
    try:
        payload = json.dumps(answer).encode()
    except (TypeError, ValueError) as error:
        payload = json.dumps({"status": "failed", "value": None, "message": f"result is not JSON: {error}"}).encode()
    with os.fdopen(writer, "wb") as file:
        file.write(payload)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def _redirect(log: Path | int) -> None:
    if isinstance(log, Path):
        log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
