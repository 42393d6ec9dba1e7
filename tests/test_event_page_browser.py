"""The page of tagged articles in Chromium: its own script runs alone, nothing sticks out."""

import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from event_articles import attack, protest, talks
from event_pages import Page, hostile, inert
from page_reports import PAYLOADS

from tagging.event_page.render import render

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
MEASURE = """Math.max(...[...document.querySelectorAll("main *")]
  .filter((part) => !part.closest("table, .card") && !part.ownerSVGElement)
  .map((part) => part.getBoundingClientRect().right))"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="needs Chromium"),
]


@pytest.fixture(scope="module")
def page() -> str:
    return render([attack(), talks(), protest()])


def browsed(tmp_path, page: str, *options: str, hash: str = "") -> str:
    """The page's elements as Chromium has them after its script ran."""
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    url = (tmp_path / "page.html").as_uri() + hash
    command = [CHROMIUM, *QUIET, f"--user-data-dir={tmp_path / 'profile'}", *options]
    run = subprocess.run([*command, "--dump-dom", url], capture_output=True, timeout=60, check=True)
    return run.stdout.decode()


def lit(dom: str) -> Iterator[str]:
    for _, attributes in Page(dom.replace("<!DOCTYPE html>", "")).elements:
        if "lit" in (attributes.get("class") or "").split():
            yield str(attributes["data-e"])


def test_a_browser_runs_the_script_and_lights_what_belongs_to_the_event(tmp_path, page):
    numbers = list(lit(browsed(tmp_path, page, hash="#a1-e2")))
    assert len(numbers) > 6 and all("2" in number.split() for number in numbers)
    assert not list(lit(browsed(tmp_path, page.replace("sha256-", "sha256-x"), hash="#a1-e2")))


def test_a_browser_finds_nothing_active_in_hostile_articles(tmp_path):
    dom = browsed(tmp_path, render([hostile(payload) for payload in PAYLOADS]))
    inert(dom.replace("<!DOCTYPE html>", ""))


@pytest.mark.parametrize("width", [400, 800, 1200])
def test_nothing_is_wider_than_the_window(tmp_path, page, width):
    """Chromium's windows have 500 units or more, so the page itself is made narrow."""
    style = f"<style>html {{ width: {width}px }}</style>"
    script = f"<script>document.title = {MEASURE}</script>"
    opened = re.sub(r"<meta http-equiv[^>]*>", style, page).replace("</body>", script + "</body>")
    dom = browsed(tmp_path, opened, f"--window-size={max(width, 500)},900")
    assert width / 2 < float(re.search(r"<title>([\d.]+)</title>", dom)[1]) <= width
