"""The two steps of a pipeline, for Dagster definitions: `load` and `dbt`. Both run in the workspace's warehouse.

Each step is a process of its own, with the pinned clock and the warehouse to itself; one that fails raises `StepError`.

    from runtime.steps import dbt, load

    load("weather")                                       # el/weather.yaml; without a name: all connections
    dbt("build", "--select", "path:models/staging")       # any command of dbt's, in dbt/
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NoReturn

from benchmark.errors import LockgateError

WAREHOUSE = "warehouse.duckdb"
WALLED = "LOCKGATE_WALLED"
"""Set in the environment where walls keep a process from the host's files."""


class StepError(LockgateError):
    """A load or a dbt command did not succeed. The message says what went wrong."""


def load(*connections: str) -> None:
    """Load connections into the warehouse.

    Args:
        connections: Their names, as their files in `el/` are called; none = all of them.

    Raises:
        StepError: A stream was not loaded, or there is no such connection.
    """
    workspace = find_workspace()
    answer = _in_child(
        "runtime.jobs.load",
        workspace,
        {
            "el": "el",
            "warehouse": WAREHOUSE,
            "now": _pinned(),
            "environment": dict(os.environ),
            "connections": list(connections) or None,
        },
        {},
    )
    if not answer["is_success"]:
        raise StepError(f"load {' '.join(connections)}: {'; '.join(answer['errors'])}")


def dbt(*arguments: str) -> None:
    """Run a command of dbt's in `dbt/`, as `dbt("build", "--select", "path:models/staging")`.

    Raises:
        StepError: A model, test or snapshot failed, or dbt as a whole.
    """
    answer = _in_child(
        "runtime.jobs.build",
        find_workspace() / "dbt",
        {
            "warehouse": f"../{WAREHOUSE}",
            "now": _pinned(),
            "is_walled": WALLED in os.environ,
            "command": list(arguments),
        },
        {"WAREHOUSE_PATH": f"../{WAREHOUSE}"},
    )
    if not answer["is_success"]:
        raise StepError(f"dbt {' '.join(arguments)}: {answer['error'] or '; '.join(answer['failures']) or 'failed'}")


def find_workspace() -> Path:
    """The workspace: the current folder, or the nearest one above it that has `el/` and `dbt/`.

    Raises:
        StepError: There is none.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "el").is_dir() and (folder / "dbt").is_dir():
            return folder
    raise StepError(f"{here} is in no workspace: no folder at or above it has el/ and dbt/. Start in the workspace.")


def _pinned() -> str:
    if now := os.environ.get("PINNED_NOW"):
        return now
    raise StepError("Variable PINNED_NOW is not set. Set it to the time of the run, for example 2024-04-02T21:30:00Z.")


def _in_child(module: str, directory: Path, arguments: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    """Run `module.run(arguments)` in a fork: what it pins and opens ends with it, and imports are shared."""
    reader, writer = os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        os.close(reader)
        _work(module, directory, arguments, environment, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        text = file.read()
    _, status = os.waitpid(child, 0)
    if not text:
        raise StepError(f"{module} ended with code {os.waitstatus_to_exitcode(status)} and without a result.")
    answer = json.loads(text)
    if "problem" in answer:
        raise StepError(answer["problem"])
    return answer["value"]


def _work(
    module: str, directory: Path, arguments: Mapping[str, Any], environment: Mapping[str, str], writer: int
) -> NoReturn:
    code = 0
    try:
        os.environ.update(environment)
        os.chdir(directory)
        answer = {"value": importlib.import_module(module).run(arguments)}
    except LockgateError as error:
        answer, code = {"problem": str(error)}, 1
    except BaseException as error:  # noqa: BLE001 - nothing may return into the parent's code
        traceback.print_exc()
        answer, code = {"problem": f"{type(error).__name__}: {error}"}, 1
    with os.fdopen(writer, "wb") as file:
        file.write(json.dumps(answer).encode())
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
