"""Running one command to its end and watching what it uses; what the backends share."""

import errno
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from runtime.processes import descendants
from runtime.sandbox.interface import ExecResult, SandboxLimits
from runtime.sandbox.usage import devices_of, folder_bytes, memory_bytes, removed_bytes, shared_bytes

_LOOK_SECONDS = 0.05
_SEARCH_SECONDS = 0.5
_SHARE = 4
"""After a search of /proc and folders the next one waits this many times as long as it took."""
_NOT_RUNNABLE, _NOT_FOUND = 126, 127
FLOOD = 100
"""A command whose output is this many times over its limit is ended; up to there the rest is dropped."""


@dataclass
class _Stream:
    kept: bytearray
    n_bytes: int = 0


def prlimit_command(limits: SandboxLimits) -> list[str]:
    """Return the words to put before a command so that the kernel holds the limits that it has for single processes."""
    return [
        "prlimit",
        f"--cpu={int(limits.cpu_seconds) or 1}:{int(limits.cpu_seconds) + 5}",
        f"--nofile={limits.open_files}",
        f"--fsize={limits.disk_bytes}",
        "--core=0",
        "--",
    ]


def run_watched(
    command: Sequence[str],
    *,
    stdin: bytes,
    wall_seconds: float,
    limits: SandboxLimits,
    environment: Mapping[str, str] | None,
    directory: str | None,
    folders: Sequence[str],
    kill: Callable[["subprocess.Popen[bytes]"], None],
    inherited: Sequence[int] = (),
) -> ExecResult:
    """Run a command; end it where it breaks a limit.

    Args:
        command: Program and arguments.
        stdin: Given to it whole.
        wall_seconds: Time limit.
        limits: The other limits.
        environment: The whole environment; None = this process's.
        directory: Working directory of the command; None = this process's.
        folders: Where what it writes to disk lies.
        kill: Ends it and everything that it started.
        inherited: File descriptors that it gets.

    Raises:
        OSError: The program does not exist.
    """
    started = time.monotonic()
    try:
        process = _start(command, environment, directory, inherited)
    except ValueError as error:  # a NUL, or text that is not Unicode
        return _refused(str(error), started)
    except OSError as error:
        if error.errno != errno.E2BIG:
            raise
        return _refused(str(error), started)
    try:
        watch = _Watch(process, stdin, started + wall_seconds, limits, folders)
        broken = watch.until_end()
    finally:
        kill(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None and not stream.closed:
                stream.close()
    code = process.wait()
    if broken is not None:  # a command may end by itself, even well, while the processes below it are being killed
        code = -signal.SIGKILL
    elif code in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
        broken = "cpu"
    out, err = watch.streams
    return ExecResult(
        exit_code=128 - code if code < 0 else code,
        stdout=bytes(out.kept),
        stderr=bytes(err.kept),
        n_bytes_dropped=out.n_bytes + err.n_bytes - len(out.kept) - len(err.kept),
        limit=broken,
        wall_seconds=time.monotonic() - started,
        is_missing=code == _NOT_FOUND and bytes(err.kept).startswith(b"prlimit: failed to execute"),
    )


def _start(
    command: Sequence[str], environment: Mapping[str, str] | None, directory: str | None, inherited: Sequence[int]
) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if environment is None else dict(environment),
        cwd=directory,
        start_new_session=True,
        pass_fds=inherited,
    )


def _refused(why: str, started: float) -> ExecResult:
    """Return the result of a command line that the kernel cannot pass to any program, with the reason."""
    said = f"The command cannot be run: {why}\n".encode(errors="replace")
    return ExecResult(_NOT_RUNNABLE, b"", said, limit="arguments", wall_seconds=time.monotonic() - started)


class _Watch:
    def __init__(
        self,
        process: "subprocess.Popen[bytes]",
        stdin: bytes,
        deadline: float,
        limits: SandboxLimits,
        folders: Sequence[str],
    ) -> None:
        self.process, self.deadline, self.limits, self.folders = process, deadline, limits, folders
        self.streams = (_Stream(bytearray()), _Stream(bytearray()))
        self.waiting = memoryview(stdin)
        self.next_search = time.monotonic() + _SEARCH_SECONDS

    def until_end(self) -> str | None:
        """The limit that was broken; None = it ended by itself."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        exit_fd = os.pidfd_open(process.pid)
        try:
            with selectors.DefaultSelector() as selector:
                os.set_blocking(process.stdin.fileno(), False)
                selector.register(process.stdout, selectors.EVENT_READ, self.streams[0])
                selector.register(process.stderr, selectors.EVENT_READ, self.streams[1])
                selector.register(exit_fd, selectors.EVENT_READ)
                if self.waiting:
                    selector.register(process.stdin, selectors.EVENT_WRITE)
                else:
                    process.stdin.close()
                return self._loop(selector, exit_fd)
        finally:
            os.close(exit_fd)

    def _loop(self, selector: selectors.BaseSelector, exit_fd: int) -> str | None:
        next_look = time.monotonic() + _LOOK_SECONDS
        while True:
            ready = selector.select(max(0.0, min(next_look, self.deadline) - time.monotonic()))
            has_read = False
            for key, _ in ready:
                if isinstance(key.data, _Stream):
                    has_read = True
                    if not self._read(key.fd, key.data):
                        selector.unregister(key.fileobj)
                elif key.fd != exit_fd:
                    self._write(selector)
            if not has_read and any(key.fd == exit_fd for key, _ in ready):
                return None  # all of its output has been read
            now = time.monotonic()
            if now >= self.deadline:
                return "wall"
            if now >= next_look:
                next_look = now + _LOOK_SECONDS
                broken = self._look(now)
                if broken:
                    return broken

    def _read(self, descriptor: int, stream: _Stream) -> bool:
        part = os.read(descriptor, 1 << 16)
        stream.n_bytes += len(part)
        room = self.limits.output_bytes - len(stream.kept)
        if room > 0:
            stream.kept += part[:room]
        return bool(part)

    def _write(self, selector: selectors.BaseSelector) -> None:
        stdin = self.process.stdin
        assert stdin is not None
        try:
            self.waiting = self.waiting[os.write(stdin.fileno(), self.waiting[: 1 << 16]) :]
        except BrokenPipeError:
            self.waiting = self.waiting[:0]
        if not self.waiting:
            selector.unregister(stdin)
            stdin.close()

    def _look(self, now: float) -> str | None:
        below = descendants(self.process.pid)
        if len(below) > self.limits.processes:
            return "processes"
        pids = [self.process.pid, *below]  # without walls the command itself is the first one
        memory = memory_bytes(pids)
        if memory > self.limits.memory_bytes:
            return "memory"
        if any(stream.n_bytes > FLOOD * self.limits.output_bytes for stream in self.streams):
            return "output"
        return self._search(pids, memory) if now >= self.next_search else None

    def _search(self, pids: list[int], memory: int) -> str | None:
        started = time.monotonic()
        if memory + shared_bytes(pids) > self.limits.memory_bytes:
            return "memory"
        enough = self.limits.disk_bytes
        removed = removed_bytes(pids, devices_of(self.folders))
        if removed + sum(folder_bytes(folder, enough) for folder in self.folders) > enough:
            return "disk"
        now = time.monotonic()
        self.next_search = now + max(_SEARCH_SECONDS, _SHARE * (now - started))
        return None
