"""Whether the text of an app can be read as it stands on the page: measured in the browser."""

from __future__ import annotations

from typing import Any

TRIES = 20
WIDER = """app => [...app.querySelectorAll('.runn-row, .runn-line, .runn-choice, button')]
    .filter(one => one.offsetParent
        && one.getBoundingClientRect().right > app.getBoundingClientRect().right + 1)
    .map(one => [one.className, one.textContent.slice(0, 60)])"""
# What stands beside each other in a row and runs into each other, and words that stand upright.
CLASHES = """app => [...app.querySelectorAll('.runn-line')].filter(row => row.offsetParent)
    .flatMap(row => {
        const parts = cell => getComputedStyle(cell).display === 'contents'
            ? [...cell.children] : [cell];
        const cells = [...row.children].flatMap(parts).filter(cell => cell.textContent.trim());
        const boxes = cells.map(cell => {
            const range = document.createRange();
            range.selectNodeContents(cell);
            return [cell.textContent, range.getBoundingClientRect()];
        });
        const upright = boxes.filter(([text, box]) => text.length > 4 && box.width < 24);
        const over = boxes.flatMap(([text, a], at) => boxes.slice(at + 1)
            .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1
                && a.top < b.bottom - 1 && b.top < a.bottom - 1)
            .map(([other]) => [text, other]));
        return [...upright.map(([text]) => text), ...over];
    })"""
# Dates and numbers that go on in the next line.
BROKEN = """app => {
    const found = [], walker = document.createTreeWalker(app, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (!node.parentElement.checkVisibility()) continue;
        for (const match of node.data.matchAll(/\\d{4}-\\d\\d-\\d\\d|[+-]?\\d[\\d,.:]*\\d/g)) {
            const range = document.createRange();
            range.setStart(node, match.index);
            range.setEnd(node, match.index + match[0].length);
            const tops = [...range.getClientRects()].map(box => Math.round(box.top));
            if (new Set(tops).size > 1) found.push(match[0]);
        }
    }
    return found;
}"""
CUT = """app => [...app.querySelectorAll('button, .runn-line, .runn-line > div')]
    .filter(one => one.offsetParent && one.scrollWidth > one.clientWidth + 1)
    .map(one => one.textContent.slice(0, 60))"""


def check_layout(app: Any, where: Any) -> None:
    """Check that nothing of an app is cut, broken, over something else or wider than the app."""
    for name, measure in {"wider": WIDER, "over": CLASHES, "broken": BROKEN, "cut": CUT}.items():
        for _ in range(TRIES):  # a page that was made narrower takes a while
            found = app.evaluate(measure)
            if not found:
                break
            app.page.wait_for_timeout(100)
        assert found == [], f"{where}: {name}: {found[:5]}"
