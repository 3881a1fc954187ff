"""What a fork of the fork server does: a supervisor that guards one worker."""

import contextlib
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
from pathlib import Path
from typing import Any, NoReturn

from benchmark.errors import LockgateError
from runtime.processes import adopt_orphans, die_with_parent, kill_family

MAX_RESULT_BYTES = 64 * 1024**2
"""Largest JSON value that an entry may return."""

QUIET = {
    "DO_NOT_TRACK": "1",
    "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    "DAGSTER_DISABLE_TELEMETRY": "true",
    "GX_ANALYTICS_ENABLED": "false",
}
"""Telemetry is off: without a network it waits."""


def supervise(connection: socket.socket, server_pid: int) -> NoReturn:
    """Read one request from the connection, guard a worker that runs it, answer, exit."""
    die_with_parent(server_pid)
    adopt_orphans()
    request = json.loads(read_line(connection))
    started = time.monotonic()
    reader, writer = os.pipe()
    worker = os.fork()
    if worker == 0:
        os.close(reader)
        connection.close()
        _work(request, writer)
    os.close(writer)
    reply = _watch(
        connection, worker, reader, started + request["limits"]["wall_seconds"], request["limits"]["wall_seconds"]
    )
    kill_family()
    reply["wall_seconds"] = time.monotonic() - started
    with contextlib.suppress(OSError):  # the caller is gone; nobody waits for the answer
        connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(0)


def read_line(connection: socket.socket) -> bytes:
    """Read up to a newline; empty when the other side closed."""
    with connection.makefile("rb") as file:
        return file.readline()


def _watch(connection: socket.socket, worker: int, reader: int, deadline: float, limit: float) -> dict[str, Any]:
    """Wait for the worker's end, its time limit or the caller's departure."""
    worker_fd = os.pidfd_open(worker)
    received = bytearray()
    reader_is_open = True
    while True:
        watched = [worker_fd, connection] + ([reader] if reader_is_open else [])
        ready, _, _ = select.select(watched, [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return {"status": "timeout", "message": f"It ran longer than its limit of {limit:g} s and was stopped."}
        if reader in ready:
            part = os.read(reader, 1 << 20)
            received += part
            reader_is_open = bool(part)
            if len(received) > MAX_RESULT_BYTES:
                return {"status": "killed", "message": f"It returned more than {MAX_RESULT_BYTES} bytes."}
        elif worker_fd in ready:
            _, status = os.waitpid(worker, 0)
            return _reply(bytes(received), os.waitstatus_to_exitcode(status))
        elif connection in ready:
            return {"status": "killed", "message": "The caller went away."}


def _reply(received: bytes, exit_code: int) -> dict[str, Any]:
    if exit_code < 0:
        name = signal.Signals(-exit_code).name
        return {"status": "killed", "message": f"It was ended by signal {name} (out of memory, or it killed itself)."}
    try:
        answer = json.loads(received)
        status, value, message = str(answer["status"]), answer["value"], str(answer["message"])
    except (ValueError, KeyError, TypeError):
        return {"status": "failed", "message": f"It exited with code {exit_code} and without a result."}
    if status not in ("ok", "failed"):
        return {"status": "failed", "message": "It returned a status that does not exist."}
    return {"status": status, "value": value, "message": message}


def _work(request: dict[str, Any], writer: int) -> NoReturn:
    """Become the worker: own session, own environment, limits, log file; run the entry; exit."""
    supervisor = os.getppid()
    os.setsid()
    die_with_parent(supervisor)
    _redirect(Path(request["log_path"]))
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


def _redirect(log_path: Path) -> None:
    log = os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
