"""The commands that a client may send, and their answers. All of them read."""

import itertools
from collections.abc import Iterator
from typing import Any

import bson
from bson import ObjectId
from bson.errors import BSONError

from sources.systems.mongodb.aggregation import aggregated, whole
from sources.systems.mongodb.bson_order import OPTIONS, Document, order_key
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.errors import CommandError
from sources.systems.mongodb.login import BEFORE_LOGIN
from sources.systems.mongodb.matching import matcher
from sources.systems.mongodb.paths import values_at
from sources.systems.mongodb.served import Command, Database, Session
from sources.systems.mongodb.time_limit import TimeLimit

_MOST_DISTINCT = 100_000


def answer(database: Database, session: Session, asked: str, command: Document) -> Document:
    """The answer to a command, an error included.

    Args:
        database: What is served.
        session: Of the connection.
        asked: Name of the database that the command is sent to.
        command: The name of the command is its first field.
    """
    name = next(iter(command), "")
    try:
        carry_out = BEFORE_LOGIN.get(name)
        if carry_out is None:
            if not session.is_authenticated:
                raise CommandError("Unauthorized", f"command {name} requires authentication")
            carry_out = _COMMANDS.get(name) or _unknown(name, asked)
        return carry_out(database, session, asked, command)
    except CommandError as error:
        return error.document()
    except (BSONError, RecursionError, ArithmeticError, ValueError, TypeError) as error:  # a value of a wrong type
        return CommandError("BadValue", f"{type(error).__name__}: {str(error)[:200]}").document()


def _unknown(name: str, asked: str) -> Command:
    if name in _WRITING:
        raise CommandError("Unauthorized", f"not authorized on {asked} to execute command {name}")
    raise CommandError("CommandNotFound", f"no such command: '{name[:100]}'")


def _collection(database: Database, asked: str, command: Document) -> Collection:
    name = next(iter(command.values()))
    if not isinstance(name, str) or not name:
        raise CommandError("InvalidNamespace", "the name of a collection must be a text")
    return (database.collections.get(name) if asked == database.name else None) or Collection(name)


def _find(database: Database, session: Session, asked: str, command: Document) -> Document:
    collection = _collection(database, asked, command)
    limit = TimeLimit(command.get("maxTimeMS"))
    n_wanted = whole("limit", command.get("limit", 0), -(2**62))
    found = collection.found(command.get("filter") or {}, command.get("sort"), command.get("projection"), limit)
    skip = whole("skip", command.get("skip", 0), 0)
    shown = itertools.islice(found, skip, skip + abs(n_wanted) if n_wanted else None)
    is_only = bool(command.get("singleBatch")) or n_wanted < 0
    namespace = f"{asked}.{collection.name}"
    return database.cursors.first_batch(namespace, shown, limit, command.get("batchSize"), is_only=is_only)


def _get_more(database: Database, session: Session, asked: str, command: Document) -> Document:
    namespace = f"{asked}.{command.get('collection')}"
    return database.cursors.next_batch(
        command["getMore"], namespace, command.get("batchSize"), command.get("maxTimeMS")
    )


def _kill_cursors(database: Database, session: Session, asked: str, command: Document) -> Document:
    return database.cursors.kill(command.get("cursors"))


def _aggregate(database: Database, session: Session, asked: str, command: Document) -> Document:
    collection = _collection(database, asked, command) if command["aggregate"] != 1 else Collection("$cmd.aggregate")
    limit = TimeLimit(command.get("maxTimeMS"))
    documents = (bson.decode(encoded, OPTIONS) for encoded in collection.documents)
    found = aggregated(documents, command.get("pipeline"), limit)
    encoded = (bson.encode(document, codec_options=OPTIONS) for document in found)
    settings = command.get("cursor")
    size = settings.get("batchSize") if isinstance(settings, dict) else None
    return database.cursors.first_batch(f"{asked}.{collection.name}", encoded, limit, size)


def _count(database: Database, session: Session, asked: str, command: Document) -> Document:
    collection = _collection(database, asked, command)
    query = command.get("query") or {}
    limit = TimeLimit(command.get("maxTimeMS"))
    n_found = sum(1 for _ in collection.matching(query, limit)) if query else len(collection.documents)
    n_found = max(n_found - whole("skip", command.get("skip", 0), 0), 0)
    n_wanted = abs(whole("limit", command.get("limit", 0), -(2**62)))
    return {"n": min(n_found, n_wanted) if n_wanted else n_found, "ok": 1.0}


def _distinct(database: Database, session: Session, asked: str, command: Document) -> Document:
    name = command.get("key")
    if not isinstance(name, str):
        raise CommandError("TypeMismatch", "key must be a text")
    path = name.split(".")
    found: dict[Any, Any] = {}
    limit = TimeLimit(command.get("maxTimeMS"))
    for _, document in _collection(database, asked, command).matching(command.get("query") or {}, limit):
        for value in values_at(document, path):
            for item in value if isinstance(value, list) else [value]:
                found.setdefault(order_key(item), item)
        if len(found) > _MOST_DISTINCT:
            raise CommandError("BadValue", f"distinct: more than {_MOST_DISTINCT:,} values")
    return {"values": [found[key] for key in sorted(found)], "ok": 1.0}


def _list_databases(database: Database, session: Session, asked: str, command: Document) -> Document:
    size = sum(len(encoded) for collection in database.collections.values() for encoded in collection.documents)
    found = {"name": database.name, "sizeOnDisk": size, "empty": not database.collections}
    test = matcher(command.get("filter") or {})
    shown = [found] if test(found) else []
    return {"databases": [{"name": database.name}] if command.get("nameOnly") and shown else shown, "ok": 1.0}


def _list_collections(database: Database, session: Session, asked: str, command: Document) -> Document:
    test = matcher(command.get("filter") or {})
    is_short = bool(command.get("nameOnly"))
    found = [
        {"name": collection.name, "type": "collection"}
        | ({} if is_short else {"options": {"validator": collection.validator()}, "info": {"readOnly": True}})
        for collection in database.collections.values()
        if asked == database.name
    ]
    return _listed(database, f"{asked}.$cmd.listCollections", (item for item in found if test(item)), command)


def _list_indexes(database: Database, session: Session, asked: str, command: Document) -> Document:
    collection = _collection(database, asked, command)
    only = {"v": 2, "key": {"_id": 1}, "name": "_id_"}
    return _listed(database, f"{asked}.{collection.name}", iter([only] if collection.documents else []), command)


def _listed(database: Database, namespace: str, found: Iterator[Document], command: Document) -> Document:
    settings = command.get("cursor")
    size = settings.get("batchSize") if isinstance(settings, dict) else None
    encoded = (bson.encode(item) for item in found)
    return database.cursors.first_batch(namespace, encoded, TimeLimit(), size)


def _connection_status(database: Database, session: Session, asked: str, command: Document) -> Document:
    users = [{"user": database.credentials.user, "db": "admin"}]
    roles = [{"role": "read", "db": database.name}]
    return {"authInfo": {"authenticatedUsers": users, "authenticatedUserRoles": roles}, "ok": 1.0}


_COMMANDS: dict[str, Command] = {
    "find": _find,
    "getMore": _get_more,
    "killCursors": _kill_cursors,
    "aggregate": _aggregate,
    "count": _count,
    "distinct": _distinct,
    "listDatabases": _list_databases,
    "listCollections": _list_collections,
    "listIndexes": _list_indexes,
    "connectionStatus": _connection_status,
    "startSession": lambda *_: {"id": {"id": ObjectId().binary}, "timeoutMinutes": 30, "ok": 1.0},
}
_WRITING = frozenset(
    (
        "insert", "update", "delete", "findAndModify", "findandmodify", "bulkWrite", "create", "drop", "dropDatabase",
        "createIndexes", "dropIndexes", "renameCollection", "collMod", "createUser", "updateUser", "dropUser",
        "createRole", "grantRolesToUser", "mapReduce", "convertToCapped", "cloneCollectionAsCapped", "shutdown",
        "fsync", "setParameter", "compact", "reIndex", "killOp", "applyOps", "eval", "commitTransaction",
        "abortTransaction", "profile", "replSetInitiate",
    )
)  # fmt: skip
