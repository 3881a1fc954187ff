"""Messages between `lockgate run` and its pool are JSON, however long their texts are."""

import socket

import pytest

from orchestration.pool.server import MAX_MESSAGE, receive, send


@pytest.mark.parametrize(
    "text", ["short", "x" * 200_000, "\U0001f600" * 50_000, "\n" * 100_000], ids=lambda t: f"{len(t)}"
)
def test_a_message_arrives_with_its_text_or_the_beginning_of_it(text: str) -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        send(ours, trial="t", message=text)
        received = receive(theirs)
    assert received is not None
    assert received["trial"] == "t"
    assert text.startswith(received["message"])
    assert received["message"]


def test_a_message_that_cannot_be_cut_is_refused() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, pytest.raises(ValueError, match=r"longer than 60000: \['numbers'\]"):
        send(ours, numbers=list(range(MAX_MESSAGE)))
