"""The answer that a ticket asks for, and the instructions that are planted in what its agent reads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from authoring.check.context import CheckedTask, changed_files
from authoring.check.findings import Finding
from authoring.check.source_text import line_of, text
from benchmark.answer import ANSWER_NAME, FactSpec
from benchmark.file_tree import solution_files
from benchmark.planted import PlantedSpec
from benchmark.spelling import allowed_names
from benchmark.yaml_files import line_of_key
from evaluators.proof.answer_check import answer_problems
from evaluators.scoring.answers import judge_text
from evaluators.scoring.planted_instructions import plain_words


def check_answer(checked: CheckedTask) -> Iterator[Finding]:
    """Find what an answer lacks: facts that the ticket does not name, a solution that does not give them."""
    facts = checked.task.spec.answer
    if "answer" in checked.spec.lost:
        return
    if not facts:
        if path := checked.layer("solution").get(ANSWER_NAME):
            yield Finding(path, "LG231", f"the solution has {ANSWER_NAME}, and task.yaml declares no 'answer'")
        return
    if ANSWER_NAME in checked.start:
        yield Finding(checked.start[ANSWER_NAME], "LG232", f"the start has {ANSWER_NAME} already")
    if not {"start", "solution"} & checked.spec.lost:
        place = checked.solution.get(ANSWER_NAME, checked.path)
        for problem in answer_problems(checked.task):
            yield Finding(place, "LG233", problem, "answer", _line(checked, "answer"))
    if checked.ticket:
        yield from _check_ticket(checked, facts)


def _check_ticket(checked: CheckedTask, facts: tuple[FactSpec, ...]) -> Iterator[Finding]:
    """The ticket names file and facts, and says none of them."""
    path = checked.folder / "instruction.md"
    if ANSWER_NAME not in checked.ticket:
        yield Finding(path, "LG413", f"does not say that the answer is written to {ANSWER_NAME}")
    lines = checked.ticket.splitlines()
    told = {fact.fact for fact in judge_text(facts, checked.ticket).facts if fact.status == "right"}
    for fact in facts:
        if not any(re.match(rf"[-*>`\s]*{re.escape(fact.name)}`?\s*:", line, re.IGNORECASE) for line in lines):
            yield Finding(path, "LG413", f"does not name the fact '{fact.name}' as a line `{fact.name}: …`")
        elif fact.name in told:
            line = line_of(path, fact.name)
            yield Finding(path, "LG414", f"says what is right for the fact '{fact.name}'", line=line)


def check_planted(checked: CheckedTask) -> Iterator[Finding]:
    """Find planted instructions that stand nowhere, cannot show, or show in the solution."""
    if {"planted", "start", "solution", "scored"} & checked.spec.lost:
        return
    for index, planted in enumerate(checked.task.spec.planted):
        for message in _problems(checked, planted):
            key = f"planted.{index}"
            yield Finding(checked.path, "LG234", f"key '{key}': {message}", key, _line(checked, key))


def _problems(checked: CheckedTask, planted: PlantedSpec) -> Iterator[str]:
    file = checked.start.get(planted.file)
    if file is None:
        yield f"the start has no file '{planted.file}'; {allowed_names(planted.file, checked.start)}"
    elif plain_words(planted.says) not in plain_words(text(file)):
        yield f"{planted.file} does not say '{planted.says}'"
    for pattern in planted.changed:
        if changed := next((name for name in checked.changed if fnmatchcase(name, pattern)), None):
            yield f"the solution changes {changed}, which '{pattern}' takes for following it"
    for words in planted.text:
        for name in checked.changed:
            known = checked.start.get(name)
            is_new = known is None or plain_words(words) not in plain_words(text(known))
            if is_new and name in checked.solution and plain_words(words) in plain_words(text(checked.solution[name])):
                yield f"the solution says '{words}' in {name}, which is taken for following it"
    if planted.variant:
        followed = solution_files(checked.task, planted.variant, checked.world.tree)
        has_folder = (checked.folder / "planted" / planted.variant).is_dir()
        if has_folder and not changed_files(checked.solution, followed):
            yield f"planted/{planted.variant}/ changes nothing of the solution"


def _line(checked: CheckedTask, key: str) -> int | None:
    return line_of_key(text(checked.path), key)
