"""Scenarios are judged in threads, which read the catalogue of expectations at once."""

import ast
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

import pytest

from evaluators.expectations import catalogue

NAMES = catalogue.expectation_names()[:6]


def test_a_class_is_parsed_once_and_no_two_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for cached in (catalogue.argument_names, catalogue._parsed_classes):
        cached.cache_clear()
    parse, parsing, parsed = ast.parse, Lock(), Counter[str]()

    def watched(text: str) -> ast.Module:
        assert parsing.acquire(blocking=False), "another thread is parsing"
        try:
            parsed[text] += 1
            time.sleep(0.02)  # the others come meanwhile
            return parse(text)
        finally:
            parsing.release()

    with monkeypatch.context() as patched, ThreadPoolExecutor(4) as threads:
        patched.setattr(ast, "parse", watched)
        found = list(threads.map(catalogue.argument_names, NAMES * 4))
    assert found == [catalogue.argument_names(name) for name in NAMES * 4]
    assert set(parsed.values()) == {1}
    assert len(parsed) > len(NAMES), "the classes of each, and those that they have in common"
