"""A relay from the network of a room to the ports of source systems on another network.

Source systems listen on a network that lives as long as the evaluation of a seed. A job never joins it: sockets, ports
and counters of one job would be there for the next. It gets a network of its own whose loopback has a listener for each
port that the job may call. This process stays on the systems' network and passes the bytes on.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Sequence
from types import TracebackType
from typing import NoReturn, Self

from runtime.processes import die_with_parent

_HOST = "127.0.0.1"
_BYTES = 1 << 18
MAX_CONNECTIONS = 128
"""At once; later ones wait."""


class Relay:
    """A fork that passes connections on; a context manager. Start it on the systems' network.

    Args:
        ports: Of the source systems, on loopback; empty = there is nothing to do.
    """

    def __init__(self, ports: Sequence[int]) -> None:
        self._ports = tuple(ports)
        self._pid: int | None = None
        self._channel: socket.socket | None = None

    def __enter__(self) -> Self:
        """Fork the process that passes connections on."""
        if not self._ports:
            return self
        ours, theirs = socket.socketpair()
        parent = os.getpid()
        self._pid = os.fork()
        if self._pid == 0:
            die_with_parent(parent)
            ours.close()
            _relay(theirs, self._ports)
        theirs.close()
        self._channel = ours
        return self

    def listen_here(self) -> None:
        """Listen on the ports in the network in which this process is now.

        Raises:
            OSError: A port is taken.
        """
        if self._channel is None:
            return
        listeners = [socket.create_server((_HOST, port)) for port in self._ports]
        socket.send_fds(self._channel, [b"."], [listener.fileno() for listener in listeners])
        for listener in listeners:
            listener.close()
        self._channel.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End it and its connections."""
        if self._pid is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)


def _relay(channel: socket.socket, ports: Sequence[int]) -> NoReturn:
    _, descriptors, _, _ = socket.recv_fds(channel, 1, len(ports))
    places = threading.Semaphore(MAX_CONNECTIONS)
    for descriptor, port in zip(descriptors, ports, strict=True):
        listener = socket.socket(fileno=descriptor)
        threading.Thread(target=_accept, args=(listener, port, places), daemon=True).start()
    while True:
        signal.pause()


def _accept(listener: socket.socket, port: int, places: threading.Semaphore) -> None:
    while True:
        places.acquire()
        caller, _ = listener.accept()
        threading.Thread(target=_serve, args=(caller, port, places), daemon=True).start()


def _serve(caller: socket.socket, port: int, places: threading.Semaphore) -> None:
    """Pass one connection on, in both directions, until both sides are done."""
    try:
        with caller, socket.create_connection((_HOST, port)) as system:
            for end in (caller, system):
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            back = threading.Thread(target=_pump, args=(system, caller), daemon=True)
            back.start()
            _pump(caller, system)
            back.join()
    except OSError:
        return  # the caller sees a connection that closes
    finally:
        places.release()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Copy until the end; pass the end on. A side that breaks off breaks the other off, too."""
    try:
        while data := source.recv(_BYTES):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
