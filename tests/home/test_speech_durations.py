"""Every duration that can be said is its seconds, wherever it stands in a command."""

from hypothesis import given, settings
from hypothesis import strategies as st

from gezhi.home.speech import LONGEST_SECONDS, understand

ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
ONES = f"{ONES} sixteen seventeen eighteen nineteen".split()
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIGITS = "零一二三四五六七八九"


def english(number: int) -> str:
    """A second way to say numbers, written for the tests."""
    if number < 20:
        return ONES[number - 1]
    if number < 100:
        ten, one = divmod(number, 10)
        return TENS[ten - 2] + (f" {ONES[one - 1]}" if one else "")
    hundred, rest = divmod(number, 100)
    return f"{ONES[hundred - 1]} hundred" + (f" and {english(rest)}" if rest else "")


def chinese(number: int) -> str:
    hundred, rest = divmod(number, 100)
    ten, one = divmod(rest, 10)
    said = f"{DIGITS[hundred]}百" if hundred else ""
    if ten:
        said += ("" if ten == 1 and not hundred else DIGITS[ten]) + "十"
    elif hundred and one:
        said += "零"
    return said + (DIGITS[one] if one else "")


counts = st.integers(min_value=1, max_value=700)
small = st.integers(min_value=1, max_value=11)


@st.composite
def english_durations(draw):
    """A phrase and its seconds."""
    count = draw(counts)
    spoken = draw(st.sampled_from([str(count), english(count)]))
    hours = draw(small)
    said_hours = draw(st.sampled_from([str(hours), english(hours)]))
    hour = "hour" if hours == 1 else "hours"
    minutes = draw(st.integers(min_value=1, max_value=59))
    return draw(
        st.sampled_from(
            [
                (f"{spoken} {draw(st.sampled_from(['minutes', 'mins', 'min']))}", count * 60),
                (f"{spoken} {draw(st.sampled_from(['seconds', 'secs', 'sec']))}", count),
                (f"{said_hours} {hour}", hours * 3600),
                (f"{said_hours} and a half hours", hours * 3600 + 1800),
                (
                    f"{said_hours} {hour} and {english(minutes)} minutes",
                    hours * 3600 + minutes * 60,
                ),
                (f"{hours}h{minutes}m", hours * 3600 + minutes * 60),
                (f"{hours}.5 hours", hours * 3600 + 1800),
                (f"{english(minutes)} and a half minutes", minutes * 60 + 30),
                ("half an hour", 1800),
                ("an hour and a half", 5400),
                ("a quarter of an hour", 900),
                ("three quarters of an hour", 2700),
            ]
        )
    )


@st.composite
def chinese_durations(draw):
    count = draw(counts)
    spoken = draw(st.sampled_from([str(count), chinese(count), f" {count} "]))
    hours = draw(small)
    said = draw(st.sampled_from([str(hours), "两" if hours == 2 else chinese(hours)]))
    hour = draw(st.sampled_from(["小时", "个小时", "个钟头", "小時", "個鐘頭"]))
    minutes = draw(st.integers(min_value=1, max_value=59))
    return draw(
        st.sampled_from(
            [
                (f"{spoken}{draw(st.sampled_from(['分钟', '分鐘', '分']))}", count * 60),
                (f"{spoken}{draw(st.sampled_from(['秒', '秒钟', '秒鐘']))}", count),
                (f"{said}{hour}", hours * 3600),
                (
                    f"{said}个半{draw(st.sampled_from(['小时', '钟头', '鐘頭']))}",
                    hours * 3600 + 1800,
                ),
                (f"{said}{hour}{chinese(minutes)}分钟", hours * 3600 + minutes * 60),
                (f"{said}小时零{chinese(minutes)}分", hours * 3600 + minutes * 60),
                (f"{chinese(minutes)}分半钟", minutes * 60 + 30),
                ("半小时", 1800),
                ("半个钟头", 1800),
                ("一刻钟", 900),
                ("三刻钟", 2700),
            ]
        )
    )


def does_as_told(command, action, burner, seconds):
    """Within the longest time, that command and no other."""
    if seconds <= LONGEST_SECONDS:
        assert command.record() == {"action": action, "burner": burner, "delay_seconds": seconds}


@settings(max_examples=300, derandomize=True)
@given(
    english_durations(),
    st.sampled_from(
        [
            ("turn off the {} in {}", "off"),
            ("in {1} turn off the {0}", "off"),
            ("{} off in {} please", "off"),
            ("turn the {} off {} from now", "off"),
            ("wait {1} and then turn off the {0}", "off"),
            ("add {1} to the {0}", "extend"),
            ("extend the {} by {}", "extend"),
        ]
    ),
    st.sampled_from([("left burner", "left"), ("right one", "right"), ("burners", "all")]),
)
def test_every_english_duration_is_its_seconds(duration, frame, burner):
    form, action = frame
    command = understand(form.format(burner[0], duration[0]))
    assert duration[1] <= LONGEST_SECONDS or command.reason == "long-duration"
    does_as_told(command, action, burner[1], duration[1])


@settings(max_examples=300, derandomize=True)
@given(
    chinese_durations(),
    st.sampled_from(
        [
            ("{1}后关{0}", "off"),
            ("过{1}把{0}关了", "off"),
            ("{0}{1}之后关掉", "off"),
            ("再等{1}關{0}", "off"),
            ("{0}再加{1}", "extend"),
            ("{0}延长{1}", "extend"),
        ]
    ),
    st.sampled_from(
        [("左边的灶", "left"), ("右灶", "right"), ("煤气灶", "all"), ("左右两个灶", "all")]
    ),
)
def test_every_chinese_duration_is_its_seconds(duration, frame, burner):
    form, action = frame
    command = understand(form.format(burner[0], duration[0]))
    assert duration[1] <= LONGEST_SECONDS or command.reason == "long-duration"
    does_as_told(command, action, burner[1], duration[1])


@settings(max_examples=300, derandomize=True)
@given(
    english_durations(),
    st.sampled_from(
        [
            "the noodles need {1}, turn {0} off after that",
            "it takes {1}, then shut {0} off",
            "set a timer for {1} and then turn off {0}",
            "set a timer for {1}, when it ends turn off {0}",
            "turn off {0} once {1} have passed",
        ]
    ),
    st.sampled_from([("the left burner", "left"), ("the right one", "right"), ("the gas", "all")]),
)
def test_a_time_that_is_told_first_is_the_time_of_the_cut(duration, form, burner):
    command = understand(form.format(burner[0], duration[0]))
    assert duration[1] <= LONGEST_SECONDS or not command.is_executable
    does_as_told(command, "off", burner[1], duration[1])


@settings(max_examples=300, derandomize=True)
@given(
    chinese_durations(),
    st.sampled_from(
        [
            "粥还要熬{1}，到时候把{0}关了",
            "鸡蛋煮{1}就关{0}",
            "定时{1}，到点关{0}",
            "汤再炖{1}，然后关{0}",
        ]
    ),
    st.sampled_from([("左边的灶", "left"), ("右灶", "right"), ("煤气灶", "all")]),
)
def test_a_time_that_is_told_first_is_the_time_of_the_cut_in_chinese(duration, form, burner):
    command = understand(form.format(burner[0], duration[0]))
    assert duration[1] <= LONGEST_SECONDS or not command.is_executable
    does_as_told(command, "off", burner[1], duration[1])
