"""Every test writes below its own folder."""

import gc
import os
import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import _pytest.pathlib
import _pytest.tmpdir
import pytest
from hypothesis import settings

from benchmark.hostile_tree import remove_tree
from runtime.fork_client import ForkRuntime
from tests.helpers.shared_home import SHARED_HOME

# Sessions before this one may have left folders that are nested a thousand times (their fixtures never ran if they were
# killed). pytest removes old sessions when it ends, recursively, and dies of such a folder.
for module in (_pytest.pathlib, _pytest.tmpdir):
    setattr(module, "rm_rf", remove_tree)  # noqa: B010


# A busy machine stops for half a second now and then, which is no fault of what is tested.
settings.register_profile("lockgate", deadline=None, derandomize=True)
settings.load_profile("lockgate")

LONGEST = (
    "evaluators/data_tests/test_seeded_faults.py",
    "runtime/escapes/test_commands.py",
    "sources/systems/test_reader.py",
    "sources/systems/test_all_systems.py",
    "evaluators/pipeline/test_kept_builds.py",
    "agents/proxy/test_known_calls.py",
    "evaluators/pipeline/test_components.py",
    "orchestration/test_prove_tasks.py",
    "evaluators/pipeline/test_styles.py",
    "evaluators/proof/test_scored_runs.py",
    "orchestration/pool/test_dispatch.py",
    "orchestration/defs/test_definitions_trial.py",
    "dbt_projects/test_tasks.py",
    "benchmark/test_hostile_workspaces.py",
    "agents/test_long_tasks.py",
)
"""Files of ten seconds and more. Where two processes share the files, one that began last would be waited for."""


SERVERS = "LOCKGATE_TEST_SERVERS"
"""Folder of the fork servers that all processes of pytest share."""


def pytest_configure(config: pytest.Config) -> None:
    """Collect without looking for garbage: hundreds of thousands of objects stay, and would be looked through often."""
    gc.disable()
    _stop_when_told()
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        _start_servers(config)


def _stop_when_told() -> None:
    """A shell starts background jobs with SIGINT ignored. Dagster then ignores SIGTERM; so does what tests start."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _start_servers(config: pytest.Config) -> None:
    """Start the fork servers of all processes in the one that hands out the tests."""
    runtime = ForkRuntime()
    runtime.warm("pipeline", "judge")
    os.environ[SERVERS] = str(runtime.folder)
    config.add_cleanup(runtime.close)


MANY_CASES = 6
"""A test with so many cases or more has each third of them in the fast suite, and all in the slow one."""
VERY_MANY_CASES = 18
"""With so many it has each sixth."""
TRIED_WHOLE = ("runtime", "agents/proxy", "dbt_projects")
"""Folders of the walls, where each case is a way through, and of the tasks, which choose their cases themselves."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, then come those with most tests; leave cases out of the fast suite."""
    folder = Path(__file__).parent
    _leave_cases_to_the_slow_suite([item for item in items if isinstance(item, pytest.Function)], folder)
    places = {folder / name: place for place, name in enumerate(LONGEST)}
    n_tests = Counter(item.path for item in items)
    items.sort(key=lambda item: (places.get(item.path, len(places)), -n_tests[item.path]))


def _leave_cases_to_the_slow_suite(tests: list[pytest.Function], folder: Path) -> None:
    cases: dict[tuple[Path, str], list[pytest.Function]] = {}
    for test in tests:
        is_whole = any(test.path.is_relative_to(folder / name) for name in TRIED_WHOLE)
        if not is_whole and not test.get_closest_marker("slow"):
            cases.setdefault((test.path, test.originalname), []).append(test)
    for family in cases.values():
        step = 6 if len(family) >= VERY_MANY_CASES else 3
        for number, test in enumerate(family if len(family) >= MANY_CASES else ()):
            if number % step:
                test.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Leave what was collected out of every later look for garbage."""
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A home of its own for each test, with the shared cache linked in."""
    home = tmp_path_factory.mktemp("home")
    cache = SHARED_HOME / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    (home / "cache").symlink_to(cache)
    monkeypatch.setenv("LOCKGATE_HOME", str(home))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    yield
    remove_tree(home)


@pytest.fixture(autouse=True)
def _no_deep_folders(tmp_path: Path) -> Iterator[None]:
    """Remove what a test wrote: pytest cannot remove folders that are nested a thousand times, and dies of them."""
    yield
    remove_tree(tmp_path)


@pytest.fixture(autouse=True, scope="session")
def _no_deep_folders_of_modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Remove what fixtures of modules and sessions wrote, for the same reason."""
    yield
    remove_tree(tmp_path_factory.getbasetemp())


@pytest.fixture(scope="session")
def servers() -> Iterator[ForkRuntime]:
    """Fork servers for all tests: the start of one takes sixteen seconds of processor time.

    A test that needs rooms starts servers of its own, because rooms see only the home in which they were started.
    """
    with pytest.MonkeyPatch.context() as patched:
        if SERVERS in os.environ:
            patched.setenv("LOCKGATE_FORK_SERVERS", os.environ[SERVERS])
        runtime = ForkRuntime()
    yield runtime
    runtime.close()


@pytest.fixture
def shared_servers(servers: ForkRuntime) -> Iterator[None]:
    """The same for trials and days of worlds that look for servers by themselves."""
    servers.warm("pipeline", "judge")
    with servers.shared():
        yield


@pytest.fixture
def small_world(monkeypatch: pytest.MonkeyPatch) -> Path:
    """A world of two tasks; its folder of worlds."""
    folder = Path(__file__).parent / "orchestration" / "cases" / "worlds"
    monkeypatch.setenv("LOCKGATE_PROJECTS", str(folder))
    return folder
