"""GraphQL over tables: each field at the root is a connection with `nodes`, `edges`, `pageInfo` and `totalCount`."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from benchmark.http_records import TableView
from benchmark.http_system import GraphQl
from sources.systems.http.graphql_query import QueryError, Selection, parse_query
from sources.systems.http.json_values import json_text
from sources.systems.http.messages import Answer, ProblemError, Request, json_answer
from sources.systems.http.paging import Part, Window, part_of
from sources.systems.http.parameters import Parameters
from sources.systems.http.records import Records
from sources.systems.http.tokens import Signer

_MOST_FIELDS = 10
"""Connections of one query."""


class GraphQlAnswers:
    """The endpoint on one day.

    Args:
        spec: Its fields.
        records: Rows of each field.
        signer: Writes cursors.
        is_first_page_twice: As of `part_of`.
    """

    def __init__(
        self, spec: GraphQl, records: Mapping[str, Records], signer: Signer, *, is_first_page_twice: bool
    ) -> None:
        self._spec = spec
        self._records = records
        self._signer = signer
        self._is_first_page_twice = is_first_page_twice

    def answer(self, request: Request) -> Answer:
        """Data, or 200 with `errors`, as GraphQL has it."""
        try:
            body = Parameters.of_body(request)
            query, variables = body.text("query"), body.get("variables") or {}
            if query is None or not isinstance(variables, dict):
                raise QueryError("The body has query, a text, and variables, an object.")
            roots = parse_query(query, variables)
            if len(roots) > _MOST_FIELDS:
                raise QueryError(f"A query has at most {_MOST_FIELDS} fields at its root.")
            data = {root.key: self._connection(root) for root in roots}
        except QueryError as error:
            return json_answer({"data": None, "errors": [{"message": str(error)}]})
        except ProblemError as error:
            return json_answer({"data": None, "errors": [{"message": str(error)}]})
        return Answer(HTTPStatus.OK, json_text({"data": data}).encode())

    def _connection(self, root: Selection) -> Any:
        if root.name == "__typename":
            return "Query"
        if root.name not in self._records:
            raise QueryError(f"There is no field {root.name}. There are: {', '.join(self._records)}.")
        view, records = self._spec.fields[root.name], self._records[root.name]
        arguments = self._arguments(root, view)
        rows = records.find(
            {name: text for name in view.filters if (text := arguments.text(name)) is not None}, arguments
        )
        window = self._window(root, arguments)
        part = part_of(window, len(rows), is_first_page_twice=self._is_first_page_twice)
        return {
            field.key: self._member(root, field, records, rows, window, part) for field in root.fields
        } or _no_fields(root.name)

    def _arguments(self, root: Selection, view: TableView) -> Parameters:
        bounds = [view.since.parameter, view.since.until_parameter] if view.since else []
        known = ["first", "after", *(name for name in bounds if name), *view.filters]
        if unknown := [name for name in root.arguments if name not in known]:
            raise QueryError(f"{root.name} has no argument {unknown[0]}. There are: {', '.join(known)}.")
        return Parameters(root.arguments)

    def _window(self, root: Selection, arguments: Parameters) -> Window:
        size = arguments.whole("first", self._spec.default_size, 1, self._spec.max_size)
        cursor = arguments.text("after")
        if not cursor:
            return Window(0, size)
        try:
            return Window(self._signer.read(root.name, cursor), size)
        except ValueError:
            raise QueryError(f"after is no cursor of {root.name}, or no longer.") from None

    def _member(
        self, root: Selection, field: Selection, records: Records, rows: Sequence[int], window: Window, part: Part
    ) -> Any:
        match field.name:
            case "totalCount":
                return len(rows)
            case "nodes":
                return _nodes(root.name, field.fields, records, rows[part.first : part.last])
            case "edges":
                return self._edges(root, field, records, rows[part.first : part.last], window)
            case "pageInfo":
                n_rows = part.last - part.first
                info = {
                    "hasNextPage": part.has_more,
                    "endCursor": self._cursor(root, window.position + n_rows) if n_rows else None,
                    "hasPreviousPage": window.position > 0,
                    "startCursor": self._cursor(root, window.position) if n_rows else None,
                    "__typename": "PageInfo",
                }
                return {inner.key: _known(info, inner.name, "pageInfo") for inner in field.fields}
            case "__typename":
                return "Connection"
        raise QueryError(f"{root.name} has nodes, edges, pageInfo and totalCount, no {field.name}.")

    def _edges(
        self, root: Selection, field: Selection, records: Records, rows: Sequence[int], window: Window
    ) -> list[dict[str, Any]]:
        wanted = [inner for inner in field.fields if inner.name == "node"]
        nodes = [_nodes(root.name, inner.fields, records, rows) for inner in wanted]
        edges = []
        for place in range(len(rows)):
            edge: dict[str, Any] = {"cursor": self._cursor(root, window.position + place + 1), "__typename": "Edge"}
            edge |= {"node": nodes[0][place]} if nodes else {}
            edges.append({inner.key: _known(edge, inner.name, "edges") for inner in field.fields})
        return edges

    def _cursor(self, root: Selection, position: int) -> str:
        return self._signer.write(root.name, position)


def _nodes(name: str, fields: Sequence[Selection], records: Records, rows: Sequence[int]) -> list[dict[str, Any]]:
    columns = dict(zip(records.names, records.columns(rows), strict=True))
    columns["__typename"] = [name] * len(rows)
    if not fields:
        _no_fields("nodes")
    values = [[_inside(value, field.fields) for value in _known(columns, field.name, name)] for field in fields]
    return [dict(zip([field.key for field in fields], row, strict=True)) for row in zip(*values, strict=True)]


def _inside(value: Any, fields: Sequence[Selection]) -> Any:
    """The fields that were asked for of an object, or of each in a list."""
    if not fields:
        return value
    if isinstance(value, list):
        return [_inside(child, fields) for child in value]
    if isinstance(value, dict):
        return {field.key: _inside(_known(value, field.name, "the object"), field.fields) for field in fields}
    return value


def _known(values: Mapping[str, Any], name: str, where: str) -> Any:
    if name not in values:
        raise QueryError(f"{where} has no field {name}. There are: {', '.join(values)}.")
    return values[name]


def _no_fields(name: str) -> Any:
    raise QueryError(f"Say which fields of {name} you want: {name} {{ … }}.")
