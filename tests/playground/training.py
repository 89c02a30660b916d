"""The second view: digits that are drawn are read, and a dropped file trains to the command's accuracy."""

import re
import subprocess

from browser import finish, refusal, until
from strokes import strokes

DROP = """([name, text]) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([text], name, { type: "text/csv" }));
  const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
  document.querySelector("#drop").dispatchEvent(event);
}"""


def train(page, seconds=300):
    """Starts, and waits until the training has ended; the last sentence."""
    page.wait_for_selector("#train-start:not([disabled])")
    page.click("#train-start")
    until(page, "document.querySelector('#train-reading').textContent.startsWith('Trained')", seconds=seconds)
    return page.inner_text("#train-reading")


def test_drawn_digits_are_read(place):
    """digits drawn with the mouse are read"""
    page = place.browser.open("#view=train&data=digits&epochs=20")
    said = train(page)
    pad, right = page.locator("#pad").bounding_box(), []
    for digit, lines in strokes.items():
        page.click("text=Clear")
        for line in lines:
            places = [(pad["x"] + pad["width"] * x / 32, pad["y"] + pad["height"] * y / 32) for x, y in line]
            page.mouse.move(*places[0])
            page.mouse.down()
            for place_on_pad in places[1:]:
                page.mouse.move(*place_on_pad, steps=3)
            page.mouse.up()
        page.wait_for_timeout(400)
        right.append((digit, re.search(r"reads a (\d)", page.inner_text("#try .sentence")).group(1)))
    finish(page)
    wrong = [pair for pair in right if str(pair[0]) != pair[1]]
    assert len(wrong) <= 1, f"drawn and read: {right}"
    misread = "".join(f", a {a} as {b}" for a, b in wrong)
    return f"{len(right) - len(wrong)} of {len(right)}{misread}; {said.split(': ')[-1].split('%')[0]}% of held-out rows"


def of_command(place, file):
    """What the command prints when it trains on the file."""
    return subprocess.run(
        [place.command, "--data", file, "--seed", "7", "--out", place.out + "/command"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_dropped_file_trains_as_the_command(place):
    """a dropped CSV trains to the command's accuracy"""
    file = "examples/data/wine.csv"
    command = of_command(place, file)
    part, rows = re.search(r"accuracy +([\d.]+)% of (\d+) rows held out", command).groups()
    rows, right = int(rows), round(float(part) * int(rows) / 100)
    page = place.browser.open("#view=train&data=own&seed=7")
    page.evaluate(DROP, ["my wine.csv", open(file, encoding="utf-8").read()])
    page.wait_for_selector("#facts dd")
    said = train(page)
    finish(page)
    found = [int(n) for n in re.search(r"Of (\d+) held-out rows it names (\d+)", said).groups()]
    assert found[0] == rows, (found, command)
    assert abs(found[1] - right) <= 1, f"{found[1]} of {rows} right; the command {right}"
    return f"{found[1]} of {rows}; the command {right}"


def test_training_equals_the_native_one(place):
    """the losses of a training are the native engine's, within what f32 keeps"""
    asked = [{"ask": "load", "name": "iris"}, {"ask": "start", "seed": 3, "epochs": 5}, {"ask": "train", "steps": 40}]
    page = place.browser.open("#view=loss")
    found = page.evaluate(
        "async asked => { const { call } = await import('./library.js'); let last; "
        "for (const one of asked) last = await call(one); return last; }",
        asked,
    )
    expected = [place.native.ask(one) for one in asked][-1]
    finish(page)
    assert found["step"] == expected["step"] == 40
    losses = [(f["loss"], e["loss"]) for f, e in zip(found["history"], expected["history"])]
    assert losses and all(abs(f - e) <= 1e-3 * e for f, e in losses), losses  # f32: rounding grows from step to step
    return f"{len(losses)} epochs, last loss {losses[-1][0]:.6f} and {losses[-1][1]:.6f}"


def test_watch_pause_step_reset(place):
    """curves, weights, gradients, surface and map are drawn; pause, step and reset do what they say"""
    page = place.browser.open("#view=train&data=iris&epochs=60")
    page.wait_for_selector("#train-start:not([disabled])")
    page.click("#train-step")
    until(page, "document.querySelector('#progress').value > 0")
    page.click("#train-start")
    until(page, "document.querySelector('#curves polyline').getAttribute('points').split(' ').length > 3")
    page.click("#train-start")  # pause
    page.wait_for_timeout(300)
    value = page.evaluate("document.querySelector('#progress').value")
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('#progress').value") == value, "it goes on in a pause"
    tones = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    for canvas in ("#inside canvas", ".surface"):
        assert page.locator(canvas).first.evaluate(tones) > 20, canvas + " is empty"
    assert page.locator("#inside rect.fill0").count() >= 4
    page.click("#landscape-draw")
    page.wait_for_selector("#landscape:not([hidden])")
    assert page.locator("#landscape").evaluate(tones) > 10
    page.click("#train-reset")
    until(page, "document.querySelector('#progress').value === 0")
    finish(page)


def test_one_feature_pair_is_drawn(place):
    """two columns and a class give a decision surface, and the picker takes the same file"""
    points = [((i * 37 % 100) / 50 - 1, (i * 61 % 100) / 50 - 1) for i in range(100)]
    rows = "\n".join(f"{x},{y},{'in' if x * x + y * y < 0.6 else 'out'}" for x, y in points)
    page = place.browser.open("#view=train&data=own&seed=7")
    page.set_input_files(
        "#file", {"name": "circle.csv", "mimeType": "text/csv", "buffer": ("a,b,where\n" + rows).encode()}
    )
    page.wait_for_selector(".surface")
    train(page)
    words = page.locator(".surface").get_attribute("aria-label")
    assert "To the right a" in words and "upwards b" in words, words
    corner, middle = page.evaluate("""() => { const c = document.querySelector('.surface'), g = c.getContext('2d');
      return [[3, 3], [163, 157]].map(([x, y]) => [...g.getImageData(x, y, 1, 1).data]); }""")
    blue = [pixel[2] > pixel[0] for pixel in (corner, middle)]  # the first class is blue, the second orange
    assert blue[0] != blue[1], f"inside and outside of the circle have one colour: {middle}, {corner}"
    assert refusal(page) == ""
    finish(page)
