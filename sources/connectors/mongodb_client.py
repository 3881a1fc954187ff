"""Asking a MongoDB server, with one clear message for each failure."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import bson
from pymongo import MongoClient
from pymongo.errors import ConfigurationError, OperationFailure, PyMongoError, ServerSelectionTimeoutError

from sources.connectors.errors import ConnectorError
from sources.connectors.mongodb_values import OPTIONS, Document

BATCH_DOCUMENTS = 10_000
"""Asked for at once; the server ends a batch at 16 MB."""
_TIMEOUT_MS = 15_000
_AUTHENTICATION_FAILED = 18


class MongodbClient:
    """One database.

    Args:
        host: Name or address.
        port: Number.
        database: Name.
        user: None = without login.
        password: Of the user.
        auth_source: Database that knows the user.
        is_encrypted: Whether to speak TLS.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        database: str,
        user: str | None,
        password: str | None,
        auth_source: str,
        is_encrypted: bool,
    ) -> None:
        self.database = database
        self._where = f"MongoDB at {host}:{port}, database '{database}'"
        login: dict[str, Any] = {"username": user, "password": password, "authSource": auth_source} if user else {}
        with self._clear():
            self._client: MongoClient[Document] = MongoClient(
                host,
                port,
                serverSelectionTimeoutMS=_TIMEOUT_MS,
                connectTimeoutMS=_TIMEOUT_MS,
                tls=is_encrypted,
                appname="lockgate-load",
                **login,
            )

    def __enter__(self) -> "MongodbClient":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def collections(self) -> list[str]:
        """Names of the collections and views; those of the server itself are none."""
        with self._clear():
            names = self._client[self.database].list_collection_names()
        return sorted(name for name in names if not name.startswith("system."))

    def batches(
        self, collection: str, query: Mapping[str, Any], order: Sequence[tuple[str, int]] | None = None
    ) -> Iterator[list[Document]]:
        """Documents that match, some thousand at a time.

        Args:
            collection: Its name.
            query: A filter.
            order: Field and direction; None = natural order.

        Raises:
            ConnectorError: The server is gone, or refuses us.
        """
        found = self._client[self.database].get_collection(collection, codec_options=OPTIONS)
        settings: dict[str, Any] = {"batch_size": BATCH_DOCUMENTS}
        if order:
            settings |= {"sort": list(order), "allow_disk_use": True}
        with self._clear():
            batches: Iterator[Any] = found.find_raw_batches(query, **settings)  # bytes, whatever its annotation says
            for encoded in batches:
                yield bson.decode_all(encoded, OPTIONS)

    @contextlib.contextmanager
    def _clear(self) -> Iterator[None]:
        try:
            yield
        except OperationFailure as error:
            if error.code == _AUTHENTICATION_FAILED:
                raise ConnectorError(
                    f"{self._where}: user or password is wrong; check config.user, config.password, config.auth_source."
                ) from error
            details = error.details or {}
            raise ConnectorError(f"{self._where}: {details.get('errmsg') or error}.") from error
        except ServerSelectionTimeoutError as error:
            reason = str(error).split(", Timeout:")[0]
            raise ConnectorError(f"{self._where}: cannot be reached ({reason}).") from error
        except (PyMongoError, ConfigurationError, bson.errors.BSONError) as error:
            raise ConnectorError(f"{self._where}: {error}.") from error
