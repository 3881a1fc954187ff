"""The first process of a container: ours. It runs one command or one job, watches it, and says how it ended.

A request is one line of JSON on standard input, the answer one on standard output. When standard input ends, the
caller is gone: everything in the container is killed. The process cannot be traced or signalled from inside.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import asdict
from typing import Any

from runtime.sandbox.interface import ExecResult, SandboxLimits
from runtime.sandbox.namespaces import set_dumpable
from runtime.sandbox.room import reset_signal_handlers, run_guarded
from runtime.sandbox.visible_files import HOME, WORKSPACE
from runtime.sandbox.watched_command import prlimit_command, run_watched


def main() -> None:
    """Read the request, carry it out, write the answer, end."""
    reset_signal_handlers()
    set_dumpable(is_dumpable=False)
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_caller, daemon=True).start()
    reply = _run_command(request) if "command" in request else _run_job(request)
    _kill_all()
    with suppress(BrokenPipeError):
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()
    os._exit(0)


def to_json(result: ExecResult) -> dict[str, Any]:
    """A result as the container's process answers it."""
    return asdict(result) | {
        "stdout": base64.b64encode(result.stdout).decode(),
        "stderr": base64.b64encode(result.stderr).decode(),
    }


def from_json(reply: dict[str, Any]) -> ExecResult:
    """Read what `to_json` wrote."""
    texts = {name: base64.b64decode(reply[name]) for name in ("stdout", "stderr")}
    return ExecResult(**{**reply, **texts})


def _run_command(request: dict[str, Any]) -> dict[str, Any]:
    limits = SandboxLimits(**request["limits"])
    result = run_watched(
        [*prlimit_command(limits), *request["command"]],
        stdin=base64.b64decode(request["stdin"]),
        wall_seconds=request["wall_seconds"],
        limits=limits,
        environment=request["environment"],
        directory=request["directory"],
        folders=[WORKSPACE, HOME],
        kill=_kill,
    )
    return to_json(result)


def _run_job(request: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as silent:  # no caller whose end is seen here
        folders = [HOME, *(inside for inside, _, is_writable in request["mounts"] if is_writable)]
        reply, log = run_guarded(request, silent, folders)
    return reply | {"wall_seconds": time.monotonic() - started, "log": log}


def _kill(process: subprocess.Popen[bytes]) -> None:
    _kill_all()
    process.wait()


def _kill_all() -> None:
    """Everything in the container but this process."""
    with suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def _end_with_caller() -> None:
    while os.read(0, 4096):
        pass
    _kill_all()
    os._exit(1)


if __name__ == "__main__":
    main()
