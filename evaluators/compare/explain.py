"""From different checksums to a verdict: do tolerances make the tables match, and if not, what differs?"""

from __future__ import annotations

from benchmark.scorecard import Verdict
from evaluators.compare.large.checksum import Checksums, Tables
from evaluators.compare.large.sampling import all_parts, differing_parts, narrowed, row_limit, samples
from evaluators.compare.rows.by_key import count_copies, pair_by_key
from evaluators.compare.rows.multiset import find_unmatched, pair_unmatched
from evaluators.compare.rows.row_diff import Paired, differing_rows, find_differences, take_sample
from evaluators.compare.rows.tolerant_multiset import match_bags
from evaluators.compare.verdict import Evidence, match_verdict, mismatch_verdict


class Explainer:
    """Two tables whose checksums differ."""

    def __init__(self, tables: Tables, sums: Checksums) -> None:
        self.tables = tables
        self.sums = sums
        self.n_gold, self.n_output = (side.n_rows for side in sums)
        self.can_match = self.n_gold == self.n_output and bool(tables.plan.tolerant)

    def verdict(self) -> Verdict:
        """Decide, and say what differs."""
        if self.sums.n_rows <= row_limit(self.tables):
            return self._verdict(self._look(self.tables))
        differing = differing_parts(self.tables, self.sums)
        if differing:
            with narrowed(self.tables, differing) as part:
                return self._verdict(self._look(part, n_equal=differing.n_equal))
        evidence = self._look_at_samples()
        if evidence:
            return self._verdict(evidence)
        assert self.can_match, "a part that is looked at shows evidence where tolerances cannot make the tables match"
        for scope in all_parts(self.tables, self.sums.n_rows):
            with narrowed(self.tables, scope) as part:
                evidence = self._look(part, scope.fraction)
            if evidence:
                return self._verdict(evidence)
        return self._verdict(None)

    def _look_at_samples(self) -> Evidence | None:
        """What differs in the first sample in which anything does; of tables that may match in the first one."""
        evidence = None
        for scope in samples(self.tables, self.sums):
            with narrowed(self.tables, scope) as part:
                evidence = self._look(part, scope.fraction, scope.n_equal)
            if self.can_match or (evidence and evidence.has_differences):
                break
        return evidence

    def _verdict(self, evidence: Evidence | None) -> Verdict:
        if evidence is None:
            return match_verdict(self.n_gold, self.n_output, self.tables.plan)
        return mismatch_verdict(self.tables.plan, evidence)

    def _look(self, part: Tables, fraction: float = 1.0, n_equal: int = 0) -> Evidence | None:
        """What differs in a part; None where its rows match, tolerances included, and so may the tables.

        Args:
            part: Rows that belong together.
            fraction: Share of all differences that is inside.
            n_equal: Gold rows outside that are equal to their partners and stand for this part.
        """
        evidence = self._by_key(part, fraction, n_equal) if part.plan.keys else None
        if evidence:
            return None if self.can_match and not evidence.has_differences else evidence
        return None if self.can_match and match_bags(part) else self._as_bags(part, fraction, n_equal)

    def _by_key(self, part: Tables, fraction: float, n_equal: int) -> Evidence | None:
        """What differs where rows belong together by key; None where gold's key repeats."""
        copies = count_copies(part)
        if copies.gold:
            return None
        paired = pair_by_key(part, has_copies=copies.output > 0)
        evidence = self._evidence(part, paired, _count(part), n_equal, fraction)
        return evidence._replace(n_copies=copies.output, key=tuple(part.plan.columns[i].name for i in part.plan.keys))

    def _as_bags(self, part: Tables, fraction: float, n_equal: int) -> Evidence:
        """What differs between bags of rows."""
        with find_unmatched(part) as unmatched:
            paired = pair_unmatched(part, unmatched)
            n_equal += _count(part) - unmatched.n_gold
            evidence = self._evidence(part, paired, unmatched.n_gold, n_equal, fraction)
        return evidence._replace(
            n_copies=unmatched.n_output_copies,
            n_lost_copies=unmatched.n_gold_copies,
            only_copies=unmatched.only_copies,
        )

    def _evidence(self, part: Tables, paired: Paired, n_paired: int, n_equal: int, fraction: float) -> Evidence:
        """What differs in a pairing of so many gold rows; `n_equal` more are equal."""
        with differing_rows(part, paired) as differing:
            found = find_differences(part, differing, n_paired, n_equal)
            rows = take_sample(part, differing, found)
        return Evidence(
            n_gold=self.n_gold,
            n_output=self.n_output,
            n_missing=found.n_missing,
            n_extra=found.n_extra,
            n_compared=found.n_pairs + n_equal,
            n_differing=found.n_differing,
            columns=found.columns,
            hints=found.hints,
            sample=rows,
            fraction=fraction,
        )


def _count(part: Tables) -> int:
    """Gold rows of a part."""
    (n_rows,) = part.fetch(part.select("gold", {"n": "system.main.count_star()"}))
    return int(str(n_rows))
