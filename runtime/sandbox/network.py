"""A private network: a namespace whose loopback holds the source systems of one trial and nothing else.

Its holder has a mount namespace too, in which the host's devices are read-only: bubblewrap shows a sandbox the devices
that it finds, and their modes and times could be changed by whoever owns them or may write to them.
"""

import os
import socket
import subprocess
import sys
from types import TracebackType

from benchmark.paths import REPOSITORY_DIR
from runtime.interface import RuntimeFaultError
from runtime.processes import die_with_parent
from runtime.sandbox.namespaces import (
    NEW_MOUNTS,
    NEW_NETWORK,
    NEW_USER,
    bind,
    raise_loopback,
    set_read_only,
    unshare,
)
from runtime.sandbox.visible_files import DEVICES
from sources.systems.network import join_command

__all__ = ["PrivateNetwork", "enter_private_network", "join_command", "join_with_devices", "listen_on_loopback"]


class PrivateNetwork:
    """A process that holds a private network; `pid` is what others join. It ends with the block or this process."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the holder, while it runs."""
        assert self._process is not None, "the network is not up"
        return self._process.pid

    def __enter__(self) -> "PrivateNetwork":
        """Bring it up.

        Raises:
            RuntimeFaultError: The kernel does not allow it.
        """
        self._process = subprocess.Popen(
            [sys.executable, "-m", "runtime.sandbox.network", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=REPOSITORY_DIR,
            start_new_session=True,
        )
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        if self._process.stdout.readline() != b"up\n":
            said = self._process.stderr.read().decode(errors="replace").strip().splitlines()
            self._end()
            raise RuntimeFaultError(
                f"No private network can be made here: {said[-1] if said else 'no reason given'}. "
                "`lockgate doctor` says what to do."
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take it down; processes that joined keep it until they end."""
        self._end()

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def join_with_devices(network_pid: int) -> list[str]:
    """What goes before a sandbox's command: as `join_command`, with the devices that the holder made read-only.

    Args:
        network_pid: The `pid` of a `PrivateNetwork`.
    """
    *line, net, end = join_command(network_pid)
    return [*line, net, "--mount", end]


_LISTEN = (
    "import socket, sys; listener = socket.create_server(('127.0.0.1', 0)); "
    "socket.send_fds(socket.socket(fileno=int(sys.argv[1])), [b'.'], [listener.fileno()])"
)


def listen_on_loopback(network_pid: int | None) -> socket.socket:
    """A socket of this process that listens on a free port of loopback, in the network of another process.

    Args:
        network_pid: The process; None = this machine's own network.

    Raises:
        RuntimeFaultError: The network is gone.
    """
    if network_pid is None:
        return socket.create_server(("127.0.0.1", 0))
    ours, theirs = socket.socketpair()
    with ours, theirs:
        command = [*join_command(network_pid), sys.executable, "-I", "-c", _LISTEN, str(theirs.fileno())]
        done = subprocess.run(command, pass_fds=[theirs.fileno()], capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeFaultError(f"Nothing can listen in the network of the trial: {done.stderr.strip()[-300:]}")
        _, descriptors, _, _ = socket.recv_fds(ours, 1, 1)
    return socket.socket(fileno=descriptors[0])


def enter_private_network() -> None:
    """Move this process, which must be single-threaded, into a network of its own with loopback switched on."""
    unshare(NEW_USER | NEW_NETWORK)
    raise_loopback()


def _hold(parent_pid: int) -> None:
    die_with_parent(parent_pid)
    unshare(NEW_USER | NEW_NETWORK | NEW_MOUNTS)
    raise_loopback()
    for name in (*DEVICES, "tty"):
        bind(f"/dev/{name}", f"/dev/{name}")
        set_read_only(f"/dev/{name}")
    os.write(1, b"up\n")
    os.read(0, 1)


if __name__ == "__main__":
    _hold(int(sys.argv[1]))
