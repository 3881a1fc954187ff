"""Python programs in the sandbox, for agents that act by code."""

from __future__ import annotations

from agents.tools.base import ToolResult, as_result, script
from agents.tools.pipeline import LOAD
from runtime.sandbox.interface import Sandbox

_PRELUDE = """\
def lockgate_dbt(*arguments):
    import subprocess, sys
    return subprocess.run([sys.executable, "-W", "ignore", "-c", {dbt!r}, *arguments]).returncode
def lockgate_load():
    import subprocess, sys
    return subprocess.run([sys.executable, *{load!r}]).returncode
"""


def run_python(code: str, sandbox: Sandbox, seconds: float) -> ToolResult:
    """Run a program in a fresh interpreter, in the workspace."""
    prelude = _PRELUDE.format(dbt=script("dbt"), load=LOAD[1:])
    program = f"{prelude}\nexec(compile({code!r}, 'action.py', 'exec'))\n"
    return as_result(sandbox.exec(["python", "-u", "-c", program], wall_seconds=seconds))
