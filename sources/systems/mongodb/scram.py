"""The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677)."""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass

from sources.systems.mongodb.errors import CommandError

MECHANISM = "SCRAM-SHA-256"
_ITERATIONS = 4096
"""The least that drivers accept: passwords here are random and live for minutes."""


@dataclass(frozen=True)
class Credentials:
    """What the server knows of its only user."""

    user: str
    salt: bytes
    stored_key: bytes
    server_key: bytes

    @classmethod
    def of(cls, user: str, password: str) -> "Credentials":
        """Derive the keys of a password."""
        salt = secrets.token_bytes(28)
        salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _ITERATIONS)
        client_key = hmac.digest(salted, b"Client Key", "sha256")
        return cls(user, salt, hashlib.sha256(client_key).digest(), hmac.digest(salted, b"Server Key", "sha256"))


class Conversation:
    """One attempt of a client to prove that it knows the password.

    Args:
        credentials: Of the user.
        first: The client's first message.

    Raises:
        CommandError: It is no such message, or names another user.
    """

    def __init__(self, credentials: Credentials, first: bytes) -> None:
        self._credentials = credentials
        header, _, bare = first.decode("utf-8", "replace").partition(",,")
        fields = _fields(bare)
        if not header.startswith("n") or fields.get("n") != credentials.user or not fields.get("r"):
            raise _failed()
        self._nonce = fields["r"] + base64.b64encode(secrets.token_bytes(24)).decode()
        salt = base64.b64encode(credentials.salt).decode()
        self._challenge = f"r={self._nonce},s={salt},i={_ITERATIONS}"
        self._bare = bare

    @property
    def challenge(self) -> bytes:
        """The server's first message."""
        return self._challenge.encode()

    def verified(self, last: bytes) -> bytes:
        """Check the client's proof; gives the server's own.

        Raises:
            CommandError: The password is wrong.
        """
        text = last.decode("utf-8", "replace")
        without_proof, _, proof_text = text.rpartition(",p=")
        if _fields(without_proof).get("r") != self._nonce:
            raise _failed()
        signed = f"{self._bare},{self._challenge},{without_proof}".encode()
        signature = hmac.digest(self._credentials.stored_key, signed, "sha256")
        try:
            proof = base64.b64decode(proof_text, validate=True)
        except binascii.Error:
            raise _failed() from None
        client_key = bytes(a ^ b for a, b in zip(proof, signature, strict=False))
        if len(proof) != len(signature) or not hmac.compare_digest(
            hashlib.sha256(client_key).digest(), self._credentials.stored_key
        ):
            raise _failed()
        own = hmac.digest(self._credentials.server_key, signed, "sha256")
        return b"v=" + base64.b64encode(own)


def _failed() -> CommandError:
    return CommandError("AuthenticationFailed", "Authentication failed.")


def _fields(text: str) -> dict[str, str]:
    return {name: value for name, separator, value in (part.partition("=") for part in text.split(",")) if separator}
