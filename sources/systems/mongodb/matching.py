"""Filters: from a query document to a function that says whether a document matches."""

from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

from bson import Int64, Regex

from sources.systems.mongodb.bson_order import NULL_ORDER, TYPE_NUMBERS, Document, order_key, type_name
from sources.systems.mongodb.errors import CommandError, not_supported
from sources.systems.mongodb.paths import values_at, with_elements

Matcher: TypeAlias = Callable[[Any], bool]
"""Whether a document, or for an operator the value that was found, matches."""
Values: TypeAlias = Callable[[Any], Iterator[Any]]


def matcher(query: Any) -> Matcher:
    """Whether a document matches.

    Args:
        query: A filter as of `find`.

    Raises:
        CommandError: An operator is not known, or has a value that it cannot have.
    """
    if not isinstance(query, dict):
        raise CommandError("TypeMismatch", "a filter must be a document")
    tests = [_logical(name, value) if name.startswith("$") else _field(name, value) for name, value in query.items()]
    return lambda document: all(test(document) for test in tests)


def _logical(name: str, value: Any) -> Matcher:
    if name == "$comment":
        return lambda _: True
    if name not in ("$and", "$or", "$nor"):
        raise not_supported(f"operator {name}")
    if not isinstance(value, list) or not value:
        raise CommandError("BadValue", f"{name} must be a list of filters that is not empty")
    tests = [matcher(item) for item in value]
    if name == "$and":
        return lambda document: all(test(document) for test in tests)
    if name == "$or":
        return lambda document: any(test(document) for test in tests)
    return lambda document: not any(test(document) for test in tests)


def _field(name: str, value: Any) -> Matcher:
    path = name.split(".")
    test = condition(value)
    return lambda document: test(list(values_at(document, path)))


def condition(value: Any) -> Matcher:
    """Whether the values that stand at a field's path match; a value alone means `$eq`."""
    if isinstance(value, Regex):
        return _any(_pattern(value.pattern, _letters(value.flags)))
    if not isinstance(value, dict) or not value or not next(iter(value)).startswith("$"):
        return _equal(value)
    tests = [_operator(name, operand, value) for name, operand in value.items() if name != "$options"]
    return lambda found: all(test(found) for test in tests)


def _operator(name: str, operand: Any, whole: Document) -> Matcher:
    if name in ("$ne", "$nin", "$not"):
        test = _positive({"$ne": "$eq", "$nin": "$in", "$not": "$not"}[name], operand, whole)
        return lambda found: not test(found)
    return _positive(name, operand, whole)


def _positive(name: str, operand: Any, whole: Document) -> Matcher:
    match name:
        case "$eq":
            return _equal(operand)
        case "$gt" | "$gte" | "$lt" | "$lte":
            return _compare(name, operand)
        case "$in":
            return _in(operand)
        case "$not":
            if not isinstance(operand, dict | Regex):
                raise CommandError("BadValue", "$not needs an operator or a regular expression")
            return condition(operand)
        case "$exists":
            return lambda found: bool(found) == bool(operand)
        case "$type":
            return _type(operand)
        case "$size":
            return lambda found: any(isinstance(value, list) and len(value) == operand for value in found)
        case "$all":
            tests = [condition(item) if _is_elem_match(item) else _equal(item) for item in _listed("$all", operand)]
            return lambda found: bool(tests) and all(test(found) for test in tests)
        case "$elemMatch":
            return _elem_match(operand)
        case "$mod":
            return _mod(operand)
        case "$regex":
            is_object = isinstance(operand, Regex)
            letters = whole.get("$options") or (_letters(operand.flags) if is_object else "")
            return _any(_pattern(operand.pattern if is_object else operand, letters))
    raise not_supported(f"operator {name}")


def _listed(name: str, operand: Any) -> list[Any]:
    if not isinstance(operand, list):
        raise CommandError("BadValue", f"{name} needs an array")
    return operand


def _is_elem_match(item: Any) -> bool:
    return isinstance(item, dict) and "$elemMatch" in item


def _any(test: Matcher) -> Matcher:
    return lambda found: any(test(value) for value in with_elements(iter(found)))


def _equal(operand: Any) -> Matcher:
    if operand is None:
        return lambda found: not found or any(value is None for value in with_elements(iter(found)))
    wanted = order_key(operand)
    return _any(lambda value: order_key(value) == wanted)


def _in(operand: Any) -> Matcher:
    items = _listed("$in", operand)
    patterns = [condition(item) for item in items if isinstance(item, Regex)]
    wanted = {order_key(item) for item in items if not isinstance(item, Regex)}
    is_null_wanted = (NULL_ORDER,) in wanted

    def test(found: Any) -> bool:
        if not found:
            return is_null_wanted
        if any(order_key(value) in wanted for value in with_elements(iter(found))):
            return True
        return any(pattern(found) for pattern in patterns)

    return test


def _compare(name: str, operand: Any) -> Matcher:
    wanted = order_key(operand)
    if operand is None or wanted[:2] == (3, 0):  # nothing is greater or less than null or NaN
        return _equal(operand) if name in ("$gte", "$lte") else lambda _: False
    comparisons: dict[str, Callable[[Any], bool]] = {
        "$gt": lambda key: key > wanted,
        "$gte": lambda key: key >= wanted,
        "$lt": lambda key: key < wanted,
        "$lte": lambda key: key <= wanted,
    }
    compare = comparisons[name]

    def test(value: Any) -> bool:
        key = order_key(value)
        return key[0] == wanted[0] and key[:2] != (3, 0) and compare(key)

    return _any(test)


def _type(operand: Any) -> Matcher:
    names: set[str] = set()
    by_number = {number: name for name, number in TYPE_NUMBERS.items()}
    for item in operand if isinstance(operand, list) else [operand]:
        name = by_number.get(int(item)) if isinstance(item, int | float | Int64) else item
        if name == "number":
            names |= {"int", "long", "double", "decimal"}
        elif name in TYPE_NUMBERS:
            names.add(str(name))
        else:
            raise CommandError("BadValue", f"unknown type: {item!r}")
    return _any(lambda value: type_name(value) in names)


def _elem_match(operand: Any) -> Matcher:
    if not isinstance(operand, dict):
        raise CommandError("BadValue", "$elemMatch needs a document")
    is_operators = (
        bool(operand) and next(iter(operand)).startswith("$") and next(iter(operand)) not in ("$and", "$or", "$nor")
    )
    on_value = condition(operand) if is_operators else None
    on_document = None if is_operators else matcher(operand)

    def test(found: Any) -> bool:
        items = [item for value in found if isinstance(value, list) for item in value]
        if on_value:
            return any(on_value([item]) for item in items)
        return any(on_document(item) for item in items if isinstance(item, dict)) if on_document else False

    return test


def _mod(operand: Any) -> Matcher:
    if not isinstance(operand, list) or len(operand) != 2 or not all(isinstance(n, int | float) for n in operand):
        raise CommandError("BadValue", "$mod needs [divisor, remainder]")
    divisor, remainder = int(operand[0]), int(operand[1])
    if divisor == 0:
        raise CommandError("BadValue", "divisor cannot be 0")
    return _any(
        lambda value: isinstance(value, int | float) and not isinstance(value, bool) and value == value
        and abs(value) < 2**63 and int(value) - divisor * int(int(value) / divisor) == remainder
    )  # fmt: skip


def _letters(flags: int) -> str:
    return "".join(letter for letter, bit in (("i", 2), ("m", 8), ("s", 16), ("x", 64)) if flags & bit)


def _pattern(pattern: Any, letters: Any) -> Matcher:
    """A regular expression over texts, by RE2: its time grows with the text and not with what the pattern means."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not isinstance(pattern, str) or not isinstance(letters, str) or set(letters) - set("ims"):
        raise CommandError("BadValue", "$regex needs a text, and $options some of i, m and s")
    expression = f"(?{letters}){pattern}" if letters else pattern

    def test(value: Any) -> bool:
        return isinstance(value, str) and bool(pc.match_substring_regex(pa.scalar(value), expression).as_py())

    try:
        test("")
    except pa.ArrowInvalid as error:
        raise CommandError("BadValue", f"regular expression: {error}") from error
    return test
