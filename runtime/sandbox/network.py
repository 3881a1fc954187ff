"""A private network: a namespace whose loopback holds the source systems of one trial and nothing else."""

import os
import subprocess
import sys
from types import TracebackType

from benchmark.paths import REPOSITORY_DIR
from runtime.interface import RuntimeFaultError
from runtime.processes import die_with_parent
from runtime.sandbox.namespaces import NEW_NETWORK, NEW_USER, raise_loopback, unshare
from sources.systems.network import join_command

__all__ = ["PrivateNetwork", "enter_private_network", "join_command"]


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


def enter_private_network() -> None:
    """Move this process, which must be single-threaded, into a network of its own with loopback switched on."""
    unshare(NEW_USER | NEW_NETWORK)
    raise_loopback()


def _hold(parent_pid: int) -> None:
    die_with_parent(parent_pid)
    enter_private_network()
    os.write(1, b"up\n")
    os.read(0, 1)


if __name__ == "__main__":
    _hold(int(sys.argv[1]))
