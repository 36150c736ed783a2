"""What a home with nothing but a vendor's app is told: every channel once, and never to open."""

import re

import pytest

from gezhi.errors import ParameterError
from gezhi.home.stove_instructions import LANGUAGES, instructions


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("burners", [("left",), ("left", "right"), ("a", "b", "c", "d")])
def test_every_real_channel_has_its_visible_one(language, burners):
    text = instructions(burners, language=language)
    table = re.findall(r"^\| (\d) \| (\S+)", text, re.MULTILINE)
    assert [int(number) for number, _ in table] == [
        place for i in range(len(burners)) for place in (i + 1, i + 1 + len(burners))
    ]
    for place, name in enumerate(burners, 1):
        assert text.count(f"({name})") + text.count(f"（{name}）") >= 1
        rules = [line for line in text.splitlines() if line.startswith("- **")]
        named = re.compile(rf"(channel|通道) {place}(?!\d)")
        assert sum(bool(named.search(line)) for line in rules) >= 1
    assert not re.search(r"\{\w+\}", text)


@pytest.mark.parametrize(
    ("language", "starts", "honest"),
    [
        ("en", r"\*\*When channel (\d) is switched off\*\*", "not a certified safety device"),
        ("zh", r"\*\*当通道 (\d) 关闭时\*\*", "不是经过认证的安全装置"),
    ],
)
def test_only_going_off_starts_anything(language, starts, honest):
    text = instructions(pulse_seconds=8, language=language)
    assert re.findall(starts, text) == ["3", "4"]
    assert honest in text.split("##")[0]
    assert "8 s" in text or "8 秒" in text


def test_what_cannot_be_written_is_said():
    with pytest.raises(ParameterError, match="en or zh"):
        instructions(language="de")
    for wrong in ((), tuple("abcde")):
        with pytest.raises(ParameterError, match="1 to 4"):
            instructions(wrong)
