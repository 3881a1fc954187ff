"""The server of each type of source system. What it needs is imported for those that a world has."""

from pathlib import Path

from benchmark.source_systems import (
    FolderSystem,
    GivenSystem,
    HttpSystem,
    MongodbSystem,
    MysqlSystem,
    ObjectStoreSystem,
    PostgresSystem,
    SystemSpec,
)
from sources.systems.interface import SourceServer


def new_server(spec: SystemSpec, folder: Path) -> SourceServer:
    """The server of a source system, not started.

    Args:
        spec: What it is.
        folder: Where it may keep files.
    """
    match spec:
        case PostgresSystem():
            from sources.systems.postgres_source import PostgresSource

            return PostgresSource(spec, folder)
        case MysqlSystem():
            from sources.systems.mysql_source import MysqlSource

            return MysqlSource(spec, folder)
        case HttpSystem():
            from sources.systems.http.api import HttpApi

            return HttpApi(spec)
        case FolderSystem():
            from sources.systems.drop_folder import DropFolder

            return DropFolder(spec, folder)
        case ObjectStoreSystem():
            from sources.systems.object_store.server import ObjectStoreServer

            return ObjectStoreServer(spec, folder)
        case MongodbSystem():
            from sources.systems.mongodb.server import MongodbServer

            return MongodbServer(spec)
        case GivenSystem():
            from sources.systems.given_tables import GivenTables

            return GivenTables(spec, folder)
