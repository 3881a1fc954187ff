"""Debian's chromium, driven by playwright, on pages that lie on the disk or on loopback."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="chromium is not installed")
WIDTHS = (360, 800, 1600)


@contextmanager
def opened_browser(url: str, width: int = 1280, *, is_dark: bool = False) -> Iterator[Page]:
    """A page; at the end nothing may stand in the console, and nothing may have been asked of another place."""
    said: list[str] = []
    asked: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme="dark" if is_dark else "light")
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        yield page
        browser.close()
    assert said == []
    place = url.rpartition("/")[0]
    assert [other for other in asked if not other.startswith((place, "data:"))] == []


def is_as_wide_as_its_window(page: Page) -> bool:
    """Whether the page itself does not scroll sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
