"""The HTML pages' templates, and the one script that each page runs."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"


def page_environment(name: str) -> Environment:
    """Jinja for a page: all that is filled in is escaped; `script`, `script_hash` and `style` are there.

    Args:
        name: `NAME.js` and `NAME.css` are the page's script and style.
    """
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    script = (_TEMPLATES / f"{name}.js").read_text(encoding="utf-8")
    environment.globals |= {
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        "style": Markup((_TEMPLATES / f"{name}.css").read_text(encoding="utf-8")),
    }
    return environment
