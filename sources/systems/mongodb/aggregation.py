"""Pipelines: `$match`, `$project`, `$addFields`, `$sort`, `$skip`, `$limit`, `$unwind`, `$group`, `$count`."""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.errors import CommandError, not_supported
from sources.systems.mongodb.expressions import MISSING, bounded, expression
from sources.systems.mongodb.grouping import MOST_HELD, grouped
from sources.systems.mongodb.matching import matcher
from sources.systems.mongodb.projection import projection
from sources.systems.mongodb.sorting import sorted_items
from sources.systems.mongodb.time_limit import TimeLimit

MOST_STAGES = 50
_WRITING = ("$out", "$merge")


def aggregated(documents: Iterable[Document], pipeline: Any, limit: TimeLimit) -> Iterator[Document]:
    """The documents that come out of a pipeline.

    Raises:
        CommandError: A stage is not known, not allowed, or has a value that it cannot have.
    """
    if not isinstance(pipeline, list) or len(pipeline) > MOST_STAGES:
        raise CommandError("TypeMismatch", f"a pipeline must be an array of at most {MOST_STAGES} stages")
    found = iter(documents)
    for stage in pipeline:
        if not isinstance(stage, dict) or len(stage) != 1:
            raise CommandError("FailedToParse", "a stage must be a document with exactly one field")
        [(name, wanted)] = stage.items()
        if name in _WRITING:
            raise CommandError("Unauthorized", f"not authorized to execute stage {name}")
        if name not in _STAGES:
            raise not_supported(f"stage {name}")
        found = _timed(_STAGES[name](found, wanted), limit)
    return found


def _timed(documents: Iterator[Document], limit: TimeLimit) -> Iterator[Document]:
    for document in documents:
        limit.check()
        yield document


def _match(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    test = matcher(wanted)
    return (document for document in documents if test(document))


def _project(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    if not isinstance(wanted, dict) or not wanted:
        raise CommandError("FailedToParse", "$project needs a document that is not empty")
    flags = {name: value for name, value in wanted.items() if isinstance(value, bool | int | float)}
    computed = {name: _computed(name, value) for name, value in wanted.items() if name not in flags}
    if not computed:
        chosen = projection(wanted)
        return (chosen(document) if chosen else document for document in documents)
    if any(not value for name, value in flags.items() if name != "_id"):
        raise CommandError("BadValue", "a projection has either fields to keep or fields to leave out")
    kept = projection(flags if any(flags.values()) else {"_id": 1})
    has_id = bool(flags.get("_id", True))

    def made(document: Document) -> Document:
        result = kept(document) if kept else {}
        if not has_id:
            result.pop("_id", None)
        return _with(result, document, computed)

    return map(made, documents)


def _add_fields(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    if not isinstance(wanted, dict):
        raise CommandError("FailedToParse", "$addFields needs a document")
    computed = {name: _computed(name, value) for name, value in wanted.items()}
    return (_with(dict(document), document, computed) for document in documents)


def _computed(name: str, value: Any) -> Callable[[Document], Any]:
    if "." in name:
        raise not_supported(f"computing '{name}' inside of a document")
    return expression(value)


def _with(result: Document, document: Document, computed: dict[str, Callable[[Document], Any]]) -> Document:
    for name, get in computed.items():
        if (value := get(document)) is not MISSING:
            result[name] = value
    return bounded(result)  # type: ignore[no-any-return] # the document that it was given


def _sort(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    def held() -> Iterator[tuple[Document, Document]]:
        for number, document in enumerate(documents):
            if number >= MOST_HELD:
                raise CommandError("BadValue", f"$sort holds more than {MOST_HELD:,} documents")
            yield document, document

    yield from sorted_items(held(), wanted)


def _skip(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    return itertools.islice(documents, whole("$skip", wanted, 0), None)


def _limit(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    return itertools.islice(documents, whole("$limit", wanted, 1))


def whole(name: str, value: Any, least: int) -> int:
    """A whole number of a command.

    Raises:
        CommandError: It is none, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value) or value < least:
        raise CommandError("BadValue", f"{name} must be a whole number, {least} or more")
    return min(int(value), 2**62)


def _unwind(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    path = wanted.get("path") if isinstance(wanted, dict) else wanted
    keeps_empty = isinstance(wanted, dict) and bool(wanted.get("preserveNullAndEmptyArrays"))
    if not isinstance(path, str) or not path.startswith("$") or "." in path:
        raise not_supported("$unwind of anything but a field of the document")
    name = path[1:]
    for document in documents:
        value = document.get(name)
        if isinstance(value, list) and value:
            for item in value:
                yield {**document, name: item}
        elif value is not None and not isinstance(value, list):
            yield document
        elif keeps_empty:
            yield {field: item for field, item in document.items() if field != name or item is None}


def _count(documents: Iterator[Document], wanted: Any) -> Iterator[Document]:
    if not isinstance(wanted, str) or not wanted or wanted.startswith("$"):
        raise CommandError("BadValue", "$count needs the name of a field")
    n_documents = sum(1 for _ in documents)
    if n_documents:
        yield {wanted: n_documents}


_STAGES: dict[str, Callable[[Iterator[Document], Any], Iterator[Document]]] = {
    "$match": _match,
    "$project": _project,
    "$addFields": _add_fields,
    "$set": _add_fields,
    "$sort": _sort,
    "$skip": _skip,
    "$limit": _limit,
    "$unwind": _unwind,
    "$group": grouped,
    "$count": _count,
}
