"""Mutation and equivalence operators on connection files."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from benchmark.connection import FILE_SOURCES

Content = dict[str, Any]
"""A parsed connection file."""


class Edited(NamedTuple):
    """A connection file in another version."""

    before: str
    after: str
    content: Content


class StreamCase(NamedTuple):
    """One stream of a connection file, and what its raw table holds."""

    content: Content
    position: int
    columns: Mapping[str, str]
    """Columns of the raw table with their types."""
    files: tuple[str, ...]
    """For drop folders: names of the files that were loaded, sorted."""

    @property
    def stream(self) -> dict[str, Any]:
        """The stream's settings."""
        return dict(self.content["streams"][self.position])

    @property
    def declared(self) -> int | None:
        """Position of its stream in the manifest; None where it is not written out there."""
        streams = _inside(self.content, "manifest").get("streams", [])
        names = [found.get("name") if isinstance(found, dict) else None for found in streams]
        return names.index(self.stream["name"]) if self.stream["name"] in names else None

    def edited(self, before: str, after: str, edit: Callable[[dict[str, Any], dict[str, Any]], object]) -> Edited:
        """A copy whose stream, and whose stream of the manifest, an edit has changed."""
        content = copy.deepcopy(self.content)
        declared = content["manifest"]["streams"][self.declared] if self.declared is not None else {}
        edit(content["streams"][self.position], declared)
        return Edited(before, after, content)


StreamOperator = Callable[[StreamCase], Iterator[Edited]]


def _inside(settings: Any, *path: str) -> dict[str, Any]:
    """Settings inside of settings; empty where there are none, or only a reference (`"#/definitions/..."`)."""
    for key in path:
        settings = settings.get(key) if isinstance(settings, dict) else None
    return settings if isinstance(settings, dict) else {}


_OWN_CURSOR = (*FILE_SOURCES, "mongodb")
"""Sources that can be read incrementally without a cursor field."""


def stream_missing(case: StreamCase) -> Iterator[Edited]:
    """A stream is not loaded."""
    content = copy.deepcopy(case.content)
    del content["streams"][case.position]
    yield Edited(case.stream["name"], "", content)


def sync_mode_wrong(case: StreamCase) -> Iterator[Edited]:
    """Another sync mode: overwritten, appended, or not deduplicated."""
    now = (case.stream.get("sync_mode", "full_refresh"), case.stream.get("destination_sync_mode", "overwrite"))
    modes = [("full_refresh", "overwrite"), ("full_refresh", "append"), ("incremental", "append")]
    if case.stream.get("cursor_field") is None and case.content["source"] not in _OWN_CURSOR:
        modes.remove(("incremental", "append"))
    for source, destination in modes:
        if (source, destination) != now:
            yield case.edited(
                " ".join(now),
                f"{source} {destination}",
                lambda stream, _, s=source, d=destination: stream.update(  # type: ignore[misc]
                    sync_mode=s, destination_sync_mode=d
                ),
            )


def cursor_wrong(case: StreamCase) -> Iterator[Edited]:
    """Another time as cursor: corrections or late rows are missed."""
    cursor = case.stream.get("cursor_field")
    for name, kind in case.columns.items():
        if cursor and kind.startswith("TIMESTAMP") and name != cursor and not name.startswith("_"):

            def edit(stream: dict[str, Any], declared: dict[str, Any], other: str = name) -> None:
                stream["cursor_field"] = other
                if sync := _inside(declared, "incremental_sync"):
                    sync["cursor_field"] = other

            yield case.edited(str(cursor), name, edit)


def primary_key_wrong(case: StreamCase) -> Iterator[Edited]:
    """A column of the key is forgotten, or another column is the key: rows are lost."""
    key = list(case.stream.get("primary_key", []))
    if case.stream.get("destination_sync_mode") != "append_dedup":
        return
    for column in key if len(key) > 1 else []:
        rest = [name for name in key if name != column]
        yield case.edited(f"key {', '.join(key)}", ", ".join(rest), lambda s, _, r=rest: s.update(primary_key=r))  # type: ignore[misc]
    others = [name for name in case.columns if name.endswith("_id") and name not in key and not name.startswith("_")]
    for name in others:
        yield case.edited(f"key {', '.join(key)}", name, lambda s, _, n=name: s.update(primary_key=[n]))  # type: ignore[misc]


def pattern_wrong(case: StreamCase) -> Iterator[Edited]:
    """A pattern that takes today's file alone, and one that takes others' files too."""
    pattern = case.stream.get("pattern")
    if not pattern:
        return
    suffix = "*." + str(pattern).partition(".")[2]
    for other in (*case.files[:1], suffix):
        if other != pattern:
            yield case.edited(str(pattern), other, lambda s, _, o=other: s.update(pattern=o))  # type: ignore[misc]


def format_wrong(case: StreamCase) -> Iterator[Edited]:
    """Files are read in another format."""
    if found := case.stream.get("format"):
        other = "jsonl" if found == "csv" else "csv"
        yield case.edited(str(found), other, lambda stream, _: stream.update(format=other))


def pagination_lost(case: StreamCase) -> Iterator[Edited]:
    """Only the first page is read, or pages are skipped."""
    if not _inside(_declared(case), "retriever").get("paginator"):
        return
    yield case.edited("paginator", "", lambda _, declared: declared["retriever"].pop("paginator"))
    strategy = _inside(_declared(case), "retriever", "paginator", "pagination_strategy")
    if "+ 1" in str(strategy.get("cursor_value")):

        def skip(_: dict[str, Any], declared: dict[str, Any]) -> None:
            found = declared["retriever"]["paginator"]["pagination_strategy"]
            found["cursor_value"] = found["cursor_value"].replace("+ 1", "+ 2")

        yield case.edited("page + 1", "page + 2", skip)


def increments_wrong(case: StreamCase) -> Iterator[Edited]:
    """The first instant that is asked for is too late."""
    if start := _start(case):
        year = int(start[:4]) + (start[5:10] >= "03-08")
        later = f"{year}-03-08T00:00:00Z"
        yield case.edited(
            "start_datetime", later, lambda _, declared: declared["incremental_sync"].update(start_datetime=later)
        )


def field_lost(case: StreamCase) -> Iterator[Edited]:
    """A field is not in the schema: the column is missing."""
    for name in _properties(case):
        yield case.edited(
            f"field {name}",
            "",
            lambda _, d, n=name: d["schema_loader"]["schema"]["properties"].pop(n),  # type: ignore[misc]
        )


def field_type_wrong(case: StreamCase) -> Iterator[Edited]:
    """A number or a time arrives as text."""
    for name in _properties(case):
        if case.columns.get(name) not in ("VARCHAR", None):

            def edit(_: dict[str, Any], declared: dict[str, Any], field: str = name) -> None:
                declared["schema_loader"]["schema"]["properties"][field] = {"type": ["string", "null"]}

            yield case.edited(f"{name} {case.columns[name]}", "text", edit)


def endpoint_wrong(case: StreamCase) -> Iterator[Edited]:
    """Another endpoint's records, or no credentials."""
    requester = _inside(_declared(case), "retriever", "requester")
    streams = _inside(case.content, "manifest").get("streams", [])
    paths = [_inside(stream, "retriever", "requester").get("path") for stream in streams if requester]
    for other in [path for path in paths if path and path != requester.get("path")]:
        yield case.edited(
            str(requester.get("path", "")),
            other,
            lambda _, d, o=other: d["retriever"]["requester"].update(path=o),  # type: ignore[misc]
        )
    if requester:
        content = copy.deepcopy(case.content)
        if _inside(content, "manifest", "definitions", "requester").pop("authenticator", None):
            yield Edited("authenticator", "", content)


def _declared(case: StreamCase) -> dict[str, Any]:
    return dict(case.content["manifest"]["streams"][case.declared]) if case.declared is not None else {}


def _properties(case: StreamCase) -> list[str]:
    return list(_inside(_declared(case), "schema_loader", "schema", "properties"))


def _start(case: StreamCase) -> str:
    """The first instant that is asked for; empty where it is not written out."""
    start = str(_inside(_declared(case), "incremental_sync").get("start_datetime"))
    return start if start[:4].isdigit() else ""


def streams_reordered(case: StreamCase) -> Iterator[Edited]:
    """The streams in the opposite order."""
    content = copy.deepcopy(case.content)
    content["streams"].reverse()
    if content["streams"] != case.content["streams"]:
        yield Edited("streams", "reversed", content)


def keys_reordered(case: StreamCase) -> Iterator[Edited]:
    """The settings, and the fields of the schema, in the opposite order."""

    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(item) for item in value] if isinstance(value, list) else value

    yield Edited("settings", "reversed", turned(case.content))


def key_declared(case: StreamCase) -> Iterator[Edited]:
    """The columns of a composite key in the opposite order."""
    key = list(case.stream.get("primary_key", []))
    if len(key) > 1:
        yield case.edited("key", "reversed", lambda stream, _: stream.update(primary_key=key[::-1]))


def page_smaller(case: StreamCase) -> Iterator[Edited]:
    """Pages of half the size."""
    strategy = _inside(_declared(case), "retriever", "paginator", "pagination_strategy")
    if isinstance(size := strategy.get("page_size"), int):

        def edit(_: dict[str, Any], declared: dict[str, Any]) -> None:
            declared["retriever"]["paginator"]["pagination_strategy"]["page_size"] = size // 2

        yield case.edited(f"page_size {size}", str(size // 2), edit)


def start_earlier(case: StreamCase) -> Iterator[Edited]:
    """The first instant that is asked for is a year earlier."""
    if start := _start(case):
        earlier = f"{int(start[:4]) - 1}{start[4:]}"
        yield case.edited(
            start, earlier, lambda _, declared: declared["incremental_sync"].update(start_datetime=earlier)
        )


def read_in_full(case: StreamCase) -> Iterator[Edited]:
    """Everything is read each night, and rows with the same key are merged: more work, the same table."""
    stream = case.stream
    if stream.get("sync_mode") == "incremental" and stream.get("destination_sync_mode") == "append_dedup":
        yield case.edited("incremental", "full_refresh", lambda found, _: found.update(sync_mode="full_refresh"))


CONNECTION_MUTATIONS: dict[str, StreamOperator] = {
    operator.__name__: operator
    for operator in (
        stream_missing, sync_mode_wrong, cursor_wrong, primary_key_wrong, pattern_wrong, format_wrong,
        pagination_lost, increments_wrong, field_lost, field_type_wrong, endpoint_wrong,
    )
}  # fmt: skip
CONNECTION_REWRITES: dict[str, StreamOperator] = {
    operator.__name__: operator
    for operator in (streams_reordered, keys_reordered, key_declared, page_smaller, start_earlier, read_in_full)
}
