"""Two languages with the same sentences, and the reader's own choice of them."""

import ast
import re
import string
from pathlib import Path

import pytest

import gezhi.studio
from gezhi.studio.i18n import LANGUAGES, Translator, catalogue, choose_language

SOURCE = Path(gezhi.studio.__file__).parent


def places(sentence):
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def test_both_catalogues_have_the_same_keys_and_the_same_places():
    english, chinese = catalogue("en"), catalogue("zh")
    assert set(english) == set(chinese)
    for key in english:
        assert places(english[key]) == places(chinese[key]), key
        assert english[key].strip(), key
        assert chinese[key].strip(), key


def test_chinese_is_chinese():
    latin_only = {
        key for key, text in catalogue("zh").items() if not re.search("[\u4e00-\u9fff]", text)
    }
    assert latin_only == {"job.of", "file.about"}


def literals():
    """Every string in the code and the templates of the studio."""
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value
    for path in SOURCE.rglob("*.html"):
        yield from re.findall(r"""["']([a-z_.-]+)["']""", path.read_text(encoding="utf-8"))


def test_every_sentence_is_used():
    used = set(literals())
    prefixes = tuple(text for text in used if text.endswith(".") and len(text) > 4)
    for key in catalogue("en"):
        bare = key.removesuffix(".one").removesuffix(".other")
        parts = bare.split(".")
        made = any(bare.startswith(prefix) for prefix in prefixes)
        assert key in used or bare in used or made or parts[0] == "room", key


def test_a_missing_sentence_is_a_mistake():
    with pytest.raises(KeyError):
        Translator("en")("no.such.sentence")


@pytest.mark.parametrize(
    ("asked", "cookie", "accept", "chosen"),
    [
        (None, None, None, "en"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, None, "fr-FR,fr;q=0.9,zh;q=0.3", "zh"),
        (None, None, "en;q=0.2,zh;q=0.7", "zh"),
        (None, None, "zh;q=0,en", "en"),
        (None, None, "zh;q=banana,en", "en"),
        (None, None, "de", "en"),
        (None, "zh", "en", "zh"),
        ("en", "zh", "zh", "en"),
        ("xx", "zh", "en", "zh"),
        ("../zh", "..", ",;,", "en"),
    ],
)
def test_the_choice_of_language(asked, cookie, accept, chosen):
    assert choose_language(asked, cookie, accept) == chosen


def test_the_switch_is_remembered(client):
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="zh-Hans">' in client.get("/?lang=zh").text
    page = client.get("/sentiment").text
    assert '<html lang="zh-Hans">' in page
    assert "中文评论的情感" in page
    assert '<html lang="en">' in client.get("/sentiment?lang=en").text
    assert '<html lang="en">' in client.get("/").text


@pytest.mark.parametrize("language", LANGUAGES)
def test_errors_speak_the_language_too(client, language):
    page = client.get(f"/nothing?lang={language}")
    assert page.status_code == 404
    assert Translator(language)("error.missing") in page.text


def test_one_and_many():
    english = Translator("en")
    assert english.count("unit.rows", 1) == "1 row"
    assert english.count("unit.rows", 0) == "0 rows"
    assert english.count("unit.rows", 10_554) == "10,554 rows"
