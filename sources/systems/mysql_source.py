"""A MySQL database as a source system: each day is a new read-only server on a copy of that day's data."""

from pathlib import Path

from benchmark.mysql_system import MysqlSystem
from sources.contract import GeneratedDay, Incident
from sources.systems.interface import SourceServer, tables_of
from sources.systems.mysql_days import database_of_day
from sources.systems.mysql_programs import server_program
from sources.systems.mysql_replica import MysqlReplica


class MysqlSource(SourceServer):
    """A database and its reader.

    Args:
        spec: Its tables.
        folder: For the data directory.
    """

    def __init__(self, spec: MysqlSystem, folder: Path) -> None:
        self._spec = spec
        self._replica = MysqlReplica(folder, database=spec.name)

    @property
    def environment(self) -> dict[str, str]:
        """Host, port, database, user and password."""
        replica, prefix = self._replica, self._spec.name.upper()
        return {
            f"{prefix}_HOST": replica.host,
            f"{prefix}_PORT": str(replica.port),
            f"{prefix}_DATABASE": replica.database,
            f"{prefix}_USER": replica.user,
            f"{prefix}_PASSWORD": replica.password,
        }

    def start(self) -> None:
        """See that MariaDB is installed; the server of a day starts with its data."""
        server_program()

    def show(self, days: list[GeneratedDay], incident: Incident) -> None:
        """Start a new server on the data of the last day."""
        with database_of_day(self._spec, tables_of(days[-1], self._spec.name)) as data:
            self._replica.show(data)

    def end_sessions(self) -> None:
        """End the sessions of the reader."""
        self._replica.end_sessions()

    def check(self) -> None:
        """Ask the server whether it is alive."""
        self._replica.check()

    def stop(self) -> None:
        """End the server."""
        self._replica.stop()
