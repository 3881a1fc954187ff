"""Data directories of a world's MySQL databases, one for each state, kept on disk: a server starts on a copy.

The name of one is a hash of all that it is made from, our code included; a missing one is made.
"""

import hashlib
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from benchmark.cache import find_entry, in_use, new_entry
from benchmark.mysql_system import MysqlSystem
from benchmark.paths import cache_dir
from sources.systems.mysql_data import create_data_directory, open_folder, run_bootstrap
from sources.systems.mysql_programs import MysqlError, identity_here, server_program, server_version
from sources.systems.mysql_tables import create_statements, load_statement, write_rows
from sources.systems.server_process import Identity
from sources.systems.table_content import table_content

if TYPE_CHECKING:
    import pyarrow

    Tables = Mapping[str, pyarrow.Table]

_ADVICE = "Change the column's type in world.yaml, or what the generator makes."


@contextmanager
def database_of_day(spec: MysqlSystem, tables: "Tables") -> Iterator[Path]:
    """The data directory of a database in one state; not removed inside the block.

    Args:
        spec: The database.
        tables: Table -> rows.

    Raises:
        MysqlError: It cannot be made: MariaDB is not there, or a value does not fit its column.
    """
    entry = cache_dir() / "mysql-databases" / _name(spec, tables)
    with in_use("a MariaDB data directory"):
        if not find_entry(entry):
            with new_entry(entry) as building:
                _build(spec, tables, building)
        yield entry / "data"


def _build(spec: MysqlSystem, tables: "Tables", building: Path) -> None:
    identity = identity_here()
    open_folder(building, identity)
    files = {name: building / f"{place}.csv" for place, name in enumerate(spec.tables)}
    for name, table in spec.tables.items():
        write_rows(table, tables[name], files[name])
    loads = {name: load_statement(name, spec.tables[name], path) for name, path in files.items()}
    try:
        _run(spec, building / "data", list(loads.values()), identity)
    except MysqlError:
        # The server says row and column; which table it was is found one by one.
        for name, load in loads.items():
            shutil.rmtree(building / "data")
            try:
                _run(spec, building / "data", [load], identity)
            except MysqlError as error:
                raise MysqlError(f"{error} of table '{name}'. {_ADVICE}") from error
        raise
    for path in files.values():
        path.unlink()


def _run(spec: MysqlSystem, data: Path, loads: Sequence[str], identity: Identity) -> None:
    create_data_directory(data, identity)
    run_bootstrap(data, "".join(f"{statement};\n" for statement in (*create_statements(spec), *loads)), identity)


def _name(spec: MysqlSystem, tables: "Tables") -> str:
    parts = (server_version(server_program()), identity_here().label, spec)
    digest = hashlib.sha256(repr(parts).encode())
    for path in sorted(Path(__file__).parent.glob("mysql*.py")):
        digest.update(path.read_bytes())
    for name in sorted(tables):
        digest.update(name.encode() + table_content(tables[name]))
    return digest.hexdigest()[:32]
