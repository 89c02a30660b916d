"""run.py SITE BUILD OUT [NAME...]: tests the playground's page in a headless Chromium.

SITE is the folder of static files, BUILD a native build with the playground's engine and train_classifier; pictures
go to OUT. With NAMEs only the tests whose names hold one of them. tests/suites/playground.sh builds all that first.
"""

import os
import sys
import time
import traceback

import hostile
import keyboard
import looks
import loss
import offline
import programs
import training
from browser import Browser, Native, serve


class Place:
    """What a test is given."""

    def __init__(self, site, build, out):
        self.site, self.build, self.out = site, build, out
        self.command = build + "/examples/train_classifier"
        self.server = serve(site)
        self.native = Native(build + "/examples/playground/playground")
        self.browser = Browser(f"http://127.0.0.1:{self.server.server_port}/")

    def close(self):
        self.browser.close()
        self.native.close()
        self.server.shutdown()


def main(site, build, out, *names):
    """Runs the tests in the order of their files; a docstring is a test's name."""
    os.makedirs(out, exist_ok=True)
    place, failed, ran = Place(site, build, out), 0, 0
    for module in (loss, training, keyboard, hostile, programs, looks, offline):
        for name, test in list(vars(module).items()):
            if not name.startswith("test_") or (names and not any(n in name for n in names)):
                continue
            began, ran = time.time(), ran + 1
            words = test.__doc__.strip()
            try:
                note = test(place)
                print(f"pass  {words} ({time.time() - began:.1f} s){': ' + note if note else ''}", flush=True)
            except Exception as error:  # every test is told about, also after one that fails
                failed += 1
                print(f"FAIL  {words}: {error}\n{traceback.format_exc(limit=-2)}", flush=True)
    place.close()
    print(f"{ran - failed} of {ran} tests of the page pass")
    return 1 if failed or not ran else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
