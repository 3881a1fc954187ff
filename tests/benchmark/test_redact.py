"""Secrets are found in every spelling and every cut, and nothing else is."""

import base64
import html
import json
import logging
import time
import timeit
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.redact import (
    PLACEHOLDER,
    Redactor,
    StreamRedactor,
    redact,
    redact_bytes,
    register_environment,
    register_secret,
    secret_values,
)


@pytest.fixture(autouse=True)
def _nothing_registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmark.redact._registered", set())


KEY = "sk-Real/key+of=the_harness.000~é"
PLAIN = "sk-proj-abcdefghijklmnop-0123456789"
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda key: key,
    "json": json.dumps,
    "json in json": lambda key: json.dumps(json.dumps(key)),
    "every letter escaped": lambda key: "".join(f"\\u{ord(letter):04x}" for letter in key),
    "url": lambda key: quote(key, safe=""),
    "form": quote_plus,
    "url twice": lambda key: quote(quote(key, safe=""), safe=""),
    "every letter percent": lambda key: "".join(f"%{byte:02X}" for byte in key.encode()),
    "html": lambda key: html.escape(key),
    "html numbers": lambda key: "".join(f"&#{ord(letter)};" for letter in key),
    "hex": lambda key: key.encode().hex(),
    "hex with colons": lambda key: key.encode().hex(":").upper(),
    "python bytes": lambda key: "".join(f"\\x{byte:02x}" for byte in key.encode()),
    "base64": lambda key: base64.b64encode(key.encode()).decode(),
    "base64 of a header": lambda key: base64.b64encode(f"Bearer {key}\n".encode()).decode(),
    "base64 for urls": lambda key: base64.urlsafe_b64encode(f"x{key}".encode()).decode(),
    "base64 in lines": lambda key: base64.encodebytes(f"{'lead ' * 12}{key} tail".encode()).decode(),
}


@pytest.mark.parametrize("key", [KEY, PLAIN])
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_each_spelling_is_found_whole_and_cut_anywhere(key: str, spelling: str) -> None:
    redactor = Redactor([key])
    spelled = SPELLINGS[spelling](key)
    text = f"before {spelled} after"
    for shown in (redactor.text(text), redactor.content(text.encode()).decode()):
        assert spelled.strip('"\n') not in shown
        assert PLACEHOLDER in shown
        assert shown.startswith("before ")
        assert shown.endswith(" after")
    content = text.encode()
    for at in range(len(content)):
        stream = StreamRedactor(redactor)
        assert stream.feed(content[:at]) + stream.feed(content[at:]) + stream.close() == redactor.content(content)


@given(st.lists(st.sampled_from([PLAIN, PLAIN[:9], "s", "sk-", " ", "%73", "\\u0073", "x"]), max_size=12), st.data())
def test_a_stream_in_any_pieces_is_redacted_like_the_whole(parts: list[str], data: st.DataObject) -> None:
    content = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=6)))
    stream = StreamRedactor(Redactor([PLAIN]))
    pieces = [content[a:b] for a, b in zip([0, *cuts], [*cuts, len(content)], strict=True)]
    shown = b"".join(map(stream.feed, pieces)) + stream.close()
    assert PLAIN.encode() not in shown
    assert shown == Redactor([PLAIN]).content(content)


@given(st.text())
def test_other_text_stays(text: str) -> None:
    assert Redactor([PLAIN]).text(text) == text


def test_a_stream_is_not_held_back_where_no_secret_can_begin() -> None:
    stream = StreamRedactor(Redactor([PLAIN]))
    assert stream.feed(b"data: {}\n\n") == b"data: {}\n\n"
    assert stream.feed(b"say sk-pro") == b"say "
    assert stream.feed(b"blem") == b"sk-problem"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
def test_wide_encodings_are_found(encoding: str) -> None:
    content = f"before {PLAIN} after".encode(encoding)
    shown = Redactor([PLAIN]).content(content)
    assert PLACEHOLDER.encode() in shown
    assert PLAIN[:8].encode(encoding)[4:] not in shown
    stream = StreamRedactor(Redactor([PLAIN]))
    assert b"".join(stream.feed(bytes([byte])) for byte in content) + stream.close() == shown


def test_values_keep_their_shape() -> None:
    value = {"a": [PLAIN, 1, None], f"x{PLAIN}": {"b": f"Bearer {PLAIN}"}}
    assert Redactor([PLAIN]).value(value) == {
        "a": [PLACEHOLDER, 1, None],
        f"x{PLACEHOLDER}": {"b": f"Bearer {PLACEHOLDER}"},
    }


def test_registered_secrets_leave_neither_text_nor_log(caplog: pytest.LogCaptureFixture) -> None:
    key = "sk-registered-once-0123456789"
    register_secret(key)
    register_secret("short")
    assert redact(f"a {key} short") == f"a {PLACEHOLDER} short"
    assert redact_bytes(f"+a {key}\n".encode()) == f"+a {PLACEHOLDER}\n".encode()
    try:
        raise ValueError(f"refused {key}")
    except ValueError:
        logging.getLogger("trial").exception("calling with %s failed", key)
    assert key not in caplog.text
    assert f"calling with {PLACEHOLDER} failed" in caplog.text
    assert f"ValueError: refused {PLACEHOLDER}" in caplog.text


def test_short_secrets_stay_in_files_that_are_used_again() -> None:
    register_secret("anything")
    assert redact("with anything") == f"with {PLACEHOLDER}"
    assert redact_bytes(b"select anything") == b"select anything"


def test_the_environment_says_what_is_secret() -> None:
    environment = {
        "OPENAI_API_KEY": "sk-from-the-environment-0001",
        "GITHUB_TOKEN": "github-token-of-somebody",
        "TOKENIZERS_PARALLELISM": "definitely-not-a-secret",
        "SSH_KEY": "/home/somebody/.ssh/id_ed25519",
        "KEYBOARD": "a-keyboard-with-a-long-name",
    }
    assert secret_values(environment) == ["sk-from-the-environment-0001", "github-token-of-somebody"]
    register_environment(environment)
    assert redact("sk-from-the-environment-0001 definitely-not-a-secret") == f"{PLACEHOLDER} definitely-not-a-secret"


def _seconds(redactor: Redactor, content: bytes) -> float:
    """Of the processor; a busy machine counts for nothing."""
    calls = timeit.repeat(lambda: redactor.content(content), number=1, repeat=3, timer=time.process_time)
    return min(calls)


@pytest.mark.parametrize(
    "piece",
    [b"\\", b" ", b"%25", b"\0", b"0", b"A", b"c2st", b"73 ", b"A" * 15 + b"\\" * 200, b"c2st" + b"\\r" * 90],
    ids=["backslashes", "spaces", "percents", "nul", "zeros", "letters", "base64", "hex", "begun", "wrapped"],
)
@pytest.mark.parametrize("secret", ["sk-proj-a/b+c_0123456789", "A" * 20, "\\\\host\\share\\0123456789"])
def test_four_times_the_text_takes_about_four_times_as_long(secret: str, piece: bytes) -> None:
    """A submission or a log may be one long run of whatever an escape begins with."""
    redactor = Redactor([secret])
    short, long = (piece * (size // len(piece)) for size in (25_000, 100_000))
    assert _seconds(redactor, long) < 9 * max(_seconds(redactor, short), 0.0005)


def test_backslashes_of_a_secret_are_found_escaped() -> None:
    secret = "pass\\\\word\\0123456"
    for text in (secret, json.dumps(secret), json.dumps(json.dumps(secret)), quote(secret)):
        assert PLACEHOLDER in Redactor([secret]).text(f"<{text}>"), text
