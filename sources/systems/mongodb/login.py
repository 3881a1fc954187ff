"""The commands that a client may send before it has logged in."""

import time

from bson.datetime_ms import DatetimeMS

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.errors import CommandError
from sources.systems.mongodb.scram import MECHANISM, Conversation
from sources.systems.mongodb.served import Command, Database, Session

VERSION = "7.0.0"
_WIRE_VERSION = 21


def _hello(database: Database, session: Session, asked: str, command: Document) -> Document:
    first = next(iter(command))
    reply: Document = {
        "helloOk": True,
        ("isWritablePrimary" if first == "hello" else "ismaster"): True,
        "maxBsonObjectSize": 16 * 1024 * 1024,
        "maxMessageSizeBytes": 48_000_000,
        "maxWriteBatchSize": 100_000,
        "localTime": DatetimeMS(int(time.time() * 1000)),
        "logicalSessionTimeoutMinutes": 30,
        "connectionId": session.number,
        "minWireVersion": 0,
        "maxWireVersion": _WIRE_VERSION,
        "readOnly": True,
    }
    if "saslSupportedMechs" in command:
        reply["saslSupportedMechs"] = [MECHANISM]
    return {**reply, "ok": 1.0}


def _ok(database: Database, session: Session, asked: str, command: Document) -> Document:
    return {"ok": 1.0}


def _build_info(database: Database, session: Session, asked: str, command: Document) -> Document:
    numbers = [int(part) for part in VERSION.split(".")]
    return {"version": VERSION, "versionArray": [*numbers, 0], "bits": 64, "maxBsonObjectSize": 2**24, "ok": 1.0}


def _sasl_start(database: Database, session: Session, asked: str, command: Document) -> Document:
    if command.get("mechanism") != MECHANISM or not isinstance(command.get("payload"), bytes):
        raise CommandError("AuthenticationFailed", f"the only mechanism is {MECHANISM}")
    session.is_authenticated = False
    session.conversation = Conversation(database.credentials, command["payload"])
    return {"conversationId": 1, "done": False, "payload": session.conversation.challenge, "ok": 1.0}


def _sasl_continue(database: Database, session: Session, asked: str, command: Document) -> Document:
    if session.is_authenticated and command.get("payload") == b"":  # the empty exchange of older drivers
        return {"conversationId": 1, "done": True, "payload": b"", "ok": 1.0}
    conversation, session.conversation = session.conversation, None
    if conversation is None or not isinstance(command.get("payload"), bytes):
        raise CommandError("AuthenticationFailed", "Authentication failed.")
    proof = conversation.verified(command["payload"])
    session.is_authenticated = True
    return {"conversationId": 1, "done": True, "payload": proof, "ok": 1.0}


def _logout(database: Database, session: Session, asked: str, command: Document) -> Document:
    session.is_authenticated = False
    return {"ok": 1.0}


BEFORE_LOGIN: dict[str, Command] = {
    "hello": _hello,
    "ismaster": _hello,
    "isMaster": _hello,
    "ping": _ok,
    "buildInfo": _build_info,
    "buildinfo": _build_info,
    "saslStart": _sasl_start,
    "saslContinue": _sasl_continue,
    "logout": _logout,
    "endSessions": _ok,
}
