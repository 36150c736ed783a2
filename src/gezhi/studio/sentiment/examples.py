"""Worked examples: what the room shows before anyone has typed anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["EXAMPLES", "Example", "find_example", "gloss_of"]


@dataclass(frozen=True, slots=True)
class Example:
    """Some text, what it says in English, and the key of its name in the catalogues."""

    text: str
    gloss: str
    key: str


EXAMPLES: tuple[Example, ...] = (
    Example(
        "房间很干净，早餐也丰富，就是前台办手续太慢，下次还会再来。",
        "The room was spotless and breakfast generous; only check-in was slow. We will be back.",
        "sentiment.example.hotel",
    ),
    Example(
        "用了两天就开不了机，客服一直不回消息，太失望了。",
        "It stopped turning on after two days, and support never answers. So disappointed.",
        "sentiment.example.broken",
    ),
    Example(
        "味道一般，不过送得挺快，也说不上好坏。",
        "Ordinary taste, though it came quickly; hard to call it good or bad.",
        "sentiment.example.mixed",
    ),
    Example(
        "一口气读完，合上书半天没缓过来。\n"
        "字太小，纸又薄，看得眼睛疼。\n"
        "洗发水味道很好闻，头发也顺了。\n"
        "水果送来烂了一半，再也不买了。",
        "",
        "sentiment.example.several",
    ),
)


def find_example(number: str | None) -> Example:
    """The example that an address asks for, or the first.

    >>> find_example("1").key, find_example("x").key
    ('sentiment.example.broken', 'sentiment.example.hotel')
    """
    if number is not None and number.isascii() and number.isdigit() and len(number) < 4:
        index = int(number)
        if index < len(EXAMPLES):
            return EXAMPLES[index]
    return EXAMPLES[0]


def gloss_of(text: str) -> str:
    """The English meaning of a text when it is one of the examples, else nothing."""
    return next((example.gloss for example in EXAMPLES if example.text == text.strip()), "")
