"""A collection as it is served: documents as bytes, and what their readers are told."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import bson

from sources.systems.mongodb.bson_order import OPTIONS, Document
from sources.systems.mongodb.matching import matcher
from sources.systems.mongodb.projection import projection
from sources.systems.mongodb.sorting import sorted_items
from sources.systems.mongodb.time_limit import TimeLimit


@dataclass(frozen=True)
class Collection:
    """Documents in their natural order."""

    name: str
    documents: Sequence[bytes] = ()
    """Encoded."""
    description: str = ""
    """What a document is; readers find it in the validator of the collection."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Field -> what its users must know."""

    def matching(self, query: Any, limit: TimeLimit) -> Iterator[tuple[bytes, Document]]:
        """Documents that match a filter, each encoded and decoded."""
        test = matcher(query)
        for encoded in self.documents:
            limit.check()
            document = bson.decode(encoded, OPTIONS)
            if test(document):
                yield encoded, document

    def found(self, query: Any, sort: Any, fields: Any, limit: TimeLimit) -> Iterator[bytes]:
        """What `find` gives, encoded.

        Args:
            query: Filter; empty: everything.
            sort: Empty: natural order.
            fields: Projection; empty: whole documents.
            limit: Of the command that reads.
        """
        chosen = projection(fields) if fields else None
        natural = isinstance(sort, dict) and sort == {"$natural": 1}
        if sort and not natural:
            encoded_documents: Iterator[bytes] = iter(sorted_items(self.matching(query, limit), sort))
        elif query:
            encoded_documents = (encoded for encoded, _ in self.matching(query, limit))
        else:
            encoded_documents = iter(self.documents)
        if chosen is None:
            return encoded_documents
        return (
            bson.encode(chosen(bson.decode(encoded, OPTIONS)), codec_options=OPTIONS) for encoded in encoded_documents
        )

    def validator(self) -> Document:
        """The descriptions, in the way in which MongoDB keeps them."""
        schema: Document = {"bsonType": "object"}
        if self.description:
            schema["description"] = self.description
        if self.fields:
            schema["properties"] = {name: {"description": text} for name, text in self.fields.items()}
        return {"$jsonSchema": schema}
