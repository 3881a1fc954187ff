"""Docker: the same promises by containers, from the image that `docker/` builds.

Every command and every job is a container of its own, so nothing outlives it. Its first process is ours
(`runtime.sandbox.container`). A private network is a container too, which jobs that load join; so do the
source systems, by `nsenter`, which needs root on the host.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from benchmark.held_folders import HeldFolder
from benchmark.paths import work_dir
from runtime.answers import read_reply
from runtime.interface import ChildRequest, ChildResult, RuntimeFaultError
from runtime.sandbox.container import from_json
from runtime.sandbox.interface import ExecResult, SandboxSpec
from runtime.sandbox.room_client import child_result, room_request
from runtime.sandbox.visible_files import HOME, LIBRARY, WORKSPACE, inside_environment, library_parts, made_up_files

IMAGE = "lockgate-sandbox"
"""Built by `docker build -t lockgate-sandbox -f docker/Dockerfile .`."""
_NETWORK_LABEL = "lockgate.network"
_PATH = "/usr/local/bin:/usr/bin:/bin"
_TEMPORARY_BYTES = 512 * 1024**2
_SHARED_MEMORY_BYTES = 64 * 1024**2
_SLACK = 2
"""The kernel's limits are this many times ours, so that our process inside stops the job first and names the limit."""
_OUR_MEMORY_BYTES = 512 * 1024**2
_OUR_PROCESSES = 32


class DockerSandbox:
    """See `runtime.sandbox.interface.Sandbox`."""

    def __init__(self, spec: SandboxSpec) -> None:
        self._spec = spec
        self._held: HeldFolder | None = None
        self._scratch: Path | None = None
        self._network = "none"

    def __enter__(self) -> Self:
        """Make its temporary folder.

        Raises:
            RuntimeFaultError: There is no daemon, no image, or no such network.
        """
        _check()
        if self._spec.systems_pid is not None:
            self._network = f"container:{_find_network(self._spec.systems_pid)}"
        self._held = _make_scratch()
        self._scratch = self._held.path
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Remove what is left; every command has ended by then."""
        if self._held is not None:
            self._held.close()
        self._held = self._scratch = None

    def exec(
        self,
        command: Sequence[str],
        *,
        stdin: bytes = b"",
        wall_seconds: float | None = None,
        environment: Mapping[str, str] | None = None,
        directory: str = WORKSPACE,
    ) -> ExecResult:
        """Run a command; see `runtime.sandbox.interface.Sandbox.exec`."""
        if self._scratch is None:
            raise RuntimeFaultError("The sandbox is closed.")
        spec = self._spec
        mounts = [(HOME, self._scratch / "tmp", True), (WORKSPACE, spec.workspace, True), *_etc(self._scratch)]
        mounts += [(inside, outside, False) for inside, outside in sorted(spec.readable.items())]
        payload = {
            "command": list(command),
            "stdin": base64.b64encode(stdin).decode(),
            "wall_seconds": min(wall_seconds or spec.limits.wall_seconds, spec.limits.wall_seconds),
            "limits": asdict(spec.limits),
            "environment": _inside({**spec.environment, **(environment or {})}),
            "directory": directory,
        }
        memory, processes = spec.limits.memory_bytes, spec.limits.processes
        return from_json(_call(self._network, mounts, memory, processes, payload))


class DockerNetwork:
    """A container that holds a private network; `pid` is what others join. It ends with the block."""

    def __init__(self) -> None:
        self.name = f"lockgate-network-{uuid4().hex[:12]}"
        self.pid = 0

    def __enter__(self) -> Self:
        """Bring it up.

        Raises:
            RuntimeFaultError: Docker does not work here, or we are not root.
        """
        _check()
        if os.geteuid() != 0:
            raise RuntimeFaultError(
                "With sandbox 'docker', source systems join the network of a container, which needs root. "
                "Run as root, or use bubblewrap, which does not need it."
            )
        line = ["docker", "run", "--detach", "--rm", "--init", "--name", self.name, "--network", "none"]
        line += ["--label", _NETWORK_LABEL, "--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges"]
        _docker([*line, IMAGE, "sleep", "infinity"])
        self.pid = int(_docker(["docker", "inspect", "--format", "{{.State.Pid}}", self.name]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the container that holds the network."""
        subprocess.run(["docker", "rm", "--force", self.name], capture_output=True, check=False)


class DockerRuntime:
    """A `Runtime` whose every child runs in a container of its own, on one private network; a context manager."""

    has_walls = True

    def __init__(self) -> None:
        self._network = DockerNetwork()
        self._held: HeldFolder | None = None
        self.network_pid: int | None = None

    def __enter__(self) -> Self:
        """Bring up the network.

        Raises:
            RuntimeFaultError: As `DockerNetwork`.
        """
        self.network_pid = self._network.__enter__().pid
        self._held = _make_scratch()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the network down."""
        if self._held is not None:
            self._held.close()
        self._network.__exit__(kind, error, trace)

    def run(self, request: ChildRequest, profile: str | None = None) -> ChildResult:
        """Run a child in a container; see `runtime.interface.Runtime`.

        Raises:
            RuntimeFaultError: The container could not be made, or died.
        """
        del profile
        payload = room_request(request)
        payload["environment"] = _inside(payload["environment"])
        mounts = [(inside, Path(outside), is_writable) for inside, outside, is_writable in payload["mounts"]]
        assert self._held is not None
        mounts += _etc(self._held.path)
        limits = request.limits
        network = f"container:{self._network.name}" if request.ports else "none"
        reply = _call(network, mounts, limits.memory_bytes, limits.processes, payload)
        return child_result(request, reply)


def _make_scratch() -> HeldFolder:
    held = HeldFolder(work_dir(), "temporary files of containers")
    for name in ("tmp", "etc"):
        (held.path / name).mkdir()
    return held


def _etc(scratch: Path) -> list[tuple[str, Path, bool]]:
    files = made_up_files(scratch / "etc", os.geteuid(), os.getegid())
    return [(inside, path, False) for inside, path in files.items()]


def _inside(given: Mapping[str, str]) -> dict[str, str]:
    return inside_environment({"PATH": _PATH, **given})


def _call(
    network: str,
    mounts: Sequence[tuple[str, Path, bool]],
    memory_bytes: int,
    processes: int,
    payload: Mapping[str, Any],
) -> dict[str, Any]:
    """Have one request served by a container of its own.

    Raises:
        RuntimeFaultError: It did not answer.
    """
    name = f"lockgate-{uuid4().hex[:12]}"
    line = container_command(name, network, mounts, memory_bytes, processes)
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            line, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said, start_new_session=True
        )
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(json.dumps(payload).encode() + b"\n")
            process.stdin.flush()
            answer = process.stdout.read()  # its standard input stays open meanwhile: it would take us for gone
            process.stdin.close()
            process.wait()
        except BrokenPipeError:
            answer = b""
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
                subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)
            process.stdout.close()
        if not answer.endswith(b"\n"):
            said.seek(0)
            reason = said.read().decode(errors="replace").strip()[-500:]
            raise RuntimeFaultError(
                f"The container did not answer: {reason or 'it was killed'}. See `lockgate doctor`."
            )
    return read_reply(answer)


def container_command(
    name: str, network: str, mounts: Sequence[tuple[str, Path, bool]], memory_bytes: int, processes: int
) -> list[str]:
    """The command that runs a container.

    Args:
        name: Of the container.
        network: `none`, or `container:<name>` of a private network.
        mounts: Path inside, folder or file of the host, whether it may be written.
        memory_bytes: Limit of everything in it; the kernel holds twice as much and our own share.
        processes: Limit of processes; the kernel allows twice as many and our own.
    """
    line = ["docker", "run", "--rm", "--interactive", "--name", name, "--network", network]
    if network == "none":
        line += ["--hostname", "workspace"]
    line += ["--read-only", "--user", f"{os.geteuid()}:{os.getegid()}", "--workdir", LIBRARY, "--env", f"HOME={HOME}"]
    line += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pull", "never"]
    memory = _SLACK * memory_bytes + _OUR_MEMORY_BYTES
    line += ["--memory", str(memory), "--memory-swap", str(memory), "--shm-size", str(_SHARED_MEMORY_BYTES)]
    line += ["--pids-limit", str(_SLACK * processes + _OUR_PROCESSES), "--ulimit", "core=0"]
    if all(inside != HOME for inside, _, _ in mounts):
        line += ["--tmpfs", f"{HOME}:rw,nosuid,nodev,exec,size={_TEMPORARY_BYTES}"]
    for part, path in library_parts().items():
        line += ["--mount", f"type=bind,source={path},target={part},readonly"]
    for inside, outside, is_writable in mounts:
        option = "" if is_writable else ",readonly"
        line += ["--mount", f"type=bind,source={outside.resolve()},target={inside}{option}"]
    return [*line, "--env", f"PYTHONPATH={LIBRARY}", IMAGE, "python", "-s", "-m", "runtime.sandbox.container"]


def _find_network(pid: int) -> str:
    """Name of the container that holds a network."""
    names = _docker(["docker", "ps", "--filter", f"label={_NETWORK_LABEL}", "--format", "{{.Names}}"]).split()
    for name in names:
        if _docker(["docker", "inspect", "--format", "{{.State.Pid}}", name]) == str(pid):
            return name
    raise RuntimeFaultError(f"No container holds the network of process {pid}.")


def _docker(line: Sequence[str]) -> str:
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeFaultError(f"Docker: {done.stderr.strip()[-500:]}")
    return done.stdout.strip()


def _check() -> None:
    problem = find_problem()
    if problem:
        raise RuntimeFaultError(problem)


@lru_cache
def find_problem() -> str | None:
    """Why it does not work here, and what to do; None = it works."""
    if shutil.which("docker") is None:
        return "There is no docker command: install Docker."
    asked = subprocess.run(["docker", "info"], capture_output=True, text=True, check=False)
    if asked.returncode:
        return "The Docker daemon does not answer: start it, and see that you may use its socket."
    found = subprocess.run(["docker", "image", "inspect", IMAGE], capture_output=True, check=False)
    if found.returncode:
        return f"The image {IMAGE} is missing: docker build -t lockgate-sandbox -f docker/Dockerfile ."
    return None
