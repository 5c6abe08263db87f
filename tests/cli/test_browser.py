"""The HTML export in headless Chromium: it plays, it scrubs, and it shows what the trace has."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from dgcli.watch.frames import frame
from dgcli.watch.recording import read_trace
from dgcli.watch.timeline import Timeline
from tests.cli.conftest import Dg
from tests.reliability.process import PATIENCE

webdriver = pytest.importorskip("selenium.webdriver")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None or shutil.which("chromedriver") is None, reason="Chromium is not installed"),
]
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--window-size=1000,800",
)  # fmt: skip
DRAFT = "The old mill <b> stands [[?]] the river.\n\nNobody [[?~3]] it & all.\n"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def test_the_page_plays_and_shows_what_the_trace_has(dg: Dg, tmp_path: Path, browser: Any) -> None:
    dg("infill", "-", "--seed", "1", "--steps", "6", "--record", "t.jsonl", stdin=DRAFT.encode())
    assert dg("replay", "t.jsonl", "--export", "r.html").code == 0
    recording = read_trace(tmp_path / "t.jsonl")
    timeline = Timeline(recording)
    browser.get(f"file://{tmp_path / 'r.html'}#0")
    hole = 'return document.getElementById("hole").textContent'
    text = 'return document.getElementById("text").textContent'
    assert browser.execute_script(text) == DRAFT
    for place, stop in enumerate(timeline.stops):
        # As a person scrubs: the bar is moved, and the page follows.
        browser.execute_script(
            'const bar = document.getElementById("scrub"); bar.value = arguments[0];'
            'bar.dispatchEvent(new Event("input"))',
            place,
        )
        assert browser.execute_script("return dg.index") == place
        if stop.step is None:
            continue
        step = stop.step
        shown = step.argmax if step.last else step.next_input
        cells = frame(step, recording.pieces).cells
        wanted = [piece for piece, free in zip(recording.pieces(shown), step.free, strict=True) if free]
        assert [cell.text for cell, free in zip(cells, step.free, strict=True) if free] == wanted
        assert bare(browser.execute_script(hole)) == bare("".join(wanted)), (place, stop)
        status = browser.execute_script('return document.getElementById("status").textContent')
        assert f"step {step.step} of {step.of}" in status
    assert browser.execute_script(text) == recording.result["result"]
    # From the start, by its button, at the highest speed.
    browser.execute_script('document.getElementById("speed").value = "4"; dg.show(0)')
    browser.execute_script('document.getElementById("play").click()')
    end = time.monotonic() + PATIENCE
    while browser.execute_script("return dg.index") < len(timeline) - 1:
        assert time.monotonic() < end
        time.sleep(0.1)
    assert "play" in browser.execute_script('return document.getElementById("play").textContent')
    errors = [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
    assert errors == []
    (tmp_path / "page.png").write_bytes(browser.get_screenshot_as_png())
    assert (tmp_path / "page.png").stat().st_size > 10_000


def bare(text: str) -> str:
    """Without blanks, control characters and what stands for them."""
    return "".join(
        c
        for c in text
        if c.isprintable() and not c.isspace() and not 0x2400 <= ord(c) <= 0x2426 and c not in "·\ufffd␡"
    )
