"""Every test writes below its own folder."""

import gc
import os
import shutil
import signal
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import _pytest.pathlib
import _pytest.tmpdir
import psutil
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
    "runtime/escapes/test_commands.py",
    "sources/systems/test_all_systems.py",
    "evaluators/data_tests/test_seeded_faults.py",
    "agents/test_llm_agents.py",
    "dbt_projects/test_tasks.py",
    "sources/kit/test_shown_tables.py",
    "sources/systems/test_reader.py",
    "agents/proxy/test_known_calls.py",
    "agents/test_long_tasks.py",
    "both_ways/test_both_ways.py",
    "evaluators/compare/test_equality_properties.py",
    "benchmark/test_hostile_workspaces.py",
    "orchestration/defs/test_definitions_trial.py",
    "sources/systems/test_postgres.py",
    "orchestration/reports/run_report/test_page.py",
    "agents/proxy/test_money.py",
    "runtime/jobs/test_orchestrate.py",
    "orchestration/defs/test_definitions.py",
    "evaluators/compare/test_nested_values.py",
    "evaluators/pipeline/test_kept_builds.py",
    "sources/loader/test_widening.py",
    "sources/kit/test_deliveries.py",
    "runtime/jobs/test_take_load.py",
    "evaluators/compare/test_evidence.py",
    "evaluators/proof/test_task_groups.py",
    "evaluators/compare/test_equality_rules.py",
    "orchestration/publication/test_folder.py",
    "authoring/lineage/test_project_graph.py",
)
"""Files of twelve seconds and more. Where processes share the files, one that began last would be waited for."""


SERVERS = "LOCKGATE_TEST_SERVERS"
"""Folder of the fork servers that all processes of pytest share."""


IN_MEMORY = Path("/dev/shm")
"""Files below it are kept in memory."""
ROOM_FOR_TESTS = 1 << 30
"""Bytes that must be free there, and twice as many of the machine's memory. Three processes of tests used 201 MB."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Collect without looking for garbage: hundreds of thousands of objects stay, and would be looked through often."""
    gc.disable()
    _stop_when_told()
    if not hasattr(config, "workerinput"):
        _write_to_memory(config)
        if getattr(config.option, "numprocesses", None):
            _start_servers(config)


def _write_to_memory(config: pytest.Config) -> None:
    """Let tests write to memory where there is room: the disk takes half of a process's time in the kernel.

    The folders of tests that were killed are removed first.
    """
    if config.option.basetemp or not IN_MEMORY.is_dir():
        return
    for left in IN_MEMORY.glob(f"lockgate-tests-{os.getuid()}-*"):
        if not Path("/proc", left.name.rpartition("-")[2]).exists():
            remove_tree(left)
    is_room = shutil.disk_usage(IN_MEMORY).free > ROOM_FOR_TESTS
    if is_room and psutil.virtual_memory().available > 2 * ROOM_FOR_TESTS:
        folder = IN_MEMORY / f"lockgate-tests-{os.getuid()}-{os.getpid()}"
        config.option.basetemp = str(folder)
        config.add_cleanup(lambda: remove_tree(folder))


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
    """Leave what was collected out of every later look for garbage, and look seldom: it was 4 % of the tests' time."""
    gc.freeze()
    gc.set_threshold(50_000)
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


@pytest.fixture
def disk_path() -> Iterator[Path]:
    """A folder on the disk, for a test to which the file system matters."""
    folder = Path(tempfile.mkdtemp(prefix="lockgate-test-"))
    yield folder
    remove_tree(folder)


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
