"""A MariaDB that a test may write to, and PyMySQL for it."""

from pathlib import Path
from typing import Any

import pymysql
import pytest

from sources.systems.mysql_data import create_data_directory
from sources.systems.mysql_process import KEEPER, MysqlProcess, Passwords, new_users
from sources.systems.mysql_programs import find_problem, identity_here

HOST = "127.0.0.1"
NEEDS_MARIADB = pytest.mark.skipif(find_problem() is not None, reason=find_problem() or "")


class MysqlServer:
    """A server with an empty database `ops`.

    Args:
        directory: For its data directory.
    """

    database = "ops"
    user = "reader"

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._passwords = Passwords()
        identity = identity_here()
        create_data_directory(directory / "data", identity)
        users = f"create database ops;\n{new_users('ops', self.user, self._passwords)}"
        self._process = MysqlProcess(directory / "data", identity, users, is_read_only=False)
        self._process.start()

    @property
    def config(self) -> dict[str, Any]:
        """Settings of source `mysql`."""
        login = {"user": self.user, "password": self._passwords.reader}
        return {"host": HOST, "port": str(self._process.port), "database": self.database, **login}

    def execute(self, script: str) -> None:
        """Run statements as our own user, each ended by a semicolon at the end of its line."""
        connection = pymysql.connect(
            host=HOST,
            port=self._process.port,
            user=KEEPER,
            password=self._passwords.keeper,
            database=self.database,
            autocommit=True,
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("set sql_mode = 'ALLOW_INVALID_DATES', time_zone = '+00:00'")
            for statement in script.split(";\n"):
                if statement.strip():
                    cursor.execute(statement)

    def stop(self) -> None:
        """End it."""
        self._process.stop()
