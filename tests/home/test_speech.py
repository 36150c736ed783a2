"""What people say to a stove, and what must come of it."""

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from gezhi.cli import cli
from gezhi.errors import ParameterError
from gezhi.home.speech import (
    LONGEST_CHARACTERS,
    LONGEST_SECONDS,
    REASONS,
    Action,
    Command,
    understand,
)

CASES = json.loads((Path(__file__).parents[1] / "cases/speech.json").read_text(encoding="utf-8"))
KEYS = ("action", "burner", "delay_seconds")


def say(*arguments, input=None):
    return CliRunner().invoke(cli, ["home", "stove", "say", *arguments], input=input)


def test_the_list_of_cases_is_long_and_has_every_class_in_both_languages():
    assert len(CASES) >= 400
    assert len({case["text"] for case in CASES}) == len(CASES)
    for action in Action:
        texts = [case["text"] for case in CASES if case["action"] == action]
        assert sum(text.isascii() for text in texts) >= 10
        assert sum(not text.isascii() for text in texts) >= 10


@pytest.mark.parametrize("action", Action)
def test_what_is_said_is_understood(action):
    wrong = []
    for case in CASES:
        if case["action"] == action:
            command = understand(case["text"])
            assert bool(command.reason) == (command.action in (Action.REFUSE, Action.UNKNOWN))
            if command.record() != {key: case[key] for key in KEYS}:
                wrong.append((case["text"], command))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("  \n", "empty"),
        ("🔥🔥", "empty"),
        ("turn off\x00 the stove", "not-text"),
        ("关\udcff火", "not-text"),
        ("\u202efovts eht ffo nrut", "not-text"),
        ("关火" * LONGEST_CHARACTERS, "too-long-text"),
        ("turn on the stove", "lights"),
        ("please", "no-action"),
        ("turn off the stove and sing", "not-understood"),
        ("关电视", "other-device"),
        ("turn off the stove soon", "vague-duration"),
        ("零分钟后关火", "zero-duration"),
        ("turn off the stove in thirteen hours", "long-duration"),
        ("turn off the stove at seven", "clock-time"),
        ("水开了关火", "condition"),
        ("别关火", "negated"),
        ("关一个灶", "which-burner"),
        ("关后面的灶", "unknown-burner"),
        ("turn off the stove in five minutes and the left one in ten", "two-commands"),
        ("小火", "flame-size"),
        ("可以关火了吗", "question"),
        ("定时十分钟", "timer-of-what"),
        ("extend the timer", "no-duration"),
    ],
)
def test_why_nothing_is_done_is_said_in_the_language_of_the_speaker(text, reason):
    command = understand(text)
    assert command.reason == reason
    assert (command.burner, command.delay_seconds) == ("all", 0)
    assert not command.is_executable
    english, chinese = REASONS[reason]
    assert english in command.sentence("en")
    assert chinese in command.sentence("zh")
    assert (chinese in command.sentence()) == any("\u4e00" <= one <= "\u9fff" for one in text)


def test_every_reason_is_reached_by_the_cases_above():
    marks = test_why_nothing_is_done_is_said_in_the_language_of_the_speaker.pytestmark
    assert {reason for _, reason in marks[0].args[1]} == set(REASONS)


@pytest.mark.parametrize(
    ("text", "burners", "expected"),
    [
        ("turn off the front burner", ("front", "back"), "front"),
        ("turn off the rear burner in 5 minutes", ("front", "back"), "back"),
        ("关后面的灶", ("前", "后"), "后"),
        ("turn off the back burner", ("前灶", "后灶"), "后灶"),
        ("关大火灶", ("大火灶", "小火灶"), "大火灶"),
        ("关小灶", ("big", "small"), "small"),
        (
            "turn off the front left burner",
            ("front left", "front right", "back left"),
            "front left",
        ),
        (
            "turn off the left front burner",
            ("front left", "front right", "back left"),
            "front left",
        ),
        ("turn off the right burner", ("front left", "front right", "back left"), "front right"),
        ("turn off burner two", ("1", "2", "3"), "2"),
        ("关三号灶", ("1", "2", "3"), "3"),
        ("turn off the soup pot", ("soup pot", "wok"), "soup pot"),
        ("关汤锅", ("汤锅", "炒锅"), "汤锅"),
        ("關湯鍋", ("汤锅", "炒锅"), "汤锅"),
        ("turn off front and back", ("front", "back"), "all"),
        ("turn off left, middle and right", ("left", "middle", "right"), "all"),
        ("turn off the stove", ("main",), "all"),
    ],
)
def test_burners_have_the_names_that_people_give_them(text, burners, expected):
    command = understand(text, burners)
    assert (command.action, command.burner) == (Action.OFF, expected)


@pytest.mark.parametrize(
    ("text", "burners", "reason"),
    [
        ("turn off the left burner", ("front left", "back left"), "which-burner"),
        ("turn off left and right", ("left", "middle", "right"), "which-burner"),
        ("turn off both burners", ("left", "middle", "right"), "which-burner"),
        ("关掉两个灶", ("左", "中", "右"), "which-burner"),
        ("turn off the left burner", ("front", "back"), "unknown-burner"),
        ("关汤锅", ("left", "right"), "condition"),
    ],
)
def test_a_burner_that_is_not_certain_is_never_guessed(text, burners, reason):
    command = understand(text, burners)
    assert (command.action, command.reason) == (Action.UNKNOWN, reason)


@pytest.mark.parametrize("burners", [(), "left", ("left", "left"), ("左", "左 "), ("",), ("all",)])
def test_burners_that_cannot_be_told_apart_are_an_error(burners):
    with pytest.raises(ParameterError):
        understand("关火", burners)


NOW = datetime(2026, 3, 1, 18, 50, 20)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("turn off the stove at 7:30", 2380),
        ("turn off the stove at half past seven", 2380),
        ("at seven thirty turn off the left burner", 2380),
        ("turn off the stove at quarter to eight", 3280),
        ("turn off the stove at ten past seven", 1180),
        ("turn off the stove at 7 pm", 580),
        ("turn off the stove at 19:30", 2380),
        ("turn off the stove at midnight", 18580),
        ("七点半关火", 2380),
        ("晚上七点半关火", 2380),
        ("七点一刻把火关了", 1480),
        ("七点三刻关左边的灶", 3280),
        ("十九点三十分关火", 2380),
        ("在七点钟关火", 580),
        ("19:30关火", 2380),
        ("七點整關火", 580),
    ],
)
def test_a_time_of_day_counts_from_the_clock_that_is_given(text, seconds):
    command = understand(text, now=NOW)
    assert (command.action, command.delay_seconds) == (Action.OFF, seconds)
    assert understand(text).reason == "clock-time"


@pytest.mark.parametrize(
    "text",
    [
        "turn off the stove at 6:30",  # 18:30 has just been; 6:30 is far away
        "turn off the stove at 6 am in the evening",
        "turn off the stove at 25:00",
        "turn off the stove at 6 pm",  # tomorrow
        "turn off the stove after 7:30",
        "turn off the stove at 7:30 in ten minutes",
        "早上十点关火",
        "七点半后关火",
        "七点或者八点关火",
        "turn off the stove for 7:30 minutes",
    ],
)
def test_a_time_that_is_not_near_or_not_clear_is_unknown(text):
    assert understand(text, now=NOW).action is Action.UNKNOWN


def test_a_clock_with_a_zone_counts_the_same():
    from zoneinfo import ZoneInfo

    now = NOW.replace(tzinfo=ZoneInfo("Europe/Berlin"))
    assert understand("turn off the stove at 7:30", now=now).delay_seconds == 2380


class TestCommandLine:
    def test_json_is_one_object_with_three_keys(self):
        result = say("turn off the left burner in 20 minutes", "--json")
        assert result.exit_code == 0
        assert json.loads(result.stdout) == dict(zip(KEYS, ("off", "left", 1200), strict=True))
        assert result.stderr == ""

    @pytest.mark.parametrize(
        ("text", "sentence", "code"),
        [
            ("半小时后关火", "30 分钟后关闭全部灶。", 0),
            ("turn off the left burner", "Turn off the left burner now.", 0),
            ("turn off the stove in 1h30m", "Turn off all burners in 1 hour 30 minutes.", 0),
            ("cancel", "Cancel the timers of all burners.", 0),
            ("右边再加五分钟", "右灶的定时延长 5 分钟。", 0),
            ("is the stove on", "Say how all burners stand.", 0),
            ("左灶状态", "报告左灶的状态。", 0),
            ("关灯", "未执行：说的是别的设备，不是灶具。", 3),
            ("开火", "拒绝：这里只能关气，不能点火或开大；请到灶前用手操作。", 3),
        ],
    )
    def test_one_sentence_in_the_speakers_language(self, text, sentence, code):
        result = say(text)
        assert (result.stdout, result.exit_code) == (sentence + "\n", code)

    def test_words_need_no_quotes(self):
        assert say("turn", "off", "the", "stove").stdout == "Turn off all burners now.\n"

    def test_nothing_at_all_is_wrong_usage_and_nothing_said_is_unknown(self):
        assert say().exit_code == 2
        assert say("").exit_code == 3

    def test_stdin_is_read_when_asked_for(self):
        assert json.loads(say("-", "--json", input="关火\n").stdout)["action"] == "off"
        assert say("-", input="关火" * 10_000).exit_code == 3

    def test_other_burners(self):
        result = say("关后灶", "--burner", "前灶", "--burner", "后灶", "--json")
        assert json.loads(result.stdout)["burner"] == "后灶"
        assert say("关火", "--burner", "all").exit_code == 1

    def test_a_time_of_day_needs_the_clock(self):
        assert say("turn off the stove at 7:30").exit_code == 3
        said = json.loads(say("turn off the stove at 24:00", "--clock", "--json").stdout)
        assert said["action"] in ("off", "unknown")
        assert 0 <= said["delay_seconds"] <= LONGEST_SECONDS

    def test_the_help_says_what_it_can_and_what_it_is_not(self):
        said = " ".join(CliRunner().invoke(cli, ["home", "stove", "--help"]).output.split())
        assert "off here, and never on" in said
        assert "not a certified safety device" in said

    @pytest.mark.parametrize("raw", [b"\xff\xfe", b"turn off the stove\xff", "关火".encode("gbk")])
    def test_bytes_that_are_no_text_are_unknown(self, raw):
        command = [sys.executable, "-m", "gezhi", "home", "stove", "say", "--json"]
        for arguments, given in (([raw], None), (["-"], raw)):
            done = subprocess.run(
                [*command, *arguments], input=given, capture_output=True, timeout=120, check=False
            )
            assert done.returncode == 3, done.stderr
            assert json.loads(done.stdout) == dict(zip(KEYS, ("unknown", "all", 0), strict=True))


def test_a_command_is_a_value():
    assert understand("关火") == Command(Action.OFF, language="zh")
    with pytest.raises(AttributeError):
        understand("关火").burner = "left"
