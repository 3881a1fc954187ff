"""A room is a one-job container: a forked process that moves into its own mount, process and user namespaces.

Bubblewrap runs a program, and importing dbt and airbyte-cdk takes seconds of CPU. So one server per run of Lockgate
lies inside bubblewrap with everything imported. Each load, build or export is a fork of that server, and it shares
nothing with another room that either could write to:

- a root of read-only folders, with writable ones that are new or given to this job alone (`room_root`);
- new namespaces for mounts, processes, IPC, host name, control groups, users and network. A job that may call source
  systems reaches their ports through a relay (`relay`), and nothing else on their network;
- a new session key ring, and a filter that refuses system calls for what has no namespace (`seccomp`).

The room's first process is ours. It cannot be signalled or traced from inside; when it ends, the kernel ends all.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from functools import partial
from multiprocessing import resource_tracker
from typing import Any, NoReturn

from runtime.processes import child_pids, die_with_parent
from runtime.sandbox import seccomp
from runtime.sandbox.namespaces import (
    NEW_CGROUP,
    NEW_IPC,
    NEW_MOUNTS,
    NEW_NETWORK,
    NEW_PIDS,
    NEW_USER,
    NEW_UTS,
    give_up_powers,
    join_new_session_keyring,
    raise_loopback,
    set_dumpable,
    unshare,
)
from runtime.sandbox.relay import Relay
from runtime.sandbox.room_root import SHARED_MEMORY, TEMPORARY, build_root, writable_folders
from runtime.sandbox.usage import (
    devices_of,
    folder_bytes,
    folder_in_memory_bytes,
    memory_bytes,
    out_of_memory,
    own_private_bytes,
    pids_here,
    removed_bytes,
    shared_bytes,
)
from runtime.worker import Log, Look, read_line, watch, work

_SEARCH_SECONDS = 0.5
_SHARE = 4
"""After a search of /proc and folders the next one waits this many times as long as it took."""
_ROOM = NEW_USER | NEW_MOUNTS | NEW_PIDS | NEW_IPC | NEW_UTS | NEW_NETWORK


def guard_room(request: dict[str, Any], connection: socket.socket) -> NoReturn:
    """Make a room, run the request in it, answer, exit."""
    started = time.monotonic()
    try:
        with Relay(request["ports"]) as relay:
            unshare(_ROOM)
            raise_loopback()
            relay.listen_here()
            gate = Gate() if request.get("waits_for_group") else None
            first = os.fork()
            if first == 0:
                die_with_parent_outside()
                _be_first(request, connection, started, gate)
            if gate is not None:
                gate.tell(first, connection)
            _, status = os.waitpid(first, 0)
        code = os.waitstatus_to_exitcode(status)
        problem = f"The room's first process ended with code {code}." if code else None
    except OSError as error:
        problem = f"The room cannot be made: {error}"
    if problem:
        reply = {"status": "fault", "message": problem, "wall_seconds": 0.0}
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(0)


def die_with_parent_outside() -> None:
    """Die with a parent that lives in another process namespace, where its id reads as 0."""
    die_with_parent(0)


class Gate:
    """Where the job's process waits until the caller has put it into a control group.

    Only the supervisor outside knows the number by which the caller calls that process: it tells the caller, and the
    room's first process takes the answer.
    """

    def __init__(self) -> None:
        self._is_there, self._say_there = os.pipe()
        self._may_go, self._say_go = os.pipe()
        self._proc = os.open("/proc", os.O_PATH)  # the room's root will hide it from the supervisor, too

    @property
    def descriptors(self) -> tuple[int, ...]:
        """What the room's first process has to keep open."""
        return (self._say_there, self._may_go, self._say_go)

    def tell(self, first: int, connection: socket.socket) -> None:
        """In the supervisor: tell the caller which process is the job's, once it is there.

        Args:
            first: The room's first process.
            connection: To the caller.
        """
        for descriptor in self.descriptors:
            os.close(descriptor)
        if os.read(self._is_there, 1):
            (worker,) = child_pids(first, self._proc)
            with contextlib.suppress(OSError):
                connection.sendall(json.dumps({"worker": worker}).encode() + b"\n")

    def open(self, connection: socket.socket) -> None:
        """In the room's first process: let the job's process go once the caller has answered."""
        os.close(self._say_there)
        os.close(self._may_go)
        if read_line(connection):
            os.write(self._say_go, b".")
        os.close(self._say_go)

    def wait(self) -> None:
        """In the job's process: wait until the caller lets it go."""
        os.close(self._say_go)
        os.write(self._say_there, b".")
        if not os.read(self._may_go, 1):
            os._exit(1)
        os.close(self._say_there)
        os.close(self._may_go)


def _be_first(request: dict[str, Any], connection: socket.socket, started: float, gate: Gate | None) -> NoReturn:
    """Be process 1 of the room."""
    try:
        reset_signal_handlers()
        set_dumpable(is_dumpable=False)
        _close_all_but(connection.fileno(), *(gate.descriptors if gate else ()))
        build_root(request["mounts"])
        folders = writable_folders(request["mounts"])
        reply, log = run_guarded(request, connection, folders, partial(_enter, gate), gate)
        reply |= {"wall_seconds": time.monotonic() - started, "log": log}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours: nothing hostile ran in this process
        reply = {"status": "fault", "message": f"The room cannot be made: {error}", "wall_seconds": 0.0, "log": ""}
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(0)


def _enter(gate: Gate | None) -> None:
    """The control groups in which the job's process is now become the top of all that it sees of them."""
    if gate is not None:
        gate.wait()
    unshare(NEW_CGROUP)


def reset_signal_handlers() -> None:
    """Give every signal its default action: the kernel then keeps them from process 1 of a process namespace.

    A signal with a handler would reach it, and Python has one for SIGINT.
    """
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)


def run_guarded(
    request: dict[str, Any],
    connection: socket.socket,
    folders: list[str],
    enter: Callable[[], None] | None = None,
    gate: Gate | None = None,
) -> tuple[dict[str, Any], str]:
    """Run a request in a process of its own and watch it; to be called by process 1 of a namespace.

    Args:
        request: As a room is asked for.
        connection: To the caller; when it closes, the job ends.
        folders: Where the job may write.
        enter: The last step into namespaces, taken by the job's process; None = somebody else's namespaces: the kernel
            then must not count the processes of the user.
        gate: Opened here.

    Returns:
        How it ended, and its log.
    """
    limits = request["limits"]
    reader, writer = os.pipe()
    log_reader, log_writer = os.pipe()
    shared = own_private_bytes()
    worker = os.fork()
    if worker == 0:
        for descriptor in (reader, log_reader, connection.fileno()):
            os.close(descriptor)
        _lock_in(limits, enter)
        work(request, writer, log_writer)
    os.close(writer)
    os.close(log_writer)
    if gate is not None:
        gate.open(connection)
    give_up_powers(but_looking=enter is not None)
    log = Log(log_reader, limits["log_bytes"])
    reply = watch(connection, worker, reader, limits["wall_seconds"], log, _make_look(limits, folders, shared))
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # everything in the room but this process
    while log.descriptor is not None:
        log.read()
    if reply["status"] == "killed" and signal.SIGXCPU.name in reply["message"]:
        reply["message"] = f"It used more than its limit of {limits['cpu_seconds']:g} s of CPU and was stopped."
    return reply, log.text


def _lock_in(limits: dict[str, Any], enter: Callable[[], None] | None) -> None:
    """The job's process gives up what is left of its rights."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # as Python has them when it starts
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    join_new_session_keyring()
    if enter is not None:
        enter()
        resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"],) * 2)
    seconds = int(limits["cpu_seconds"]) or 1
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    give_up_powers()
    set_dumpable(is_dumpable=True)
    seccomp.apply()


def _make_look(limits: dict[str, Any], folders: list[str], shared: int) -> Look:
    in_memory = [folder for folder in folders if folder in (TEMPORARY, SHARED_MEMORY)]
    on_disk = [folder for folder in folders if folder not in in_memory]
    devices = devices_of(on_disk)
    next_search = time.monotonic() + _SEARCH_SECONDS

    def look() -> str | None:
        nonlocal next_search
        pids = pids_here()
        if len(pids) > limits["processes"]:
            return f"It had more than its limit of {limits['processes']} processes and was stopped."
        memory = memory_bytes(pids, shared)
        if memory > limits["memory_bytes"]:
            return out_of_memory(limits["memory_bytes"])
        started = time.monotonic()
        if started < next_search:
            return None
        memory += shared_bytes(pids) + sum(folder_in_memory_bytes(folder) for folder in in_memory)
        if memory > limits["memory_bytes"]:
            return out_of_memory(limits["memory_bytes"])
        enough = limits["disk_bytes"]
        removed = removed_bytes(pids, devices, limits["file_bytes"])
        if removed + sum(folder_bytes(folder, enough) for folder in on_disk) > enough:
            return f"It wrote more to disk than its limit of {limits['disk_bytes']} bytes and was stopped."
        next_search = time.monotonic() + max(_SEARCH_SECONDS, _SHARE * (time.monotonic() - started))
        return None

    return look


def _close_all_but(*kept: int) -> None:
    """Close what the server had open; standard input, output and error stay (its own log)."""
    start = 3
    for descriptor in sorted(kept):
        os.closerange(start, descriptor)
        start = descriptor + 1
    os.closerange(start, _LAST_DESCRIPTOR)
    # The pipe to the server's tracker of semaphores is among them; a room that needs a tracker starts one of its own.
    vars(resource_tracker._resource_tracker).update(_fd=None, _pid=None)


_LAST_DESCRIPTOR = 2**31 - 1
"""Python hands the range to the kernel's close_range."""
