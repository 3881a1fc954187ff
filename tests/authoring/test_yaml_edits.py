"""Single keys and items are changed; every other letter stays."""

import pytest
import yaml

from authoring.yaml_edits import add_item, entry_span, remove_item, remove_key, set_key

BLOCK = """\
# top
sources:
  - name: a  # the first
    database: x   # elsewhere
    tables: [t]
  - {name: b, schema: old, database: y}
"""


def test_a_key_is_set_where_it_is_and_added_where_it_is_not() -> None:
    text = set_key(BLOCK, ("sources", 0), "schema", "raw_a")
    text = set_key(text, ("sources", 1), "schema", "raw_b")
    assert yaml.safe_load(text)["sources"] == [
        {"schema": "raw_a", "name": "a", "database": "x", "tables": ["t"]},
        {"name": "b", "schema": "raw_b", "database": "y"},
    ]
    assert "# the first" in text
    assert "# top" in text


@pytest.mark.parametrize("number", [0, 1])
def test_a_key_is_removed(number: int) -> None:
    text = remove_key(BLOCK, ("sources", number), "database")
    before, after = yaml.safe_load(BLOCK), yaml.safe_load(text)
    del before["sources"][number]["database"]
    assert after == before
    assert remove_key(text, ("sources", number), "database") == text
    assert "# the first" in text


@pytest.mark.parametrize("text", ["a: {b: [x, y, z]} # end\n", "a:\n  b: # those\n    - x # one\n    - y\n    - z\n"])
def test_items_come_and_go(text: str) -> None:
    for item in ("x", "y", "z"):
        less = remove_item(text, ("a", "b"), item)
        assert yaml.safe_load(less)["a"]["b"] == [other for other in "xyz" if other != item]
        assert yaml.safe_load(add_item(less, ("a", "b"), item))["a"]["b"][-1] == item
    more = add_item(text, ("a", "b"), "w")
    assert yaml.safe_load(more)["a"]["b"] == ["x", "y", "z", "w"]
    assert all(comment in more for comment in ("# end",) if comment in text)
    assert remove_item(text, ("a", "b"), "none") == text


def test_an_entry_has_the_comments_above_it() -> None:
    text = "t:\n  a: 1\n  # of b\n  b:\n    x: 1\n\n  # of c\n  c: 2\n"
    start, end = entry_span(text, ("t",), "b")
    assert text[start:end] == "  # of b\n  b:\n    x: 1\n"
    text = text.replace("    x: 1\n", "    x: 1\n    # more of b\n")
    start, end = entry_span(text, ("t",), "b")
    assert text[start:end] == "  # of b\n  b:\n    x: 1\n    # more of b\n"
    start, end = entry_span(text, ("t",), "c")
    assert text[start:end] == "  # of c\n  c: 2\n"
    text = "t:\n  c: [2] # x\n    # mine"
    assert entry_span(text, ("t",), "c") == (3, len(text))
