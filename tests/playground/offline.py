"""Static files are all it takes: sizes, no other host, and a page that opens without its server."""

import gzip
import os

from browser import Browser, finish, serve, until

LARGEST = 1_200_000  # bytes of the whole folder, each file compressed as a web server does


def test_size(place):
    """the folder has less than 1.2 MB, compressed"""
    sizes = {}
    for folder, _, files in os.walk(place.site):
        for file in files:
            with open(os.path.join(folder, file), "rb") as f:
                sizes[file] = len(gzip.compress(f.read(), 9))
    total = sum(sizes.values())
    assert total < LARGEST, f"{total} bytes: {sorted(sizes.items(), key=lambda s: -s[1])[:4]}"
    return f"{total / 1e6:.2f} MB in {len(sizes)} files"


def test_without_the_network(place):
    """what was opened once works without a network, and opens again without its server"""
    server = serve(place.site)
    browser = Browser(f"http://127.0.0.1:{server.server_port}/", beside=place.browser)
    page = browser.open("#view=loss", service_workers="allow")
    until(
        page,
        "caches.open('logitape-playground').then(c => c.keys()).then(k => k.some(r => r.url.endsWith('engine.wasm')))",
        seconds=60,
    )
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    server.shutdown()
    server.server_close()
    page.click("#tab-train")
    page.wait_for_selector("#train-start:not([disabled])")
    page.click("#train-step")
    until(page, "document.querySelector('#progress').value > 0")
    page.reload()
    page.wait_for_selector("body[data-ready=yes]")
    assert page.locator("#refused").is_hidden()
    page.click("#tab-loss")
    until(page, "document.querySelectorAll('#numbers tbody tr').length === 3")
    finish(page, allowed=("ERR_INTERNET_DISCONNECTED", "ERR_CONNECTION_REFUSED", "Failed to fetch"))
    browser.close()


def test_a_missing_engine_is_told(place):
    """where the engine cannot be loaded, the page says so"""
    context = place.browser.chromium.new_context(service_workers="block")
    page = context.new_page()
    page.route("**/engine.*", lambda route: route.abort())
    page.goto(place.browser.address)
    page.wait_for_selector("#refused:not([hidden])")
    assert "could not start" in page.inner_text("#refused")
    context.close()
