"""Everything that an API answers from on one day: rows, jobs, and the secret of what it signs."""

from collections.abc import Mapping, Sequence

from benchmark.http_records import TableView
from benchmark.http_system import HttpSystem, path_parameters
from sources.systems.errors import SourceSystemError
from sources.systems.http.deletions import TableOfDay, shown_table
from sources.systems.http.exports import Exports
from sources.systems.http.graphql import GraphQlAnswers
from sources.systems.http.records import Records
from sources.systems.http.tokens import Signer


class ShownDay:
    """What is shown until the next day; nothing that readers did before is in it.

    Args:
        spec: The API.
        tables: Of each table that a view needs, how it stood on each day until this one.
        base_url: Address of the API.
        is_first_page_twice: As of `part_of`, for GraphQL.

    Raises:
        SourceSystemError: A view names a table or a column that is not there.
    """

    def __init__(
        self,
        spec: HttpSystem,
        tables: "Mapping[str, Sequence[TableOfDay]]",
        base_url: str,
        *,
        is_first_page_twice: bool,
    ) -> None:
        self._spec = spec
        self._tables = tables
        self.signer = Signer()
        self.records = {
            path: self._records(view, f"endpoint '{path}'", path_parameters(path))
            for path, view in spec.endpoints.items()
        }
        self.exports = {
            path: Exports(export, path, base_url, self._records(export, f"export '{path}'", ()))
            for path, export in spec.exports.items()
        }
        self.graphql: GraphQlAnswers | None = None
        if spec.graphql:
            fields = {
                name: self._records(view, f"graphql field '{name}'", ()) for name, view in spec.graphql.fields.items()
            }
            self.graphql = GraphQlAnswers(spec.graphql, fields, self.signer, is_first_page_twice=is_first_page_twice)

    def _records(self, view: TableView, where: str, path_columns: Sequence[str]) -> Records:
        if view.table not in self._tables:
            known = ", ".join(self._tables) or "none"
            raise SourceSystemError(self._spec.name, f"{where}: there is no table '{view.table}'. Tables: {known}.")
        table = shown_table(view, self._tables[view.table])
        return Records(
            table, view, f"{self._spec.name}: {where}", [*path_columns, *view.filters], self._spec.time_format
        )
