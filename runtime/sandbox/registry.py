"""Backends by name, and which of them work on this machine."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, NamedTuple, Protocol

from benchmark.errors import LockgateError, UnknownNameError
from runtime.interface import Runtime
from runtime.sandbox.interface import Sandbox, SandboxSpec

if TYPE_CHECKING:
    from runtime.fork_client import ForkRuntime

BACKENDS: dict[str, str] = {
    "bubblewrap": "runtime.sandbox.bubblewrap:BubblewrapSandbox",
    "docker": "runtime.sandbox.docker:DockerSandbox",
    "none": "runtime.sandbox.none:NoSandbox",
}
"""Short name -> `package.module:Class`; the module has `find_problem() -> str | None` beside the class."""
DEFAULT = "bubblewrap"


class HasPid(Protocol):
    """Something that holds a network."""

    @property
    def pid(self) -> int:
        """A process in it, while it is up."""


class Finding(NamedTuple):
    """What is known about one backend on this machine."""

    backend: str
    works: bool
    has_walls: bool
    advice: str
    limits: dict[str, str] = {}  # noqa: RUF012 - a named tuple has no factories; nobody changes it
    """Limit of a job -> what holds it on this machine."""


def open_sandbox(backend: str, spec: SandboxSpec) -> Sandbox:
    """A sandbox, to be used as a context manager.

    Raises:
        UnknownNameError: No such backend.
    """
    module_name, _, class_name = _path(backend).partition(":")
    sandbox: Sandbox = getattr(importlib.import_module(module_name), class_name)(spec)
    return sandbox


def find_problem(backend: str) -> str | None:
    """Why a backend does not work on this machine, and what to do; None = it works."""
    module = importlib.import_module(_path(backend).partition(":")[0])
    find: Callable[[], str | None] = module.find_problem
    return find()


def wanted_backend(name: str | None, *, is_trusted: bool) -> str:
    """The backend of a trial, whether it works here or not; arguments as `choose_backend`."""
    return name or ("none" if is_trusted else DEFAULT)


def choose_backend(name: str | None, *, is_trusted: bool) -> str:
    """The backend of a trial.

    Args:
        name: What the user asked for; None = `none` for a trusted agent (its submissions are ours, and walls cost
            time), bubblewrap for every other one. Nothing falls back to `none` by itself.
        is_trusted: Whether the agent is one of ours.

    Raises:
        LockgateError: It does not work here.
        UnknownNameError: No such backend.
    """
    chosen = wanted_backend(name, is_trusted=is_trusted)
    problem = find_problem(chosen)
    if problem:
        raise LockgateError(
            f"Sandbox '{chosen}' does not work here: {problem} See `lockgate doctor`. "
            "Code that you trust can run without walls: --sandbox none."
        )
    return chosen


@contextmanager
def open_runtime(backend: str, servers: ForkRuntime) -> Iterator[Runtime]:
    """Where the loads and builds of one submission run: on a network of their own, or without walls.

    Raises:
        RuntimeFaultError: The backend does not work here.
        UnknownNameError: No such backend.
    """
    _path(backend)
    if backend == "none":
        yield servers
    elif backend == "bubblewrap":
        from runtime.sandbox.room_client import RoomRuntime

        with RoomRuntime(servers) as rooms:
            yield rooms
    else:
        from runtime.sandbox.docker import DockerRuntime

        with DockerRuntime() as containers:
            yield containers


def open_network(backend: str) -> AbstractContextManager[HasPid | None]:
    """A private network for an agent and its source systems; None where the backend has none."""
    if backend == "bubblewrap":
        from runtime.sandbox.network import PrivateNetwork

        return PrivateNetwork()
    if backend == "docker":
        from runtime.sandbox.docker import DockerNetwork

        return DockerNetwork()
    return nullcontext()


def examine() -> list[Finding]:
    """Every backend on this machine, in the order of the registry."""
    findings = []
    for name in BACKENDS:
        problem = find_problem(name)
        advice = problem or ("No walls: for code that you trust." if name == "none" else "Ready.")
        limits = _bubblewrap_limits() if name == DEFAULT and problem is None else {}
        findings.append(Finding(name, problem is None, name != "none", _with_limits(advice, limits), limits))
    return findings


def _bubblewrap_limits() -> dict[str, str]:
    from runtime.sandbox.control_groups import held_limits

    held = held_limits()
    kernel, watcher = "the kernel (control group)", "a watcher, every 0.05 to 0.5 s"
    return {
        "memory": kernel if "memory" in held else f"{watcher}; buffers of sockets and pipes are not seen",
        "processes": kernel if "pids" in held else f"{watcher}, and an rlimit where Lockgate does not run as root",
        "processor": "an equal share for each job (control group)" if "cpu" in held else "not shared out among jobs",
        "disk": "a watcher, every 0.5 s",
    }


def _with_limits(advice: str, limits: dict[str, str]) -> str:
    if not limits:
        return advice
    return f"{advice} Limits of a job are held by: " + "; ".join(f"{name}: {how}" for name, how in limits.items()) + "."


def _path(backend: str) -> str:
    if backend not in BACKENDS:
        raise UnknownNameError("sandbox", backend, list(BACKENDS))
    return BACKENDS[backend]
