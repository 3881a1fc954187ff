"""The first thing that is wrong in a trial, in one line."""

from benchmark.scorecard import Scorecard


def first_mismatch(card: Scorecard) -> str:
    """What differs in which table, or which faults were missed, in the first scenario that fails; else the answer."""
    for scenario in card.scenarios:
        for result in scenario.tables:
            if not result.verdict.is_match:
                return f"{scenario.scenario}, {result.table}: {result.verdict.summary}"
        if scenario.faults is not None and not scenario.is_success:
            missed = ", ".join(fault.fault for fault in scenario.faults.faults if not fault.is_caught) or "none"
            alarms = "; ".join(scenario.faults.false_alarms) or "none"
            return f"{scenario.scenario}: faults missed: {missed}; false alarms: {alarms}"
    if card.answer is not None and not card.answer.is_right:
        return f"the answer: {card.answer.summary}"
    return "no table is wrong"
