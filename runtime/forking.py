"""A server that forks a process for each connection to its socket."""

import contextlib
import os
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import NoReturn

Handle = Callable[[socket.socket, int], NoReturn]
"""Serves one connection in the fork; receives the connection and the process id of the server."""


def serve_until_end(server: socket.socket, owner: int, handle: Handle) -> None:
    """Fork a process for each connection until the owner's descriptor closes.

    Args:
        server: A listening socket.
        owner: Descriptor that closes when the owner of this server ends.
        handle: Runs in the fork.
    """
    signal.signal(signal.SIGCHLD, lambda *_: None)
    server_pid = os.getpid()
    while True:
        try:
            ready, _, _ = select.select([server, owner], [], [], 0.5)
        except InterruptedError:
            ready = []
        _reap()
        if owner in ready and not os.read(owner, 1024):
            break
        if server in ready:
            connection, _ = server.accept()
            if os.fork() == 0:
                server.close()
                if owner != sys.stdin.fileno():  # 0 must stay taken: a pipe would get it
                    os.close(owner)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                handle(connection, server_pid)
            connection.close()


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
