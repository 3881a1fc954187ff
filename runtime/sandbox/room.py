"""A room: what a fork of the server inside bubblewrap locks itself into for one job.

Bubblewrap runs a program, and importing dbt and airbyte-cdk takes seconds of CPU. So one server per run of Lockgate
lies inside bubblewrap with everything imported, and each load, build or export is a fork of it that moves into
namespaces of its own: a root made of read-only folders and of the few that this job is given, no other process, no
capability. The room's first process is ours and cannot be signalled from inside; when it ends, the kernel ends all.

A network is a fork too; rooms on one network are forks of it.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import time
from multiprocessing import resource_tracker
from pathlib import Path
from typing import Any, NoReturn

from runtime.child import Log, Look, watch, work
from runtime.processes import die_with_parent
from runtime.sandbox.namespaces import (
    BIND,
    NEW_IPC,
    NEW_MOUNTS,
    NEW_PIDS,
    NEW_USER,
    NEW_UTS,
    NO_DEVICES,
    NO_EXEC,
    NO_SUID,
    PRIVATE,
    READ_ONLY,
    RECURSIVE,
    REMOUNT,
    bind,
    give_up_powers,
    mount,
    pivot,
    raise_loopback,
    set_dumpable,
    unshare,
)
from runtime.sandbox.network import enter_private_network
from runtime.sandbox.usage import folder_bytes, memory_bytes, own_private_bytes, pids_here
from runtime.sandbox.visible_files import room_paths

__all__ = ["guard_room", "hold_network", "raise_loopback", "run_guarded"]

_ROOT = "/room"
_LOOK_AT_DISK_SECONDS = 0.5
_TEMPORARY_BYTES = 512 * 1024**2
_SHARED_MEMORY_BYTES = 64 * 1024**2
_SYSCTL = "/proc/sys/user/max_user_namespaces"


def hold_network(socket_path: Path, connection: socket.socket) -> NoReturn:
    """Be a private network: a server of rooms on it, until the caller closes its connection."""
    from runtime.fork_server import serve_until_end

    enter_private_network()
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(socket_path))
    server.listen(16)
    connection.sendall(json.dumps({"pid": os.getpid()}).encode() + b"\n")
    serve_until_end(server, connection.fileno())
    socket_path.unlink(missing_ok=True)
    os._exit(0)


def guard_room(request: dict[str, Any], connection: socket.socket) -> NoReturn:
    """Make a room, run the request in it, answer, exit."""
    started = time.monotonic()
    parent = os.getpid()
    unshare(NEW_USER | NEW_MOUNTS | NEW_PIDS | NEW_IPC | NEW_UTS)
    first = os.fork()
    if first == 0:
        die_with_parent_outside()
        _be_first(request, connection, started)
    _, status = os.waitpid(first, 0)
    del parent
    code = os.waitstatus_to_exitcode(status)
    if code:
        reply = {"status": "fault", "message": f"The room's first process ended with code {code}.", "wall_seconds": 0.0}
        with contextlib.suppress(OSError):
            connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(0)


def die_with_parent_outside() -> None:
    """Die with a parent that lives in another process namespace, where its id reads as 0."""
    die_with_parent(0)


def _be_first(request: dict[str, Any], connection: socket.socket, started: float) -> NoReturn:
    """Be process 1 of the room."""
    exit_code = 0
    try:
        set_dumpable(is_dumpable=False)
        _close_all_but(connection.fileno())
        _build_root(request["mounts"])
        give_up_powers()
        reply, log = run_guarded(request, connection)
        reply |= {"wall_seconds": time.monotonic() - started, "log": log}
    except Exception as error:  # noqa: BLE001 - whatever it is, it is ours: nothing hostile ran in this process
        reply = {"status": "fault", "message": f"The room cannot be made: {error}", "wall_seconds": 0.0, "log": ""}
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(reply).encode() + b"\n")
    os._exit(exit_code)


def run_guarded(
    request: dict[str, Any], connection: socket.socket, *, limits_user: bool = True
) -> tuple[dict[str, Any], str]:
    """Run a request in a process of its own and watch it; to be called by process 1 of a namespace.

    Args:
        request: As a room is asked for.
        connection: To the caller; when it closes, the job ends.
        limits_user: Whether the kernel may count the processes of the user: true where the user namespace is our own.

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
        set_dumpable(is_dumpable=True)
        seconds = int(limits["cpu_seconds"]) or 1
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
        if limits_user:
            resource.setrlimit(resource.RLIMIT_NPROC, (limits["processes"],) * 2)
        work(request, writer, log_writer)
    os.close(writer)
    os.close(log_writer)
    log = Log(log_reader, limits["log_bytes"])
    writable = [inside for inside, _, is_writable in request["mounts"] if is_writable]
    reply = watch(connection, worker, reader, limits["wall_seconds"], log, _make_look(limits, writable, shared))
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)  # everything in the room but this process
    while log.descriptor is not None:
        log.read()
    if reply["status"] == "killed" and signal.SIGXCPU.name in reply["message"]:
        reply["message"] = f"It used more than its limit of {limits['cpu_seconds']:g} s of CPU and was stopped."
    return reply, log.text


def _make_look(limits: dict[str, Any], folders: list[str], shared: int) -> Look:
    next_disk = time.monotonic() + _LOOK_AT_DISK_SECONDS

    def look() -> str | None:
        nonlocal next_disk
        pids = pids_here()
        if len(pids) > limits["processes"]:
            return f"It had more than its limit of {limits['processes']} processes and was stopped."
        if memory_bytes(pids, shared) > limits["memory_bytes"]:
            return f"It used more memory than its limit of {limits['memory_bytes']} bytes and was stopped."
        if time.monotonic() >= next_disk:
            next_disk = time.monotonic() + _LOOK_AT_DISK_SECONDS
            if sum(folder_bytes(folder, limits["disk_bytes"]) for folder in folders) > limits["disk_bytes"]:
                return f"It wrote more to disk than its limit of {limits['disk_bytes']} bytes and was stopped."
        return None

    return look


def _build_root(mounts: list[tuple[str, str, bool]]) -> None:
    """A new root with the system, the Python environment and the mounts of the job; everything else is gone."""
    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", _ROOT, "tmpfs", NO_SUID | NO_DEVICES, "mode=0755,size=4m")
    _small_folder("/tmp", _TEMPORARY_BYTES)  # first: the Python environment may stand below it
    folders, links = room_paths()
    for folder in folders:
        Path(_ROOT + folder).mkdir(parents=True, exist_ok=True)
        bind(folder, _ROOT + folder, is_writable=True)  # read-only already, from bubblewrap
    for name, target in links.items():
        Path(_ROOT + name).symlink_to(target)
    hidden = NO_SUID | NO_DEVICES | NO_EXEC
    for name, options in (("/dev/shm", f"size={_SHARED_MEMORY_BYTES}"), ("/dev/pts", "size=4k")):
        mount("tmpfs", _ROOT + name, "tmpfs", hidden | (READ_ONLY if name == "/dev/pts" else 0), options)
    _small_folder("/proc", 4096)
    for inside, outside, is_writable in mounts:
        Path(_ROOT + inside).mkdir(parents=True, exist_ok=True)
        bind(outside, _ROOT + inside, is_writable=is_writable)
    mount("proc", f"{_ROOT}/proc", "proc", hidden)
    pivot(_ROOT)
    Path(_SYSCTL).write_text("0", encoding="ascii")  # no namespaces below this one: they would bring capabilities
    mount("none", "/proc", None, BIND | REMOUNT | READ_ONLY | hidden)
    mount("none", "/", None, BIND | REMOUNT | READ_ONLY | NO_SUID | NO_DEVICES)


def _small_folder(name: str, n_bytes: int) -> None:
    """A folder in memory, of a limited size."""
    Path(_ROOT + name).mkdir()
    mount("tmpfs", _ROOT + name, "tmpfs", NO_SUID | NO_DEVICES, f"size={n_bytes}")


def _close_all_but(descriptor: int) -> None:
    """Close what the server had open; standard input, output and error stay (its own log)."""
    os.closerange(3, descriptor)
    os.closerange(descriptor + 1, 4096)
    # The pipe to the server's tracker of semaphores is among them; a room that needs a tracker starts one of its own.
    vars(resource_tracker._resource_tracker).update(_fd=None, _pid=None)
