"""The section of a world's `PLANTED.md` that says which noise is declared: written by the tool, between two markers."""

from collections.abc import Sequence
from pathlib import Path

from benchmark.durations import duration_text
from benchmark.errors import LockgateError
from benchmark.noise_rules import (
    AnyNoise,
    CorrectedLater,
    DeletedLater,
    FileAgain,
    FileCut,
    Late,
    LetterCase,
    Missing,
    SentTwice,
    TimeFormat,
    TimeZoneOfText,
    Unit,
)

BEGIN = "<!-- declared noise: written by lockgate from world.yaml; do not edit between these two lines -->"
END = "<!-- end of declared noise -->"


def planted_section(rules: Sequence[AnyNoise]) -> str:
    """The section with both markers: a table of rules, in the order of `world.yaml`."""
    if not rules:
        return f"{BEGIN}\nNo noise is declared.\n{END}\n"
    rows = [f"| {rule.kind} | `{rule.table}` | {_share(rule.rate)} | {describe_rule(rule)} |" for rule in rules]
    return "\n".join((BEGIN, "| Noise | Where | Share | What |", "|---|---|---:|---|", *rows, END, ""))


def write_planted(path: Path, rules: Sequence[AnyNoise]) -> bool:
    """Bring the section of a file up to date, or append it; the rest stays as it is.

    Returns:
        Whether the file changed.

    Raises:
        LockgateError: A marker stands alone.
    """
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    written = with_section(text, planted_section(rules), path)
    if written == text:
        return False
    path.write_text(written, encoding="utf-8")
    return True


def with_section(text: str, section: str, where: object = "PLANTED.md") -> str:
    """A text with its section replaced, or appended where it has none."""
    n_begins, n_ends = text.count(BEGIN), text.count(END)
    if n_begins == n_ends == 0:
        return f"{text.rstrip()}\n\n{section}" if text.strip() else section
    if (n_begins, n_ends) != (1, 1) or text.index(BEGIN) > text.index(END):
        raise LockgateError(f"{where}: the lines '{BEGIN}' and '{END}' must be there once each, in this order.")
    before, _, rest = text.partition(BEGIN)
    return before + section.rstrip("\n") + rest.partition(END)[2]


def describe_rule(rule: AnyNoise) -> str:
    """One sentence about what a rule does, for authors."""
    match rule:
        case SentTwice():
            other = f", with another `{rule.new_id}`" if rule.new_id else ""
            other += (
                f", with other {_columns(rule.changes)} (numbers by up to {_share(rule.by)})" if rule.changes else ""
            )
            other = other or ", the same in every column but its times"
            return f"the row comes a second time up to {duration_text(rule.after)} later{other}"
        case Late():
            return f"the row comes up to {duration_text(rule.by)} late; its load time says so"
        case CorrectedLater():
            wrong = _columns(rule.columns) if rule.columns else "measures"
            return (
                f"{wrong}: wrong at first (numbers by up to {_share(rule.by)}), "
                f"set right in place within {duration_text(rule.after)}; `updated_at` moves"
            )
        case DeletedLater():
            return f"the row is deleted within {duration_text(rule.after)} after it came"
        case Missing():
            written = f" ({', '.join(f'`{text!r}`' for text in rule.texts)})" if rule.texts else " (NULL)"
            return f"{_columns(rule.columns)}: no value{written}, each column by a draw of its own"
        case TimeFormat():
            return f"{_columns(rule.touched)}: text in {_columns(rule.formats)}; the other rows are ISO 8601"
        case TimeZoneOfText():
            return f"{_columns(rule.touched)}: text with the offset of {rule.zone}; the other rows have `Z`"
        case LetterCase():
            return f"{_columns(rule.touched)}: in lower, upper or mixed case"
        case Unit():
            others = " or ".join(f"{unit} ({factor:g} to one {rule.unit})" for unit, factor in rule.others.items())
            if not others:
                return f"{_columns(rule.touched)}: text with the unit {rule.unit}; the other rows are the bare number"
            return f"{_columns(rule.touched)}: text in {others}; the other rows are in {rule.unit}"
        case FileCut():
            return "the file holds only its first rows; a day later the whole file takes its place"
        case FileAgain():
            return "the file is delivered again a day later, under a name that ends in `_2`"


def _columns(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _share(rate: float) -> str:
    return f"{rate * 100:.4g} %"
