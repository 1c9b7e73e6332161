"""The site in a real browser: search, navigation, light and dark, nothing from elsewhere."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from tests.support import site
from tests.support.places import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.timeout(site.LONGEST)]
SHOTS = ROOT / "screenshots" / "site"
WIDTHS = {"phone": 420, "desk": 1280}
PAGES = (
    "index.html",
    "reference/index.html",
    "reference/resources/people.html",
    "reference/api/df.runn.push.html",
    "reference/errors.html",
    "how-runn-behaves.html",
    "notebooks/03-utilisation-and-capacity.html",
    "contributing/conventions.html",
)
CONTRAST = """() => {
  const rgb = text => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
  const light = v => v <= 0.04 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const of = text => {
    const [r, g, b] = rgb(text).map(c => light(c / 255));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const text = of(getComputedStyle(document.querySelector('.bd-article p')).color);
  const ground = of(getComputedStyle(document.body).backgroundColor);
  return (Math.max(text, ground) + 0.05) / (Math.min(text, ground) + 0.05);
}"""


class Quiet(SimpleHTTPRequestHandler):
    """A file server that does not log."""

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where the built site is served, on this machine."""
    pytest.importorskip("pydata_sphinx_theme", reason="needs the extra docs")
    handler = partial(Quiet, directory=str(site.built().folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


class Reader:
    """A page of the site, with what it asked for elsewhere and what its console said."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.elsewhere: list[str] = []
        self.errors: list[str] = []
        page.on("request", self._note)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.errors.append(said.text))

    def _note(self, request: Any) -> None:
        if not request.url.startswith((self.address, "data:")):
            self.elsewhere.append(request.url)

    def open(self, place: str) -> Any:
        """Open a page of the site and wait until nothing more is loaded."""
        self.page.goto(self.address + place)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def assert_quiet(self) -> None:
        """Nothing was asked for elsewhere, and nothing went wrong."""
        assert (self.elsewhere, self.errors) == ([], [])

    @property
    def fits(self) -> bool:
        """Whether the page is no wider than the window."""
        return bool(self.page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.fixture
def reader(browser: Any, address: str, request: pytest.FixtureRequest) -> Iterator[Reader]:
    """A window of the width and the colours that the test names."""
    width, scheme = getattr(request, "param", (1280, "light"))
    window = browser.new_context(
        viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield Reader(window.new_page(), address)
    window.close()


EVERY = [(width, scheme) for width in WIDTHS.values() for scheme in ("light", "dark")]


@pytest.mark.parametrize("reader", EVERY, indirect=True, ids=lambda one: f"{one[0]}-{one[1]}")
def test_pages_fit_and_can_be_read_without_a_request_to_elsewhere(
    reader: Reader, request: pytest.FixtureRequest
) -> None:
    SHOTS.mkdir(parents=True, exist_ok=True)
    for place in PAGES:
        page = reader.open(place)
        name = f"{place.removesuffix('.html').replace('/', '-')}-{request.node.callspec.id}"
        page.screenshot(path=SHOTS / f"{name}.png")
        assert reader.fits, place
        assert page.evaluate(CONTRAST) >= 7, place
        assert page.locator(".bd-article h1").count() == 1, place
    reader.assert_quiet()


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("utilisation", "reference/api/rp.utilization.html"),
        ("throttle", "reference/api/rp.connect.html"),
        ("undo", "reference/api/rp.undo.html"),
        ("rate limit", "reference/api/rp.connect.html"),
        ("dry run", "reference/api/df.runn.plan.html"),
        ("timesheet-lock", "reference/resources/projects-projectId-timesheet-lock.html"),
        ("PlanError", "reference/errors.html"),
    ],
)
def test_the_search_finds(reader: Reader, words: str, place: str) -> None:
    page = reader.open("index.html")
    page.locator("button.search-button:visible").first.click()
    field = page.locator(
        ".search-button__search-container input[type=search], dialog input[type=search]"
    ).first
    field.fill(words)
    field.press("Enter")
    results = page.locator("#search-results a")
    results.first.wait_for()
    page.locator("#search-results p.search-summary").get_by_text("finished").wait_for()
    found = [link.get_attribute("href") or "" for link in results.all()]
    assert any(href.partition("#")[0].partition("?")[0] == place for href in found), found
    reader.assert_quiet()


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("429", "explanation/limit.html"),
        ("120", "explanation/limit.html"),
        ("404", "guides/your-account.html"),
        ("rate limit", "explanation/limit.html"),
        ("token", "guides/your-account.html"),
        ("undo", "guides/undo.html"),
        ("utilisation", "reference/api/rp.utilization.html"),
        ("vacation", "reference/resources/time-offs-leave.html"),
    ],
)
def test_the_page_that_answers_is_among_the_first_two(
    reader: Reader, words: str, place: str
) -> None:
    page = reader.open(f"search.html?q={words}")
    results = page.locator("#search-results a")
    results.first.wait_for()
    page.locator("#search-results p.search-summary").get_by_text("finished").wait_for()
    found = [link.get_attribute("href") or "" for link in results.all()]
    assert place in [href.partition("#")[0].partition("?")[0] for href in found[:2]], found[:5]
    reader.assert_quiet()


def test_one_gets_from_the_start_to_a_resource_and_back(reader: Reader) -> None:
    page = reader.open("index.html")
    page.locator(".bd-article .sd-card", has_text="Reference").click()
    page.locator(".bd-article .sd-card", has_text="Resources").click()
    page.locator(".bd-article").get_by_role("link", name="actuals", exact=True).click()
    page.locator(".bd-article h1", has_text="actuals").wait_for()
    assert page.locator(".example-output table").count() >= 1
    page.locator(".bd-breadcrumbs").get_by_role("link", name="Reference").click()
    page.locator(".bd-article h1", has_text="Reference").wait_for()
    reader.assert_quiet()


@pytest.mark.parametrize("reader", [(420, "light")], indirect=True, ids=["phone"])
def test_on_a_phone_the_menu_leads_to_the_sections(reader: Reader) -> None:
    page = reader.open("index.html")
    page.locator("button.primary-toggle").click()
    menu = page.locator("dialog[open], #pst-primary-sidebar-modal")
    menu.get_by_role("link", name="Reference").first.click()
    page.locator(".bd-article h1", has_text="Reference").wait_for()
    assert reader.fits
    reader.assert_quiet()


@pytest.mark.parametrize("reader", [(420, "light")], indirect=True, ids=["phone"])
def test_on_a_phone_a_long_table_is_a_window_below_its_heads(reader: Reader) -> None:
    page = reader.open("architecture.html")
    table = page.locator(".pst-scrollable-table-container", has_text="what is in it")
    assert table.bounding_box()["height"] <= 0.76 * 900
    table.evaluate("box => { box.scrollTop = box.scrollHeight }")
    assert table.locator("th").first.bounding_box()["y"] == pytest.approx(
        table.bounding_box()["y"], abs=2
    )
    cells = table.locator("tbody tr").last.locator("td").all()
    assert sum(cell.bounding_box()["width"] for cell in cells) <= 420
    assert reader.fits
    reader.assert_quiet()


def test_a_picture_leads_to_itself_alone(reader: Reader) -> None:
    page = reader.open("charts.html")
    for picture in page.locator(".bd-article img").all():
        assert picture.locator("xpath=parent::a").count() == 1
    page.locator(".bd-article img").first.click()
    page.wait_for_url("**/_images/*.svg")
    assert not reader.elsewhere


def test_light_and_dark_are_chosen_and_kept(reader: Reader) -> None:
    page = reader.open("index.html")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    for _ in range(3):
        if page.evaluate("document.documentElement.dataset.mode") == "dark":
            break
        page.locator(
            "button.theme-switch-button:visible, .theme-switch-button:visible"
        ).first.click()
        choice = page.locator("[data-mode=dark]:visible, button:has-text('Dark'):visible")
        if choice.count():
            choice.first.click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before
    reader.open("reference/index.html")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    reader.assert_quiet()


def test_the_name_of_a_function_in_a_text_leads_to_its_page(reader: Reader) -> None:
    page = reader.open("index.html")
    page.locator(".bd-article a:has(code)", has_text="df.runn.push()").first.click()
    page.locator(".bd-article h1", has_text="df.runn.push").wait_for()
    reader.assert_quiet()
