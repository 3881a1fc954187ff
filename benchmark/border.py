"""The border: everything that a submission left is read inside `reading`.

A submission must not be able to choose to be unscored. So the default is turned round here: whatever goes wrong while
hostile material is read is the submission's failure, with a sentence, unless it is provably ours. Ours are errors that
say so by their class (`OurFaultError`), and a few errors of the operating system: a full disk, no more descriptors.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from benchmark.errors import OurFaultError, SubmissionError

MAX_SENTENCE = 600
"""Characters of an error's text that a sentence keeps."""
_OURS = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.EROFS, errno.ENOMEM})


@contextmanager
def reading(what: str) -> Iterator[None]:
    """Read what a submission left.

    Args:
        what: Begins the sentence, for example `The workspace`.

    Raises:
        SubmissionError: Anything went wrong that is not provably ours.
        OurFaultError: The machine is at fault; the trial is unscored.
    """
    try:
        yield
    except (SubmissionError, OurFaultError):
        raise
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _OURS:
            raise OurFaultError(f"{what} could not be read, through no fault of the submission: {error}.") from error
        raise SubmissionError(f"{what} cannot be read: {sentence_of(error)}.") from error


def sentence_of(error: BaseException) -> str:
    """An error's class and text as one short line that any file and any terminal can hold."""
    name = "" if isinstance(error, OSError) else f"{type(error).__name__}: "
    return f"{name}{plain_text(error)}".rstrip(" .:")


def plain_text(value: object, max_length: int = MAX_SENTENCE) -> str:
    """Text from outside on one line: no control characters, no halves of letters, and cut at a length."""
    text = str(value)[: 4 * max_length]
    return cut_text(visible_text(" ".join(text.split())), max_length)


def cut_text(text: str, max_length: int) -> str:
    """A text of at most this length; one that is cut ends with a dot of omission."""
    return text if len(text) <= max_length else f"{text[: max_length - 1]}…"


def visible_text(text: str) -> str:
    r"""A text without characters that act unseen: they are written as escapes (`\x1b`); line ends and tabs stay."""
    if text.isprintable() or text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(c if c.isprintable() or c in "\n\t" else c.encode("unicode_escape").decode() for c in text)
