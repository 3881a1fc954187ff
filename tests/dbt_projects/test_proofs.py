"""Every task of the repository is proven as it is now: proofs.json is held against the files, and nothing runs."""

import re

import pytest

from benchmark.paths import REPOSITORY_DIR
from benchmark.registry import list_tasks
from evaluators.proof_record.record import KeptProof, read_proofs
from evaluators.proof_record.state import TOOLS, proof_states

WHAT_TO_DO = (
    "Run `make prove` and commit dbt_projects/proofs.json and docs/proof.md (docs/proof.md, 'How proofs are kept'). "
    "It takes only what changed; `lockgate prove TASK` proves one."
)


@pytest.fixture(scope="module")
def kept() -> dict[str, KeptProof]:
    return read_proofs(REPOSITORY_DIR / "dbt_projects").tasks


def test_every_task_is_proven_as_it_is_now() -> None:
    states = proof_states(list_tasks())
    not_proven = [f"{name}: {state.reason}" for name, state in states.items() if not state.is_proven]
    if not_proven:
        pytest.fail("Not proven:\n  " + "\n  ".join(not_proven) + f"\n{WHAT_TO_DO}", pytrace=False)


def test_nothing_is_kept_of_tasks_that_are_gone(kept: dict[str, KeptProof]) -> None:
    assert set(kept) <= {task.id for task in list_tasks()}, WHAT_TO_DO


def test_proofs_ran_with_the_versions_that_are_locked() -> None:
    text = (REPOSITORY_DIR / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))
    expected = {name: locked[name] for name in TOOLS}
    for versions in read_proofs(REPOSITORY_DIR / "dbt_projects").tools.values():
        assert {name: value for name, value in versions.items() if name != "python"} == expected, WHAT_TO_DO


def test_the_page_has_the_figures_of_the_file(kept: dict[str, KeptProof]) -> None:
    page = (REPOSITORY_DIR / "docs" / "proof.md").read_text(encoding="utf-8")
    found = dict(re.findall(r"^\| `(\w+)` \| (\d+/\d+ \| \w+ \| \d+ \| \d+ \| \d+ \| \d+) \|", page, re.MULTILINE))
    expected = {
        name: f"{proof.n_passed}/{proof.n_runs} | fail | {proof.n_killed} | {proof.n_survived} | "
        f"{proof.n_equivalent} | {proof.n_accepted}"
        for name, proof in kept.items()
    }
    assert {name: found.get(name) for name in expected} == expected, WHAT_TO_DO
