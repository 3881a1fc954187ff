"""How a CSV file separates and quotes its fields: stated, or the one way in which its first lines fit the header."""

import csv
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from benchmark.file_options import FileOptions

_DELIMITERS = (",", ";", "\t", "|")
_QUOTES = ('"', "'")
_ESCAPES = (None, "\\")
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", "'": "single quote", "\\": "backslash"}


class Dialect(NamedTuple):
    """What separates and surrounds the fields of a CSV file."""

    delimiter: str = ","
    quote: str | None = '"'
    escape: str | None = None
    skips_spaces: bool = False
    """Whether spaces after a delimiter are no part of the field."""

    def reader(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """The standard library's reader for this dialect; it refuses what is not written in it."""
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape,
            skipinitialspace=self.skips_spaces,
            strict=True,
        )

    def words(self) -> list[str]:
        """What is not the default, in words."""
        found = []
        if self.delimiter != ",":
            found.append(f"fields separated by {_name(self.delimiter)}")
        if self.quote == "'":
            found.append("fields quoted by single quotes")
        if self.escape:
            found.append(f"{_name(self.escape)} before quotes inside of fields")
        if self.skips_spaces:
            found.append("spaces after delimiters left out")
        return found


def _name(sign: str) -> str:
    return _NAMES.get(sign, f"'{sign}'")


class _Trial(NamedTuple):
    """How a sample reads in one dialect."""

    dialect: Dialect
    widths: list[int]
    is_valid: bool

    @property
    def fits(self) -> bool:
        """Every line has as many fields as the header, and more than one."""
        return self.is_valid and len(self.widths) > 0 and self.widths[0] > 1 and len(set(self.widths)) == 1

    @property
    def share_split(self) -> float:
        """Fraction of the lines that have more than one field."""
        return sum(width > 1 for width in self.widths) / len(self.widths) if self.widths else 0.0


def detect_dialect(sample: list[str], is_whole: bool, options: FileOptions) -> Dialect:
    """Find the dialect of a file.

    Among dialects in which every line has the header's number of fields, the one with most fields is taken, and the
    usual one (comma, double quotes) before others. Where none fits, the file has other faults, and the delimiter is the
    one that separates most lines, so that the error speaks of the right fields and a file is never taken for one
    column.

    Args:
        sample: First lines of the file, from the header on.
        is_whole: Whether these are all lines.
        options: What is stated is not tried otherwise.
    """
    delimiters = [options.delimiter] if options.delimiter else _DELIMITERS
    quotes = [_or_none(options.quote)] if options.quote else _QUOTES
    escapes = [_or_none(options.escape)] if options.escape else _ESCAPES
    text = "".join(sample)
    for quote, escape in itertools.product(quotes, escapes):
        dialects = [Dialect(delimiter, quote, escape) for delimiter in delimiters]
        trials = [_try(sample, is_whole, dialect) for dialect in dialects if _is_plausible(dialect, text, options)]
        fitting = [trial for trial in trials if trial.fits]
        if fitting:
            best = max(fitting, key=lambda trial: trial.widths[0])
            return _with_spaces(_with_single_quotes(best, sample, is_whole, options), sample, is_whole)
        spaced = _with_spaces_everywhere(trials, sample, is_whole)
        if spaced is not None:
            return spaced
    usual = [_try(sample, is_whole, Dialect(delimiter, quotes[0], escapes[0])) for delimiter in delimiters]
    best = max(usual, key=lambda trial: (trial.share_split, trial.is_valid))
    return best.dialect if best.share_split >= 0.5 or usual[0].share_split else usual[0].dialect


def _or_none(sign: str) -> str | None:
    return None if sign == "none" else sign


def _try(sample: list[str], is_whole: bool, dialect: Dialect) -> _Trial:
    """Read a sample; where it ends inside of a quoted field it is cut there."""
    widths: list[int] = []
    is_valid = True
    reader = dialect.reader(iter(sample))
    try:
        for fields in reader:
            if any(field.strip() for field in fields) or len(fields) > 1:
                widths.append(len(fields))
    except csv.Error as error:
        is_valid = not is_whole and "unexpected end of data" in str(error)
    return _Trial(dialect, widths, is_valid)


def _is_plausible(dialect: Dialect, text: str, options: FileOptions) -> bool:
    """Whether a file shows the signs of an unusual dialect; without them a broken file would pass as one of it."""
    if dialect.escape and not options.escape:
        signs = (sign for sign in (dialect.quote, dialect.delimiter) if sign)
        if not any(f"{dialect.escape}{sign}" in text for sign in signs):
            return False
    return dialect.quote != "'" or options.quote is not None or _has_single_quotes(dialect.delimiter, text)


def _has_single_quotes(delimiter: str, text: str) -> bool:
    """Whether whole fields stand in single quotes, and none begins with a double quote."""
    if "'" not in text:
        return False
    between = re.escape(delimiter)
    has_double = re.search(rf'(?:^|{between})"', text, re.MULTILINE) is not None
    has_single = re.search(rf"(?:^|{between})'[^'\r\n]*'(?={between}|\r?$)", text, re.MULTILINE) is not None
    return has_single and not has_double


def _with_single_quotes(trial: _Trial, sample: list[str], is_whole: bool, options: FileOptions) -> Dialect:
    """The dialect with single quotes, where the file fits that as well and shows them."""
    dialect = trial.dialect
    if options.quote or dialect.quote != '"' or not _has_single_quotes(dialect.delimiter, "".join(sample)):
        return dialect
    single = _try(sample, is_whole, dialect._replace(quote="'"))
    return single.dialect if single.fits and single.widths[0] == trial.widths[0] else dialect


def _with_spaces(dialect: Dialect, sample: list[str], is_whole: bool) -> Dialect:
    """The dialect without spaces after delimiters, where quotes stand behind such spaces."""
    if not dialect.quote or not _has_spaced_quotes(dialect, sample):
        return dialect
    spaced = _try(sample, is_whole, dialect._replace(skips_spaces=True))
    return spaced.dialect if spaced.fits else dialect


def _with_spaces_everywhere(trials: list[_Trial], sample: list[str], is_whole: bool) -> Dialect | None:
    for trial in trials:
        dialect = _with_spaces(trial.dialect, sample, is_whole)
        if dialect.skips_spaces:
            return dialect
    return None


def _has_spaced_quotes(dialect: Dialect, sample: list[str]) -> bool:
    sign = f"{dialect.delimiter} {dialect.quote}"
    return any(sign in line for line in sample)


_INTEGER = re.compile(r"[+-]?\d+")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}([T ].*)?")
_SURE_DATA = re.compile(r"-\d+([.,]\d+)?|\d+[.,]\d+|\d{4}-\d{2}-\d{2}[T ]\d{2}:.*")


def looks_like_data(fields: list[str]) -> bool:
    """Whether a first line is hardly a header: it begins with a number or day, or holds a fraction or an instant.

    Years, months and days as names of later columns are common in headers of pivoted tables.
    """
    first = fields[0].strip()
    if _INTEGER.fullmatch(first) or _DATE.fullmatch(first):
        return True
    return any(_SURE_DATA.fullmatch(field.strip()) for field in fields)
