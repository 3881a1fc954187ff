"""`lockgate clean`: what is kept, what goes, and what stays whatever is asked for."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest

from benchmark.cache import in_use, new_entry
from benchmark.files import write_atomic
from benchmark.held_folders import HeldFolder
from benchmark.hostile_tree import remove_tree
from benchmark.paths import REPOSITORY_DIR, cache_dir, home_dir, runs_dir, work_dir
from benchmark.run_store import RunStore
from tests.helpers.command_line import Lockgate
from tests.helpers.made_up_runs import store_made_up_run

DAY = 86_400


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home with two runs and three entries of the cache, of which one each is 60 days old."""
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))
    for name in ("new", "old"):
        store_made_up_run(name, 1, 1, references=False)
    for kind, name in (("gold", "new"), ("gold", "old"), ("lint", "other")):
        with new_entry(cache_dir() / kind / name) as building:
            (building / "content.bin").write_bytes(b"x" * 5000)
    for path in (*(runs_dir() / "old").rglob("*"), runs_dir() / "old", cache_dir() / "gold" / "old"):
        os.utime(path, (time.time() - 60 * DAY,) * 2)
    return tmp_path / "home"


def there_is() -> set[str]:
    found = {f"runs/{path.name}" for path in runs_dir().iterdir()}
    return found | {
        f"{path.parent.name}/{path.name}" for path in cache_dir().glob("*/*") if not path.parent.name.startswith(".")
    }


ALL = {"runs/new", "runs/old", "gold/new", "gold/old", "lint/other"}


@contextmanager
def other_process(statement: str) -> Iterator[None]:
    """Another process inside `with <statement>`."""
    program = f"""
import time
from benchmark.cache import find_entry, in_use
from benchmark.paths import cache_dir
from benchmark.run_store import RunStore
with {statement}:
    find_entry(cache_dir() / "gold" / "old")
    print("inside", flush=True)
    time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, cwd=REPOSITORY_DIR) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"inside\n"
            yield
        finally:
            process.kill()


def test_without_a_flag_it_says_what_there_is_and_what_would_go(lockgate: Lockgate) -> None:
    done = lockgate("clean")
    assert done.exit_code == 0
    for text in ("cache: gold", "cache: lint", "--cache", "--runs", "--all", "LOCKGATE_CACHE_GB", "Nothing is removed"):
        assert text in done.output
    assert there_is() == ALL


@pytest.mark.parametrize(
    ("options", "gone"),
    [
        (["--cache"], {"gold/new", "gold/old", "lint/other"}),
        (["--runs"], {"runs/new", "runs/old"}),
        (["--all"], ALL),
        (["--all", "--older-than", "30d"], {"runs/old", "gold/old"}),
        (["--cache", "--older-than", "9w"], set()),
        (["--all", "--older-than", "999999d"], set()),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_asked_for_goes_and_nothing_else(lockgate: Lockgate, options: list[str], gone: set[str]) -> None:
    done = lockgate("clean", *options, "--dry-run")
    assert ("Would be removed" in done.output) == bool(gone)
    assert there_is() == ALL
    done = lockgate("clean", *options, "--yes")
    assert done.exit_code == 0, done
    assert there_is() == ALL - gone


def test_a_run_that_goes_on_stays_and_is_named(lockgate: Lockgate) -> None:
    for statement in ("RunStore('old').lock()", "RunStore('old').in_use()"):
        with other_process(statement):
            done = lockgate("clean", "--runs", "--yes")
        assert done.exit_code == 0
        assert "Kept, a process works on it: runs/old." in done.errors
        assert "runs/old" in there_is()


def test_an_entry_in_use_stays_and_its_user_is_named(lockgate: Lockgate) -> None:
    with other_process("in_use('trial first/one')"):
        done = lockgate("clean", "--cache", "--yes")
    assert there_is() == {"runs/new", "runs/old", "gold/old"}
    assert "trial first/one: cache/gold/old." in " ".join(done.errors.split())
    lockgate("clean", "--cache", "--yes")
    assert there_is() == {"runs/new", "runs/old"}


def test_nothing_is_removed_where_nobody_can_say_yes(lockgate: Lockgate) -> None:
    done = lockgate("clean", "--all")
    assert done.exit_code == 1
    assert "3 cache entries, 2 runs" in done.mistake
    assert "--yes or --dry-run" in done.mistake
    assert there_is() == ALL


def test_json_says_what_there_is_what_went_and_what_stayed(lockgate: Lockgate) -> None:
    content = json.loads(lockgate("clean", "--json").output)
    assert content["there_is"]["cache/gold"]["number"] == 2
    assert content["there_is"]["runs"]["number"] == 2
    assert content["chosen"] == []
    with in_use("a test"):
        with new_entry(cache_dir() / "gold" / "used") as building:
            (building / "content.bin").write_bytes(b"x")
        content = json.loads(lockgate("clean", "--all", "--yes", "--json").output)
    assert set(content["removed"]) == {"runs/new", "runs/old", "cache/gold/new", "cache/gold/old", "cache/lint/other"}
    assert [item["name"] for item in content["kept"]] == ["cache/gold/used"]


@pytest.mark.parametrize(
    ("age", "meant"),
    [("30days", "30d"), ("30", "30d"), ("2 months", "60d"), ("5M", "5m"), ("soon", ""), ("-3d", ""), ("0d", "")],
)
def test_a_wrong_age_is_told_with_what_was_meant(lockgate: Lockgate, age: str, meant: str) -> None:
    done = lockgate("clean", "--all", "--yes", "--older-than", age)
    assert done.exit_code == 1
    assert f"--older-than '{age}': must be a whole number above 0 and a unit" in done.mistake
    assert ("Did you mean" in done.mistake) == bool(meant)
    assert not meant or f"Did you mean {meant}?" in done.mistake
    assert there_is() == ALL


def test_links_are_told_and_what_they_lead_to_stays(lockgate: Lockgate, tmp_path: Path, home: Path) -> None:
    outside = tmp_path / "outside"
    for name in ("run/trials", "worlds/made/seed-0/day-1", "try"):
        write_atomic(outside / name / "precious.txt", "mine")
    write_atomic(outside / "run/run.json", "{}")
    (runs_dir() / "linked").symlink_to(outside / "run")
    (home / "worlds").symlink_to(outside / "worlds")
    (cache_dir() / "linked").symlink_to(outside)
    (cache_dir() / "gold" / "linked").symlink_to(outside)
    (runs_dir() / "old" / "trials" / "linked").symlink_to(outside)
    done = lockgate("clean", "--all", "--yes")
    assert "runs/linked is a link" in "".join(done.output.split("\n"))
    assert len(list(outside.rglob("precious.txt"))) == 3
    assert (outside / "run/run.json").is_file()
    assert not (cache_dir() / "gold" / "linked").is_symlink()


@pytest.mark.parametrize("how", ["named", "empty"])
def test_a_folder_that_is_no_home_keeps_what_it_has(
    lockgate: Lockgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    mine = ("runs/exp1/model.pt", "cache/results/a.png", "worlds/w/x/f", ".trash.txt", "work/deadbeef/f")
    for name in mine:
        write_atomic(tmp_path / "mine" / name, "mine")
    (tmp_path / "mine/work/deadbeef.lock").touch()
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "mine") if how == "named" else "")
    monkeypatch.chdir(tmp_path / "mine")
    if how == "empty":
        assert home_dir() == REPOSITORY_DIR / ".lockgate"
        return
    done = lockgate("clean", "--all", "--yes")
    assert done.exit_code == 0
    assert "There is nothing to remove." in done.output
    assert "exp1 has no run.json: it is no run" in " ".join(done.output.split())
    assert all((tmp_path / "mine" / name).is_file() for name in mine)


def test_links_in_place_of_our_own_folders_are_not_emptied(lockgate: Lockgate, tmp_path: Path, home: Path) -> None:
    for number, place in enumerate((".trash", "cache/.trash", "cache/.building", "work")):
        outside = tmp_path / f"outside-{number}"
        write_atomic(outside / "0123456789abcdef" / "precious.txt", "mine")
        (outside / "0123456789abcdef.lock").touch()
        if (home / place).is_dir():
            remove_tree(home / place)
        (home / place).symlink_to(outside)
    lockgate("clean", "--all", "--yes")
    assert len(list(tmp_path.glob("outside-*/0123456789abcdef/precious.txt"))) == 4


def test_a_home_that_is_a_file_is_told(lockgate: Lockgate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "file"))
    done = lockgate("clean", "--all", "--yes")
    assert done.exit_code == 1
    assert done.mistake.startswith(f"LOCKGATE_HOME names {tmp_path / 'file'}, which is no folder.")


def test_a_cache_that_is_a_link_is_left_alone(lockgate: Lockgate, tmp_path: Path, home: Path) -> None:
    (home / "cache").rename(tmp_path / "elsewhere")
    (home / "cache").symlink_to(tmp_path / "elsewhere")
    done = lockgate("clean", "--cache", "--yes")
    assert "There is nothing to remove." in done.output
    assert (tmp_path / "elsewhere" / "gold" / "old").is_dir()


def test_scratch_folders_of_the_dead_go_and_those_of_the_living_stay(lockgate: Lockgate, home: Path) -> None:
    work = work_dir()
    living = HeldFolder(work, "a test")
    dead = work / "0123456789abcdef"
    dead.mkdir()
    dead.with_suffix(".lock").touch()
    lockgate("clean", "--cache", "--yes")
    assert living.path.is_dir()
    assert not dead.exists()
    living.close()


def test_what_dagster_keeps_of_a_removed_run_goes_with_it(lockgate: Lockgate, instance_home: Path) -> None:
    @dg.op
    def materialize(context: dg.OpExecutionContext) -> None:
        context.log_event(dg.AssetMaterialization("table"))

    @dg.job
    def trial() -> None:
        materialize()

    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        ids = {
            name: trial.execute_in_process(instance=instance, tags=tags).run_id
            for name, tags in (("old", {"lockgate/run_id": "old"}), ("new", {"lockgate/run_id": "new"}), ("suite", {}))
        }
    [folder] = (RunStore("old").folder / "trials").iterdir()
    write_atomic(folder / "dagster_run", ids["suite"] + "\n")
    for path in (folder, RunStore("old").folder / "trials"):
        os.utime(path, (time.time() - 60 * DAY,) * 2)
    done = lockgate("clean", "--runs", "--older-than", "30d", "--yes")
    assert "Removed: 1 run" in done.output
    with dg.DagsterInstance.from_config(str(instance_home)) as instance:
        assert [run.run_id for run in instance.get_runs()] == [ids["new"]]
    files = {path.name.partition(".")[0] for path in (instance_home / "history" / "runs").iterdir()}
    assert files & set(ids.values()) == {ids["new"]}


def test_a_storage_of_dagster_outside_of_the_home_is_left_alone(
    lockgate: Lockgate, instance_home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    instance_home.rename(tmp_path / "dagster")
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    done = lockgate("clean", "--runs", "--yes")
    assert "lies outside of LOCKGATE_HOME" in " ".join(done.errors.split())
    assert there_is() & {"runs/old", "runs/new"} == set()


def test_a_wrong_size_of_the_cache_is_told_by_every_command(
    lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCKGATE_CACHE_GB", "ten")
    for command in ("runs", "clean"):
        done = lockgate(command)
        assert done.exit_code == 1
        assert "LOCKGATE_CACHE_GB is 'ten'" in done.mistake


def test_an_empty_home_has_nothing_to_remove(
    lockgate: Lockgate, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "empty"))
    done = lockgate("clean", "--all", "--yes")
    assert done.exit_code == 0
    assert "There is nothing to remove." in done.output
