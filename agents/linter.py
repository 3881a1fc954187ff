"""An agent of simple rules: it undoes what looks odd in a model's SQL, without data and without understanding.

A repair that it solves could be found by a smell, not by following wrong rows to their cause. It is what generated
repairs are tried against; as a competitor it shows what a score is worth that needs no thought.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, NamedTuple

from agents.base import AgentContext
from benchmark.scorecard import AgentResult

MAX_PLACES = 3
"""Places in a project in which a rule may find something; what is found more often is how the project is written."""
_FIRST = r"(?:first|earliest|min|lowest|opened|started)"
_LAST = r"(?:last|latest|newest|max|highest|closed|ended)"
_BODY = r"\w*\s+as\s+\((?:(?!\n\))[\s\S])*?"
_STEP_OF_LAST = rf"(?:\w+_)?(?:last|latest|newest){_BODY}"
_STEP_OF_FIRST = rf"(?:\w+_)?(?:first|earliest|oldest){_BODY}"
"""Steps with such names, from their beginnings."""
_SORTED = r"\border\s+by\s+[\w.]+"
_CALL = r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)"


class Rule(NamedTuple):
    """A smell, and what it is replaced by."""

    name: str
    smell: re.Pattern[str]
    better: Callable[[re.Match[str]], str]


def _rule(name: str, smell: str, better: str) -> Rule:
    pattern = re.compile(smell, re.IGNORECASE)
    return Rule(name, pattern, lambda found: found.expand(better))


RULES = (
    _rule("max of a first", rf"\bmax({_CALL}\s+as\s+{_FIRST}_\w+)", r"min\1"),
    _rule("min of a last", rf"\bmin({_CALL}\s+as\s+{_LAST}_\w+)", r"max\1"),
    _rule("sum of a mean", rf"\bsum({_CALL}\s+as\s+(?:mean|avg|average)_\w+)", r"avg\1"),
    _rule("mean of a total", rf"\bavg({_CALL}\s+as\s+(?:n|total|sum)_\w+)", r"sum\1"),
    _rule("rank that is one", r"\b(?:dense_)?rank\s*\(\s*\)", "row_number()"),
    _rule("union that drops rows", r"\bunion(?!\s+(?:all|distinct|by))\b", "union all"),
    _rule("end that counts", r"<=(\s*\w*\.?(?:valid_to|valid_until|ends_at|ended_at)\b)", r"<\1"),
    _rule("begin that does not count", r">(?!=)(\s*\w*\.?(?:valid_from|starts_at|started_at)\b)", r">=\1"),
    _rule(
        "order without a direction", r"\border\s+by\s+(\w*\.?(?:updated|recorded|loaded)_at)\s*\)", r"order by \1 desc)"
    ),
    _rule("last that is sorted upwards", rf"\b({_STEP_OF_LAST}{_SORTED})(?:\s+asc)?(?=\s*\))", r"\1 desc"),
    _rule("first that is sorted downwards", rf"\b({_STEP_OF_FIRST}{_SORTED})\s+desc(?=\s*\))", r"\1"),
    _rule("direction that is said", rf"\b({_SORTED})\s+asc\b(?=\s*\))", r"\1 desc"),
    _rule("greatest of nothing", r"\bleast(\((?:[^()]|\([^()]*\))*,\s*0\s*\))", r"greatest\1"),
    _rule("condition that is always true", r"\s+and\s+(?:1\s*=\s*1|true)\b", ""),
    _rule("inner join of what may be missing", r"(?<!\w)inner\s+join\b", "left join"),
)
"""In the order in which they are tried; each over the whole project."""


class LinterAgent:
    """Applies simple rules to the SQL of all models; a rule that finds something in many places is left alone."""

    needs_systems: ClassVar[bool] = False

    def solve(self, context: AgentContext) -> AgentResult:
        """Undo what looks odd."""
        done = undo_odd_lines(context.workspace / "dbt" / "models")
        return AgentResult(status="finished", message="; ".join(done), n_steps=len(done))


def undo_odd_lines(models: Path) -> list[str]:
    """Apply the rules to the models of a folder; one sentence a file and rule.

    Args:
        models: Of a dbt project.
    """
    done = []
    for rule in RULES:
        texts = {path: path.read_text(encoding="utf-8") for path in sorted(models.rglob("*.sql"))}
        places = {path: len(rule.smell.findall(text)) for path, text in texts.items()}
        if not 0 < sum(places.values()) <= MAX_PLACES:
            continue
        for path, n_places in places.items():
            if n_places:
                path.write_text(rule.smell.sub(rule.better, texts[path]), encoding="utf-8")
                done.append(f"{path.stem}: {rule.name}")
    return done
