"""Chinese numerals up to 9,999.

>>> from fractions import Fraction
>>> table = {"两": 2, "二": 2, "三": 3, "五": 5, "六": 6, "十": 10, "百": 100, "零": 0}
>>> [numeral(text, table) for text in ("十", "二十五", "两百零五", "三零", "五六", "十五六")]
[Fraction(10, 1), Fraction(25, 1), Fraction(205, 1), None, None, None]
"""

from collections.abc import Mapping
from fractions import Fraction

__all__ = ["numeral"]


def numeral(text: str, values: Mapping[str, int]) -> Fraction | None:
    """The number, or None for what is none or is vague, as 五六, "five or six".

    Args:
        text: characters that are all in ``values``.
        values: what each character counts; from 10 on it multiplies what stands before it.
    """
    text = text.replace("廿", "二十").replace("卅", "三十")
    total, digit, scale, gap = 0, None, 10_000, False
    for one in text:
        value = values[one]
        if value >= 10:
            if value >= scale or digit == 0 or (digit is None and value > 10):
                return None
            if digit is None and total and not gap:
                return None
            total += (1 if digit is None else digit) * value
            digit, scale, gap = None, value, False
        elif value == 0:
            if digit is not None or gap:
                return None
            gap = True
            if len(text) == 1:
                return Fraction(0)
        elif digit is not None:
            return None
        else:
            digit = value
    if digit is None and gap:
        return None
    # 一百五 is 150 to most and 105 to none, but a command is no place to guess.
    if digit is not None and scale > 10 and total and not gap:
        return None
    return Fraction(total + (digit or 0))
