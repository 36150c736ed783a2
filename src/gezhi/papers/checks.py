"""The named checks and transforms that rules.json calls by name: JavaScript has the same ones.

A check says whether the groups of a match can be a paper at all; a transform writes a group the way
the site writes it. Both get plain ASCII strings that a pattern has already bounded.

>>> arxiv_new(["1501.00001"]), arxiv_new(["1413.0001"])
(True, False)
>>> fill("{1|strip_zeros}@{2}", ["0267.pdf", "0267", "2023"])
'267@2023'
"""

import re
from collections.abc import Callable, Sequence
from functools import cache

from gezhi.papers.rules import table

__all__ = [
    "CHECKS",
    "TRANSFORMS",
    "acl_new",
    "acl_old",
    "arxiv_new",
    "arxiv_old",
    "arxiv_padded",
    "fill",
    "pad_number",
    "positive",
    "same_conference",
    "same_conference_early",
]

# arXiv's present scheme began in April 2007 and went from four digits to five in January 2015
# (https://info.arxiv.org/help/arxiv_identifier.html). The years 91 to 99 are those of the old one.
_FIRST_NEW, _FIRST_FIVE, _LAST_NEW = 704, 1501, 9012
_FIRST_OLD, _LAST_OLD = 9107, 703


def pad_number(number: str) -> str:
    """Give the number of an arXiv id as many digits as its month asks for, on one line.

    >>> pad_number("1706.3762"), pad_number("0704.00123")
    ('1706.03762', '0704.0123')
    """
    month, _, digits = "".join(number.split()).partition(".")
    width = 5 if int(month) >= _FIRST_FIVE else 4
    return f"{month}.{digits.lstrip('0').rjust(width, '0')}"


def arxiv_padded(groups: Sequence[str]) -> bool:
    """Tell whether `YYMM.N` is an arXiv id once its number is padded as it should be.

    >>> arxiv_padded(["1706.3762"]), arxiv_padded(["0704.12345"])
    (True, False)
    """
    return arxiv_new([pad_number(groups[0])])


def arxiv_new(groups: Sequence[str]) -> bool:
    """Tell whether `YYMM.N` is an arXiv id: a month that was, a number, and its right width.

    >>> arxiv_new(["0704.0001"]), arxiv_new(["0703.0001"]), arxiv_new(["2403.1234"])
    (True, False, False)
    """
    month, _, digits = groups[0].partition(".")
    value = int(month)
    return (
        _FIRST_NEW <= value <= _LAST_NEW
        and 1 <= value % 100 <= 12
        and int(digits) > 0
        and len(digits) == (5 if value >= _FIRST_FIVE else 4)
    )


def arxiv_old(groups: Sequence[str]) -> bool:
    """Tell whether `archive` and `YYMMNNN` are an arXiv id of July 1991 to March 2007.

    >>> arxiv_old(["hep-th", "9901001"]), arxiv_old(["hep-th", "0704001"])
    (True, False)
    >>> arxiv_old(["Hep-Th", "9901001"]), arxiv_old(["hep-xy", "9901001"])
    (True, False)
    """
    month, number = int(groups[1][:4]), int(groups[1][4:])
    return (
        number > 0
        and 1 <= month % 100 <= 12
        and (month >= _FIRST_OLD or month <= _LAST_OLD)
        and groups[0].lower() in table()["archives"]
    )


def positive(groups: Sequence[str]) -> bool:
    """Tell whether the first group that is nothing but digits and no year is above zero.

    >>> positive(["0000"]), positive(["2023", "0267"])
    (False, True)
    """
    return all(int(one) > 0 for one in groups if one.isascii() and one.isdigit())


def acl_old(groups: Sequence[str]) -> bool:
    """Tell whether `P18-1007` is a paper, and not the front matter of a volume.

    Most volumes have one digit; those of W, of C69 and of the EMNLP workshops of 2019 have two.

    >>> acl_old(["P18-1007"]), acl_old(["P18-1000"]), acl_old(["W19-7500"])
    (True, False, False)
    """
    name = groups[0].upper()
    year = int(name[1:3])
    two = name.startswith(("W", "C69", "D19-5", "D19-6"))
    paper = int(name[-2:] if two else name[-3:])
    return name[0] not in "BGVZ" and (year >= 60 or year <= 20) and paper > 0


def acl_new(groups: Sequence[str]) -> bool:
    """Tell whether `2022.acl-long.42` is a paper, and not the front matter of a volume.

    >>> acl_new(["2022.acl-long.42"]), acl_new(["2022.acl-long.0"])
    (True, False)
    """
    year, _, rest = groups[0].partition(".")
    number = rest.rpartition(".")[2]
    return 1950 <= int(year) <= 2099 and number[0] != "0"


def same_conference(groups: Sequence[str]) -> bool:
    """Tell whether folder and file of a CVF address name the same conference.

    >>> same_conference(["cvpr", "2017", "He_Mask", "CVPR", "2017"])
    True
    """
    return groups[0].upper() == groups[3].upper() and groups[1] == groups[4]


def same_conference_early(groups: Sequence[str]) -> bool:
    """Do the same for the files of 2013 to 2015, which put the year first.

    >>> same_conference_early(["cvpr", "2015", "Long_Fully", "2015", "CVPR"])
    True
    """
    return groups[0].upper() == groups[4].upper() and groups[1] == groups[3]


CHECKS: dict[str, Callable[[Sequence[str]], bool]] = {
    "acl_new": acl_new,
    "acl_old": acl_old,
    "arxiv_new": arxiv_new,
    "arxiv_old": arxiv_old,
    "arxiv_padded": arxiv_padded,
    "positive": positive,
    "same_conference": same_conference,
    "same_conference_early": same_conference_early,
}

TRANSFORMS: dict[str, Callable[[str], str]] = {
    "lower": str.lower,
    "pad_four": lambda text: text.rjust(4, "0"),
    "pad_number": pad_number,
    "strip_zeros": lambda text: text.lstrip("0"),
    "upper": str.upper,
}

_SLOT = re.compile("[{]([0-9])(?:[|]([a-z_]+))?[}]")


def fill(template: str, groups: Sequence[str]) -> str:
    """Write a template: `{0}` is the whole, `{1}` the first group, `{1|upper}` it in capitals.

    >>> fill("{1|lower}/{2}", ["Hep-th/9901001", "Hep-th", "9901001"])
    'hep-th/9901001'
    """

    return "".join(
        [
            text + (transform(groups[group]) if transform else groups[group] if group >= 0 else "")
            for text, group, transform in _parts(template)
        ]
    )


@cache
def _parts(template: str) -> tuple[tuple[str, int, Callable[[str], str] | None], ...]:
    pieces = _SLOT.split(template)
    slots = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=False)
    return (
        *((text, int(group), TRANSFORMS.get(name or "")) for text, group, name in slots),
        (pieces[-1], -1, None),
    )
