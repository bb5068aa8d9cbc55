"""The console's page in a real browser, against a front door with a story behind it."""

from collections.abc import Iterator
from copy import deepcopy

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.e2e import story
from tests.e2e.front import LIVE, Front

pytestmark = pytest.mark.e2e
TALK = "#talk"


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    arguments = ["--no-sandbox", "--use-fake-device-for-media-stream"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def front() -> Iterator[Front]:
    with Front().serving() as front:
        yield front


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, permissions=["microphone"])
    context.set_default_timeout(20_000)
    yield context
    context.close()


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def page(front: Front, context: BrowserContext, complaints: list[str]) -> Page:
    """The console, opened; what the browser complains of is collected (a broken policy is an error in its log)."""
    page = context.new_page()
    page.on(
        "console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(front.url)
    expect(page.locator(".past-call")).to_have_count(1)
    return page


def open_story(page: Page) -> None:
    page.click(".past-call")
    expect(page.locator("#lines")).to_contain_text("Call ended")


def test_a_past_call_shows_both_sides_word_for_word(page: Page, complaints: list[str]) -> None:
    open_story(page)
    spoken = page.locator("#lines .line p").all_inner_texts()
    assert spoken[0] == story.GREETING
    assert spoken[1] == story.ASKED
    assert spoken[3:] == [story.INTERRUPTION, story.CLOSING]
    assert page.locator("#lines .note").all_inner_texts() == [
        "greeting → find slot",
        "tool find slots: done, 60 ms",
        "find slot → confirm",
        "Not answered: a sound too short to be speech",
        "Call ended: you hung up.",
    ]
    assert complaints == []


def test_what_was_talked_over_is_struck_out_behind_a_mark(page: Page) -> None:
    open_story(page)
    cut = page.locator("#lines .line", has=page.locator(".cut"))
    expect(cut).to_have_count(1)
    assert cut.locator(".heard").inner_text() == f"{story.ANSWER} {story.HEARD}"
    assert cut.locator("del").inner_text() == story.OFFER.removeprefix(story.HEARD).strip()
    assert "line-through" in cut.locator("del").evaluate("one => getComputedStyle(one).textDecorationLine")
    assert cut.locator(".cut").is_visible()
    assert "not heard" in (cut.locator(".cut").text_content() or "")


def test_the_waterfall_adds_up_and_is_judged(page: Page) -> None:
    open_story(page)
    turns = page.locator("#turns .turn")
    expect(turns).to_have_count(3)
    assert turns.locator(".ms.kept").all_text_contents() == ["22 ms, within 500", "632 ms, within 700"]
    assert turns.locator(".ms.over").all_text_contents() == ["1221 ms, over the budget of 700"]
    turns.nth(1).locator("summary").click()
    parts = [int(text) for text in turns.nth(1).locator("tbody td:nth-child(2)").all_inner_texts()]
    assert sum(parts) == 632
    assert turns.nth(1).locator(".limit").bounding_box() is not None


def test_everything_is_reached_with_the_keyboard(page: Page) -> None:
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(TALK)).to_be_focused()
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert page.evaluate(outline) == "solid"
    for _ in range(4):
        page.keyboard.press("Tab")
    expect(page.locator(".past-call")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#transcript")).to_be_focused()
    expect(page.locator("#lines .line")).to_have_count(5)
    page.keyboard.press("Tab")
    expect(page.locator("#lines summary").first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#lines pre")).to_be_visible()


def test_a_call_is_made_and_told_while_it_goes_on(page: Page, front: Front, complaints: list[str]) -> None:
    page.keyboard.press("Space")
    expect(page.locator("#connection")).to_have_text("Connected")
    expect(page.locator(TALK)).to_have_accessible_name("Hang up")
    expect(page.locator("#lines .line")).to_have_count(1)
    front.calls[LIVE] = list(story.envelopes(LIVE)[:23])
    expect(page.locator("#phase")).to_contain_text("Speaking")
    expect(page.locator("#state")).to_have_text("state: find slot")
    expect(page.locator(".coming")).to_have_count(1)
    front.calls[LIVE] = list(story.envelopes(LIVE)[:28])
    expect(page.locator("#lines del")).to_have_count(1)
    page.focus(TALK)
    page.keyboard.press("Enter")
    expect(page.locator("#do")).to_have_text("Talk")
    expect(page.locator(".past-call")).to_have_count(2)
    assert front.hung_up == [LIVE]
    assert complaints == []


def test_a_page_that_goes_away_hangs_up(page: Page, front: Front) -> None:
    page.click(TALK)
    expect(page.locator("#connection")).to_have_text("Connected")
    page.goto("about:blank")
    for _ in range(200):
        if front.hung_up:
            break
        page.wait_for_timeout(50)
    assert front.hung_up == [LIVE]


def test_a_broken_stream_is_taken_up_where_it_broke(page: Page, front: Front) -> None:
    front.breaks_after = 12
    open_story(page)
    assert front.resumed_from[:2] == ["0", "12"]
    expect(page.locator("#lines .line")).to_have_count(5)


def test_a_call_that_broke_off_is_told_as_such(page: Page, front: Front, complaints: list[str]) -> None:
    front.calls[story.CALL] = list(story.envelopes()[:20])
    page.click(".past-call")
    expect(page.locator("#lines")).to_contain_text("The call broke off here.")
    assert front.resumed_from == ["0", "20"]
    assert complaints == []


def test_the_newcomer_is_told_who_answers(page: Page) -> None:
    expect(page.locator("#service")).to_contain_text("The agent is reception.")
    expect(page.locator("#service")).to_contain_text("OPENAI_API_KEY")


def test_a_refusal_is_told_in_words(page: Page, front: Front) -> None:
    front.refuses = 503
    page.click(TALK)
    expect(page.get_by_role("alert")).to_have_text("All lines are busy. Try again in 7 seconds.")
    front.refuses = 401
    page.click(TALK)
    expect(page.get_by_role("alert")).to_contain_text("Open the address that `parley serve` printed")
    expect(page.locator("#do")).to_have_text("Talk")


def test_a_refused_microphone_is_told_in_words(browser: Browser, front: Front) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(front.url)
    page.click(TALK)
    expect(page.get_by_role("alert")).to_contain_text("was not allowed to use the microphone")
    context.close()


def test_who_waits_for_a_person_is_seen_taken_and_closed(page: Page, front: Front, complaints: list[str]) -> None:
    expect(page.locator("#no-queue")).to_be_visible()
    front.wanted = [deepcopy(story.WANTED)]
    one = page.locator("#queue .wanted")
    expect(one).to_have_count(1, timeout=20_000)  # the page looks every five seconds
    expect(one).to_contain_text("my lawyer")
    expect(one).to_contain_text("in the state find slot")
    expect(one.locator(".summary")).to_have_text(story.WANTED["summary"])
    one.locator("summary").click()
    told = one.locator("dl div").all_inner_texts()
    assert [" ".join(row.split()) for row in told] == [
        "name Anna Brown heard", "birth date not given refused", "missing phone, day",
    ]  # fmt: skip
    page.fill("#operator", "Ann")
    one.get_by_role("button", name="Take it").click()
    expect(one.locator(".chip")).to_have_text("seen to by Ann")
    expect(one.locator("dl")).to_be_visible()
    expect(one.get_by_role("button", name="Take it")).to_have_count(0)
    one.get_by_role("button", name="Transcript").click()
    expect(page.locator("#lines")).to_contain_text("Call ended")
    one.get_by_role("button", name="Done").click()
    expect(page.locator("#no-queue")).to_be_visible()
    assert front.wanted[0]["status"] == "closed"
    page.reload()
    expect(page.locator("#operator")).to_have_value("Ann")
    assert complaints == []


def test_of_two_who_take_a_call_the_slower_is_told_who_has_it(page: Page, front: Front) -> None:
    front.wanted = [deepcopy(story.WANTED)]
    page.reload()
    take = page.get_by_role("button", name="Take it")
    expect(take).to_have_count(1)
    front.wanted[0].update(status="claimed", claimed_by="Bob")
    take.click()
    expect(page.get_by_role("alert")).to_have_text("Somebody was quicker. It is claimed, by Bob.")
    expect(page.locator("#queue .chip")).to_have_text("seen to by Bob")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_it_fits_every_screen_and_can_be_read_in_both_lights(
    browser: Browser, front: Front, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 740}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    front.wanted = [deepcopy(story.WANTED)]
    page.goto(front.url)
    open_story(page)
    page.locator("#queue summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (
        ".heard",
        ".unheard",
        ".who",
        ".ms.over",
        ".about",
        "#do",
        ".wanted .chip",
        ".deed.first",
        ".ledger dt",
    ):
        ratio = page.locator(selector).first.evaluate(CONTRAST)
        assert ratio >= 4.5, f"{selector}: {ratio:.2f}"
    context.close()


CONTRAST = """one => {
  const linear = (x) => (x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4);
  const light = (text) => {
    const [r, g, b] = text.match(/[\\d.]+/g).map((x) => linear(x / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  let behind = one;
  while (getComputedStyle(behind).backgroundColor === "rgba(0, 0, 0, 0)") behind = behind.parentElement;
  const pair = [light(getComputedStyle(one).color), light(getComputedStyle(behind).backgroundColor)];
  return (Math.max(...pair) + .05) / (Math.min(...pair) + .05);
}"""
