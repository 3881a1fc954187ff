"""What attempts to escape share: where they can be tried, what they are after, and two ways to run code inside."""

import subprocess
import textwrap
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runtime.interface import ChildRequest, ChildResult, Limits, Runtime
from runtime.sandbox.interface import ExecResult, SandboxLimits, SandboxSpec
from runtime.sandbox.registry import find_problem, open_sandbox

needs_bubblewrap = pytest.mark.skipif(find_problem("bubblewrap") is not None, reason=str(find_problem("bubblewrap")))
needs_docker = pytest.mark.skipif(find_problem("docker") is not None, reason=str(find_problem("docker")))


@dataclass
class Host:
    """The host, as an attempt knows it: `str.format` fields of a script."""

    folder: Path
    token: str
    names: dict[str, str]
    received: list[bytes] = field(default_factory=list)
    """What reached the listeners."""
    victim: subprocess.Popen[bytes] | None = None


def run(backend: str, workspace: Path, script: str, limits: SandboxLimits | None = None) -> ExecResult:
    """Run a shell script in a sandbox of its own."""
    workspace.mkdir(exist_ok=True)
    spec = SandboxSpec(workspace, limits=limits or SandboxLimits(wall_seconds=60))
    with open_sandbox(backend, spec) as sandbox:
        return sandbox.exec(["sh", "-c", script])


NOW = "2013-03-14T23:30:00Z"


def build(
    runtime: Runtime, folder: Path, files: dict[str, str], limits: Limits | None = None, ports: tuple[int, ...] = ()
) -> ChildResult:
    """A dbt build of a small project."""
    project = {
        "dbt/dbt_project.yml": "name: p\nversion: '1.0'\nprofile: p\nmodels: {p: {+materialized: table}}\n",
        "dbt/profiles.yml": "p: {target: t, outputs: {t: {type: duckdb, path: ../warehouse.duckdb, threads: 1}}}\n",
        **{f"dbt/{name}": text for name, text in files.items()},
    }
    for name, text in project.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    request = ChildRequest(
        "runtime.jobs.build:run",
        {"warehouse": "../warehouse.duckdb", "now": NOW, "is_walled": runtime.has_walls},
        folder / "dbt",
        folder.parent / f"{folder.name}.log",
        {},
        limits or Limits(wall_seconds=120),
        writable={"/workspace": folder},
        ports=ports,
    )
    return runtime.run(request)


def python_model(code: str) -> dict[str, str]:
    """The file of a Python model that runs some code; what that leaves in `found` becomes the model's only row."""
    lines = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    head = "import os, pandas\ndef model(dbt, session):\n    dbt.config(materialized='table')\n    found = ''\n"
    return {"models/m.py": f"{head}{lines}\n    return pandas.DataFrame({{'found': [str(found)]}})\n"}
