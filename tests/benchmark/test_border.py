"""Who is at fault when hostile material cannot be read, and how it is said."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmark.border import cut_text, plain_text, reading, sentence_of, visible_text
from benchmark.errors import OurFaultError, SubmissionError

OURS = ("ENOSPC", "EDQUOT", "EMFILE", "ENFILE", "EIO", "EROFS", "ENOMEM")
THEIRS = ("ENOENT", "EACCES", "ENAMETOOLONG", "ELOOP", "ENOTDIR", "EISDIR", "EINVAL", "EPERM")


@pytest.mark.parametrize("name", OURS)
def test_a_machine_that_is_full_or_broken_is_our_fault(name: str) -> None:
    with (
        pytest.raises(OurFaultError, match=r"^The folder could not be read, through no fault of the submission"),
        reading("The folder"),
    ):
        raise OSError(getattr(errno, name), name)


@pytest.mark.parametrize("name", THEIRS)
def test_any_other_error_of_the_system_is_theirs(name: str) -> None:
    with pytest.raises(SubmissionError, match=rf"^The folder cannot be read: .*{name}\.$"), reading("The folder"):
        raise OSError(getattr(errno, name), name)


@pytest.mark.parametrize("error", [ValueError, RecursionError, MemoryError, KeyError, AssertionError, UnicodeError])
def test_any_error_of_python_is_theirs(error: type[Exception]) -> None:
    with pytest.raises(SubmissionError, match=f"It cannot be read: {error.__name__}"), reading("It"):
        raise error("x")


@pytest.mark.parametrize("error", [SubmissionError("as it is"), OurFaultError("as it is")])
def test_a_judgement_made_further_in_stands(error: Exception) -> None:
    with pytest.raises(type(error), match=r"^as it is$") as caught, reading("It"):
        raise error
    assert caught.value is error


def test_the_end_of_the_program_is_nobodys_fault() -> None:
    with pytest.raises(KeyboardInterrupt), reading("It"):
        raise KeyboardInterrupt


@given(st.text(), st.integers(1, 50))
def test_a_sentence_is_one_line_that_any_file_can_hold(text: str, length: int) -> None:
    found = plain_text(text, length)
    assert len(found) <= length
    assert found.isprintable()
    assert "\n" not in found
    found.encode()


@given(st.text())
def test_hidden_characters_are_shown_and_others_stay(text: str) -> None:
    found = visible_text(text)
    assert all(letter.isprintable() or letter in "\n\t" for letter in found)
    if all(letter.isprintable() or letter in "\n\t" for letter in text):
        assert found == text


@given(st.text(max_size=20), st.integers(1, 20))
def test_only_a_text_that_is_cut_ends_with_a_dot(text: str, length: int) -> None:
    found = cut_text(text, length)
    if len(text) <= length:
        assert found == text
    else:
        assert found == text[: length - 1] + "…"


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ValueError("bad: value."), "ValueError: bad: value"),
        (ValueError(""), "ValueError"),
        (ValueError("a\n  b\x1b[31m"), r"ValueError: a b\x1b[31m"),
        (OSError(errno.ENOENT, "none"), f"[Errno {errno.ENOENT}] none"),
    ],
)
def test_an_error_is_said_in_one_line(error: Exception, sentence: str) -> None:
    assert sentence_of(error) == sentence
