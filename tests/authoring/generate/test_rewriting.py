"""Tickets in other words: what a ticket states is checked, and stays where a model changes it."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from agents.errors import ProviderError
from agents.model_server import ModelServer, Script
from authoring.generate.rewriting import Rewriter, changed_facts
from authoring.generate.rewriting_model import RewritingModel
from authoring.generate.task_yaml import Recipe
from authoring.generate.ticket_checks import ticket_problems
from authoring.generate.tickets import Ticket
from benchmark.llm import ModelSpec
from benchmark.task import CANARY

BODY = """\
# FIN-417: revenue in orders by day cannot be right

We closed March and the sums do not agree. In `marts.orders_by_day` the column `revenue_cents` is too high in 14 rows,
since 2024-03-02. We looked at 3 of these by hand, with the payments beside them, and came to other sums each time.

| `order_date` | `revenue_cents` | right |
|---|---|---|
| 2024-03-02 | 1200 | 900 |

Please find out where this comes from and mend it there, so that the month can be closed without another correction by
hand. We need it before the auditors come back, and they will ask for the rows above first. If rows of other days turn
out to be wrong in the same way, tell us which ones, and we will hold the figures back until they are right again.

## Afterwards

- Every row of `marts.orders_by_day` is right, whether it is named above or not, and stays right in the nights to come.
- Connections and profile belong to the platform team and stay as they are, as do the definitions beside the models.
"""
TICKET = Ticket("Revenue in orders by day cannot be right", f"<!-- {CANARY} -->\n{BODY}")
GOOD = BODY.replace("We closed March and the sums do not agree.", "March is closed, but our sums differ.").replace(
    "Please find out where this comes from and mend it there", "Could you trace it and mend it at its root"
)


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCKGATE_HOME", str(tmp_path / "home"))


def problems_of(ticket: Ticket) -> Sequence[str]:
    return ticket_problems(ticket.text, columns=["revenue_cents"], hidden={"int_order_lines"}, solution_lines=[])


@pytest.mark.parametrize(
    ("before", "after", "problem"),
    [
        ("in 14 rows", "in 41 rows", "the number 14 is gone"),
        ("in 14 rows", "in 14 rows of 2000", "the number 2000 is new"),
        ("since 2024-03-02", "since early March", "the number 2024-03-02 is gone"),
        ("| 2024-03-02 | 1200 | 900 |", "| 2024-03-02 | 1200 | 1000 |", "1000 | is new"),
        ("March is closed", "See `int_order_lines`. March is closed", "the name `int_order_lines` is new"),
        ("the column `revenue_cents`", "the revenue", "is gone"),
        ("- Connections and profile", "Connections and profile", "the lists have 1 items, not 2"),
        ("## Afterwards", "## What to do", "the heading ## Afterwards is gone"),
        ("# FIN-417: revenue", "# FIN-418: revenue", "FIN-417"),
    ],
)
def test_what_a_ticket_states_is_not_left_to_the_model(before: str, after: str, problem: str) -> None:
    assert not changed_facts(BODY, GOOD)
    assert before in GOOD
    found = changed_facts(BODY, GOOD.replace(before, after))
    if before == "the column `revenue_cents`":  # the table has it still, and a name may be said less often
        assert not found
    else:
        assert any(problem in item for item in found), found


def test_an_answer_that_breaks_a_rule_is_told_so_and_asked_again() -> None:
    heard: list[list[dict[str, str]]] = []
    answers = iter([GOOD.replace("14 rows", "40 rows"), f"```markdown\n{GOOD}```"])

    def ask(messages: Sequence[dict[str, str]]) -> str:
        heard.append(list(messages))
        return next(answers)

    rewriter = Rewriter("lab/writer", ask)
    found = rewriter(TICKET, problems_of)
    assert found.text == f"<!-- {CANARY} -->\n{GOOD}"
    assert (found.title, found.rewritten_by) == (TICKET.title, "lab/writer")
    assert "the number 14 is gone" in heard[1][-1]["content"]
    assert rewriter.outcomes == {"in other words": 1}
    # What held is not asked for again.
    assert Rewriter("lab/writer", lambda _: pytest.fail("asked again"))(TICKET, problems_of) == found


@pytest.mark.parametrize(
    "answer",
    ["", "I cannot help with that.", GOOD.replace("the payments", "the int_order_lines"), f"{GOOD}{GOOD}"],
    ids=["nothing", "refusal", "hidden model", "twice"],
)
def test_a_ticket_that_the_model_does_not_say_right_keeps_its_words(answer: str) -> None:
    rewriter = Rewriter("lab/writer", lambda _: answer)
    assert rewriter(TICKET, problems_of) == TICKET
    ((outcome, n),) = rewriter.outcomes.items()
    assert outcome.startswith("as the templates have it: ")
    assert n == 1


def test_a_task_says_whose_words_its_ticket_has() -> None:
    recipe = Recipe("tea", "repair", 7, "join_kind 2d0c3b1f in marts.orders")
    assert "words" not in recipe.head(TICKET)
    assert "The ticket has the words of lab/writer.\n" in recipe.head(TICKET._replace(rewritten_by="lab/writer"))


def scripted(server: ModelServer) -> ModelSpec:
    return ModelSpec(name="openai/scripted", base_url=f"{server.url}/v1", key_variable="WRITER_KEY")


def test_a_model_behind_its_api_puts_a_ticket_into_other_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_KEY", "sk-not-a-real-key-0123456789")
    conversations = [{"when": "Say OK", "turns": [{"text": "OK"}]}, {"turns": [{"text": GOOD}]}]
    with ModelServer(Script.model_validate({"conversations": conversations})) as server:
        model = RewritingModel(scripted(server))
        found = Rewriter(model.name, model)(TICKET, problems_of)
    assert found.rewritten_by == "openai/scripted"
    assert (model.n_calls, model.usage.total) == (1, 120)


def test_a_wrong_key_is_told_before_the_work_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITER_KEY", "sk-not-a-real-key-0123456789")
    turns = [{"faults": ["bad_key"] * 9}]
    with (
        ModelServer(Script.model_validate({"conversations": [{"turns": turns}]})) as server,
        pytest.raises(ProviderError, match="openai/scripted gave no answer"),
    ):
        RewritingModel(scripted(server))
