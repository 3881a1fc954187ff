"""A proof on the terminal, as JSON and as a page: the same figures, and nothing that two runs would tell apart."""

import json
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from evaluators.proof.equivalent_list import ProofFile
from evaluators.proof.equivalents.whole_query import REWRITES
from evaluators.proof.mutants.registry import MUTATIONS
from evaluators.proof.result import EquivalentResult, FaultCheck, MutantResult, Outcome, ScenarioCheck, TaskProof
from orchestration.reports.proof import LEGEND, MARK, print_details, proof_table, proofs_json, write_page

OPERATOR = next(iter(MUTATIONS))
REWRITE = next(iter(REWRITES))


def mutant(number: int, outcome: Outcome, **facts: str) -> MutantResult:
    texts = {"before": "a", "after": "b"} | facts
    return MutantResult(id=f"{number:08x}", operator=OPERATOR, part="marts.x", outcome=outcome, **texts)


PROVEN = TaskProof(
    task="shop_orders",
    kind="impl",
    oracle=(ScenarioCheck(scenario="visible", n_passed=1, n_trials=1),
            ScenarioCheck(scenario="holdout", n_passed=3, n_trials=3)),
    idle_fails=True,
    mutants=(mutant(1, "killed"), mutant(2, "killed"), mutant(3, "equivalent", reason="No two are alike.")),
    equivalents=(EquivalentResult(operator=REWRITE, part="marts.x", is_accepted=True),),
    n_columns=7,
    n_columns_described=7,
    is_deterministic=True,
    second_derivations=("marts.x",),
)  # fmt: skip
REFUTED = PROVEN.model_copy(
    update={
        "task": "shop_[red]returns",
        "idle_fails": False,
        "oracle": (ScenarioCheck(scenario="visible", n_passed=0, n_trials=1),),
        "mutants": (mutant(4, "survived", before="x | y", after="", diff="- x [bold]\n+ y"),),
        "equivalents": (EquivalentResult(operator=REWRITE, part="marts.x", is_accepted=False),),
        "n_columns_described": 5,
        "n_leaks": 2,
        "is_deterministic": False,
        "problems": ("the idle agent succeeds: the [start] is already right",),
    }
)
UNTRIED = TaskProof(task="shop_new", kind="impl", problems=("It cannot be tried.",))


def printed(*renderables: object) -> list[str]:
    console = Console(width=80, record=True)
    console.print(*renderables)
    return [line for line in console.export_text().splitlines() if line.strip()]


def test_the_table_has_every_figure_in_80_columns() -> None:
    lines = printed(proof_table([PROVEN, REFUTED.model_copy(update={"task": "shop_returns"}), UNTRIED]))
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["task", "orac", "idle", "killed", "surv", "equiv", "same", "cols", "leak", "det"]
    assert [line.split() for line in lines[2:]] == [
        ["shop_orders", "4/4", "fail", "2", "0", "1", "1", "7", "0", "yes"],
        ["shop_returns", "0/1", "PASS", "0", "1", "0", "0/1", "5/7", "2", "NO"],
        ["shop_new", "0/0", "-", "0", "0", "0", "0", "0", "0", "-"],
    ]


def test_details_name_problems_and_survivors_with_what_to_do() -> None:
    console = Console(width=200, record=True)
    print_details(console, [PROVEN, REFUTED])
    lines = console.export_text().splitlines()
    assert lines[3] == ("shop_orders: oracle visible 1/1, holdout 3/3; derived twice: marts.x; 2 of 3 mutants killed")
    assert "  the idle agent succeeds: the [start] is already right" in lines
    start = lines.index(f"  survives: {OPERATOR} in marts.x")
    assert lines[start + 1 : start + 3] == ["    - x [bold]", "    + y"]
    pasted = f'    - {{id: "00000004", operator: {OPERATOR}, part: marts.x, reason: "..."}}'
    assert lines[start + 4 : start + 6] == ["    equivalent:  # once in the file", pasted]
    written = yaml.safe_load("\n".join(lines[start + 4 : start + 6]).replace("...", "no data can tell"))
    (entry,) = ProofFile.model_validate(written).equivalent
    assert (entry.id, entry.part) == ("00000004", "marts.x")


def test_at_80_columns_the_legend_does_not_wrap_and_what_is_pasted_stays_one_line() -> None:
    console = Console(width=80, record=True)
    print_details(console, [PROVEN, REFUTED])
    lines = console.export_text().splitlines()
    assert lines[:3] == list(LEGEND)
    assert any(line.startswith("    - {id:") and line.endswith('reason: "..."}') for line in lines)


def test_json_has_every_proof_and_whether_it_holds() -> None:
    content = json.loads(proofs_json([PROVEN, REFUTED]))
    assert [item.pop("is_proven") for item in content] == [True, False]
    assert [TaskProof.model_validate(item) for item in content] == [PROVEN, REFUTED]


def table_of(text: str, heading: str) -> dict[str, list[str]]:
    """First cell of each line -> the other cells, of the table below a heading."""
    below = text.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in below.splitlines() if line.startswith("| ")]
    return {row[0].strip(): [cell.strip() for cell in row[1:]] for row in rows}


def test_the_page_counts_by_task_and_by_operator(tmp_path: Path) -> None:
    page = tmp_path / "proof.md"
    write_page(page, [PROVEN, REFUTED], [PROVEN.task, REFUTED.task])
    text = page.read_text()
    assert table_of(text, "Results")["`shop_orders`"] == ["4/4", "fail", "2", "0", "1", "1", "7", "0", "yes"]
    operators = table_of(text, "Mutation operators")
    assert operators[f"`{OPERATOR}`"][1:] == ["4", "2", "1", "1"]
    assert {f"`{name}`" for name in MUTATIONS} <= set(operators)
    assert all(row[0] for row in operators.values()), "each operator says what it does"
    assert table_of(text, "Equivalence operators")[f"`{REWRITE}`"][1:] == ["2", "1"]
    assert table_of(text, "`shop_orders`")["`00000003`"][-1] == "No two are alike."
    assert f"- survives: `00000004` {OPERATOR} in `marts.x`: without `x \\| y`" in text


def test_writing_a_page_again_keeps_the_text_above_the_mark_and_changes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "proof.md"
    page.write_text(f"# Ours\n\nWhy.\n\n{MARK}\n\nold results\n")
    write_page(page, [PROVEN], [PROVEN.task])
    first = page.read_text()
    assert first.startswith(f"# Ours\n\nWhy.\n\n{MARK}\n\n## Results")
    assert "old results" not in first
    write_page(page, [PROVEN], [PROVEN.task])
    assert page.read_text() == first


def test_a_page_keeps_what_it_says_of_tasks_that_are_not_proven_now(tmp_path: Path) -> None:
    page = tmp_path / "proof.md"
    names = ["shop_orders", "shop_other", "shop_returns"]
    other, returns = (REFUTED.model_copy(update={"task": name}) for name in names[1:])
    write_page(page, [PROVEN, other, returns], names)
    all_of_them = page.read_text()
    write_page(page, [other], names)
    assert page.read_text() == all_of_them

    better = PROVEN.model_copy(update={"task": "shop_other"})
    write_page(page, [better], [*names, "shop_never_proven"])
    text = page.read_text()
    assert table_of(text, "Results")["`shop_other`"] == table_of(all_of_them, "Results")["`shop_orders`"]
    assert table_of(text, "`shop_other`") == table_of(all_of_them, "`shop_orders`")
    assert "Counted over 3 tasks, when they were last proven together." in text
    assert "shop_never_proven" not in text

    write_page(page, [PROVEN], ["shop_orders", "shop_other"])
    assert "shop_returns" not in page.read_text(), "it is gone"


@pytest.mark.parametrize(
    ("faults", "said"),
    [
        ((("a", 2, False), ("b", 2, True)), "2 faults: 2 caught by the solution, 1 missed by the start"),
        ((("a", 1, False),), "1 faults: 0 caught by the solution, 1 missed by the start"),
    ],
)
def test_faults_stand_in_place_of_mutants(faults: tuple[tuple[str, int, bool], ...], said: str) -> None:
    checks = tuple(FaultCheck(fault=name, n_caught=n, n_trials=2, is_caught_by_idle=idle) for name, n, idle in faults)
    console = Console(width=200, record=True)
    print_details(console, [PROVEN.model_copy(update={"faults": checks})])
    assert said in console.export_text()
