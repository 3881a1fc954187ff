"""The harness's end of warm rooms: a `Runtime` whose every child runs in a room of its own."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from runtime.answers import read_reply, result_of
from runtime.child import read_line
from runtime.fork_client import ROOMS, ForkRuntime
from runtime.interface import ChildRequest, ChildResult, RuntimeFaultError


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
        payload = room_request(request)
        with socket.socket(socket.AF_UNIX) as connection:
            try:
                connection.connect(str(self._socket_path))
            except OSError as error:
                raise RuntimeFaultError(f"The rooms' server died: {error}. Run the command again.") from error
            reply = _ask(connection, payload)
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
