"""One state for all that no rule tells apart, in the stove's proof; part of `stove_model`."""

from dataclasses import replace

from gezhi.home.stove_world import Place
from gezhi.home.types.stove import BurnerState, NodeState, StoveState

__all__ = ["news", "ranks", "tidy_hub", "tidy_node", "tidy_place"]

#: Longer ago than any rule of the small settings looks back.
_FAR = 9.0


def ranks(sent: int, heard: int, number: int, fired: int, cut: int) -> tuple[int, ...]:
    """Give smaller numbers that stand to each other as these do, as far as any rule asks.

    A rule asks whether the hub has sent more than the node has, whether the node has fired its
    latest, whether the hub has heard of that, and which of these a cut's plan was (0: of none).

    >>> ranks(9, 4, 8, 5, 9)
    (3, 0, 2, 1, 3)
    """
    small = 2 if fired == number else 1
    told = 2 + (sent > number) - 2 * (sent < number)
    ranked = 0 if cut == 0 else small if cut <= fired else 2 if cut <= number else 3
    return told, small - (heard < fired), 2, small, ranked


def news(known: BurnerState, reading: float) -> bool:
    """Say whether the hub has not yet heard this reading at this instant."""
    if known.flame_at is None or known.flame_at < 0:
        return True
    return known.millivolts != reading and not (known.millivolts is None and reading > 80)


def tidy_hub(hub: StoveState, *, idle: bool) -> StoveState:
    """Give the hub's state with every age that no rule tells from another as one; now is 0."""
    limits = hub.settings
    stuck = limits.pulse_seconds + limits.relay_seconds
    far = -limits.relay_seconds - 1
    node = limits.burners[0].node
    long = max(limits.pulse_seconds, limits.pause_seconds, limits.relay_seconds)
    most = max(int(limits.energised_limit_seconds / limits.pulse_seconds), limits.blind_pulses) + 1

    def floor(at: float | None, least: float) -> float | None:
        return None if at is None else max(at, least)

    def tidied(here: BurnerState) -> BurnerState:
        cutting = here.cutting
        if cutting is not None:
            since, pulses = max(cutting.since, -long), min(cutting.pulses, most)
            cutting = replace(cutting, since=since, source="", pulses=pulses)
        lit = here.lit_at
        if lit is not None:
            lit = max(lit, -limits.presence_seconds) if limits.presence_seconds else -1.0
        return replace(
            here,
            timers=tuple(
                replace(one, due_at=max(one.due_at, far), id="", source="") for one in here.timers
            ),
            cutting=cutting,
            flame_at=floor(here.flame_at, -limits.stale_seconds),
            lit_at=lit,
            limit_at=floor(here.limit_at, far),
            weak_at=floor(here.weak_at, -limits.settle_seconds),
            # What no rule should ask for is kept as old as a rule that did ask would not miss.
            fault_at=max(here.fault_at if here.fault else -_FAR, -limits.fault_seconds),
            read_at=max(here.read_at if here.read else -_FAR, -stuck),
            planned_at=floor(here.planned_at, far),
            # A node keeps its pauses itself.
            pulsed_at=None
            if node or here.pulsed_at is None or here.pulsed_at <= -long - 1
            else here.pulsed_at,
        )

    return replace(
        hub,
        now=0.0 if idle else max(hub.now, -_FAR),
        burners=tuple(tidied(one) for one in hub.burners),
        away_at=floor(hub.away_at, -limits.presence_seconds),
        hood_until=floor(hub.hood_until, far),
        hood_sent_until=floor(hub.hood_sent_until, -limits.hood_run_seconds),
        seen=(),
    )


def tidy_node(node: NodeState, *, idle: bool) -> NodeState:
    """Give the node's state with every age that no rule tells from another as one; now is 0."""
    limits = node.settings
    heard = node.flame is not None
    return replace(
        node,
        now=0.0 if idle else max(node.now, -_FAR),
        on_at=None if node.on_at is None else max(node.on_at, -_FAR),
        # A pulse that forgot to say when it ended would look like a long rest.
        off_at=-limits.rest_seconds if node.energised else max(node.off_at, -limits.rest_seconds),
        ready_at=0.0 if node.energised else max(node.ready_at, 0.0),
        spent_seconds=min(node.spent_seconds, _FAR),
        due_at=None if node.due_at is None else max(node.due_at, 0.0),
        flame_at=max(node.flame_at, -limits.stale_seconds) if heard else 0.0,
    )


def tidy_place(place: Place) -> Place:
    """Give a burner without what its judge remembers of a cut or a fault that is no more.

    >>> tidy_place(Place(0, hindered=True, silent=1)) == Place(0)
    True
    """
    if not (place.owed or place.waits) and (place.hindered or place.sure):
        place = place._replace(hindered=False, sure=False)
    if place.silent and not place.latched:
        place = place._replace(silent=0)
    return place
