"""A plain static server, a headless Chromium and the native engine, for the tests of the playground's page.

Chromium is Debian's; playwright drives it. Every page is watched: an error in its console, or a request to another
host, fails the test that opened it.
"""

import functools
import http.server
import json
import os
import shutil
import subprocess
import threading
import time

from playwright.sync_api import sync_playwright

BOUND = 1e-13  # f64, WebAssembly beside the native library: without fused multiply-add the last digits may differ


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files as any web server does; .wasm and .js with their types."""

    extensions_map = {
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".wasm": "application/wasm",
        ".js": "text/javascript",
    }

    def log_message(self, *_):
        pass


def serve(folder):
    """A server of the folder on a free port of this machine; .shutdown() ends it."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class Native:
    """The same engine as a program: a request a line, an answer a line."""

    def __init__(self, program):
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, request):
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Browser:
    """Chromium, and pages in it that are watched. `address` is the playground's."""

    def __init__(self, address, beside=None):
        """beside: another Browser, whose driver is used; a process has one."""
        self.address = address
        self.owner = beside is None
        self.driver = sync_playwright().start() if beside is None else beside.driver
        path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
        # as root, as in a container, Chromium starts without its sandbox alone
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        self.chromium = self.driver.chromium.launch(executable_path=path, args=arguments)

    def open(self, link="", **options):
        """A page of its own, ready. Options: viewport, color_scheme, reduced_motion, has_touch ..."""
        options.setdefault("viewport", {"width": 1100, "height": 900})
        options.setdefault("service_workers", "block")
        context = self.chromium.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.wrong, page.hosts = [], set()
        page.on("console", lambda m: page.wrong.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.wrong.append(str(e)))
        page.on("request", lambda r: page.hosts.add(r.url.split("/")[2]) if r.url.startswith("http") else None)
        page.goto(self.address + link)
        page.wait_for_selector("body[data-ready=yes]", timeout=120_000)
        return page

    def close(self):
        self.chromium.close()
        if self.owner:
            self.driver.stop()


def until(page, expression, arg=None, seconds=60):
    """Waits until the expression, or the function of `arg`, is true in the page. The page's own rules forbid it what
    playwright's wait_for_function does there."""
    end = time.time() + seconds
    while not page.evaluate(expression, arg):
        if time.time() > end:
            raise AssertionError(f"not so after {seconds} s: {expression}")
        page.wait_for_timeout(50)


def finish(page, allowed=()):
    """Ends a page, and says what its console said beside the `allowed`."""
    wrong = [text for text in page.wrong if not any(part in text for part in allowed)]
    hosts = {host for host in page.hosts if not host.startswith("127.0.0.1")}
    page.context.close()
    assert not wrong, f"the console says {wrong[:3]}"
    assert not hosts, f"requests went to {hosts}"


def refusal(page):
    """The sentence that the page shows, or "" where it shows none."""
    node = page.locator("#refused")
    return node.inner_text() if node.is_visible() else ""
