"""How the page looks: pictures of every view, wide and narrow, light and dark; nothing overflows."""

import os

from browser import finish, until

VIEWS = {
    "loss": "#view=loss",
    "ten": "#view=loss&logits=0,1,2,3,4,-1,-2,-3,-4,0.5&labels=0,0,0,1,0,0,0,0,0,0",
    "train": "#view=train&data=digits&epochs=20",
    "wine": "#view=train&data=wine",
    "break": "#view=break&break=missing-mass",
}
SMALL = """() => [...document.querySelectorAll('button, a, select, input, .button')]
  .filter(e => e.offsetParent !== null && !e.classList.contains('hidden-input') && e.id !== 'skip')
  .map(e => [e.id || e.textContent || e.getAttribute('aria-label'), e.getBoundingClientRect()])
  .filter(([, r]) => r.height < 43.5 || r.width < 43.5).map(([name, r]) => `${name} ${r.width}x${r.height}`)"""
NAMELESS = """() => [...document.querySelectorAll('button, select, input, canvas, svg[role=img]')]
  .filter(e => e.offsetParent !== null || e.tagName === 'svg')
  .filter(e => !(e.getAttribute('aria-label') || e.labels?.length || e.textContent.trim()))
  .map(e => e.outerHTML.slice(0, 90))"""
CUT = """() => [...document.querySelectorAll('svg text')].filter(t => t.getClientRects().length).filter(t => {
  const a = t.getBoundingClientRect(), b = t.ownerSVGElement.getBoundingClientRect();
  return a.left < b.left - 1 || a.right > b.right + 1 || a.top < b.top - 1 || a.bottom > b.bottom + 1;
}).map(t => t.textContent)"""
OVER = "() => document.documentElement.scrollWidth - innerWidth"


def settle(page, view):
    """Lets a view come to rest, with something trained to look at."""
    if view in ("train", "wine"):
        page.wait_for_selector("#train-start:not([disabled])")
        page.click("#train-start")
        until(page, "document.querySelector('#train-reading').textContent.startsWith('Trained')", seconds=300)
        page.click("#landscape-draw")
        page.wait_for_selector("#landscape:not([hidden])")
    if view == "train":
        page.locator("#pad").focus()
        for key in ["Space"] + ["ArrowUp"] * 5 + ["ArrowRight"] * 7 + ["ArrowUp"] * 2 + ["ArrowDown"] * 23:
            page.keyboard.press(key)
        until(page, "/reads a /.test(document.querySelector('#try .sentence').textContent)")
    if view == "break":
        until(page, "document.querySelector('#report').textContent.length > 50")
    page.wait_for_timeout(500)


def test_pictures(place):
    """no view overflows at 320, 390 or 1280 px, all is large enough to touch and has a name"""
    count = 0
    for view, link in VIEWS.items():
        for width, scheme in ((1280, "light"), (390, "dark")):
            page = place.browser.open(link, viewport={"width": width, "height": 900}, color_scheme=scheme)
            settle(page, view)
            for now, theme in (
                (width, scheme),
                (1280 if width == 1280 else 320, "dark" if scheme == "light" else "light"),
            ):
                page.set_viewport_size({"width": now, "height": 900})
                page.emulate_media(color_scheme=theme)
                page.wait_for_timeout(200)
                page.screenshot(path=os.path.join(place.out, f"{view}-{now}-{theme}.png"), full_page=True)
                count += 1
                assert page.evaluate(OVER) <= 0, f"{view} at {now} px is {page.evaluate(OVER)} px too wide"
                assert not page.evaluate(SMALL), f"{view} at {now} px: too small to touch: {page.evaluate(SMALL)}"
                assert not page.evaluate(CUT), f"{view} at {now} px: cut off in a picture: {page.evaluate(CUT)}"
                assert not page.evaluate(NAMELESS), f"{view}: without a name: {page.evaluate(NAMELESS)}"
            finish(page)
    return f"{count} pictures"


def luminance(colour):
    """The relative luminance of WCAG 2 of "rgb(r, g, b)"."""
    parts = [int(v) / 255 for v in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def test_contrast(place):
    """every text has a contrast of at least 4.5 to what is behind it, light and dark"""
    texts = """() => { const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walk.nextNode()) { const e = walk.currentNode.parentElement; const style = getComputedStyle(e);
        const text = walk.currentNode.data.trim().slice(0, 30);
        if (!text || !e.getClientRects().length) continue;
        if (e.closest('svg, [disabled], .matrix, .skip, .masked, option')) continue;
        let back = e;
        while (back && getComputedStyle(back).backgroundColor === 'rgba(0, 0, 0, 0)') back = back.parentElement;
        found.push([text, style.color, getComputedStyle(back ?? document.body).backgroundColor]); }
      return found; }"""
    least = 99.0
    for scheme in ("light", "dark"):
        for link in (VIEWS["loss"], VIEWS["break"], "#view=train&data=iris"):
            page = place.browser.open(link, color_scheme=scheme)
            page.wait_for_timeout(800)
            for text, ink, paper in page.evaluate(texts):
                a, b = sorted((luminance(ink), luminance(paper)))
                contrast = (b + 0.05) / (a + 0.05)
                least = min(least, contrast)
                assert contrast >= 4.5, f'"{text}" has a contrast of {contrast:.2f} ({scheme}: {ink} on {paper})'
            finish(page)
    return f"{least:.1f} at least"


def test_calm(place):
    """who asked for reduced motion gets slow steps and no transition"""
    page = place.browser.open(VIEWS["loss"], reduced_motion="reduce")
    assert page.evaluate("getComputedStyle(document.querySelector('#step')).transitionDuration") in ("0s", "0s, 0s")
    page.evaluate(
        """() => { globalThis.drawn = 0; 
      new MutationObserver(() => ++drawn).observe(document.querySelector('#tiles dd'),
      { childList: true, characterData: true, subtree: true }); }"""
    )
    page.click("#descend")
    page.wait_for_timeout(2000)
    drawn = page.evaluate("drawn")
    assert 1 <= drawn <= 4, f"{drawn} drawings in two seconds"
    finish(page)
