"""What is proved of the stove's controllers, and for which stoves.

>>> verify(PIECES[2]).holds
True
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from gezhi.home import stove, stove_node
from gezhi.home.stove_model import Stove
from gezhi.home.stove_world import HOT, WARM, Variant, World
from gezhi.home.types.stove import Burner, CutPhase, StoveSettings
from gezhi.home.verify import Exploration, Property, Recovery, Verdict, explore
from gezhi.kernel.parallel import available_cores, ordered_map

__all__ = ["PIECES", "VARIANTS", "properties", "recoveries", "verify", "verify_all"]

_NAMES = {
    "gas": "gas never flows that a hand did not start",
    "pulse": "a relay is never energised for longer than a pulse",
    "pause": "a relay rests between two pulses",
    "budget": "all energised time of a cut stays within its bound",
    "repeats": "a cut goes on while a flame is seen, and as often as is set where none can be",
    "unasked": "nothing is cut that nobody asked for",
    "prompt": "a cut asked for is made at once where nothing is in the way",
    "reported": "a cut asked for is done, or reported as not done, within its bound",
    "honest": "a cut is not called done while gas has flowed all the while",
    "refuses": "retained, late, repeated, absurd and strange messages are refused, and told why",
    "accepts": "what people may ask for is not refused",
    "meant": "every message does what it says, and changes nothing else",
    "copy": "the node knows what is planned",
    "lock": "hub and node agree on the child lock, and the button at the stove takes it off",
    "unknown": "a flame is known where it can be, and said to be unknown where it cannot",
    "warning": "people are warned before a flame has burned too long",
    "diagnosis": "a flame too weak to hold the magnet is told, and no other",
    "latched": "a fault stays until a person resets it",
    "reports": "a fault keeps reporting",
    "stuck": "a relay that reads energised at rest is a fault",
    "told": "people are told of every change, once, and of nothing else",
    "restart": "a restart with other settings keeps what is known",
    "clock": "hub and nodes do the same on any clock",
    "wakes": "nothing comes due without a wake",
    "hood": "the hood runs while a flame burns and for its time after, and then stops",
}


def properties(model: Stove) -> list[Property[World]]:
    """Give what must hold in every state of a model."""

    def lightable(world: World) -> bool:
        excused = (
            "light" not in model.variant.acts
            or world.lock
            or world.fault in ("stuck-open", "dirty")
        )
        locked = any(model.nodes[place.node].locked for place in world.places)
        return excused or locked or not _rests(model, world) or model.lit_again(world)

    return [
        *(
            Property(text, lambda world, name=name: world.breach != name, _sound)  # type: ignore[misc]
            for name, text in _NAMES.items()
        ),
        Property("a hand can light the stove again, once a cut is over", lightable),
        Property(
            "the button at the stove takes the child lock off, whatever happens",
            lambda world: all(model.freed(place.node) for place in world.places),
        ),
    ]


def _sound(world: World) -> bool:
    return not world.breach


def _rests(model: Stove, world: World) -> bool:
    hub = model.hubs[world.hub]
    return not any(
        model.energised(world, i)
        or model.nodes[place.node].pulses is not None
        or (here.cutting is not None and here.cutting.phase is not CutPhase.WAITING)
        for i, (place, here) in enumerate(zip(world.places, hub.burners, strict=True))
    )


def recoveries(model: Stove) -> list[Recovery[World]]:
    """Give what must come again by itself."""
    return [
        Recovery(
            "every cut comes to its end, and the relay rests",
            goal=lambda world: _rests(model, world),
            excused=lambda world: bool(world.breach) or world.fault in ("hub-gone", "power-gone"),
        )
    ]


def verify(
    variant: Variant,
    hub: Any = stove,
    node: Any = stove_node,
    *,
    stop_early: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> Exploration:
    """Walk through every interleaving of one variant and judge every property."""
    model = Stove(variant, hub, node)
    return explore(
        model, properties(model), recoveries(model), stop_early=stop_early, report=report
    )


def verify_all(
    report: Callable[[str], None] | None = None, *, workers: int | None = None
) -> Exploration:
    """Verify all variants; states and transitions are added, and a property must hold in all.

    They are walked through in `workers` processes, one for each core where that is not said; the
    result is the same whatever their number. `report` is told of each variant that is done.
    """
    states = transitions = 0
    fixpoint, broken, names = True, dict[str, tuple[str, ...]](), list[str]()
    # Those with the most faults take longest: first, so that no core waits for one at the end.
    variants = sorted(VARIANTS, key=lambda one: -len(one.faults))
    found = ordered_map(verify, variants, workers=workers or available_cores())
    for variant, done in zip(variants, found, strict=True):
        states, transitions = states + done.states, transitions + done.transitions
        fixpoint = fixpoint and done.fixpoint
        names = [one.name for one in done.verdicts]
        for one in done.verdicts:
            if not one.holds:
                broken.setdefault(one.name, (f"in the stove of {variant.name!r}:", *one.trace))
        if report is not None:
            report(f"{variant.name}: {done.states:,} states, {done.transitions:,} transitions")
    verdicts = tuple(Verdict(name, name not in broken, broken.get(name, ())) for name in names)
    return Exploration(states, transitions, fixpoint, verdicts)


_SMALL: dict[str, Any] = {
    "pulse_seconds": 1.0,
    "pause_seconds": 1.0,
    "energised_limit_seconds": 2.0,
    "rest_seconds": 2.0,
    "blind_pulses": 1,
    "relay_seconds": 1.0,
    "burn_limit_seconds": 0.0,
    "warning_seconds": 1.0,
    "presence_seconds": 0.0,
    "longest_plan_seconds": 2.0,
    "most_timers": 2,
    "command_age_seconds": 1.0,
    "stale_seconds": 2.0,
    "hold_millivolts": 9.0,
    "settle_seconds": 2.0,
    "hood_run_seconds": 2.0,
    "fault_seconds": 1.0,
    "gap_seconds": 1.0,
}
_SEEN = Burner("left", "relay", flame_sensor=True, reads_back=False)
_BLIND = Burner("left", "relay", reads_back=False)
_READ = replace(_SEEN, reads_back=True)
_BOUGHT = replace(_SEEN, node=False)
_RELAYS = ("stuck-closed", "stuck-open", "read-silent")
_METERS = ("sensor-silent", "sensor-low", "sensor-high", "sensor-absurd")


def _stove(
    name: str,
    burners: tuple[Burner, ...],
    faults: tuple[str, ...],
    acts: str,
    hottest: int = WARM,
    **other: Any,
) -> Variant:
    settings = StoveSettings(burners, **{**_SMALL, **other})
    return Variant(name, settings, faults, tuple(acts.split()), hottest=hottest)


_TWICE: dict[str, Any] = {"blind_pulses": 2}
_WEAK: dict[str, Any] = {"hold_millivolts": 20.0}

#: Times of which no two are alike, so that none can stand for another.
_UNEQUAL: dict[str, Any] = {
    "pulse_seconds": 2.0,
    "pause_seconds": 3.0,
    "energised_limit_seconds": 4.0,
    "rest_seconds": 5.0,
    "blind_pulses": 2,
    "command_age_seconds": 3.0,
    "stale_seconds": 4.0,
    "settle_seconds": 3.0,
    "fault_seconds": 5.0,
    "flame_millivolts": 10.0,
    "out_millivolts": 0.0,
    "hold_millivolts": 10.0,
}
_ALONE = replace(_READ, node=False)
_HEARD = replace(_BLIND, reads_back=True)
_OTHER = replace(_BLIND, name="right", relay="other")
_HUB = ("hub-gone", "link-down")
#: All that can be lost, or thrown back, between a hub and a relay.
_LOST = (*_HUB, "power-gone", "node-resets", "clock-jumps")
#: A cut is one pulse: with all of `_LOST`, what is remembered of several is for other stoves.
_ONCE: dict[str, Any] = {"energised_limit_seconds": 1.0}

#: The stoves that are verified: each has what one group of rules needs, with faults as they matter
#: to it; within one, faults come in any order and as often as one likes, one lasting at a time.
VARIANTS = (
    _stove("cut, nothing seen", (_BLIND,), _HUB, "cut blow messages light tries", **_TWICE),
    _stove("cut, flame seen", (_SEEN,), ("link-down",), "cut light tries"),
    _stove("relay that reads back", (_READ,), _RELAYS, "cut reset light tries"),
    _stove("meters that fail", (_SEEN,), _METERS, "cut"),
    _stove("dirty contact", (_SEEN,), ("dirty",), "cut reset", HOT, **_WEAK),
    _stove("timers, and the hub dies", (_BLIND,), ("hub-gone",), "plan", most_timers=1),
    _stove("longest burning", (_SEEN,), _METERS[:1], "extend tries", burn_limit_seconds=2.0),
    _stove("nobody near", (_SEEN,), (), "presence", presence_seconds=2.0),
    _stove("nobody near, nothing seen", (_BLIND,), (), "presence tries", presence_seconds=2.0),
    _stove("child lock", (_SEEN,), ("node-resets",), "lock light tries"),
    _stove("alarm", (_SEEN,), (), "alarm messages tries"),
    _stove(
        "hood",
        (_SEEN,),
        (),
        "hood-sensor tries",
        hood="hood",
        hood_run_seconds=4.0,
        stale_seconds=4.0,
    ),
    _stove("bought relay", (_BOUGHT,), (*_HUB, "clock-jumps"), "cut lock tries"),
    _stove("bought relay, timers", (replace(_BLIND, node=False),), ("link-down",), "plan tries"),
    _stove("several timers", (_BLIND,), (), "plan extend messages light tries"),
    _stove("two burners", (_BLIND, _OTHER), (), "cut tries", energised_limit_seconds=1.0),
    _stove(
        "timers at two burners, untouched",
        (replace(_BLIND, node=False), replace(_OTHER, node=False)),
        (),
        "plan untouched tries",
        most_timers=1,
        command_age_seconds=0.5,
        **_ONCE,
    ),
    _stove(
        "timers and no link, untouched",
        (_BLIND,),
        _HUB[1:],
        "plan untouched tries",
        most_timers=1,
        **_ONCE,
    ),
    _stove("cut, and the node resets", (_SEEN,), ("node-resets",), "cut light"),
    _stove("cut, and the power fails", (_SEEN,), ("power-gone",), "cut light"),
    _stove("timers, and the node resets", (_BLIND,), ("node-resets",), "plan", most_timers=1),
    _stove("unequal times", (_SEEN,), (), "cut", **_UNEQUAL),
    _stove("unequal times, nothing seen", (_BLIND,), ("link-down",), "cut light", **_UNEQUAL),
    _stove("unequal times, bought relay", (_ALONE,), (), "cut lock", **_UNEQUAL),
    _stove(
        "unequal times, and no link",
        (replace(_BLIND, node=False),),
        _HUB[1:],
        "cut plan tries",
        **_UNEQUAL,
    ),
    _stove("unequal times, read back", (_HEARD,), (), "cut", **_UNEQUAL),
    _stove("timers, read back", (_HEARD,), (), "cut plan tries", most_timers=1),
    _stove("child lock at one of two", (_SEEN, _OTHER), (), "lock tries"),
    _stove("relay that reads back, nothing seen", (_HEARD,), (*_RELAYS, *_HUB), "cut reset"),
    _stove("nobody near for a moment", (_BLIND,), (), "presence", presence_seconds=1.0),
    _stove("timers, and the hub forgets", (_BLIND,), ("hub-forgets",), "plan tries", most_timers=1),
    _stove("long rest", (_READ,), (), "cut", rest_seconds=4.0),
    _stove("timers made twice", (_BLIND,), _HUB[:1], "plan", most_timers=1, **_TWICE),
    _stove("child lock and timers", (_SEEN,), (), "lock plan", most_timers=1),
    _stove("child lock, and nonsense", (_SEEN,), (_METERS[0], _METERS[3]), "lock tries"),
    _stove("nothing seen, and all is lost", (_BLIND,), _LOST, "cut light"),
    _stove("flame seen, and all is lost", (_SEEN,), _LOST, "cut light", **_ONCE),
    _stove(
        "timers, and all is lost",
        (_BLIND,),
        _LOST,
        "plan",
        most_timers=1,
        longest_plan_seconds=1.0,
        **_ONCE,
    ),
    _stove(
        "relay that reads back, hub and link lost",
        (_READ,),
        (*_RELAYS, *_HUB),
        "cut reset light",
        **_ONCE,
    ),
    _stove(
        "meters that fail, hub and link lost",
        (_SEEN,),
        (_METERS[0], _METERS[2], *_HUB, "node-resets"),
        "cut",
        **_ONCE,
    ),
    _stove(
        "child lock, link and node lost", (_SEEN,), ("link-down", "node-resets"), "lock", **_ONCE
    ),
    _stove(
        "child lock, power and clock lost", (_SEEN,), ("power-gone", "clock-jumps"), "lock", **_ONCE
    ),
    _stove(
        "long timers, and the power fails",
        (_BLIND,),
        ("power-gone",),
        "plan",
        most_timers=1,
        longest_plan_seconds=2.0,
        **_ONCE,
    ),
    _stove(
        "timers and the longest burning",
        (_SEEN,),
        (),
        "plan",
        most_timers=1,
        burn_limit_seconds=3.0,
        **_ONCE,
    ),
)

#: The same stoves a piece at a time, a fault or none each: moments where `VARIANTS` take minutes.
PIECES = tuple(
    replace(VARIANTS[number], faults=tuple(faults.split()), acts=tuple(acts.split()))
    for number, faults, acts in (
        (0, "", "cut messages light"),
        (14, "", "plan extend messages"),
        (1, "", "cut light"),
        (9, "", "lock light"),
        (6, "", "extend"),
        (7, "", "presence"),
        (8, "", "presence"),
        (10, "", "alarm messages"),
        (11, "", "hood-sensor"),
        (12, "", "cut lock"),
        (13, "", "plan"),
        (2, "stuck-closed", "cut reset"),
        (2, "stuck-open", "reset"),
        (3, "sensor-silent", ""),
        (3, "sensor-absurd", ""),
        (4, "dirty", ""),
        (5, "hub-gone", "plan"),
        (5, "link-down", "plan"),
        (5, "power-gone", "plan"),
        (5, "hub-gone node-resets", "plan"),
        (5, "clock-jumps", "plan"),
        (0, "hub-gone", "cut"),
        (0, "link-down", "cut"),
        (1, "power-gone", "cut"),
        (6, "hub-gone", ""),
        (9, "link-down", "lock"),
        (9, "node-resets", "lock"),
        (12, "link-down", "cut"),
        (12, "clock-jumps", "cut"),
        (15, "", "cut"),
        (31, "", "cut"),
        (26, "", "cut plan"),
        (32, "hub-gone", "plan"),
    )
)
