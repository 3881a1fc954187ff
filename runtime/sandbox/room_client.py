"""The harness's end of warm rooms: a `Runtime` whose every child runs in a room of its own."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from uuid import uuid4

from runtime.answers import read_reply, result_of
from runtime.interface import ROOMS, ChildRequest, ChildResult, RuntimeFaultError
from runtime.sandbox.control_groups import job_group
from runtime.sandbox.usage import out_of_memory
from runtime.worker import read_line

if TYPE_CHECKING:
    from runtime.fork_client import ForkRuntime

EVALUATION_SECONDS = 7200.0
"""Time of all jobs on one network together: those of one seed's scenarios."""


class RoomRuntime:
    """Rooms on one private network; a context manager. Source systems join the network by `network_pid`.

    Args:
        servers: Whose server inside bubblewrap forks the rooms.
    """

    has_walls = True

    def __init__(self, servers: ForkRuntime) -> None:
        self._servers = servers
        self._socket_path = Path()
        self._connection: socket.socket | None = None
        self._spent_seconds = 0.0
        self._lock = threading.Lock()
        self.network_pid: int | None = None

    def __enter__(self) -> Self:
        """Bring up the network.

        Raises:
            RuntimeFaultError: The server cannot be reached, or the kernel does not allow it.
        """
        self._servers.warm(ROOMS)
        self._connection = self._servers.connect(ROOMS)
        self._socket_path = self._servers.folder / f"network-{uuid4().hex[:12]}.sock"
        answer = _ask(self._connection, {"network_socket": str(self._socket_path)})
        self.network_pid = int(answer["pid"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the network down, and every room that is left."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        """Run a child in a room; see `runtime.interface.Runtime`.

        Args:
            request: What to run; `log_path` gets the log when it has ended.
            profile: Of no meaning here: the server has everything.

        Raises:
            RuntimeFaultError: The room could not be made or died.
        """
        del profile
        left = EVALUATION_SECONDS - self._spent_seconds
        if left <= 0:
            message = f"The jobs of this evaluation together ran longer than their limit of {EVALUATION_SECONDS:g} s."
            return ChildResult("timeout", None, message, 0.0)
        limits = replace(request.limits, wall_seconds=min(request.limits.wall_seconds, left))
        request = replace(request, limits=limits)
        result = self._run(request)
        with self._lock:
            self._spent_seconds += result.wall_seconds
        return result

    def _run(self, request: ChildRequest) -> ChildResult:
        limits = request.limits
        with (
            socket.socket(socket.AF_UNIX) as connection,
            job_group(limits.memory_bytes, limits.processes) as group,
        ):
            try:
                connection.connect(str(self._socket_path))
            except OSError as error:
                raise RuntimeFaultError(f"The rooms' server died: {error}. Run the command again.") from error
            reply = _ask(connection, room_request(request) | {"waits_for_group": group is not None})
            if group and "worker" in reply:
                with contextlib.suppress(OSError):  # it is dead already, or so the next answer says
                    group.add(reply["worker"])
                reply = _ask(connection, {})
            if group and group.has_run_out_of_memory and reply["status"] != "fault":
                reply |= {"status": "killed", "message": out_of_memory(limits.memory_bytes), "value": None}
        return child_result(request, reply)


def room_request(request: ChildRequest) -> dict[str, Any]:
    """A request as the inside is asked it, JSON-able, with its names of paths. Makes the folders to be written to."""
    names = {str(path.resolve()): inside for inside, path in {**request.readable, **request.writable}.items()}
    for path in request.writable.values():
        path.mkdir(parents=True, exist_ok=True)
    return {
        "entry": request.entry,
        "arguments": _translate(dict(request.arguments), names),
        "directory": _translate(str(request.directory.resolve()), names),
        "environment": _translate(dict(request.environment), names),
        "limits": asdict(request.limits),
        "ports": list(request.ports),
        "mounts": [
            *([inside, str(path.resolve()), True] for inside, path in sorted(request.writable.items())),
            *([inside, str(path.resolve()), False] for inside, path in sorted(request.readable.items())),
        ],
    }


def child_result(request: ChildRequest, reply: Mapping[str, Any]) -> ChildResult:
    """The answer of the inside as a result, with the host's names of paths; its log goes where the request says.

    Raises:
        RuntimeFaultError: The room could not be made.
    """
    request.log_path.parent.mkdir(parents=True, exist_ok=True)
    with request.log_path.open("a", encoding="utf-8") as file:
        file.write(reply.get("log", ""))
    if reply["status"] == "fault":
        raise RuntimeFaultError(f"{reply['message']} `lockgate doctor` says what works here.")
    return result_of(reply, {inside: str(path.resolve()) for inside, path in request.readable.items()})


def _ask(connection: socket.socket, payload: Mapping[str, Any]) -> dict[str, Any]:
    try:
        connection.sendall(json.dumps(payload).encode() + b"\n")
        line = read_line(connection)
    except ConnectionError:
        line = b""
    if not line:
        raise RuntimeFaultError("The rooms' server does not answer. `lockgate doctor` says what works here.")
    return read_reply(line)


def _translate(value: Any, names: Mapping[str, str]) -> Any:
    """Paths of the host, as the inside calls them, in every text of nested mappings and lists."""
    if isinstance(value, str):
        for outside in sorted(names, key=len, reverse=True):
            value = value.replace(outside, names[outside])
        return value
    if isinstance(value, Mapping):
        return {name: _translate(child, names) for name, child in value.items()}
    if isinstance(value, list | tuple):
        return [_translate(child, names) for child in value]
    return value
