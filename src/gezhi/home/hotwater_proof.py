"""What is proved of the hot-water controller, and for which houses.

>>> verify(PIECES[1]).holds
True
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gezhi.home import hotwater
from gezhi.home.hotwater_model import HotWater
from gezhi.home.hotwater_world import FLOW, HOT, PROBE, TICK_LITRES, Variant
from gezhi.home.types import Phase, Settings, Tap
from gezhi.home.verify import Exploration, Property, Recovery
from gezhi.home.verify_product import State, explore

__all__ = ["PIECES", "VARIANTS", "properties", "recoveries", "verify"]

_NAMES = {
    "dry": "the pump never pushes against a closed way for longer than the dry limit",
    "cold": "the cold line never gets hot where a probe or thermostatic valve is fitted",
    "limit": "no relay is on for longer than its limit, hub or no hub",
    "blind": "nothing runs on without a sensor it needs",
    "apart": "a relay that reads otherwise than commanded ends in fault, all off",
    "rest": "at rest nothing is switched on",
    "refused": "a retained, late, repeated or absent request starts nothing",
    "pause": "nothing starts before the pause is over",
    "order": "the pump starts after the valve",
    "linger": "closing takes no longer than its time, be a tap open or not",
    "node": "while hub and link are there, no node has to use its own limit",
}


def properties(model: HotWater) -> list[Property[State]]:
    """Give what must hold in every state of a model."""
    settings = model.settings
    skip = set() if settings.layout == "cold-return" else {"cold", "order"}
    if not (settings.pump and settings.flow_sensor):
        skip.add("dry")
    if not settings.reads_back:
        skip.add("apart")
    return [
        Property(text, lambda state, name=name: model.world(state).breach != name)  # type: ignore[misc]
        for name, text in _NAMES.items()
        if name not in skip
    ]


def recoveries(model: HotWater) -> list[Recovery[State]]:
    """Give what must come again by itself."""
    return [
        Recovery(
            "it always comes back to idle, all off, without a stuck relay, a lost link or hub",
            goal=lambda state: (
                model.hub(state).phase is Phase.IDLE and not any(model.world(state).contacts)
            ),
            excused=lambda state: (
                bool(model.world(state).breach)
                or model.world(state).fault
                in ("hub-gone", "link-down", "pump-welds", "valve-welds")
            ),
        )
    ]


def verify(
    variant: Variant,
    controller: Any = hotwater,
    *,
    stop_early: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> Exploration:
    """Walk through every interleaving of one variant and judge every property."""
    model = HotWater(variant, controller)
    return explore(
        model, properties(model), recoveries(model), stop_early=stop_early, report=report
    )


_SMALL: dict[str, float] = {
    "opening_seconds": 1.0,
    "closing_seconds": 1.0,
    "relay_seconds": 1.0,
    "no_flow_seconds": 2.0,
    "dry_limit_seconds": 3.0,
    "stale_seconds": 2.0,
    "purge_limit_seconds": 8.0,
    "min_off_seconds": 2.0,
    "automatic_off_seconds": 3.0,
    "gap_seconds": 4.0,
    "fault_seconds": 2.0,
    "renew_seconds": 1.0,
    "request_age_seconds": 1.0,
    "exercise_interval_seconds": 99.0,
    "exercise_run_seconds": 1.0,
    "exercise_retry_seconds": 2.0,
    "frozen_seconds": 99.0,
    "drain_litres": 4 * TICK_LITRES,
    "drain_flow_litres_per_minute": FLOW,
    "supply_celsius": HOT,
    "room_celsius": 20.0,
    "unseen_seconds": 1.0,
}


def _settings(layout: str, taps: tuple[Tap, ...], **other: Any) -> Settings:
    return Settings(layout, taps, **{**_SMALL, **other})


_ANY = ("hub-gone", "link-down", "heater-dead", "clock-jump")
_RELAYS = ("pump-welds", "pump-dead", "valve-welds", "valve-dead")
_PROBES = ("probe-silent", "probe-low", "probe-high", "probe-absurd")
_FLOWS = ("flow-silent", "flow-zero", "flow-high", "flow-absurd")


def _tap(margin: int, **other: Any) -> Tap:
    return Tap(
        "tap", "valve", purge_litres=(PROBE + margin) * TICK_LITRES, cooling_seconds=2.5, **other
    )


#: The houses that are verified: every layout, with what its parts allow; the large ones take
#: millions of states and minutes.
VARIANTS = (
    Variant(
        "cold-return, the valve's node shuts it",
        _settings("cold-return", (_tap(1, probe=True),)),
        node_shuts=True,
        faults=(*_ANY, *_RELAYS, *_PROBES, *_FLOWS),
        shuts=True,
    ),
    Variant(
        "cold-return, the valve lives on cold readings",
        # Smaller numbers than the others, in the same order: a lease makes many more states.
        _settings(
            "cold-return",
            (_tap(2, probe=True, valve_lease_seconds=2.0),),
            purge_limit_seconds=6.0,
            fault_seconds=1.0,
            min_off_seconds=1.0,
        ),
        margin=2,
        faults=(*_ANY, *_RELAYS, *_PROBES, *_FLOWS),
        shuts=True,
    ),
    Variant(
        "cold-return, thermostatic valve",
        _settings("cold-return", (_tap(1, self_closing=True),)),
        faults=(*_ANY, *_RELAYS, *_FLOWS),
        shuts=True,
    ),
    Variant(
        "return-pipe, probe and flow sensor",
        _settings("return-pipe", (Tap("tap"),), return_sensor="reading"),
        margin=0,
        faults=(*_ANY, "pump-welds", "pump-dead", *_PROBES, *_FLOWS),
        shuts=True,
    ),
    Variant(
        "drain, probe and flow sensor",
        _settings("drain", (_tap(1, probe=True),), pump=""),
        margin=0,
        faults=(*_ANY, "valve-welds", "valve-dead", *_PROBES, *_FLOWS),
    ),
    Variant(
        "drain, probe alone",
        _settings("drain", (_tap(1, probe=True),), pump="", flow_sensor=False, reads_back=False),
        faults=(*_ANY, *_PROBES),
        draws=False,
    ),
    Variant(
        "return-pipe, thermostat switch",
        _settings(
            "return-pipe",
            (Tap("tap"),),
            return_sensor="switch",
            flow_sensor=False,
            exercise_interval_seconds=5.0,
        ),
        faults=("hub-gone", "link-down", "heater-dead", "clock-jump", "pump-welds", "pump-dead"),
        people=("button", "schedule"),
        draws=False,
        exercises=True,
    ),
)

#: The same houses a piece at a time, a fault or two each: seconds where `VARIANTS` take minutes.
PIECES = tuple(
    replace(VARIANTS[number], faults=faults, draws="draws" in more, shuts="shuts" in more)
    for number, more, faults in (
        (0, "draws shuts", ()),
        (0, "shuts", ("hub-gone",)),
        (0, "", (*_RELAYS, "clock-jump")),
        (0, "", _PROBES),
        (1, "", ("link-down",)),
        (1, "", ("probe-silent",)),
        (1, "shuts", ("hub-gone", "probe-low")),
        (2, "draws shuts", ("valve-dead",)),
        (3, "", _PROBES),
        (3, "shuts", ("hub-gone", "heater-dead")),
        (3, "", (*_FLOWS, "pump-welds")),
        (4, "", (*_PROBES, "valve-welds")),
        (5, "", VARIANTS[5].faults),
        (6, "", ("hub-gone", "clock-jump", "pump-dead")),
    )
)
