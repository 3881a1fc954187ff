"""Says a ticket in other words, by an LLM. What the ticket states stays: it is checked, and not left to the model."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Sequence

from agents.llm.reply import NO_ANSWER
from authoring.generate.ticket_checks import CODE
from authoring.generate.ticket_choice import ProblemsOf
from authoring.generate.tickets import Ticket
from benchmark.cache import read_entry, write_entry
from benchmark.paths import cache_dir

_TRIES = 3
_PROMPT = """\
You are given a ticket that somebody of a company wrote to the data team. Write the same ticket in your own words, as \
a colleague in that role would: plain, specific, not longer than it is now.

- Keep the first line, every heading, every list item as an item, and every line that begins with | as it stands.
- Keep every name in backticks, every number and every date, and add none.
- Say neither more nor less: no cause, no advice on how to mend it, no new wish.
- Answer with the ticket alone, in Markdown.
"""
_NUMBER = re.compile(r"\d+(?:[.,:-]\d+)*")
_ITEM = re.compile(r"^(?:[-*]|\d+\.) ", re.MULTILINE)
_MAX_SAID = 6
"""So many of the problems of an answer are told to the model."""

Ask = Callable[[Sequence[dict[str, str]]], str]
"""A conversation in OpenAI's form -> the model's answer."""


class Rewriter:
    """Asks a model for other words; an answer that does not hold to the rules is told what is wrong with it.

    Answers that hold are kept in the cache, so that the same command writes the same files on this machine.

    Args:
        model: Its name, noted in the task.
        ask: Asks it.
    """

    def __init__(self, model: str, ask: Ask) -> None:
        self._model = model
        self._ask = ask
        self.outcomes: Counter[str] = Counter()
        """What became of tickets -> how many; one that keeps the words of the templates is used all the same."""

    def __call__(self, ticket: Ticket, problems_of: ProblemsOf) -> Ticket:
        """Put a ticket into other words.

        Args:
            ticket: As the templates have it.
            problems_of: What speaks against a ticket, by the rules for all.

        Returns:
            The ticket in other words; as it is where the model gave none that hold.

        Raises:
            LockgateError: The model does not answer.
        """
        canary, _, text = ticket.text.partition("\n")

        def said(answer: str) -> Ticket:
            return Ticket(ticket.title, f"{canary}\n{answer.strip()}\n", rewritten_by=self._model)

        def problems(answer: str) -> list[str]:
            other = said(answer)
            return [*changed_facts(ticket.text, other.text), *problems_of(other)]

        entry = cache_dir() / "rewritings" / hashlib.sha256(f"{self._model}\n{_PROMPT}\n{text}".encode()).hexdigest()
        answer = read_entry(entry)
        if answer is None or problems(answer):  # the rules may be others by now
            answer = self._ask_until_right(text.strip(), problems)
            if answer is None:
                return ticket
            write_entry(entry, answer)
        self.outcomes["in other words"] += 1
        return said(answer)

    def _ask_until_right(self, text: str, problems_of_answer: Callable[[str], list[str]]) -> str | None:
        """The first answer that holds; None = there is none, which is counted."""
        messages = [{"role": "system", "content": _PROMPT}, {"role": "user", "content": text}]
        problems: list[str] = []
        for _ in range(_TRIES):
            answer = unfenced(self._ask(messages))
            problems = problems_of_answer(answer)
            if not problems:
                return answer
            told = "\n".join(f"- {item}" for item in problems[:_MAX_SAID])
            messages += [
                {"role": "assistant", "content": answer or NO_ANSWER},
                {"role": "user", "content": f"This does not hold to the rules:\n{told}\nWrite the whole ticket again."},
            ]
        self.outcomes[f"as the templates have it: {problems[0]}"] += 1
        return None


def unfenced(answer: str) -> str:
    """An answer without the fence that some models put around Markdown."""
    lines = answer.strip().splitlines()
    if len(lines) > 1 and lines[0].startswith("```") and lines[-1].strip() == "```":
        lines = lines[1:-1]
    return "\n".join(line.rstrip() for line in lines)


def changed_facts(before: str, after: str) -> list[str]:
    """What a ticket in other words says more or less than before; empty = nothing.

    Compared are headings, rows of tables, names in backticks, numbers outside of names, and how many items lists have.

    Args:
        before: The ticket.
        after: The same in other words.
    """
    headings, rows = ([_lines(text, mark) for text in (before, after)] for mark in "#|")
    problems = [
        *_differences("heading", *headings),
        *_differences("line of a table", *rows),
        *_differences("name", _names(before), _names(after)),
        *_differences("number", _numbers(before), _numbers(after)),
    ]
    n_before, n_after = (len(_ITEM.findall(text)) for text in (before, after))
    if n_before != n_after:
        problems.append(f"the lists have {n_after} items, not {n_before}")
    if not problems and (headings[0] != headings[1] or rows[0] != rows[1]):
        problems.append("headings or lines of tables stand in another order")
    return problems


def _differences(what: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    """What is gone and what is new; how often something is said is free."""
    gone, new = sorted(set(before) - set(after)), sorted(set(after) - set(before))
    return [f"the {what} {item} is gone" for item in gone] + [f"the {what} {item} is new" for item in new]


def _lines(text: str, mark: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.startswith(mark)]


def _names(text: str) -> list[str]:
    return [f"`{name}`" for name in CODE.findall(text)]


def _numbers(text: str) -> list[str]:
    """Numbers outside of names; those of headings, lists and tables are looked at as lines."""
    prose = "\n".join(line for line in text.splitlines() if not line.startswith(("#", "|")))
    return _NUMBER.findall(_ITEM.sub("", CODE.sub("", prose)))
