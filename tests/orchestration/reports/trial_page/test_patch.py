"""Patches on pages: counted, coloured, and never obeyed."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmark.patches import make_patch
from benchmark.run_store import TrialStore
from orchestration.reports.trial_page.patch import (
    MAX_BYTES,
    MAX_FILES,
    MAX_LINE,
    MAX_LINES,
    MAX_SHOWN,
    Patch,
    parse_patch,
    read_patch,
)

EVIL = b"<script>alert('x')</script> &amp; \x1b[2J\x00\xff\xfe \xe2\x80\xae"
START = {"dbt/models/a.sql": b"select 1 as x -- one\nfrom t\n", "dbt/old.yml": b"a: 1\n", "el/data.bin": b"\0\1"}


def patch_of(end: dict[str, bytes], tmp_path: Path, start: dict[str, bytes] | None = None) -> Patch:
    content = make_patch(START if start is None else start, end, tmp_path)
    return parse_patch(content, len(content))


def html_of(patch: Patch) -> str:
    return "\n".join(str(line) for file in patch.files for _, line in file.html())


def test_files_are_told_with_what_became_of_them(tmp_path: Path) -> None:
    end = {"dbt/models/a.sql": b"select 2 as x\nfrom t\nwhere y\n", "dbt/new.py": b"x = 'y'", "el/data.bin": b"\0\2"}
    patch = patch_of(end, tmp_path)
    told = {f.path: (f.change, f.is_binary, f.n_added, f.n_removed) for f in patch.files}
    assert told == {
        "dbt/models/a.sql": ("changed", False, 2, 1),
        "dbt/new.py": ("added", False, 1, 0),
        "dbt/old.yml": ("removed", False, 0, 1),
        "el/data.bin": ("changed", True, 0, 0),
    }
    assert (patch.n_added, patch.n_removed) == (3, 2)


def test_code_is_coloured_by_its_language(tmp_path: Path) -> None:
    shown = html_of(patch_of(START | {"dbt/models/a.sql": b"select 'x' as y, 2 as n -- why\n"}, tmp_path))
    for part in (
        '<i class="k">select</i>',
        '<i class="s">&#39;x&#39;</i>',
        '<i class="n">2</i>',
        '<i class="c">-- why',
    ):
        assert part in shown, part
    assert "<i" not in html_of(patch_of(START | {"docs/a.txt": b"select 'x'\n"}, tmp_path))


def test_lines_that_look_like_headings_are_lines(tmp_path: Path) -> None:
    """`-- x` removed is `--- x`, and a file may hold a patch."""
    start = {"a.sql": b"-- x\nselect 1\n"}
    end = {"a.sql": b"++ y\ndiff --git a/b b/b\n@@ -1 +1 @@\nnew file\n"}
    (file,) = patch_of(end, tmp_path, start).files
    assert (file.path, file.change, file.n_added, file.n_removed) == ("a.sql", "changed", 4, 2)


def test_what_is_hostile_is_text(tmp_path: Path) -> None:
    end = START | {"dbt/<img src=x>.sql": EVIL + b"\n", "dbt/b.yml": b"a: " + EVIL + b"\n", "dbt/c.md": EVIL + b"\n"}
    patch = patch_of(end, tmp_path)
    shown = html_of(patch)
    assert re.sub(r'</?i( class="[cskn]")?>', "", shown).count("<") == 0
    assert all(letter.isprintable() or letter in "\n\t" for letter in shown)


def test_one_line_of_ten_million_letters_and_many_files_are_cut(tmp_path: Path) -> None:
    end = {f"f{number:03}.sql": b"select 1\n" * (MAX_LINES + 50) for number in range(MAX_FILES + 5)}
    end["a.sql"] = b"x" * 500_000
    patch = patch_of(end, tmp_path, {})
    assert len(patch.files) == MAX_FILES
    assert patch.n_more_files == 6
    assert max(len(line) for file in patch.files for _, line in file.lines) <= MAX_LINE
    assert sum(len(file.lines) for file in patch.files) == MAX_SHOWN
    assert patch.files[1].n_added == MAX_LINES + 50
    assert patch.files[1].n_left_out == 51


def test_a_patch_of_100_mb_is_read_to_a_limit(tmp_path: Path) -> None:
    store = TrialStore(tmp_path)
    heading = b"diff --git a/x.sql b/x.sql\n--- a/x.sql\n+++ b/x.sql\n@@ -0,0 +1,99999999 @@\n"
    with store.patch_path.open("wb") as file:
        file.write(heading + b"+select 1\n" * 200_000)
        file.truncate(100_000_000)
    started = time.process_time()
    patch = read_patch(store)
    assert time.process_time() - started < 3
    assert patch is not None
    assert patch.is_cut
    assert patch.n_bytes == 100_000_000
    assert patch.n_added <= MAX_BYTES // 10


def test_a_trial_without_a_submission_has_no_patch(tmp_path: Path) -> None:
    assert read_patch(TrialStore(tmp_path)) is None


@settings(deadline=None)
@given(
    st.binary(max_size=400),
    st.sampled_from([b"", b"diff --git a/x.sql b/x.sql\n", b"diff --git a/x.py b/x.py\n@@ -1 +1,9 @@\n"]),
)
def test_any_bytes_make_a_page(content: bytes, heading: bytes) -> None:
    shown = html_of(parse_patch(heading + content, len(content)))
    assert re.sub(r'</?i( class="[cskn]")?>', "", shown).count("<") == 0


@pytest.mark.parametrize("place", ["@@ -1,x +1 @@", "@@ -1,99999999999999999999 +1 @@", "@@ ", "@@ -1 +1 @@ tail"])
def test_odd_places_of_hunks_are_no_error(place: str) -> None:
    content = f"diff --git a/x b/x\n{place}\n+a\n".encode()
    assert len(parse_patch(content, len(content)).files) == 1
