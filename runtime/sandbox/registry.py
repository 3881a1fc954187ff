"""Backends by name, and which of them work on this machine."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from benchmark.errors import LockgateError, UnknownNameError
from runtime.interface import Runtime
from runtime.sandbox.interface import Sandbox, SandboxSpec

if TYPE_CHECKING:
    from runtime.client import ForkRuntime

BACKENDS: dict[str, str] = {
    "bubblewrap": "runtime.sandbox.bubblewrap:BubblewrapSandbox",
    "docker": "runtime.sandbox.docker:DockerSandbox",
    "none": "runtime.sandbox.none:NoSandbox",
}
"""Short name -> `package.module:Class`; the module has `find_problem() -> str | None` beside the class."""
DEFAULT = "bubblewrap"


class Finding(NamedTuple):
    """What is known about one backend on this machine."""

    backend: str
    works: bool
    has_walls: bool
    advice: str


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
        LockgateError: The backend cannot evaluate submissions.
    """
    if backend == "none":
        yield servers
    elif backend == "bubblewrap":
        from runtime.sandbox.rooms import RoomRuntime

        with RoomRuntime(servers) as rooms:
            yield rooms
    else:
        raise LockgateError(
            f"Sandbox '{backend}' runs commands of agents; submissions are evaluated in bubblewrap. "
            "Give --sandbox bubblewrap, or --sandbox none for code that you trust."
        )


def examine() -> list[Finding]:
    """Every backend on this machine, in the order of the registry."""
    findings = []
    for name in BACKENDS:
        problem = find_problem(name)
        advice = problem or ("No walls: for code that you trust." if name == "none" else "Ready.")
        findings.append(Finding(name, problem is None, name != "none", advice))
    return findings


def _path(backend: str) -> str:
    if backend not in BACKENDS:
        raise UnknownNameError("sandbox", backend, list(BACKENDS))
    return BACKENDS[backend]
