"""Python in a process of its own: for what changes a whole process (namespaces, filters, rights, who adopts whom)."""

import json
import subprocess
import sys
import textwrap
from typing import Any

import psutil

from benchmark.paths import REPOSITORY_DIR


def run_script(text: str, *arguments: object, timeout: float = 60) -> Any:
    """Run a script in the repository; what it prints last is JSON, and is returned.

    Args:
        text: Python, indented or not; `sys.argv[1:]` are the arguments.
        arguments: Strings, numbers and paths.
        timeout: Seconds.
    """
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(text), *map(str, arguments)],
        cwd=REPOSITORY_DIR,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def child_of_killed_script(text: str) -> psutil.Process:
    """Start a script in the repository and kill it once it has printed the id of another process; returns that one."""
    owner = subprocess.Popen([sys.executable, "-c", text], cwd=REPOSITORY_DIR, stdout=subprocess.PIPE, text=True)
    with owner:
        assert owner.stdout is not None
        child = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
    return child
