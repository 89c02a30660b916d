"""The first view: its numbers beside the native library's and beside formulas, and how fast it draws."""

import math
import random

from browser import BOUND, finish, refusal, until

ASK = "async requests => { const { here } = await import('./library.js'); return requests.map(r => here(r)); }"


def requests(count=60):
    """Questions about losses: few and many classes, huge and tiny logits, smoothing, temperature, masks."""
    rng = random.Random(18)
    for k in range(count):
        classes = 2 + k % 9
        scale = (1, 10, 300, 1e-6)[k % 4]
        labels = [0.0] * classes if k % 3 else [round(rng.random(), 3) for _ in range(classes)]
        labels[k % classes] = 1.0
        request = {
            "ask": "loss",
            "logits": [round(rng.gauss(0, scale), 9) for _ in range(classes)],
            "labels": labels,
            "smoothing": (0, 0.1)[k % 2],
            "temperature": (1, 2.5, 0.5)[k % 3],
            "learning_rate": 0.7,
        }
        if k % 5 == 4:
            request["mask"] = [i == (k + 1) % classes for i in range(classes)]
        yield request


def differs(found, expected, where="", scale=0.0):
    """The first member in which two answers differ by more than the bound, of the largest number beside it."""
    if isinstance(expected, dict):
        if set(found) != set(expected):
            return f"{where}: members {sorted(found)} and {sorted(expected)}"
        return next((d for k in expected if (d := differs(found[k], expected[k], f"{where}.{k}"))), None)
    if isinstance(expected, list):
        numbers = [abs(v) for v in expected if isinstance(v, (int, float))]
        scale = max([scale, *numbers])
        if len(found) != len(expected):
            return f"{where}: {len(found)} and {len(expected)} members"
        pairs = enumerate(zip(found, expected))
        return next((d for i, (f, e) in pairs if (d := differs(f, e, f"{where}[{i}]", scale))), None)
    if isinstance(expected, (int, float)) and isinstance(found, (int, float)):
        # a sum of terms of size `scale` has lost the digits below it; below 1e-300 numbers are denormal
        return (
            None
            if abs(found - expected) <= BOUND * max(abs(expected), scale, 1)
            else f"{where}: {found}, not {expected}"
        )
    return None if found == expected else f"{where}: {found}, not {expected}"


def test_numbers_are_the_native_librarys(place):
    """the page's engine computes what the native library computes, within 1e-13"""
    page = place.browser.open()
    asked = list(requests())
    for request, found in zip(asked, page.evaluate(ASK, asked)):
        wrong = differs(found, place.native.ask(request))
        assert not wrong, f"{request}: {wrong}"
    finish(page)
    return f"{len(asked)} losses with their gradients and Hessians"


def shown(page):
    """The table of the page as rows of numbers, at six digits."""
    rows = page.locator("#numbers tbody tr").all()
    numeral = lambda text: float(text.replace("−", "-").replace("∞", "inf").replace("–", "nan"))
    return [[numeral(cell) for cell in row.locator("td").all_inner_texts()] for row in rows]


def test_shown_numbers_follow_the_formulas(place):
    """what is shown are softmax, loss and both gradients by their formulas"""
    x, t = [1.5, -2.0, 0.25, 3.0], [0.2, 0.0, 0.7, 0.3]
    page = place.browser.open(f"#view=loss&logits={','.join(map(str, x))}&labels={','.join(map(str, t))}&rate=0.5")
    until(page, "document.querySelectorAll('#numbers tbody tr').length === 4")
    sum_of_exp, mass = sum(map(math.exp, x)), sum(t)
    p = [math.exp(v) / sum_of_exp for v in x]
    for i, row in enumerate(shown(page)):
        gradient = mass * p[i] - t[i]
        expected = [
            i + 1,
            x[i],
            t[i],
            t[i],
            p[i],
            math.log(p[i]),
            -t[i] * math.log(p[i]),
            gradient,
            -math.log(p[i]),
            x[i] - 0.5 * gradient,
        ]
        for found, right in zip(row, expected):
            assert abs(found - right) <= 1e-5 * max(1, abs(right)), f"row {i}: {row}, not {expected}"
    loss = -sum(t[i] * math.log(p[i]) for i in range(4))
    assert abs(float(page.locator("#tiles dd").first.inner_text()) - loss) < 6e-4
    finish(page)


def test_frames_while_dragging(place):
    """dragging a logit of ten classes draws every frame"""
    logits = ",".join(str(i / 2) for i in range(10))
    page = place.browser.open(f"#view=loss&logits={logits}&labels=1,0,0,0,0,0,0,0,0,0")
    slider = page.locator("#rows input[type=range]").first.bounding_box()
    page.evaluate("""() => { globalThis.frames_seen = 0; globalThis.drawn = 0;
      const count = () => { ++frames_seen; requestAnimationFrame(count); }; requestAnimationFrame(count);
      new MutationObserver(() => ++drawn).observe(document.querySelector('#tiles dd'),
        { childList: true, characterData: true, subtree: true });
      globalThis.began = performance.now(); }""")
    y = slider["y"] + slider["height"] / 2
    page.mouse.move(slider["x"] + slider["width"] / 2, y)
    page.mouse.down()
    for k in range(240):
        page.mouse.move(slider["x"] + slider["width"] * (0.5 + 0.45 * math.sin(k / 12)), y)
    page.mouse.up()
    frames, drawn, seconds = page.evaluate("[frames_seen, drawn, (performance.now() - began) / 1000]")
    work = page.evaluate("""async () => { const { draw_now } = await import('./loss.js'); const times = [];
      for (let i = 0; i < 100; ++i) { const at = performance.now(); draw_now(); times.push(performance.now() - at); }
      return times.sort((a, b) => a - b)[50]; }""")
    finish(page)
    assert drawn >= 0.5 * min(frames, 240), f"{drawn} drawings in {frames} frames"
    assert work < 1000 / 60, f"a frame's numbers take {work:.1f} ms"
    return f"{frames / seconds:.0f} frames a second, {drawn / seconds:.0f} of them new, {work:.1f} ms of work in each"


def test_steps_descend(place):
    """a step of descent lowers the loss, and goes against the gradient"""
    page = place.browser.open("#view=loss&logits=0,2,1&labels=1,0,0&rate=1")
    until(page, "document.querySelectorAll('#numbers tbody tr').length === 3")
    before = shown(page)
    page.click("#step")
    until(page, "first => document.querySelector('#numbers tbody td:nth-child(2)').textContent !== first", arg="0")
    after = shown(page)
    for old, new in zip(before, after):
        assert abs(new[1] - (old[1] - old[7])) < 2e-5, (old, new)
    assert after[0][6] < before[0][6]
    finish(page)


def test_bad_numbers_get_a_sentence(place):
    """what is no number, or no label, is refused in a sentence, and nothing changes"""
    page = place.browser.open("#view=loss")
    box = page.locator("#rows .row").first.locator("input.box").first
    for typed, part in (("abc", "abc"), ("1e999", "NaN"), ("", ""), ("1;2", "1;2")):
        box.fill(typed)
        box.press("Enter")
        page.wait_for_selector("#refused:not([hidden])")
        assert part in refusal(page), (typed, refusal(page))
        assert page.locator("#rows .row").first.locator("input[type=range]").first.input_value() == "4"
    box.fill("−2,5")  # as many people write it
    box.press("Enter")
    until(page, "document.querySelector('#numbers tbody td:nth-child(2)').textContent === '−2.5'")
    assert refusal(page) == ""
    for typed, classes in (
        ("1 2 3 4", 4),
        ("1,2,3", 3),
        ("0,5 1,5", 2),
        ("7", 0),
        ("1 2 x", 0),
        (" ".join(["1"] * 10000), 0),
    ):
        page.fill("#all-logits", typed)
        page.press("#all-logits", "Enter")
        page.wait_for_timeout(100)
        if classes:
            assert refusal(page) == "" and page.locator("#rows .row").count() == classes, typed[:20]
        else:
            assert 20 < len(refusal(page)) < 300, (typed[:20], refusal(page))
    finish(page)


def test_link_holds_the_state(place):
    """a link opens the same state, and a broken link is refused in a sentence"""
    page = place.browser.open(
        "#view=loss&logits=1,2,3,4&labels=0,0.5,0.5,0&mask=1101&smoothing=0.1&temperature=2&rate=3"
    )
    page.locator("#rows .row").nth(1).locator("input[type=range]").first.press("ArrowRight")
    page.click("#copy-link")
    until(page, "location.hash.includes('logits=1,2.1,3,4')")
    link, numbers = page.evaluate("location.hash"), shown(page)
    again = place.browser.open(link)
    until(again, "document.querySelectorAll('#numbers tbody tr').length === 4")
    assert str(shown(again)) == str(numbers)
    finish(again)
    for hostile in (
        "#view=loss&logits=1,x,3",
        "#view=<img src=x>",
        "#logits=" + ",".join(["1"] * 10000),
        "#logits=%E0%A4%A",
        "#seed=-1",
        "#nothing=1",
        "#" + "a=b&" * 1000,
        "#logits=1e400,2",
        "#constructor=1",
    ):
        page.evaluate("hash => { location.hash = hash; }", hostile)
        page.wait_for_selector("#refused:not([hidden])")
        assert 20 < len(refusal(page)) < 400, (hostile[:40], refusal(page))
        page.evaluate("location.hash = '#view=loss&labels=0,0,0'")
        page.wait_for_selector("#refused[hidden]", state="attached")
    until(page, "document.querySelector('#reading').textContent.includes('sum to 0')")  # and that is a loss of 0
    finish(page)
