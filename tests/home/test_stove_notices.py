"""Every notice of the stove's rules is a sentence in both languages."""

import re
from pathlib import Path

import pytest

import gezhi.home
from gezhi.home.stove_notices import SENTENCES, sentence
from gezhi.home.types import Notice
from gezhi.home.types.stove import ALARMS

SOURCE = Path(gezhi.home.__file__).parent
RULES = ("stove.py", "stove_burner.py")


def codes():
    """All that the rules can say, read from their text."""
    text = "".join((SOURCE / one).read_text(encoding="utf-8") for one in RULES)
    found = set(re.findall(r'Notice\("([a-z-]+)"', text))
    found |= set(re.findall(r'"(refused-[a-z]+)"', text))
    found |= set(re.findall(r'latch\(state, here, "([a-z-]+)"', text))
    for one, other in re.findall(r'Notice\("([a-z-]+)" if .*? else "([a-z-]+)"', text):
        found |= {one, other}
    found |= {f"alarm-{one}" for one in ALARMS}
    return found | {f"due-{one}" for one in ("timer", "limit", "presence")}


def test_each_code_has_a_sentence_and_each_sentence_a_code():
    assert codes() == set(SENTENCES)


@pytest.mark.parametrize("code", sorted(SENTENCES))
def test_sentences_are_whole_in_both_languages(code):
    english, chinese = (sentence(Notice(code, "left", 90.0), one) for one in ("en", "zh"))
    assert "{" not in english + chinese
    assert re.search("[\u4e00-\u9fff]", chinese)
    assert not re.search("[\u4e00-\u9fff]", english)
    assert ("{subject}" in SENTENCES[code][0]) == ("{subject}" in SENTENCES[code][1])
    assert ("{value}" in SENTENCES[code][0]) == ("{value}" in SENTENCES[code][1])
    assert sentence(Notice(code)).strip()


@pytest.mark.parametrize(
    ("seconds", "english", "chinese"),
    [
        (0.0, "0 s", "0 秒"),
        (59.6, "1 min", "1 分钟"),
        (3725.0, "1 h 2 min 5 s", "1 小时 2 分钟 5 秒"),
        (-30.0, "30 s", "30 秒"),
        (float("nan"), "?", "?"),
    ],
)
def test_times_are_said_as_people_do(seconds, english, chinese):
    notice = Notice("clock-jump", "", seconds)
    assert f"by {english};" in sentence(notice)
    assert f"跳了 {chinese}；" in sentence(notice, "zh")
