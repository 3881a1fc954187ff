"""How one value is wrong, missing, or written in another way, as SQL; draws are of the row's `key__`."""

from benchmark.duckdb_sql import literal
from benchmark.duckdb_sql import quote as quoted
from benchmark.noise_rules import AnyNoise, LetterCase, Missing, TimeFormat, TimeZoneOfText, Unit
from sources.kit.errors import GeneratorError

_INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")
_ISO = {"DATE": "%Y-%m-%d", "TIMESTAMP": "%Y-%m-%dT%H:%M:%S", "TIMESTAMP WITH TIME ZONE": "%Y-%m-%dT%H:%M:%SZ"}


def wrong_value(column: str, type_: str, stream: str, by: float) -> str:
    """SQL: another value than the right one.

    Numbers differ by a share of at most `by`, whole ones by one at least, and keep their sign; times are an hour
    earlier, dates a day; truth values are the opposite; texts are missing.
    """
    value = quoted(column)
    drawn = f"draw(key__, {literal(stream + ' by')})"
    up = f"draw(key__, {literal(stream + ' up')}) < 0.5"
    if type_ in _INTEGERS:
        step = f"greatest(1, round(abs({value}) * {by} * {drawn}))::bigint"
        return f"({value} + case when abs({value}) < 2 or {up} then {step} else -{step} end)::{type_}"
    if type_.startswith(("DECIMAL", "DOUBLE", "FLOAT")):
        factor = f"{by} * (0.1 + 0.9 * {drawn})"
        return f"({value} * (1 + case when {up} then {factor} else -{factor} end))::{type_}"
    if type_.startswith("TIMESTAMP"):
        return f"{value} - interval 1 hour"
    if type_ == "DATE":
        return f"({value} - 1)"
    return f"not {value}" if type_ == "BOOLEAN" else f"null::{type_}"


def rewritten(value: str, type_: str, rule: AnyNoise, stream: str) -> str:
    """SQL: the value as the rule writes it; unchanged where the rule is about something else.

    Raises:
        GeneratorError: The rule does not fit the type.
    """
    meets = f"draw(key__, {literal(stream)}) < {rule.rate}"
    where = f"noise {rule.stream} of table '{rule.table}' in world.yaml"
    match rule:
        case Missing():
            if rule.texts and type_ != "VARCHAR":
                raise GeneratorError(where, f"'{value}' is {type_}; only a text can be missing as a text.")
            gap = _one_of(rule.texts, stream) if rule.texts else f"null::{type_}"
            return f"case when {meets} then {gap} else {value} end"
        case LetterCase():
            _need(type_ == "VARCHAR", where, type_, "a text")
            third = f"pick(key__, {literal(stream + ' case')}, 3)"
            mixed = f"upper(left({value}, 1)) || lower(substr({value}, 2))"
            return (
                f"case when {meets} then case {third} when 0 then lower({value}) when 1 then upper({value}) "
                f"else {mixed} end else {value} end"
            )
        case TimeFormat():
            _need(type_ in _ISO, where, type_, "a date or a timestamp")
            time = f"({value})::timestamp"
            texts = [f"strftime({time}, {literal(form)})" for form in rule.formats]
            return f"case when {meets} then {_choice(texts, stream)} else strftime({time}, '{_ISO[type_]}') end"
        case TimeZoneOfText():
            _need(type_.startswith("TIMESTAMP") and type_ in _ISO, where, type_, "a timestamp")
            return f"case when {meets} then {_in_zone(value, rule.zone)} else {_in_zone(value, '')} end"
        case Unit():
            _need(type_ in _INTEGERS or type_.startswith(("DECIMAL", "DOUBLE", "FLOAT")), where, type_, "a number")
            usual = f"{_number(value)} || {literal(' ' + rule.unit)}"
            if not rule.others:
                return f"case when {meets} then {usual} else {_number(value)} end"
            others = [
                f"{_number(f'round(({value}) * {factor:.12g}, 6)')} || {literal(' ' + unit)}"
                for unit, factor in rule.others.items()
            ]
            return f"case when {meets} then {_choice(others, stream)} else {usual} end"
        case _:
            return value


def _in_zone(value: str, zone: str) -> str:
    """SQL: ISO 8601 with the offset of a zone; empty: `Z`."""
    instant = f"({value})::timestamptz"
    if not zone:
        return f"strftime({instant} at time zone 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    local = f"({instant} at time zone {literal(zone)})"
    minutes = f"date_diff('minute', {instant} at time zone 'UTC', {local})"
    sign = f"case when {minutes} < 0 then '-' else '+' end"
    offset = f"{sign} || printf('%02d:%02d', abs({minutes}) // 60, abs({minutes}) % 60)"
    return f"strftime({local}, '%Y-%m-%dT%H:%M:%S') || {offset}"


def _number(value: str) -> str:
    """SQL: a number as text, without zeros at its end."""
    return f"regexp_replace(regexp_replace(({value})::varchar, '(\\.\\d*?)0+$', '\\1'), '\\.$', '')"


def _one_of(texts: tuple[str, ...], stream: str) -> str:
    return _choice([literal(text) for text in texts], stream)


def _choice(values: list[str], stream: str) -> str:
    """SQL: one of some expressions, by draw."""
    branches = " ".join(f"when {place} then {value}" for place, value in enumerate(values))
    return f"case pick(key__, {literal(stream + ' which')}, {len(values)}) {branches} end"


def _need(is_right: bool, where: str, type_: str, wanted: str) -> None:
    if not is_right:
        raise GeneratorError(where, f"the column is {type_}, but must be {wanted}.")
