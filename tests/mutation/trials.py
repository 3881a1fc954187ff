"""Trying mutants: a copy of the repository, and for each mutant a forked process that runs pytest in it.

The process that forks has imported the heavy third-party packages and none of our modules: a trial starts at once.
"""

import importlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.mutation.covering import CoveringTest, Recorder
from tests.mutation.mutants import Mutant

_HEAVY = (
    *("asyncio", "duckdb", "hypothesis", "jinja2", "numpy", "orjson", "pandas", "pdb", "psutil"),
    *("pyarrow.parquet", "pydantic.main", "regex", "sqlglot.optimizer", "xml.etree.ElementTree", "yaml"),
)
_MEMORY_BYTES = 12 << 30
_OPTIONS = (
    *("-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:anyio", "--hypothesis-seed=0"),
    *("-W", "ignore::pytest.PytestAssertRewriteWarning"),  # of what is imported before pytest starts
)
_BROKEN = 99
"""Exit code where pytest did not even start."""
_KILLED = {1, 2, 3, 4}
"""Exit codes of pytest: a test failed; or, where nothing can be imported, an interruption, a fault, a misuse."""


class MutationError(Exception):
    """The measurement cannot be made; its text says why."""


@contextmanager
def copied_repository(root: Path) -> Iterator[Path]:
    """The files that git knows or would take in, in a temporary folder."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in _HEAVY:
        importlib.import_module(name)
    with tempfile.TemporaryDirectory(prefix="lgm-") as folder:
        copy = Path(folder, "r")
        for name in filter(None, listed.split("\0")):
            if (root / name).is_file():
                (copy / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(root / name, copy / name)
        subprocess.run([sys.executable, "-m", "compileall", "-q", *_packages(copy)], cwd=copy, check=True)
        yield copy


def _packages(copy: Path) -> list[str]:
    return [found.name for found in copy.iterdir() if found.is_dir() and any(found.rglob("*.py"))]


def record_tests(copy: Path, package: str, chosen: list[str], result: Path) -> None:
    """Run tests on the code as it is and record what they run.

    Raises:
        MutationError: A test fails without any mutant.
    """

    def run(options: list[str]) -> int:
        recorder = Recorder(copy, package)
        with recorder:
            code = pytest.main(options, plugins=[recorder])
        if code == 0:
            recorder.save(result)
        return int(code)

    code = _forked(copy, chosen, run, most_seconds=3600)
    if code != 0:
        raise MutationError(f"pytest ended with {code} on the code as it is:\n{_log(copy).read_text()[-3000:]}")


def list_tests(copy: Path, chosen: list[str]) -> list[str]:
    """Ids of the tests that pytest finds."""
    code = _forked(copy, [*chosen, "--collect-only"], pytest.main, most_seconds=600)
    if code != 0:
        raise MutationError(f"pytest finds no tests:\n{_log(copy).read_text()[-3000:]}")
    return [line for line in _log(copy).read_text().splitlines() if "::" in line]


def try_mutant(copy: Path, mutant: Mutant, tests: list[CoveringTest]) -> tuple[str, str]:
    """Run tests on a mutant.

    Returns:
        `killed`, `alive` or `time` (it hangs: killed, too), and the id of the test that failed, if one did.
    """
    module = copy / mutant.path
    original = module.read_text()
    most_seconds = 180 + 5 * sum(test.seconds for test in tests)  # fixtures that tests share are in no test's seconds
    try:
        module.write_text(mutant.source)
        _forget_compiled(module)
        code = _forked(copy, [test.id for test in tests], pytest.main, most_seconds=most_seconds)
    finally:
        module.write_text(original)
    if code == 0:
        return "alive", ""
    if code is None:
        return "time", ""
    is_not_tried = "file or directory not found" in _log(copy).read_text(errors="replace")
    if is_not_tried or (code not in _KILLED and code >= 0):
        raise MutationError(f"pytest ended with {code} on mutant {mutant.id}:\n{_log(copy).read_text()[-3000:]}")
    failed = [
        line for line in _log(copy).read_text(errors="replace").splitlines() if line.startswith(("FAILED ", "ERROR "))
    ]
    by_id = {test.id for test in tests}
    found = next((test for line in failed for test in by_id if line.split(" ", 1)[1].startswith(test)), "")
    return "killed", found


def _forget_compiled(module: Path) -> None:
    for compiled in (module.parent / "__pycache__").glob(f"{module.stem}.*.pyc"):
        compiled.unlink()


def _log(copy: Path) -> Path:
    return copy.parent / "log"


def _forked(
    copy: Path, arguments: list[str], run: Callable[[list[str]], int | pytest.ExitCode], *, most_seconds: float
) -> int | None:
    """Exit code of pytest in a forked process; None = it took too long and was ended with all its children."""
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        code = _BROKEN
        try:
            os.setsid()
            _enter(copy)
            code = int(run([*arguments, *_OPTIONS, f"--basetemp={copy.parent / 't'}"]))
        except BaseException:  # noqa: BLE001 the process ends here, and its log says why
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    deadline = time.monotonic() + most_seconds
    try:
        while time.monotonic() < deadline:
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.02)
    finally:
        _end_session(child)
    return None


def _enter(copy: Path) -> None:
    """Make a forked process one that was started in the copy."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    log = os.open(_log(copy), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for descriptor in (1, 2):
        os.dup2(log, descriptor)
    os.chdir(copy)
    home = copy.parent / "home"
    shutil.rmtree(home, ignore_errors=True)
    os.environ |= {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LOCKGATE_HOME": str(home),
        "LOCKGATE_TEST_HOME": str(home),  # what a mutant leaves in a cache must meet no other one
        "COLUMNS": "1000",  # a test's id stays on its line
    }
    sys.dont_write_bytecode = True
    ours = {found.name for found in copy.iterdir() if found.is_dir()}
    for name in [
        name for name in sys.modules if name.partition(".")[0] in ours and not name.startswith("tests.mutation")
    ]:
        del sys.modules[name]
    sys.path.insert(0, str(copy))


def _end_session(leader: int) -> None:
    """End a process and whatever it started in its session."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return
    try:
        os.waitpid(leader, 0)
    except ChildProcessError:
        return
