"""The price that keeps a budget, against homes whose answer to a price is known."""

import random

import pytest

from gezhi.home.budget import BEGIN_PRICE, Budget


def lived(right_price, days, *, elasticity=0.8, spread=0.0, budget=1.5, least=2.5):
    """Prices and heats of a home that spends its budget at `right_price`."""
    kept, chance = Budget(budget, least_price=least), random.Random(1)
    prices, heats = [], []
    for _ in range(days):
        prices.append(kept.price)
        heat = budget * (kept.price / right_price) ** -elasticity
        heats.append(heat * (1 + spread * chance.gauss(0, 1)))
        kept.spent(heats[-1])
    return prices, heats


@pytest.mark.parametrize("right_price", [5.0, 9.0, 12.0, 18.0, 30.0])
@pytest.mark.parametrize("elasticity", [0.4, 0.8, 1.2])
def test_the_price_comes_to_what_the_budget_asks_for(right_price, elasticity):
    prices, heats = lived(right_price, 42, elasticity=elasticity)
    assert prices[-1] == pytest.approx(right_price, rel=0.1)
    assert sum(heats[14:28]) / 14 == pytest.approx(1.5, rel=0.06)
    assert sum(heats[-14:]) / 14 == pytest.approx(1.5, rel=0.02)


def test_days_that_differ_by_chance_cost_the_mean_next_to_nothing():
    _, heats = lived(14.0, 14 * 20, spread=0.25)
    fortnights = [sum(heats[day : day + 14]) / 14 for day in range(14, len(heats), 14)]
    assert sum(fortnights) / len(fortnights) == pytest.approx(1.5, rel=0.03)
    assert max(fortnights) < 1.5 * 1.1


def test_what_was_not_spent_is_carried_over_for_no_more_than_a_day():
    thrifty, plain = (Budget(1.5, least_price=BEGIN_PRICE) for _ in range(2))
    for _ in range(7):
        thrifty.spent(0.5)  # at the least price there is; seven days save more than four budgets
        plain.spent(1.5)
    for _ in range(2):
        thrifty.spent(3.0)
        plain.spent(3.0)
    assert plain.price > thrifty.price
    for _ in range(12):
        thrifty.spent(3.0)
    assert thrifty.price > BEGIN_PRICE


def test_a_journey_changes_no_price():
    home = Budget(1.5, least_price=2.5)
    for _ in range(5):
        home.spent(1.9)
    before = home.price
    for heat in (0.0, 0.01, -0.005):
        home.spent(heat)
    assert home.price == before


def test_no_price_is_below_the_users_or_without_bound():
    assert Budget(1.5, least_price=20.0).price == 20.0
    poor, rich = Budget(0.01, least_price=2.5), Budget(100.0, least_price=7.0)
    for _ in range(60):
        poor.spent(1.5)
        rich.spent(3.0)
    assert poor.price == 100.0
    assert rich.price == 7.0
