"""The hot-water room in a real browser: it moves, it stands when it should, and all can use it."""

import re

import pytest
from playwright.sync_api import expect

LOG = "time,tap,flow_l_min,seconds\n" + "".join(
    f"2026-01-{day:02}T{hour:02}:30:00,tap,5.0,60\n" for day in (5, 6) for hour in (6, 12, 19)
)
LATE = 60_000


def clock(page):
    return page.locator("#clock").inner_text()


def steps(one):
    return sum(url.endswith("/hotwater/live/step") for url in one.requests)


def press_speed(page, name):
    page.get_by_role("group", name="Speed of the clock").get_by_role("button", name=name).click()


def quiet(one, page):
    """Nothing is asked for any more: what was under way has come, and nothing follows."""
    for _ in range(20):
        stood = steps(one), clock(page)
        page.wait_for_timeout(700)
        if (steps(one), clock(page)) == stood:
            break
    page.wait_for_timeout(700)
    assert (steps(one), clock(page)) == stood


def test_the_pipes_live_until_they_are_paused(visit):
    one = visit()
    page = one.go("/hotwater")
    first = clock(page)
    expect(page.locator("#clock")).not_to_have_text(first)
    press_speed(page, "600 times as fast")
    expect(page.locator("#alone-quick")).not_to_have_text("0 of 0 draws", timeout=LATE)
    press_speed(page, "Pause")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    quiet(one, page)
    press_speed(page, "600 times as fast")
    stood = clock(page)
    expect(page.locator("#clock")).not_to_have_text(stood)


def test_out_of_sight_nothing_is_computed(visit):
    one = visit()
    page = one.go("/hotwater")
    expect(page.locator("#clock")).not_to_have_text(clock(page))
    page.locator("#own").scroll_into_view_if_needed()
    quiet(one, page)
    page.locator("#living").scroll_into_view_if_needed()
    stood = clock(page)
    expect(page.locator("#clock")).not_to_have_text(stood)


def test_a_reload_finds_the_same_home(visit):
    page = visit().go("/hotwater")
    press_speed(page, "Pause")
    expect(page.locator("#living")).to_have_attribute("data-speed", "0")
    stood = clock(page)
    page.reload()
    assert clock(page) == stood


def test_a_tap_in_hand_waits_in_one_home_and_not_in_the_other(visit):
    page = visit().go("/hotwater")
    press_speed(page, "Pause")
    page.get_by_label("Rule", exact=True).select_option("nothing")
    page.get_by_role("button", name="Begin anew with these").click()
    page.get_by_role("button", name="Hot water to: tap").click()
    expect(page.locator("#living-said")).not_to_be_empty()
    # No faster: until the pause is pressed on a busy computer the pipe would have cooled again.
    press_speed(page, "60 times as fast")
    expect(page.locator("#ruled-said")).to_have_text("tap: hot water is there", timeout=LATE)
    press_speed(page, "Pause")
    hold = page.get_by_role("button", name="Hold open: tap")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    press_speed(page, "60 times as fast")
    expect(page.locator("#alone-wait")).to_contain_text("waiting")
    expect(page.locator("#ruled-wait")).to_have_text(re.compile("hot after [0-4] s"))
    expect(page.locator("#alone-tap0")).to_have_attribute("data-on", "1")
    expect(page.locator("#alone-wait")).to_contain_text("hot after", timeout=LATE)
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "false")


def test_the_keyboard_is_enough(visit):
    page = visit().go("/hotwater")
    page.get_by_role("button", name="Pause").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#living")).to_have_attribute("data-speed", "0")
    reached = []
    for _ in range(9):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        if reached[-1] == "Hold open: tap":
            page.keyboard.press("Space")
            expect(page.locator("#hand0")).to_have_attribute("aria-pressed", "true")
            expect(page.locator("#hand0")).to_be_focused()
    assert {"600×", "Hold open: tap", "Hot water to: tap", "Stop"} <= set(reached)


def test_who_wants_little_motion_lets_it_run_by_hand(visit):
    one = visit(reduced_motion="reduce")
    page = one.go("/hotwater")
    expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-pressed", "true")
    quiet(one, page)
    moving = "getComputedStyle(document.querySelector('#ruled-hot0-flow')).animationName"
    assert page.evaluate(moving) == "none"
    press_speed(page, "60 times as fast")
    stood = clock(page)
    expect(page.locator("#clock")).not_to_have_text(stood)
    assert page.evaluate(moving) == "none"


def test_without_a_script_time_passes_by_a_button(visit):
    page = visit(java_script_enabled=False).go("/hotwater")
    stood = clock(page)
    page.get_by_role("button", name="Let ten minutes pass").click()
    assert clock(page) > stood


def test_a_studio_that_has_stopped_is_noticed(visit):
    one = visit()
    page = one.go("/hotwater")
    one.context.route("**/live/step", lambda route: route.abort("connectionrefused"))
    expect(page.locator("#lost")).to_contain_text("The studio does not answer")
    one.complaints.clear()


def test_from_ones_own_log_to_the_table(visit, tmp_path):
    one = visit()
    page = one.go("/hotwater")
    wrong, right = tmp_path / "wrong.csv", tmp_path / "我的记录.csv"
    wrong.write_text("a,b\n")
    right.write_text(LOG)
    page.locator("#file").set_input_files(wrong)
    page.get_by_role("button", name="Take it in").click()
    expect(page.locator(".notice--bad")).to_contain_text("wrong.csv has no column 'time'")
    one.complaints.clear()  # the browser notes the answer 422
    page.get_by_role("link", name="Back").click()
    page.locator("#file").set_input_files(right)
    page.get_by_role("button", name="Take it in").click()
    expect(page.get_by_label("Draws", exact=True)).to_have_value(re.compile(".{20,}"))
    page.get_by_role("button", name="Compare all ten rules").click()
    heading = page.get_by_role("heading", name="All rules, on the same draws")
    expect(heading).to_be_visible(timeout=2 * LATE)
    expect(heading).to_be_focused()
    expect(page.locator(".table--rules tbody tr")).to_have_count(10)


@pytest.mark.parametrize(
    ("scheme", "locale", "width"),
    [
        ("light", "en-GB", 360),
        ("dark", "zh-CN", 390),
        ("dark", "en-GB", 1280),
        ("light", "zh-CN", 1280),
    ],
)
def test_axe_finds_nothing_and_nothing_overflows(visit, sound, scheme, locale, width):
    one = visit(
        color_scheme=scheme,
        locale=locale,
        viewport={"width": width, "height": 800},
        bypass_csp=True,  # axe itself has to be brought onto the page
    )
    page = one.go("/hotwater")

    sound(page, "first sight")
    page.locator("summary").click()
    page.locator("#hand0").click()
    expect(page.locator("#hand0")).to_have_attribute("aria-pressed", "true")
    sound(page, "a tap in hand")
    page.locator("#scene-home").select_option("two-taps")
    page.locator("#scene-layout").select_option("cold-return")
    page.locator(".scene button").first.click()
    expect(page.locator(".valve").first).to_be_visible()
    sound(page, "two taps")
    one.go("/hotwater/house")
    sound(page, "no bridge")
