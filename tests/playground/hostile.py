"""Files and links that a stranger may have: each gets a sentence, or works; none becomes markup or stops the page."""

from browser import finish, refusal, until
from training import DROP

TWO = "1,2,a\n3,4,b\n5,6,a\n7,8,b\n2,2,a\n3,9,b\n1,1,a\n4,8,b\n1,3,a\n5,9,b\n"
NASTY = "<img src=x onerror=alert(1)>\"'&amp;\u202e\U0001f600"


def drop(page, name, text):
    """Drops a file; waits until the page has answered with facts or with a sentence."""
    page.evaluate("document.querySelector('#facts').replaceChildren()")
    page.evaluate("document.querySelector('#refused').hidden = true")
    page.evaluate(DROP, [name, text])
    page.wait_for_selector("#facts dd, #refused:not([hidden])", timeout=120_000)
    page.wait_for_timeout(300)
    return refusal(page)


REFUSED = {
    "an empty file": "",
    "white space": "\n\n  \n",
    "one class": "1,2,a\n3,4,a\n5,6,a\n7,8,a\n",
    "a header alone": "a,b,class\n",
    "one column": "1\n2\n3\n",
    "one row": "1,2,a\n",
    "rows of different lengths": "1,2,a\n3,b\n5,6,7,a\n",
    "bytes that are no text": "\x00\x01\x02\xff" * 50,
    "one row of each class": "".join(f"{i},{i},c{i}\n" for i in range(20)),
    "a quote that does not end": '1,"2,a\n3,4,b\n',
}
TAKEN = {
    "texts where numbers are expected": "red,1,a\nblue,2,b\n" * 20,
    "missing values": "1,,a\n,4,b\n" * 20,
    "names that are markup": f"x{NASTY.replace(chr(34), '')},y,class\n" + TWO.replace("a", "<b>a</b>") * 3,
    "a class called nan": TWO.replace("a", "nan") * 3,
    "a class called inf": TWO.replace("b", "inf") * 3,
    "300 columns": "".join(
        ",".join(str((i * 7 + c) % 11) for c in range(300)) + f",{'ab'[i % 2]}\n" for i in range(40)
    ),
}


def test_hostile_files(place):
    """files that cannot be learnt from get a sentence, odd ones work, and nothing becomes markup"""
    page = place.browser.open("#view=train&data=own")
    page.on("dialog", lambda d: page.wrong.append("a dialog: " + d.message))
    for what, text in REFUSED.items():
        said = drop(page, "mine.csv", text)
        assert 10 < len(said) < 600, f'{what}: "{said[:700]}"'
        assert page.locator("#train-start").is_disabled(), what
    for what, text in TAKEN.items():
        said = drop(page, NASTY + ".csv", text)
        assert said == "", f"{what}: {said}"
        page.click("#train-step")
        until(page, "document.querySelector('#progress').value > 0")
        assert refusal(page) == "", f"{what}: {refusal(page)}"
        assert page.evaluate("document.querySelectorAll('img, main script').length") == 0, what
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    commas = "1,5;2,5;a\n3,5;4,5;b\n" * 20
    assert "comma" in drop(page, "commas.csv", commas)
    page.click("#decimal")
    page.wait_for_selector("#facts dd")
    assert refusal(page) == ""
    finish(page)
    return f"{len(REFUSED)} refused, {len(TAKEN)} taken"


def test_many_classes(place):
    """10,000 classes get a sentence, a step is taken all the same, and the page goes on"""
    page = place.browser.open("#view=train&data=own")
    said = drop(page, "many.csv", "".join(f"{i},{i % 7},class {i // 2}\n" for i in range(20000)))
    assert said == "" and "10000 classes: " in page.inner_text("#facts"), said[:700]
    page.click("#train-step")
    until(page, "document.querySelector('#progress').value > 0")
    assert page.locator(".belief-row").count() == 12
    assert drop(page, "two.csv", TWO * 3) == ""
    page.click("#train-step")
    until(page, "document.querySelector('#progress').value > 0")
    finish(page)


def test_large_files(place):
    """a file of 15 MB is read, a larger one is refused in a sentence"""
    page = place.browser.open("#view=train&data=own")
    line = ",".join(f"0.{k:06d}" for k in range(100))
    rows = 15_000_000 // (len(line) + 3)
    assert drop(page, "large.csv", "".join(f"{line},{'ab'[i % 2]}\n" for i in range(rows))) == ""
    said = drop(page, "huge.csv", "x" * 17_000_000)
    assert "huge.csv" in said and "MB" in said, said[:400]
    finish(page)
    return f"{rows} rows of 100 columns"


def test_settings_that_cannot_be(place):
    """settings that cannot be get the library's sentence, and the page goes on"""
    page = place.browser.open("#view=train&data=iris")
    page.wait_for_selector("#train-start:not([disabled])")
    for field, values in {
        "learning_rate": ["abc", "-1", "0"],
        "epochs": ["0", "1.5", "many"],
        "seed": ["-1", "x", "1e99"],
    }.items():
        for value in values:
            page.fill("#" + field, value)
            page.press("#" + field, "Enter")
            page.wait_for_selector("#refused:not([hidden])")
            assert 10 < len(refusal(page)) < 300, (field, value, refusal(page))
        page.fill("#" + field, "7" if field != "learning_rate" else "")
        page.press("#" + field, "Enter")
        page.wait_for_selector("#train-start:not([disabled])")
        assert refusal(page) == "", (field, refusal(page))
    page.fill("#learning_rate", "1000")  # weights run away; the library says so, or the loss stays a number
    page.press("#learning_rate", "Enter")
    page.wait_for_selector("#train-start:not([disabled])")
    page.click("#train-start")
    until(
        page,
        "document.querySelector('#refused:not([hidden])') || "
        "document.querySelector('#train-reading').textContent.startsWith('Trained')",
        seconds=120,
    )
    assert "NaN" not in page.inner_text("#view-train"), "NaN is shown without a word"
    finish(page)
