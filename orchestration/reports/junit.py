"""Trials as JUnit XML, as CI servers show test results: a suite a task, a case for each table in each scenario."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from xml.etree import ElementTree

from benchmark.registry import Broken
from benchmark.scorecard import ScenarioResult, Scorecard

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """One case of a suite."""

    name: str
    kind: str = ""
    """`failure`, `error` or `skipped`; empty = it passed."""
    message: str = ""
    text: str = ""


def junit_xml(scorecards: Sequence[Scorecard], broken: Sequence[Broken]) -> str:
    """Return the XML.

    A table that is wrong is a failure. A trial that is unscored is one error, and a task that was left out is one
    skipped case: neither says anything of the agent.

    Args:
        scorecards: The trials of a run.
        broken: Tasks that were left out.
    """
    root = ElementTree.Element("testsuites", name="lockgate")
    for task in dict.fromkeys(card.trial.task for card in scorecards):
        suite = ElementTree.SubElement(root, "testsuite", name=task)
        for card in scorecards:
            if card.trial.task == task:
                _add_trial(suite, card)
        _count(suite)
    for entry in broken:
        suite = ElementTree.SubElement(root, "testsuite", name=entry.name)
        _add_case(suite, entry.name, Case("task", "skipped", f"broken: {entry.reason}"))
        _count(suite)
    _count(root)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _add_trial(suite: ElementTree.Element, card: Scorecard) -> None:
    """Add the cases of a trial; its seconds stand at the first, so that they add up."""
    who = f"{card.trial.task}.{card.trial.competitor.name} #{card.trial.attempt}"
    seconds = card.timing_seconds.get("total", 0.0)
    if card.status == "unscored":
        _add_case(suite, who, Case("trial", "error", f"unscored: {card.unscored_reason}"), seconds)
        return
    found = [(scenario.scenario, case) for scenario in card.scenarios for case in _cases(scenario)]
    if not card.success and all(not case.kind for _, case in found):
        reason = card.submission.refused if card.submission else None
        if card.answer and not card.answer.is_right:
            reason = reason or f"The answer is not right: {card.answer.summary}."
        found.append(("trial", Case("trial", "failure", reason or "The trial is no success.")))
    for number, (scenario, case) in enumerate(found):
        _add_case(suite, f"{who}.{scenario}", case, 0.0 if number else seconds)


def _cases(scenario: ScenarioResult) -> Iterable[Case]:
    """The cases of a scenario: tables, or seeded faults that data tests must catch."""
    steps = "; ".join(f"{step.name} {step.status}: {step.message}" for step in scenario.steps if step.status != "ok")
    for result in scenario.tables:
        if result.verdict.is_match:
            follows = "It counts 0 in CFS: a table upstream is wrong." if result.is_cascaded else ""
            yield Case(result.table, "", "", follows)
            continue
        alone = "right on gold upstream" if result.component.is_match else f"alone: {result.component.summary}"
        place = f"built by {result.built_by}" if result.built_by else "no model builds it"
        text = "\n".join(filter(None, (result.verdict.summary, alone, place, steps)))
        yield Case(result.table, "failure", f"{result.verdict.kind}: {result.verdict.summary}", text)
    for check in scenario.definitions:
        yield Case(f"definitions: {check.name}", *(() if check.is_success else ("failure", check.message, steps)))
    if scenario.work:
        over = () if scenario.work.is_within else ("failure", scenario.work.summary, steps)
        yield Case("work", *over)
    if scenario.faults:
        for fault in scenario.faults.faults:
            missed = () if fault.is_caught else ("failure", f"missed: {fault.breaks}", steps)
            yield Case(f"{fault.table}: {fault.fault}", *missed)
        for alarm in scenario.faults.false_alarms:
            yield Case("false alarm", "failure", alarm)


def _add_case(suite: ElementTree.Element, classname: str, case: Case, seconds: float = 0.0) -> None:
    element = ElementTree.SubElement(
        suite, "testcase", classname=_clean(classname), name=_clean(case.name), time=f"{seconds:.1f}"
    )
    if case.kind:
        result = ElementTree.SubElement(element, case.kind, message=_clean(case.message))
        result.text = _clean(case.text or case.message)
    elif case.text:
        ElementTree.SubElement(element, "system-out").text = _clean(case.text)


def _count(suite: ElementTree.Element) -> None:
    cases = list(suite.iter("testcase"))
    suite.set("tests", str(len(cases)))
    for name, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(kind) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', 0)) for case in cases):.1f}")


def _clean(text: str) -> str:
    """Text without the characters that XML has no way to write."""
    return _NOT_XML.sub("\ufffd", text)
