"""Whatever a submission is called or says, a terminal shows it and does not obey it."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from orchestration.cli.visible_console import visible_console
from tests.helpers.examples import n_examples

_OURS = re.compile(r"\x1b\[[0-9;]*m")
"""Colours, which the console itself writes."""
HOSTILE = "\x1b]0;title\x07\x1b[2J\r\x08\x9b31m"


@pytest.mark.parametrize(
    "wrap", [str, Text, lambda text: Text(text, style="red"), "table"], ids=["str", "text", "red", "table"]
)
def test_control_characters_are_shown_as_escapes(wrap, capsys: pytest.CaptureFixture[str]) -> None:
    console = visible_console()
    console.width = 200
    if wrap == "table":
        table = Table("name")
        table.add_row(Text(HOSTILE))
        console.print(table)
    else:
        console.print(wrap(HOSTILE), markup=False)
    printed = capsys.readouterr().out
    assert [c for c in printed if not c.isprintable() and c != "\n"] == []
    assert "\\x1b[2J" in printed


@settings(max_examples=n_examples(50), deadline=None)
@given(st.text(st.one_of(st.characters(), st.characters(categories=["Cc", "Cf", "Zl"])), max_size=20))
def test_nothing_but_colours_and_line_ends_reaches_a_terminal(text: str) -> None:
    console = visible_console()
    console.width = 400
    with console.capture() as capture:
        console.print(Text(text, style="red"))
    plain = _OURS.sub("", capture.get())
    assert [c for c in plain if not c.isprintable() and c not in "\n\t"] == []


def test_errors_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    visible_console(stderr=True).print("no")
    visible_console().print("yes")
    printed = capsys.readouterr()
    assert (printed.out, printed.err) == ("yes\n", "no\n")
