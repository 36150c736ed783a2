"""Conferences that a reference names in words, and that papers.cool can only be searched for."""

from __future__ import annotations

import re
import unicodedata

__all__ = ["find_venue", "title_slug"]

_NAMES = {
    "neurips": r"neural information processing systems|\bneurips\b|\bnips\b",
    "eccv": r"european conference on computer vision|\beccv\b",
    "ndss": r"network and distributed systems? security|\bndss\b",
    "mlsys": r"(conference on|proceedings of) machine learning and systems|\bmlsys\b",
    # The association of speech communication, not the conference on computer architecture.
    "isca": r"\binterspeech\b|international speech communication association",
}
_VENUES = {venue: re.compile(names, re.IGNORECASE) for venue, names in _NAMES.items()}
_OTHERS = re.compile(r"workshop|tutorial|competition", re.IGNORECASE)


def find_venue(name: str) -> str | None:
    """The conference that the name of a book or a journal means, if it is one of the five.

    >>> find_venue("Advances in Neural Information Processing Systems 30"), find_venue("Nature")
    ('neurips', None)
    >>> find_venue("NeurIPS 2023 Workshop on Instruction Tuning") is None
    True
    """
    if _OTHERS.search(name):
        return None
    return next((venue for venue, names in _VENUES.items() if names.search(name)), None)


def title_slug(title: str) -> str:
    """A title as an identifier: the same for every way to set it.

    >>> title_slug("Attention Is  All You Need!"), title_slug("{A}ttention is all you need")
    ('attention-is-all-you-need', 'attention-is-all-you-need')
    """
    plain = "".join(one for one in unicodedata.normalize("NFKC", title) if one not in "{}$\\")
    return "-".join(re.findall(r"\w+", plain.casefold()))
