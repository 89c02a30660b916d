"""The button "Copy as C++": the program is compiled with the library, and prints what the page shows."""

import os
import re
import subprocess

from browser import finish, until


def printed(place, page, name):
    """Copies the program of the view, compiles it and runs it; what it prints."""
    page.click("#copy-program")
    page.wait_for_selector("#program-dialog[open]")
    text = page.inner_text("#program")
    folder = os.path.join(place.out, name)
    os.makedirs(folder, exist_ok=True)
    source, program = os.path.join(folder, name + ".cpp"), os.path.join(folder, name)
    with open(source, "w", encoding="utf-8") as file:
        file.write(text)
    needed = subprocess.run(
        ["pkg-config", "--cflags", "--libs", "libhwy", "fmt", "spdlog", "zlib"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    built = subprocess.run(
        [
            "g++",
            "-std=c++20",
            "-Wall",
            "-Wextra",
            "-Werror",
            "-Iinclude",
            source,
            "-o",
            program,
            place.build + "/liblogitape.a",
            place.build + "/liblogitape_tape.a",
            "-pthread",
            *needed,
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert built.returncode == 0, built.stderr[:2000] + text
    ran = subprocess.run([os.path.abspath(program)], cwd="examples/data", check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def test_program_of_a_loss(place):
    """the program of a loss, with mask, smoothing and temperature, prints the page's loss and gradients"""
    page = place.browser.open(
        "#view=loss&logits=1.5,-2,0.25,3&labels=0.2,0,0.7,0.3&mask=1011&smoothing=0.1&temperature=2&rate=0.5"
    )
    until(page, "document.querySelectorAll('#numbers tbody tr').length === 4")
    text = printed(place, page, "loss")
    found = page.evaluate(
        "async () => { const { here } = await import('./library.js'); "
        "const { loss_request } = await import('./loss_change.js'); return here(loss_request()); }"
    )
    finish(page)
    lines = [(words, float(value)) for words, value in re.findall(r"^(.*) (\S+)$", text, re.M)]
    expected = [found["loss"], *found["logits_gradient"], *found["labels_gradient"], found["next"]["loss"]]
    assert len(lines) == len(expected), text
    for (words, value), right in zip(lines, expected):
        right = float(right)
        assert value == right or abs(value - right) <= 1e-13 * max(1, abs(right)), f"{words} {value}, not {right}"


def test_program_of_a_check(place):
    """the program of a broken rule prints the checker's report that the page shows"""
    page = place.browser.open("#view=break&break=transposed")
    until(page, "document.querySelector('#verdict').dataset.of === 'transposed'")
    report = page.inner_text("#report")
    text = printed(place, page, "check")
    finish(page)
    hints = [re.search(r"hint: (.*)", t).group(1) for t in (text, report)]
    assert hints[0] == hints[1], hints
    assert text.splitlines()[0] == report.splitlines()[0]


def test_program_of_a_training(place):
    """the program of a training reaches the page's accuracy"""
    page = place.browser.open("#view=train&data=wine&epochs=30&model=mlp:16,16&learning_rate=0.01")
    page.wait_for_selector("#train-start:not([disabled])")
    page.click("#train-start")
    until(page, "document.querySelector('#train-reading').textContent.startsWith('Trained')", seconds=120)
    right, rows = [
        int(n) for n in re.search(r"Of (\d+) held-out rows it names (\d+)", page.inner_text("#train-reading")).groups()
    ][::-1]
    text = printed(place, page, "train")
    finish(page)
    accuracy = float(re.search(r"accuracy (\S+)", text).group(1))
    assert abs(accuracy * rows - right) <= 1.001, f"{accuracy} of {rows}, and {right} right in the page"
    return f"{accuracy:.4f}; the page names {right} of {rows} right"
