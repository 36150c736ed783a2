"""What a purge has to save so that the heat of a day stays within a budget.

Heat falls when its price rises, by about eight tenths of the price's share. So every day that has
been lived tells at which price the budget would just have been kept: the price that it had, moved
by how far its heat was off. The mean of that over the last weeks is the price for an ordinary day.
What was spent too much is saved again within days; what was spent too little is carried over up to
a day's worth. Days on which next to nothing was spent, as on journeys, count for neither.
"""

from __future__ import annotations

import math
from collections import deque

__all__ = ["BEGIN_PRICE", "Budget"]

BEGIN_PRICE = 12.0
"""Spoilt draws a kilowatt-hour: near what a budget of 1.5 kWh a day comes to."""

_ELASTICITY = 0.8
_BEGIN_DAYS = 3.0  # as many days as the first price is worth, until there are enough others
_DAYS = 14
_REPAID_DAYS = 4.0
_MOST_CREDIT_DAYS = 1.0
_LEAST_SHARE = 0.25  # of a budget: one odd day moves the price no further
_AWAY_SHARE = 0.02
_MOST_CHANGE = (0.6, 1.6)
_MOST_PRICE = 100.0


class Budget:
    """Finds the price that keeps a budget.

    Args:
        kwh_per_day: the heat to spend a day.
        least_price: what is never gone below, however much of the budget is left.

    >>> budget = Budget(1.5, least_price=2.5)
    >>> budget.price
    12.0
    >>> for _ in range(7):
    ...     budget.spent(3.0)
    >>> budget.price > 20
    True
    """

    def __init__(self, kwh_per_day: float, *, least_price: float) -> None:
        self._budget, self._least_price = kwh_per_day, least_price
        self._days: deque[tuple[float, float]] = deque(maxlen=_DAYS)
        self.price = max(least_price, BEGIN_PRICE)

    def spent(self, kwh: float) -> None:
        """A day is over on which so much heat was spent; `price` is that of the next."""
        share = kwh / self._budget
        if share < _AWAY_SHARE:
            return
        self._days.append((math.log(self.price), share))
        right = [at + math.log(max(_LEAST_SHARE, one)) / _ELASTICITY for at, one in self._days]
        begin = _BEGIN_DAYS * (1 - len(right) / _DAYS)
        usual = (begin * math.log(BEGIN_PRICE) + sum(right)) / (begin + len(right))
        owed = max(-_MOST_CREDIT_DAYS, sum(one - 1 for _, one in self._days))
        low, high = _MOST_CHANGE
        wanted = min(high, max(low, 1 - owed / _REPAID_DAYS))
        price = math.exp(usual - math.log(wanted) / _ELASTICITY)
        self.price = min(max(self._least_price, price), max(self._least_price, _MOST_PRICE))
