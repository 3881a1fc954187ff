"""The home whose caches all test runs share."""

import os
import tempfile
from pathlib import Path

SHARED_HOME = Path(os.environ.get("LOCKGATE_TEST_HOME", Path(tempfile.gettempdir()) / f"lockgate-tests-{os.getuid()}"))
"""Caches are keyed by content, so that sharing them over test runs changes no result."""
