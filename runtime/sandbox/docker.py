"""Docker: the same promises by a container without a network, from the image that `docker/` builds.

A container lives as long as the sandbox; commands are `docker exec`. Source systems join its network namespace, which
needs root on the host, so `systems_pid` names the process whose network the container shares through the image's
`nsenter` only where the harness is root; without source systems nothing of that matters.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import TracebackType
from typing import Self
from uuid import uuid4

from runtime.interface import RuntimeFaultError
from runtime.sandbox.command import run_watched
from runtime.sandbox.interface import ExecResult, SandboxSpec
from runtime.sandbox.view import USER_ID, WORKSPACE

IMAGE = "lockgate-sandbox"
"""Built by `docker compose -f docker/compose.yaml build`."""


class DockerSandbox:
    """See `runtime.sandbox.interface.Sandbox`."""

    def __init__(self, spec: SandboxSpec) -> None:
        self._spec = spec
        self._name = f"lockgate-{uuid4().hex[:12]}"
        self._is_running = False

    def __enter__(self) -> Self:
        """Start the container.

        Raises:
            RuntimeFaultError: There is no daemon, no image, or source systems are asked for.
        """
        if self._spec.systems_pid is not None:
            raise RuntimeFaultError(
                "Sandbox 'docker' cannot reach source systems that run on the host yet; use bubblewrap."
            )
        problem = find_problem()
        if problem:
            raise RuntimeFaultError(problem)
        started = subprocess.run(self.start_command(), capture_output=True, text=True, check=False)
        if started.returncode:
            raise RuntimeFaultError(f"The container does not start: {started.stderr.strip()}")
        self._is_running = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Remove the container and everything in it."""
        if self._is_running:
            self._is_running = False
            subprocess.run(["docker", "rm", "--force", self._name], capture_output=True, check=False)

    def start_command(self) -> list[str]:
        """The command that starts the container."""
        spec, limits = self._spec, self._spec.limits
        line = ["docker", "run", "--detach", "--init", "--rm", "--name", self._name, "--network", "none"]
        line += ["--read-only", "--tmpfs", "/tmp:rw,nosuid,nodev,size=512m", "--user", f"{USER_ID}:{USER_ID}"]
        line += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--hostname", "workspace"]
        line += ["--pids-limit", str(limits.processes), "--memory", str(limits.memory_bytes)]
        line += ["--memory-swap", str(limits.memory_bytes), "--shm-size", "64m"]
        line += ["--ulimit", f"nofile={limits.open_files}", "--ulimit", f"cpu={int(limits.cpu_seconds)}"]
        line += ["--ulimit", f"fsize={limits.disk_bytes}", "--ulimit", "core=0"]
        line += ["--mount", f"type=bind,source={spec.workspace.resolve()},target={WORKSPACE}"]
        for inside, outside in sorted(spec.readable.items()):
            line += ["--mount", f"type=bind,source={outside.resolve()},target={inside},readonly"]
        for name, value in sorted(spec.environment.items()):
            line += ["--env", f"{name}={value}"]
        return [*line, IMAGE, "sleep", "infinity"]

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
        if not self._is_running:
            raise RuntimeFaultError("The sandbox is closed.")
        limits = self._spec.limits
        line = ["docker", "exec", "--interactive", "--workdir", directory]
        for name, value in sorted((environment or {}).items()):
            line += ["--env", f"{name}={value}"]
        return run_watched(
            [*line, self._name, *command],
            stdin=stdin,
            wall_seconds=min(wall_seconds or limits.wall_seconds, limits.wall_seconds),
            limits=limits,
            environment=None,
            directory=None,
            folders=[str(self._spec.workspace)],
            kill=self._kill,
        )

    def _kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End the client, and what the command left in the container."""
        process.kill()
        process.wait()
        subprocess.run(["docker", "exec", self._name, "sh", "-c", "kill -9 -1"], capture_output=True, check=False)


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
        return f"The image {IMAGE} is missing: docker compose -f docker/compose.yaml build"
    return None
