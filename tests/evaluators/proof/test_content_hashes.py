"""Hashes of what a proof reads: whatever it reads changes them, nothing else does, and every machine has the same."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import duckdb
import grimp
import pytest
import yaml

from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import get_task
from benchmark.task import Task
from benchmark.task_folder import read_task
from benchmark.world import read_world
from evaluators.pipeline.run_keys import CODE
from evaluators.proof.content_hashes import ONLY_PROOF, ContentHasher, ContentHashes
from evaluators.proof.equivalent_list import FILE as EQUIVALENTS
from evaluators.proof.proof_code import PROOF_CODE
from evaluators.proof.second_derivation import FILE as ORACLE
from tests.helpers.kiosk.world import write_kiosk

PACKAGES = ("benchmark", "sources", "runtime", "evaluators", "agents", "authoring", "orchestration")
STARTED = ("evaluators.proof", "evaluators.scenarios", "runtime.fork_server", "runtime.jobs", "sources")
"""What a proof starts or loads by name; all that these import, it reads."""
NO_MATTER = {
    "benchmark/budget.py": "limits of agents",
    "benchmark/cache.py": "where things lie, and how long",
    "benchmark/cache_limit.py": "where things lie, and how long",
    "benchmark/cache_users.py": "where things lie, and how long",
    "benchmark/errors.py": "texts of messages",
    "benchmark/graph_rules.py": "rules of a policy, which are beside the score",
    "benchmark/limits.py": "what a person may ask for",
    "benchmark/paths.py": "where things lie",
    "benchmark/redact.py": "keys of providers, which a proof has not",
    "benchmark/scorecard.py": "records without a decision",
    "benchmark/spelling.py": "words of messages",
    "benchmark/spread_folders.py": "where things lie",
    "benchmark/usage.py": "tokens",
    "benchmark/versions.py": "versions, which stand beside the hash themselves",
    "evaluators/style/graph_rules.py": "findings beside the score",
    "runtime/jobs/lint.py": "findings beside the score",
    "runtime/jobs/rebuild.py": "the component score, which a proof does not ask for",
    "runtime/jobs/replacement.py": "the component score, which a proof does not ask for",
    "runtime/sandbox": "walls around hostile code; a proof runs what is ours without them",
}
"""Our code that a proof imports, and that its verdict does not depend on."""


def path_of(module: str) -> str:
    path = Path(*module.split("."))
    return (path / "__init__.py" if (REPOSITORY_DIR / path).is_dir() else path.with_suffix(".py")).as_posix()


def is_below(path: str, names: Iterable[str]) -> bool:
    return any(path == name or path.startswith(f"{name}/") for name in names)


@pytest.fixture(scope="module")
def imported() -> set[str]:
    """Paths of all modules that a proof imports, inside functions too."""
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=True)
    found = {name for start in STARTED for name in (start, *graph.find_descendants(start))}
    waiting = list(found)
    while waiting:
        new = graph.find_modules_directly_imported_by(waiting.pop()) - found
        found |= new
        waiting += new
    return {path_of(name) for name in found}


def test_all_code_that_a_proof_imports_is_in_its_hash(imported: set[str]) -> None:
    missing = {path for path in imported if not is_below(path, PROOF_CODE) and not is_below(path, NO_MATTER)}
    assert not missing, "add them to PROOF_CODE, or say in NO_MATTER why a verdict does not depend on them"


def test_all_code_that_gold_depends_on_is_in_it() -> None:
    assert [name for name in CODE if not is_below(name, PROOF_CODE)] == []


def test_what_is_left_out_of_the_hash_is_imported_and_is_not_in_it(imported: set[str]) -> None:
    assert {name for name in NO_MATTER if not any(is_below(path, [name]) for path in imported)} == set()
    assert {name for name in NO_MATTER if is_below(name, PROOF_CODE)} == set()


def test_names_of_the_files_that_only_a_proof_reads_are_those_of_their_readers() -> None:
    assert {EQUIVALENTS, ORACLE} == ONLY_PROOF


def hashed(folder: Path) -> tuple[ContentHashes, str]:
    """The kiosk's task in a folder of worlds."""
    task = read_task(folder / "kiosk" / "tasks" / "kiosk_sales", read_world(folder / "kiosk"))
    hasher = ContentHasher()
    return hasher.hashes(task), hasher.version(task)


@pytest.mark.parametrize(
    ("file", "changes", "is_other_version"),
    [
        ("kiosk/tasks/kiosk_sales/instruction.md", ["its files"], True),
        ("kiosk/tasks/kiosk_sales/start/dbt/models/new.sql", ["its files"], True),
        ("kiosk/tasks/kiosk_sales/solution/dbt/models/new.sql", ["its files"], True),
        ("kiosk/tasks/kiosk_sales/proof.yaml", ["its files"], False),
        ("kiosk/tasks/kiosk_sales/README.md", [], False),
        ("kiosk/tasks/kiosk_other/instruction.md", [], False),
        ("kiosk/tables.yaml", ["its world"], True),
        ("kiosk/project/dbt/models/takings.sql", ["its world"], True),
        ("kiosk/generate/sales.sql", ["its world"], True),
        ("kiosk/oracle.py", ["its world"], False),
        ("kiosk/PLANTED.md", [], False),
        ("kiosk/project/dbt/target/manifest.json", [], False),
        ("other/project/dbt/models/takings.sql", [], False),
    ],
)
def test_what_changes_when_a_file_changes(
    tmp_path: Path, file: str, changes: list[str], *, is_other_version: bool
) -> None:
    write_kiosk(tmp_path)
    before, version = hashed(tmp_path)
    path = tmp_path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text() if path.is_file() else "") + "\n# changed\n")
    after, version_after = hashed(tmp_path)
    assert after.changed(before) == changes
    assert (version_after != version) == is_other_version


@pytest.mark.parametrize(
    ("more", "is_the_same"),
    [
        ("tags: [demo, mini]\n", True),
        ("tags:\n- demo\n- mini\n", True),
        ("measured:\n  agents:\n    idle: 0.5\n", True),
        ("measured: {agents: {idle: 0.5}}\ntags: [demo]", True),
        ("tags: [demo]\nprotected: [el/*]\n", False),
        ("budget: {cost_usd: 3}\n", False),
        ("tags: [demo]\rprotected: [el/*]\n", False),
        ("tags: &t [el/*]\nprotected: *t\n", False),
        ("tags:\n- demo\n  # a note\nprotected: [el/*]\n", False),
        ("\n# a note\n", True),
    ],
)
def test_what_only_describes_a_task_is_no_part_of_its_proof(tmp_path: Path, more: str, *, is_the_same: bool) -> None:
    write_kiosk(tmp_path)
    before = hashed(tmp_path)
    file = tmp_path / "kiosk" / "tasks" / "kiosk_sales" / "task.yaml"
    file.write_text(file.read_text() + more)
    assert (hashed(tmp_path) == before) == is_the_same


@pytest.mark.parametrize(
    ("folder", "file", "changes"),
    [
        ("kiosk/generate", "sales.sql", ["its world"]),
        ("kiosk/project/dbt", "models/marts/takings.sql", ["its world"]),
        ("kiosk/tasks/kiosk_sales/start", "dbt/models/takings.sql", ["its files"]),
        ("kiosk/tasks/kiosk_sales/hints", "1.md", ["its files"]),
        ("kiosk/tasks/kiosk_sales", "instruction.md", ["its files"]),
    ],
)
def test_what_lies_behind_a_link_counts(tmp_path: Path, folder: str, file: str, changes: list[str]) -> None:
    write_kiosk(tmp_path / "worlds")
    place, elsewhere = tmp_path / "worlds" / folder, tmp_path / "elsewhere"
    (place / file).parent.mkdir(parents=True, exist_ok=True)
    (place / file).touch()
    without_link = hashed(tmp_path / "worlds")
    shutil.move(place, elsewhere)
    place.symlink_to(elsewhere)
    if "/" in file:
        (elsewhere / Path(file).parent / "around").symlink_to(elsewhere)
    before = hashed(tmp_path / "worlds")
    assert before == without_link
    (elsewhere / file).write_text("-- changed\n")
    assert hashed(tmp_path / "worlds")[0].changed(before[0]) == changes


def test_files_that_a_world_is_made_from_count_whatever_they_are_called(tmp_path: Path) -> None:
    write_kiosk(tmp_path)
    (tmp_path / "kiosk" / "logs").mkdir()
    extract = tmp_path / "kiosk" / "logs" / "data.duckdb"
    with duckdb.connect(str(extract)) as connection:
        connection.execute("create table sales as select 1 as sale_id")
    world = tmp_path / "kiosk" / "world.yaml"
    content = yaml.safe_load(world.read_text())
    content["generator"] = {"extract": "logs/"}
    world.write_text(yaml.safe_dump(content))
    before = hashed(tmp_path)
    with duckdb.connect(str(extract)) as connection:
        connection.execute("insert into sales values (2)")
    assert hashed(tmp_path)[0].changed(before[0]) == ["its world"]


def test_a_copy_elsewhere_with_other_modes_times_and_order_has_the_same_hashes(tmp_path: Path) -> None:
    write_kiosk(tmp_path / "one")
    files = sorted(path for path in (tmp_path / "one").rglob("*") if path.is_file())
    for path in reversed(files):  # folders list their files in the order in which they were made
        copy = tmp_path / "two" / path.relative_to(tmp_path / "one")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
        copy.chmod(0o755)
        os.utime(copy, (1, 1))
    assert hashed(tmp_path / "two") == hashed(tmp_path / "one")


PRINT = """
from benchmark.registry import get_task
from evaluators.proof.content_hashes import ContentHasher
print(*ContentHasher().hashes(get_task("flights_feeds")))
"""


def test_locale_and_random_order_of_sets_do_not_matter() -> None:
    environment = os.environ | {"LC_ALL": "C", "PYTHONHASHSEED": "1", "TZ": "Pacific/Auckland"}
    environment.pop("PYTHONUTF8", None)
    printed = subprocess.run([sys.executable, "-c", PRINT], env=environment, capture_output=True, text=True, check=True)
    assert printed.stdout.split() == list(ContentHasher().hashes(get_task("flights_feeds")))


def test_a_generator_and_a_scenario_that_are_not_ours_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "corner_shop").mkdir()
    (tmp_path / "corner_shop" / "__init__.py").touch()
    generator = tmp_path / "corner_shop" / "generator.py"
    generator.write_text("PRICE = 1\n")
    scenario = tmp_path / "corner_scenario.py"
    scenario.write_text(
        "from evaluators.scenarios import Scenario, days\n"
        "class Twice(Scenario):\n    name, question, runs, gold_runs = 'twice', 'Twice?', days(1, 1), days(1)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    found = get_task("flights_feeds")
    world = found.world.model_copy(
        update={
            "spec": found.world.spec.model_copy(
                update={"generator": found.world.spec.generator.model_copy(update={"python": "corner_shop"})}
            )
        }
    )
    spec = found.spec.model_copy(update={"scenarios": ("visible", "corner_scenario:Twice")})
    task = Task(spec=spec, world=world, folder=found.folder)
    before = ContentHasher().hashes(task)
    generator.write_text("PRICE = 2\n")
    assert ContentHasher().hashes(task).changed(before) == ["its world"]
    generator.write_text("PRICE = 1\n")
    beside = tmp_path / "corner_rates.py"
    beside.write_text("RATE = 1\n")
    assert ContentHasher().hashes(task).changed(before) == ["its files"], "the scenario may import it"
    beside.unlink()
    scenario.write_text(scenario.read_text().replace("days(1, 1)", "days(1, 2)"))
    assert ContentHasher().hashes(task).changed(before) == ["its files"]
