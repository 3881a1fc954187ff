"""What is served, and the state of one connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sources.systems.mongodb.bson_order import Document
from sources.systems.mongodb.collection import Collection
from sources.systems.mongodb.cursors import Cursors
from sources.systems.mongodb.scram import Conversation, Credentials


@dataclass
class Database:
    """What is served."""

    name: str
    credentials: Credentials
    collections: Mapping[str, Collection]
    cursors: Cursors = field(default_factory=Cursors)


@dataclass
class Session:
    """One connection."""

    number: int
    is_authenticated: bool = False
    conversation: Conversation | None = None


Command = Callable[[Database, Session, str, Document], Document]
"""Gets the name of the database that the command is sent to, and the command."""
