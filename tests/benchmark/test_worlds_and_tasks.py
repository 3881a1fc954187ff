"""What a world and a task say of themselves: clocks, folders, hints, weights of files laid over each other."""

from datetime import UTC, date, datetime, time
from pathlib import Path

import pytest

from benchmark.errors import LockgateError, SpecError
from benchmark.file_tree import solution_files, start_files, world_files
from benchmark.generator_parameters import Dials
from benchmark.task import CANARY, Task
from benchmark.task_folder import read_task
from benchmark.world import read_world


def again(task: Task) -> Task:
    return read_task(task.folder, read_world(task.world.folder))


def edit(task: Task, old: str, new: str) -> None:
    path = task.folder / "task.yaml"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))


@pytest.mark.parametrize(
    ("dials", "now"),
    [
        (Dials(seed=0, days=1, day=1), datetime(2013, 3, 1, 23, 30, tzinfo=UTC)),
        (Dials(seed=9, days=14, day=1), datetime(2013, 3, 14, 23, 30, tzinfo=UTC)),
        (Dials(seed=0, days=14, day=3), datetime(2013, 3, 16, 23, 30, tzinfo=UTC)),
        (Dials(seed=0, days=40, day=1), datetime(2013, 4, 9, 23, 30, tzinfo=UTC)),
    ],
)
def test_the_clock_stands_on_the_last_day_of_the_data(task: Task, dials: Dials, now: datetime) -> None:
    assert task.world.pinned_now(dials) == now


@pytest.mark.parametrize(
    ("clock_time", "zone", "day"),
    [
        (time(23, 30), "UTC", date(2013, 3, 14)),
        (time(3, 30), "UTC", date(2013, 3, 14)),
        (time(3, 30), "America/New_York", date(2013, 3, 13)),
        (time(23, 30), "Europe/Berlin", date(2013, 3, 15)),
    ],
)
def test_the_day_of_a_run_is_that_of_the_zone(task: Task, clock_time: time, zone: str, day: date) -> None:
    spec = task.world.spec.model_copy(update={"clock_time": clock_time, "time_zone": zone})
    world = task.world.model_copy(update={"spec": spec})
    assert world.day_of_run(Dials(seed=0, days=14, day=1)) == day


def test_a_zone_that_nobody_knows_is_refused(task: Task) -> None:
    path = task.world.folder / "world.yaml"
    path.write_text(path.read_text() + "time_zone: Europe/Atlantis\n")
    with pytest.raises(SpecError, match=r"'Europe/Atlantis' is no time zone; write one like UTC or Europe/Amsterdam"):
        read_world(task.world.folder)


@pytest.mark.parametrize("name", ["localtime", "posix/Europe/Berlin", "right/UTC", "Factory"])
def test_a_zone_of_the_machine_is_refused(task: Task, name: str) -> None:
    """Some machines have them and others do not, and what they say is not the same."""
    path = task.world.folder / "world.yaml"
    path.write_text(path.read_text() + f"time_zone: {name}\n")
    with pytest.raises(SpecError, match=rf"'{name}' is (no time zone|not the same zone on every machine); write one"):
        read_world(task.world.folder)


def test_a_world_has_the_name_of_its_folder(task: Task) -> None:
    renamed = task.world.folder.rename(task.world.folder.with_name("stall"))
    with pytest.raises(SpecError, match=r"world\.yaml: id 'shop' must be the folder's name 'stall'"):
        read_world(renamed)


@pytest.mark.parametrize("name", ["world.yaml", "tables.yaml"])
def test_a_world_needs_its_files(task: Task, name: str) -> None:
    (task.world.folder / name).unlink()
    with pytest.raises(SpecError, match=f"{name}: file not found"):
        read_world(task.world.folder)


def test_suites_stand_in_their_folder_or_the_one_of_old(task: Task) -> None:
    assert task.world.expectations_dir.name == "expectations"
    (task.world.project_dir / "quality").mkdir()
    assert task.world.expectations_dir.name == "quality"
    assert not [name for name in world_files(task.world) if name.startswith(("expectations", "quality"))]


HINTS: dict[str, tuple[list[str], str | None]] = {
    "none": ([], None),
    "one": (["1"], None),
    "all": (["1", "2", "3"], None),
    "the second alone": (["2"], r"hints/2\.md is there, hints/1\.md is not"),
    "a gap": (["1", "3"], r"hints/3\.md is there, hints/2\.md is not"),
    "a fourth": (["1", "2", "3", "4"], r"hints/4\.md is not a hint; they are called 1\.md, 2\.md, 3\.md"),
    "another name": (["1", "first"], r"hints/first\.md is not a hint"),
}


@pytest.mark.parametrize(("levels", "problem"), HINTS.values(), ids=HINTS.keys())
def test_hints_build_on_each_other(task: Task, levels: list[str], problem: str | None) -> None:
    (task.folder / "hints").mkdir()
    for name in levels:
        (task.folder / "hints" / f"{name}.md").write_text(f"hint {name}\n<!-- {CANARY} -->\n")
    if problem:
        with pytest.raises(SpecError, match=problem):
            again(task)
        return
    found = again(task)
    assert found.max_hint_level == len(levels)
    for level in range(len(levels) + 1):
        text = found.with_hints(level).instruction
        assert CANARY not in text
        hints = [f"hint {n}" for n in range(1, level + 1)]
        assert [line for line in text.splitlines() if line] == ["Build orders.", *hints]
    for level in (-1, len(levels) + 1):
        with pytest.raises(LockgateError, match=rf"no hints of level {level}: it has levels 0 to {len(levels)}"):
            found.with_hints(level)


SCORED = "scored: {marts: [marts.orders]}"
BAD: dict[str, tuple[str, str, str]] = {
    "id": ("id: totals", "id: sums", r"key 'id': 'sums' must be the folder's name 'totals'"),
    "unknown table": (SCORED, "scored: {marts: [marts.gone]}", r"'marts\.gone' is neither in shop/tables\.yaml nor in"),
    "other stage": (SCORED, "scored: {raw: [marts.orders]}", r"'scored\.raw': table 'marts\.orders' belongs to stage"),
    "no table": (
        SCORED,
        "scored: {marts: [marts.orders], raw: []}",
        r"'scored\.raw': lists no table; remove",
    ),
    "no scenario": (SCORED, SCORED + "\nscenarios: []", r"'scenarios': lists none; 'visible' at least"),
    "no faults": ("kind: impl", "kind: data_tests", r"a data_tests task needs the file faults\.yaml"),
    "no alternative": (
        SCORED,
        SCORED + "\nalternatives: [{name: utc, reason: r, tables: [marts.orders]}]",
        r"'alternatives\.0\.name': there is no folder alternatives/utc/",
    ),
    "alternative of another table": (
        SCORED,
        SCORED + "\nalternatives: [{name: utc, reason: r, tables: [marts.gone]}]",
        r"'alternatives\.0\.tables': 'marts\.gone' is not among the task's",
    ),
}


@pytest.mark.parametrize(("old", "new", "problem"), BAD.values(), ids=BAD.keys())
def test_a_task_that_does_not_hold_together_says_which_key(task: Task, old: str, new: str, problem: str) -> None:
    edit(task, old, new)
    with pytest.raises(SpecError, match=problem):
        again(task)


def test_faults_are_for_tasks_of_their_kind(task: Task) -> None:
    fault = "{{name: f{n}, table: marts.orders, breaks: b, sql: [select 1]}}"
    listed = ", ".join(fault.format(n=n) for n in range(10))
    (task.folder / "faults.yaml").write_text(f"min_recall: 0.5\nfaults: [{listed}]\n")
    with pytest.raises(SpecError, match=r"faults\.yaml is for data_tests tasks, not for 'impl'; remove the file"):
        again(task)
    edit(task, "kind: impl", "kind: data_tests")
    with pytest.raises(SpecError, match=r"a data_tests task has 'visible' and 'holdout' only"):
        again(task)
    edit(task, SCORED, SCORED + "\nscenarios: [visible, holdout]")
    found = again(task).faults
    assert found is not None
    assert [entry.name for entry in found.faults] == [f"f{n}" for n in range(10)]
    (task.folder / "faults.yaml").write_text(f"min_recall: 0.5\nfaults: [{listed.replace('f3', 'f2')}]\n")
    with pytest.raises(SpecError, match="fault 'f2' is there twice"):
        again(task)
    (task.folder / "faults.yaml").write_text(
        f"min_recall: 0.5\nfaults: [{listed.replace('marts.orders', 'raw.o', 1)}]\n"
    )
    with pytest.raises(SpecError, match=r"fault 'f0': table 'raw\.o' is not among the task's"):
        again(task)


def lay(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


def content(tree: dict[str, Path]) -> dict[str, str]:
    return {name: path.read_text() for name, path in sorted(tree.items())}


PROJECT = {
    "dbt/models/marts/orders.sql": "select 2\n",
    "dbt/models/staging/stg.sql": "select 1\n",
    "el/db.yaml": "el\n",
}
START = {"dbt/models/staging/stg.sql": "select 1\n", "dbt/models/staging/extra.sql": "select 3\n", "el/db.yaml": "el\n"}


def test_a_start_is_the_project_without_what_is_removed_and_with_its_own_files(task: Task) -> None:
    assert content(world_files(task.world)) == dict(sorted(PROJECT.items()))
    assert content(start_files(task)) == dict(sorted(START.items()))
    assert content(solution_files(task)) == dict(sorted(PROJECT.items())), "without files of its own it is the project"


def test_a_solution_is_laid_over_the_start(task: Task) -> None:
    lay(task.folder / "solution", {"dbt/models/marts/new.sql": "select 4\n", "el/db.yaml": "changed\n"})
    edit(task, SCORED, SCORED + "\nsolution: {remove: ['*/extra.sql']}")
    expected = {name: text for name, text in START.items() if "extra" not in name}
    assert content(solution_files(again(task))) == dict(
        sorted((expected | {"dbt/models/marts/new.sql": "select 4\n", "el/db.yaml": "changed\n"}).items())
    )


def test_an_alternative_is_laid_over_the_solution(task: Task) -> None:
    lay(task.folder / "alternatives" / "utc", {"dbt/models/marts/orders.sql": "select 5\n"})
    assert content(solution_files(task, "utc")) == PROJECT | {"dbt/models/marts/orders.sql": "select 5\n"}


REMOVED: dict[str, tuple[str, str]] = {
    "a file": ("dbt/models/marts/orders.sql", "orders"),
    "a folder": ("dbt/models/marts", "orders"),
    "a folder with a slash": ("dbt/models/marts/", "orders"),
    "a glob over folders": ("*/orders.sql", "orders"),
    "a glob of folders": ("dbt/models/st*", "stg"),
    "a part of a name": ("dbt/models/marts/order", ""),
    "other case": ("DBT/models/marts", ""),
    "everything": ("*", "orders stg db"),
}


@pytest.mark.parametrize(("pattern", "gone"), REMOVED.values(), ids=REMOVED.keys())
def test_what_is_removed_is_a_file_a_folder_or_a_glob(task: Task, pattern: str, gone: str) -> None:
    edit(task, "start: {remove: [dbt/models/marts]}", f"start: {{remove: ['{pattern}']}}")
    left = {Path(name).stem for name in start_files(again(task))} - {"extra"}
    assert left == {"orders", "stg", "db"} - set(gone.split())


PROTECTED: list[tuple[str, bool]] = [("el/db.yaml", True), ("el/deep/x", True), ("el", False), ("dbt/el/x", False)]


@pytest.mark.parametrize(("path", "is_protected"), PROTECTED)
def test_a_protected_path_is_one_that_a_glob_matches(task: Task, path: str, is_protected: bool) -> None:
    assert task.is_protected(path) is is_protected


def test_a_task_has_rules_of_its_own_or_the_worlds(task: Task) -> None:
    spec = task.world.spec.model_copy(update={"policy": ("keys_tested",)})
    inheriting = task.model_copy(update={"world": task.world.model_copy(update={"spec": spec})})
    assert inheriting.policy == ("keys_tested",)
    own = inheriting.model_copy(update={"spec": task.spec.model_copy(update={"policy": ()})})
    assert own.policy == ()
