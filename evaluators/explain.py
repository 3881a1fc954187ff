"""From different checksums to a verdict: do tolerances make the tables match, and if not, what differs?"""

from __future__ import annotations

from benchmark.scorecard import Verdict
from evaluators.bags import find_unmatched, pair_unmatched, shared_columns
from evaluators.checksum import Tables
from evaluators.keyed import count_copies, match_by_key, pair_by_key
from evaluators.matching import match_bags
from evaluators.paired import find_differences, take_sample
from evaluators.scope import (
    Scope,
    all_parts,
    differing_parts,
    hash_columns,
    hash_exact,
    narrowed,
    row_limit,
    sample_parts,
)
from evaluators.summary import Evidence, match_verdict, mismatch_verdict


class Explainer:
    """Two tables whose checksums differ."""

    def __init__(self, tables: Tables, n_gold: int, n_output: int) -> None:
        self.tables = tables
        self.n_gold = n_gold
        self.n_output = n_output
        self.n_rows = max(n_gold, n_output)

    def verdict(self) -> Verdict:
        """Decide, and say what differs."""
        if self.n_rows <= row_limit(self.tables):
            return self._look(self.tables, 0)
        hashes = hash_columns(self.tables, self.tables.plan.keys) if self.tables.plan.keys else hash_exact(self.tables)
        differing = differing_parts(self.tables, self.n_gold, hashes)
        with narrowed(self.tables, differing) as part:
            if differing.fraction == 1:
                return self._look(part, differing.n_equal)
            if not self._matches(part):
                return self._explain_sample(part, differing)
        for scope in all_parts(self.tables, self.n_rows, hashes):
            with narrowed(self.tables, scope) as part:
                if not self._matches(part):
                    return self._explain(part, scope.fraction, scope.n_equal)
        return match_verdict(self.n_gold, self.n_output, self.tables.plan)

    def _look(self, part: Tables, n_equal: int) -> Verdict:
        """The verdict, from rows that hold every difference."""
        if self._matches(part):
            return match_verdict(self.n_gold, self.n_output, self.tables.plan)
        return self._explain(part, 1.0, n_equal)

    def _matches(self, part: Tables) -> bool:
        """Whether the rows of a part match; without tolerances their checksums have said no already."""
        if self.n_gold != self.n_output or not part.plan.tolerant:
            return False
        is_match = match_by_key(part) if part.plan.keys else None
        return match_bags(part) if is_match is None else is_match

    def _explain_sample(self, part: Tables, scope: Scope) -> Verdict:
        """Evidence from a sample; without key, of rows that share what the tables still have in common."""
        verdict = self._explain(part, scope.fraction, scope.n_equal)
        if part.plan.keys or verdict.columns or not (verdict.n_rows_missing and verdict.n_rows_extra):
            return verdict
        shared = shared_columns(self.tables)
        if not shared or len(shared) == len(part.plan.columns):
            return verdict
        better = sample_parts(self.tables, self.n_rows, hash_columns(self.tables, shared))
        with narrowed(self.tables, better) as wider:
            return self._explain(wider, better.fraction, better.n_equal)

    def _explain(self, part: Tables, fraction: float, n_equal: int) -> Verdict:
        evidence = self._by_key(part, fraction, n_equal) if part.plan.keys else None
        return mismatch_verdict(self.tables.plan, evidence or self._as_bags(part, fraction, n_equal))

    def _by_key(self, part: Tables, fraction: float, n_equal: int) -> Evidence | None:
        """What differs where rows belong together by key; None where gold's key repeats."""
        copies = count_copies(part)
        if copies.gold:
            return None
        paired = pair_by_key(part, has_copies=copies.output > 0)
        found = find_differences(part, paired, n_equal)
        return Evidence(
            n_gold=self.n_gold,
            n_output=self.n_output,
            n_missing=found.n_missing,
            n_extra=found.n_extra,
            n_copies=copies.output,
            n_compared=found.n_pairs + n_equal,
            n_differing=found.n_differing,
            columns=found.columns,
            hints=found.hints,
            sample=take_sample(part, paired, found),
            fraction=fraction,
            key=tuple(part.plan.columns[i].name for i in part.plan.keys),
        )

    def _as_bags(self, part: Tables, fraction: float, n_equal: int) -> Evidence:
        """What differs between bags of rows."""
        with find_unmatched(part) as unmatched:
            paired = pair_unmatched(part, unmatched)
            n_equal += _count(part) - unmatched.n_gold
            found = find_differences(part, paired, n_equal)
            return Evidence(
                n_gold=self.n_gold,
                n_output=self.n_output,
                n_missing=found.n_missing,
                n_extra=found.n_extra,
                n_copies=unmatched.n_output_copies,
                n_lost_copies=unmatched.n_gold_copies,
                n_compared=found.n_pairs + n_equal,
                n_differing=found.n_differing,
                columns=found.columns,
                hints=found.hints,
                sample=take_sample(part, paired, found),
                fraction=fraction,
                only_copies=unmatched.only_copies,
            )


def _count(part: Tables) -> int:
    """Gold rows of a part."""
    (n_rows,) = part.fetch(part.select("gold", {"n": "system.main.count_star()"}))
    return int(str(n_rows))
