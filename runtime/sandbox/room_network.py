"""The network on which the source systems of an evaluation listen: a fork of the rooms' server that rooms fork from."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import NoReturn

from runtime.forking import Handle, serve_until_end
from runtime.sandbox.network import enter_private_network


def hold_network(socket_path: Path, connection: socket.socket, handle: Handle) -> NoReturn:
    """Be a private network, and a server of rooms beside it, until the caller closes its connection.

    Args:
        socket_path: Where rooms are asked for.
        connection: To the caller.
        handle: Serves one request for a room.
    """
    enter_private_network()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(socket_path))
    server.listen(16)
    connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    serve_until_end(server, connection.fileno(), handle)
    socket_path.unlink(missing_ok=True)
    os._exit(0)
