"""The whole page by keyboard alone: no mouse is moved in this file."""

from browser import finish, refusal, until


def tab_to(page, selector, most=200):
    """Presses Tab until the focus is on the selector; the number of presses."""
    for pressed in range(most):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            thumb = page.evaluate("document.activeElement.type === 'range'")
            assert outline != "none" or thumb, f"the focus on {selector} cannot be seen"
            return pressed
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by {most} times Tab")


def test_loss_by_keyboard(place):
    """by keyboard: a logit is moved, a label chosen, a step taken"""
    page = place.browser.open()
    tab_to(page, "#tab-loss")
    tab_to(page, "#rows input[type=range]")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    until(page, "document.querySelector('#numbers tbody td:nth-child(2)').textContent === '2.9'")
    assert "gradient" in page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
    tab_to(page, "#rows input.box")
    page.keyboard.type("1,5")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#numbers tbody td:nth-child(2)').textContent === '1.5'")
    tab_to(page, "#rows .row:nth-child(2) .pick")
    page.keyboard.press("Space")
    until(page, "document.querySelector('#numbers tbody tr:nth-child(2) td:nth-child(3)').textContent === '1'")
    before = page.inner_text("#tiles dd")
    tab_to(page, "#step")
    page.keyboard.press("Enter")
    until(page, "old => document.querySelector('#tiles dd').textContent !== old", arg=before)
    tab_to(page, "#more")
    page.keyboard.press("Enter")
    until(page, "document.querySelectorAll('#rows .row').length === 4")
    tab_to(page, "#copy-program")
    page.keyboard.press("Enter")
    page.wait_for_selector("#program-dialog[open]")
    assert "#include <logitape.h>" in page.inner_text("#program")
    page.keyboard.press("Escape")
    finish(page)


def test_training_by_keyboard(place):
    """by keyboard: the digits are trained, and a 1 that the arrow keys draw is read"""
    page = place.browser.open("#view=loss&epochs=12")
    tab_to(page, "#tab-loss")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#train-start:not([disabled])")
    tab_to(page, "#train-start")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('#train-reading').textContent.startsWith('Trained')", seconds=300)
    tab_to(page, "#pad")
    for key in ["Space"] + ["ArrowUp"] * 5 + ["ArrowRight"] * 4 + ["ArrowUp"] * 2 + ["ArrowDown"] * 23 + ["Space"]:
        page.keyboard.press(key)
    until(page, "/reads a 1/.test(document.querySelector('#try .sentence').textContent)")
    page.keyboard.press("Delete")
    until(page, "document.querySelector('#try .sure').textContent === '–'")
    finish(page)


def test_break_by_keyboard(place):
    """by keyboard: each mistake is chosen, and the checker finds it"""
    page = place.browser.open()
    tab_to(page, "#tab-loss")
    page.keyboard.press("End")
    tab_to(page, "#breaks [role=radio][aria-checked=true]")
    hints = {}
    for _ in range(6):
        name = page.evaluate("document.activeElement.dataset.name")
        until(page, "name => document.querySelector('#verdict').dataset.of === name", arg=name)
        hints[name] = page.inner_text("#verdict")
        caught = page.evaluate("document.querySelector('#verdict').classList.contains('fail')")
        assert caught == (name != "none"), (name, hints[name])
        page.keyboard.press("ArrowRight")
    assert len(set(hints.values())) == 6, hints
    assert refusal(page) == ""
    finish(page)
    return "; ".join(f"{name}: {text.split('finds it: ')[-1]}" for name, text in hints.items() if name != "none")
