"""From evidence to a verdict: its kind, and one sentence that a person understands."""

from __future__ import annotations

from typing import NamedTuple

from benchmark.border import cut_text
from benchmark.scorecard import ColumnDifference, RowDifference, Verdict, VerdictKind
from evaluators.compare.columns import Plan

_MAX_NAMED = 5
_MAX_TYPE = 60
"""Characters of a type; a STRUCT of the submission's choosing may be long."""
_PHRASES: dict[VerdictKind, str] = {
    "values": "",
    "nulls": "NULL on one side only",
    "rounding": "rounding",
    "time_zone": "shifted by whole quarters of an hour, as between time zones",
    "list_order": "the same elements in another order",
}
_ORDER: tuple[VerdictKind, ...] = (
    "grain", "missing_rows", "extra_rows", "types", "nulls", "time_zone", "rounding", "list_order", "values",
)  # fmt: skip


class Evidence(NamedTuple):
    """What was found about two tables that differ; counts are of the looked-at share of the rows."""

    n_gold: int
    n_output: int
    n_missing: int
    n_extra: int
    n_compared: int
    n_differing: int
    columns: tuple[ColumnDifference, ...]
    hints: tuple[str, ...]
    sample: tuple[RowDifference, ...]
    fraction: float = 1.0
    """Share of the rows that was looked at."""
    key: tuple[str, ...] = ()
    n_copies: int = 0
    """Output rows that repeat a key, or a row that gold has less often."""
    n_lost_copies: int = 0
    """Gold rows of which the output has fewer copies."""
    only_copies: bool = False
    """Both have the same rows, only not as often."""

    @property
    def has_differences(self) -> bool:
        """Whether any row differs, is not there, or is there too often."""
        return any((self.n_missing, self.n_extra, self.n_copies, self.n_lost_copies, self.n_differing))


def match_verdict(n_gold: int, n_output: int, plan: Plan) -> Verdict:
    """The tables are equal."""
    rows, columns = _count(n_gold, "row"), _count(len(plan.columns), "column")
    return Verdict(
        is_match=True,
        kind="match",
        summary=f"Equal: {rows}, {columns} compared.",
        n_rows_gold=n_gold,
        n_rows_output=n_output,
        n_rows_compared=n_gold,
        extra_columns=plan.extra,
    )


def not_built_verdict(name: str) -> Verdict:
    """There is no output."""
    return Verdict(is_match=False, kind="not_built", summary=f"{name} was not built.")


UNREADABLE = " cannot be read: "
"""Stands in what is said of an output that there is, and that counts as if it were not."""


def unreadable_verdict(name: str, reason: str) -> Verdict:
    """There is an output that cannot be read, which counts as if there were none."""
    return Verdict(is_match=False, kind="not_built", summary=f"{name}{UNREADABLE}{reason}")


def columns_verdict(plan: Plan, n_gold: int, n_output: int, *, is_strict: bool) -> Verdict:
    """Scored columns are missing, or there are extra ones where that is not allowed."""
    sentences = []
    if plan.missing:
        sentences.append(f"{_count(len(plan.missing), 'scored column')} missing: {_names(plan.missing)}")
    if plan.extra and (is_strict or plan.missing):
        allowed = ", which this task does not allow" if is_strict else ""
        sentences.append(f"{_count(len(plan.extra), 'extra column')}{allowed}: {_names(plan.extra)}")
    return Verdict(
        is_match=False,
        kind="columns",
        summary=f"{'; '.join(sentences)}.",
        n_rows_gold=n_gold,
        n_rows_output=n_output,
        missing_columns=plan.missing,
        extra_columns=plan.extra,
    )


def mismatch_verdict(plan: Plan, evidence: Evidence) -> Verdict:
    """The rows differ."""
    n_missing, n_extra = _whole_counts(evidence)
    return Verdict(
        is_match=False,
        kind=_kind(plan, evidence, n_missing * evidence.fraction, n_extra * evidence.fraction),
        summary=_summary(plan, evidence, n_missing, n_extra),
        n_rows_gold=evidence.n_gold,
        n_rows_output=evidence.n_output,
        n_rows_missing=n_missing,
        n_rows_extra=n_extra,
        n_rows_duplicated=_whole_copies(evidence, n_extra),
        n_rows_compared=evidence.n_compared,
        extra_columns=plan.extra,
        columns=evidence.columns,
        sample=evidence.sample,
    )


def _whole_counts(evidence: Evidence) -> tuple[int, int]:
    """Missing and extra rows of the whole tables; exact unless both occur and only a sample was looked at."""
    if evidence.fraction == 1:
        return evidence.n_missing, evidence.n_extra
    more = evidence.n_output - evidence.n_gold
    only_lost, only_added = max(0, -more), max(0, more)
    if (only_lost or not evidence.n_missing) and (only_added or not evidence.n_extra):
        return only_lost, only_added
    missing, extra = evidence.n_missing / evidence.fraction, evidence.n_extra / evidence.fraction
    n_missing = min(evidence.n_gold, max(only_lost, round((missing + extra - more) / 2)))
    return n_missing, n_missing + more


def _whole_copies(evidence: Evidence, n_extra: int) -> int:
    """Those among the extra rows of the whole output that are copies: as many of them as in the sample."""
    return round(n_extra * evidence.n_copies / evidence.n_extra) if evidence.n_extra else 0


def _kind(plan: Plan, evidence: Evidence, n_missing: float, n_extra: float) -> VerdictKind:
    """The kind of the difference that touches most rows; the earlier one where several touch as many.

    Args:
        plan: What was compared.
        evidence: What was found.
        n_missing: Missing rows of the looked-at share, as far as the whole tables tell.
        n_extra: Extra rows likewise.
    """
    if evidence.only_copies:
        return "grain"
    incomparable = [column for column in plan.columns if not column.is_comparable]
    if any(column.kind == "types" for column in evidence.columns) or (incomparable and not evidence.columns):
        return "types"
    n_copies = evidence.n_copies if evidence.key else 0
    weights: dict[VerdictKind, float] = {"grain": n_copies, "missing_rows": n_missing, "extra_rows": n_extra - n_copies}
    if n_missing and n_extra and not evidence.key:
        weights |= {"values": max(n_missing, n_extra), "missing_rows": 0, "extra_rows": 0}
    for column in evidence.columns:
        weights[column.kind] = max(weights.get(column.kind, 0), column.n_rows)
    return max(_ORDER, key=lambda kind: (weights.get(kind, 0), -_ORDER.index(kind)))


def _summary(plan: Plan, evidence: Evidence, n_missing: int, n_extra: int) -> str:
    about = "about " if evidence.fraction < 1 and n_missing and n_extra else ""
    parts = []
    if evidence.only_copies:
        parts.append(_copies_sentence(evidence, n_missing, n_extra))
    elif evidence.n_output == 0:
        parts.append(f"the table is empty; gold has {_count(evidence.n_gold, 'row')}")
    else:
        parts += _row_sentences(evidence, n_missing, n_extra, about)
    parts += _column_sentences(evidence)
    incomparable = [column for column in plan.columns if not column.is_comparable]
    if incomparable and not evidence.columns:
        types = (f"'{c.name}' is {c.output_type.text}, gold has {c.gold_type.text}" for c in incomparable[:_MAX_NAMED])
        parts.append("; ".join(types))
    parts += evidence.hints[:_MAX_NAMED]
    if evidence.fraction < 1 and evidence.n_gold and evidence.n_output:
        parts.append(f"seen in a sample of {100 * evidence.fraction:.2g} % of what differs")
    text = "; ".join(parts) or "the rows differ"
    return f"{text[0].upper()}{text[1:]}."


def _copies_sentence(evidence: Evidence, n_missing: int, n_extra: int) -> str:
    sentences = []
    if evidence.n_copies:
        sentences.append(f"{_count(n_extra, 'row')} too many, copies of rows that gold has less often")
    if evidence.n_lost_copies:
        sentences.append(f"{_count(n_missing, 'row')} too few: repeated rows of gold were lost")
    return "; ".join(sentences)


def _row_sentences(evidence: Evidence, n_missing: int, n_extra: int, about: str) -> list[str]:
    sentences = []
    n_copies = _whole_copies(evidence, n_extra) if evidence.key else 0
    if n_copies:
        key = ", ".join(evidence.key)
        sentences.append(
            f"{_count(n_copies, 'row')} {'repeats' if n_copies == 1 else 'repeat'} a key ({key}) that gold has once"
        )
    if n_missing:
        sentences.append(f"{about}{n_missing:,} of {_count(evidence.n_gold, 'row')} missing")
    if n_extra - n_copies > 0:
        sentences.append(f"{about}{_count(n_extra - n_copies, 'row')} that gold does not have")
    return sentences


def _column_sentences(evidence: Evidence) -> list[str]:
    ranked = sorted(evidence.columns, key=lambda column: -column.n_rows)
    sentences = []
    for column in ranked[:_MAX_NAMED]:
        about = _PHRASES.get(column.kind)
        if column.gold_type and column.output_type:
            about = f"gold {cut_text(column.gold_type, _MAX_TYPE)}, output {cut_text(column.output_type, _MAX_TYPE)}"
        phrase = f" ({about})" if about else ""
        rows = f"{column.n_rows:,} of {_count(evidence.n_compared, 'row')}"
        sentences.append(f"'{column.column}' differs in {rows}{phrase}")
    if len(ranked) > _MAX_NAMED:
        sentences.append(f"and {_count(len(ranked) - _MAX_NAMED, 'more column')}")
    return sentences


def _names(names: tuple[str, ...]) -> str:
    listed = ", ".join(names[:_MAX_NAMED])
    return listed if len(names) <= _MAX_NAMED else f"{listed} and {len(names) - _MAX_NAMED} more"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
