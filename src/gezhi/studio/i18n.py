"""The two languages of the page: catalogues of sentences, and which one a reader wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

__all__ = ["DEFAULT", "HTML_LANGUAGES", "LANGUAGES", "Translator", "catalogue", "choose_language"]

LANGUAGES = {"en": "English", "zh": "中文"}
HTML_LANGUAGES = {"en": "en", "zh": "zh-Hans"}
DEFAULT = "en"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Read all sentences of one language: key to text, with `{name}` where a value goes."""
    text = files(__package__).joinpath("i18n", f"{language}.json").read_text(encoding="utf-8")
    sentences: dict[str, str] = json.loads(text)
    return sentences


class Translator:
    """Sentences of one language; called with a key and the values to put in.

    >>> Translator("zh")("sentiment.label.positive")
    '正面'
    """

    def __init__(self, language: str) -> None:
        self.language = language
        self.sentences = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """One sentence; a key that is in no catalogue is a mistake in the program (KeyError)."""
        sentence = self.sentences[key]
        return sentence.format(**values) if values else sentence

    def count(self, key: str, number: int, **values: object) -> str:
        """Pick the sentence for one thing or for several: keys `key.one` and `key.other`.

        >>> Translator("en").count("unit.rows", 1), Translator("en").count("unit.rows", 1200)
        ('1 row', '1,200 rows')
        """
        form = "one" if number == 1 else "other"
        return self(f"{key}.{form}", n=f"{number:,}", **values)


def choose_language(asked: str | None, cookie: str | None, accept: str | None) -> str:
    """The language asked for in the address, else the one chosen before, else the browser's.

    >>> choose_language(None, None, "zh-TW,zh;q=0.9,en;q=0.8")
    'zh'
    >>> choose_language("en", "zh", None)
    'en'
    """
    for choice in (asked, cookie):
        if choice in LANGUAGES:
            return choice
    return _accepted(accept or "")


def _accepted(header: str) -> str:
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate(header.split(",")):
        tag, _, quality = part.strip().partition(";")
        language = tag.strip().lower().split("-")[0]
        try:
            weight = float(quality.strip().removeprefix("q=")) if quality else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and weight > 0:
            ranked.append((-weight, position, language))
    return min(ranked)[2] if ranked else DEFAULT
