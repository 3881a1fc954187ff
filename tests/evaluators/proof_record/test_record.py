"""`proofs.json`: the same bytes for the same proofs, one line a task, and one clear sentence where it is damaged."""

import json
import multiprocessing
from pathlib import Path

import pytest

from benchmark.errors import SpecError
from evaluators.proof.content_hashes import ContentHashes
from evaluators.proof.result import EquivalentResult, FaultCheck, MutantResult, Outcome, ScenarioCheck, TaskProof
from evaluators.proof_record.record import KeptProof, add_proofs, keep_proof, read_proofs, tools_key

TOOLS = {"duckdb": "1.5.5", "python": "3.11"}
HASHES = ContentHashes(code="c" * 16, task="t" * 16, world="w" * 16)


def mutant(number: int, outcome: Outcome) -> MutantResult:
    return MutantResult(
        id=f"{number:08x}", operator="join_kind", part="marts.x", before="a", after="b", outcome=outcome
    )


PROOF = TaskProof(
    task="shop_orders",
    kind="impl",
    oracle=(ScenarioCheck(scenario="visible", n_passed=1, n_trials=1),
            ScenarioCheck(scenario="holdout", n_passed=3, n_trials=3)),
    mutants=(mutant(1, "killed"), mutant(2, "killed"), mutant(3, "survived"), mutant(4, "equivalent")),
    equivalents=tuple(EquivalentResult(operator="aliases", part="marts.x", is_accepted=i < 2) for i in range(3)),
    faults=(FaultCheck(fault="twice", n_caught=1, n_trials=1, is_caught_by_idle=False),),
    n_columns=7,
)  # fmt: skip


def kept(task: str = "a" * 16, tools: dict[str, str] = TOOLS) -> KeptProof:
    return keep_proof(PROOF, HASHES._replace(task=task), "12345678", tools_key(tools))


def test_what_is_kept_of_a_proof() -> None:
    assert keep_proof(PROOF, HASHES, "12345678", "abcdef00").model_dump() == {
        "verdict": "proven",
        "version": "12345678",
        "task": "t" * 16,
        "world": "w" * 16,
        "code": "c" * 16,
        "tools": "abcdef00",
        "n_runs": 4,
        "n_passed": 4,
        "n_killed": 2,
        "n_survived": 1,
        "n_equivalent": 1,
        "n_accepted": 2,
        "n_faults": 1,
        "n_columns": 7,
        "n_problems": 0,
    }
    refuted = keep_proof(PROOF.model_copy(update={"problems": ("no", "no again")}), HASHES, "1", "2")
    assert (refuted.verdict, refuted.n_problems) == ("refuted", 2)


def test_the_order_in_which_proofs_are_kept_changes_no_byte_and_a_task_is_a_line(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    names = ["b", "a", "c"]
    assert add_proofs(tmp_path / "one", {name: kept(name) for name in names}, TOOLS, names)
    for name in reversed(names):
        assert add_proofs(tmp_path / "two", {name: kept(name)}, TOOLS, names)
    text = (tmp_path / "one" / "proofs.json").read_text()
    assert (tmp_path / "two" / "proofs.json").read_text() == text
    assert [line.split('"')[1] for line in text.splitlines() if '"verdict"' in line] == ["a", "b", "c"]
    assert json.loads(text)["tools"] == {tools_key(TOOLS): TOOLS}


def test_keeping_the_same_again_leaves_the_file_alone(tmp_path: Path) -> None:
    add_proofs(tmp_path, {"a": kept()}, TOOLS, ["a"])
    before = (tmp_path / "proofs.json").stat()
    assert not add_proofs(tmp_path, {"a": kept()}, TOOLS, ["a"])
    after = (tmp_path / "proofs.json").stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert [path.name for path in tmp_path.iterdir()] == ["proofs.json"]


def test_tasks_that_are_gone_and_versions_that_nobody_uses_are_dropped(tmp_path: Path) -> None:
    later = {"duckdb": "1.6.0"}
    add_proofs(tmp_path, {"a": kept(), "b": kept()}, TOOLS, ["a", "b"])
    add_proofs(tmp_path, {"a": kept(tools=later)}, later, ["a", "b"])
    assert read_proofs(tmp_path).tools == {tools_key(TOOLS): TOOLS, tools_key(later): later}
    add_proofs(tmp_path, {"a": kept(tools=later)}, later, ["a"])
    content = read_proofs(tmp_path)
    assert content.tools == {tools_key(later): later}
    assert list(content.tasks) == ["a"]


def test_without_a_file_nothing_is_proven(tmp_path: Path) -> None:
    assert read_proofs(tmp_path).tasks == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text[:-40], "cannot be read: Unterminated string"),
        (lambda text: "<<<<<<< ours\n" + text, "cannot be read: Expecting value: line 1"),
        (lambda text: text.replace('"schema_version": 1', '"schema_version": 2'), "schema_version is 2; this"),
        (lambda text: "[]", "schema_version is None; this"),
        (lambda text: text.replace('"proven"', '"probably"'), "key 'tasks.a.verdict': Input should be 'proven' or"),
        (lambda text: text.replace('"n_killed": 2', '"n_killed": "many"'), "key 'tasks.a.n_killed': Input should be"),
        (lambda text: text.replace('"n_passed": 4', '"n_passed": 2'), "n_passed is not n_runs"),
        (lambda text: text.replace('"n_killed": 2', '"n_killed": 2, "n_killed": 3'), "key 'n_killed' is given twice"),
        (lambda text: text.replace('"n_killed"', '"n_kiled"'), "key 'tasks.a.n_killed': Field required"),
        (lambda text: text.replace(f'"tools": "{tools_key(TOOLS)}"', '"tools": "00000000"'), "'tools' does not have"),
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence_with_file_key_and_what_to_do(tmp_path: Path, change: object, said: str) -> None:
    add_proofs(tmp_path, {"a": kept()}, TOOLS, ["a"])
    path = tmp_path / "proofs.json"
    assert callable(change)
    damaged = change(path.read_text())
    path.write_text(damaged)
    with pytest.raises(SpecError) as caught:
        read_proofs(tmp_path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)
    assert "`lockgate prove` writes it again" in str(caught.value)
    with pytest.raises(SpecError):
        add_proofs(tmp_path, {"a": kept()}, TOOLS, ["a"])
    assert path.read_text() == damaged, "it is not written over"


def _keep(folder: Path, first: int) -> None:
    names = [f"task_{number}" for number in range(100)]
    for number in range(first, first + 20):
        add_proofs(folder, {f"task_{number}": kept()}, TOOLS, names)


def test_processes_that_keep_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_keep, args=(tmp_path, first)) for first in (0, 20, 40)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert len(read_proofs(tmp_path).tasks) == 60
