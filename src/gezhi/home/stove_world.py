"""The world of the stove's proof: a burner in whole ticks, and what is remembered to judge.

The valve here is `gezhi.home.valve` in ticks: a thermocouple has three heats (`COLD`; `WARM`, which
reads as a flame and holds; `HOT`), a tick of flame makes it a step hotter and a tick without a step
colder. Everything of which the real one needs seconds takes a tick or two, in the same order.
"""

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

from gezhi.home.types.stove import StoveSettings

__all__ = ["NOBODY", "Place", "Variant", "World", "gas", "heated", "settled"]

OFF, LET_GO, PRESSED = 0, 1, 2
COLD, WARM, HOT = 0, 1, 2
#: How long ago a cut was asked for when nobody has.
NOBODY = 99


@dataclass(frozen=True, slots=True)
class Variant:
    """A stove to verify: its settings, and what may happen to it.

    `faults` are what may break, one at a time; `acts` what people and the house do: hands turn the
    knobs unless it is "untouched", with "tries" each message is tried at each state. `wiring` is
    the relay's contact in the thermocouple's circuit, `lifts` whether the magnet could lift the
    armature; the real ones are "closed" and False, and the others show that the proof would notice.
    `hottest` is the heat of a thermocouple in its flame: `WARM` where no rule tells it from `HOT`.
    """

    name: str
    settings: StoveSettings
    faults: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    wiring: str = "closed"
    lifts: bool = False
    hottest: int = WARM


class _Quick:
    """Replaces fields without going through all their names: a walk does so at every step."""

    __slots__ = ()
    _at: ClassVar[dict[str, int]]

    def _replace(self, **changes: Any) -> Self:
        values, at = [*self], self._at  # type: ignore[misc]
        for name in changes:
            values[at[name]] = changes[name]
        return tuple.__new__(type(self), values)  # type: ignore[type-var]


class _PlaceFields(NamedTuple):
    node: int
    knob: int = OFF
    seated: bool = False
    heat: int = COLD
    flame: bool = False
    says: bool = True
    left: int = 0
    on_for: int = 0
    spent: int = 0
    rested: int = 0
    asked: int = NOBODY
    owed: bool = False
    hindered: bool = False
    sure: bool = False
    waits: bool = False
    shut: bool = False
    plan: tuple[int, ...] = ()
    burn: int = -1
    alone: int = -1
    settled: bool = True
    warned: bool = False
    answered: bool = False
    latched: bool = False
    silent: int = 0
    deaf: int = 0
    lit: bool = False
    weak: int = 0
    faint: bool = False
    stuck: int = 0


class Place(_Quick, _PlaceFields):
    """One burner: its valve, its node, and what the judge remembers of it, in ticks.

    `node` is the number of the node's state in the model; `left` what a bought relay's own limit
    leaves; `says` whether the node has something to say. `on_for`, `spent` and `rested` count the
    coil's energised ticks. `asked` is how long ago a cut was asked for (`NOBODY`: too long),
    `owed` that gas has flowed ever since, `hindered` that a hand, a fault or an earlier cut was in
    the way, `sure` that the node must do it alone, `waits` that people were told that it waits.
    `plan` are the timers as people understand them, `burn` and `alone` what is left until a flame
    has burned or been alone too long (-1: not counting, -2: has come), `settled` that the node has
    heard of it all, `warned` that people were warned, `answered` that the lock has met this flame.
    `latched` and `silent` are of a fault that people must hear of, `shut` that a relay asked to
    open has not, `stuck` counts ticks of a contact open at rest, `deaf` ticks without a reading,
    `lit` is a flame as the hub was told, `weak` how long it has been too weak to hold, `faint`
    that people were told so.
    """

    __slots__ = ()
    _at: ClassVar[dict[str, int]] = {name: i for i, name in enumerate(_PlaceFields._fields)}


class _WorldFields(NamedTuple):
    hub: int
    places: tuple[Place, ...]
    fault: str = ""
    near: bool = True
    lock: bool = False
    alarm: bool = False
    hood_left: int = 0
    hood_need: int = 0
    breach: str = ""


class World(_Quick, _WorldFields):
    """The number of the hub's state in the model, the burners, and all around them.

    `lock` is what people last said of the child lock, `breach` names a broken property.
    """

    __slots__ = ()
    _at: ClassVar[dict[str, int]] = {name: i for i, name in enumerate(_WorldFields._fields)}


def gas(place: Place) -> bool:
    """Say whether gas flows."""
    return place.knob == PRESSED or (place.knob == LET_GO and place.seated)


def heated(place: Place, hottest: int) -> Place:
    """Let a tick of flame, or of none, pass at the thermocouple."""
    heat = min(place.heat + 1, hottest) if place.flame else max(place.heat - 1, COLD)
    return place if heat == place.heat else place._replace(heat=heat)


def settled(place: Place, *, holds: bool, lifts: bool = False) -> Place:
    """Let armature and flame follow knob and magnet; `lifts` is a magnet as no real one is."""
    seated = place.knob == PRESSED or (place.knob == LET_GO and holds and (place.seated or lifts))
    # A knob that is turned but not held by the magnet is as good as one that is off.
    turned = seated or lifts or place.knob == OFF
    knob = place.knob if turned else OFF
    flame = place.flame and (knob == PRESSED or (knob == LET_GO and seated))
    if (seated, knob, flame) == (place.seated, place.knob, place.flame):
        return place
    return place._replace(seated=seated, knob=knob, flame=flame)
