"""The facts of a trial's answer as people read them."""

from __future__ import annotations

from benchmark.scorecard import FactResult


def expected_text(fact: FactResult) -> str:
    """What is right: `12.5 (give or take 0.5)`, or `time zone or timezone`."""
    tolerance = f" (give or take {fact.tolerance:g})" if fact.tolerance else ""
    return " or ".join(fact.expected) + tolerance


def fact_sentence(fact: FactResult) -> str:
    """What the answer says of a fact, and what is right where it is not."""
    if fact.status == "right":
        return f"{fact.fact}: {fact.read}"
    said = "it says nothing" if fact.read is None else f"it says {fact.read}"
    return f"{fact.fact}: {said}; right is {expected_text(fact)}"
