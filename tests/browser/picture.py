"""Takes the README's picture of the page from a real demo: `python -m tests.browser.picture FILE`.

The scenario `mixed` has a deep fall, a clip off and a lost link at once 75 s into the session.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
AFTER_S = 75
BROWSERS = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]


def take(picture: Path) -> None:
    """Run a demo at its own pace and save the page at 1280x800 after `AFTER_S` seconds."""
    with tempfile.TemporaryDirectory() as data:
        words = ["demo", "--scenario", "mixed", "--no-browser", "--port", "0", "--data", data]
        command = [sys.executable, "-m", "collector", *words]
        demo = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        try:
            assert demo.stdout is not None
            found = re.search(r"http://\S+", demo.stdout.readline())
            assert found is not None
            _photograph(found[0], picture)
        finally:
            demo.terminate()
            demo.communicate(timeout=20)


def _photograph(url: str, picture: Path) -> None:
    browser_path = next(path for path in BROWSERS if Path(path).exists())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(url)
        page.wait_for_timeout(AFTER_S * 1000)
        page.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    take(Path(sys.argv[1]))
