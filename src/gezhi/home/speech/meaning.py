"""One command from recognised words: every word of it must have its part, or nothing is done.

The rules ask in this order: would it light? does it name what the stove cannot know (another
device, a condition, a vague time)? is it denied? is it a question? Only then: which one of cancel,
extend and off is it, and is every word of it accounted for?
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import chain, islice

from gezhi.home.speech.amounts import amounts
from gezhi.home.speech.burners import NotOne, check_names, find_burner, own_words
from gezhi.home.speech.clauses import find_command
from gezhi.home.speech.command import Action, Command
from gezhi.home.speech.corrections import corrected, doubts_places
from gezhi.home.speech.dishes import without_dishes
from gezhi.home.speech.kinds import Kind, Token
from gezhi.home.speech.lexicon import words_of
from gezhi.home.speech.links import linked
from gezhi.home.speech.moments import NotSoon, seconds_until
from gezhi.home.speech.normal import Unreadable, is_chinese, pieces
from gezhi.home.speech.order import (
    adds_after_off,
    changes_timer,
    counts_what_is_cancelled,
    dismisses,
    drops_a_plan,
    ends_before,
    extends,
    has_loose_numbers,
    lacks_object,
    misplaces_amount,
    names_by_length,
    needs_another,
    parts_burners,
    parts_commands,
    repeats_off,
    says_what_the_timer_does,
    sets_burner,
    sets_up,
    shuts_timer,
    waits_first,
)
from gezhi.home.speech.questions import (
    denies_plainly,
    is_question,
    is_unclear_question,
    kindles,
    lights,
    lights_the_stove,
    names_fire,
    reports,
    takes_back,
    tells,
    wants_no_timer,
)
from gezhi.home.speech.relatives import without_relatives
from gezhi.home.speech.repairs import find_repaired
from gezhi.home.speech.sentence import SHUTTING, Sentence

__all__ = ["LONGEST_SECONDS", "understand"]

#: No soup takes longer; what does is a mistake of the speaker or of the recogniser.
LONGEST_SECONDS = 12 * 3600


#: More ways to read what points back than this, and nobody knows what is meant.
_MOST_LINKS = 4


class _Not(Exception):
    """It is not done; the code of the reason is its argument."""


def understand(
    text: str, burners: Sequence[str] = ("left", "right"), now: datetime | None = None
) -> Command:
    """What somebody who said this wants of the stove.

    Nothing is ever guessed: what is neither understood as a whole nor one clear command beside
    plain statements is unknown, and whatever would light or raise a flame is refused.

    Args:
        text: what was said or typed, Chinese or English.
        burners: the burners' names; places such as left, 前 or 大灶 are understood in both
            languages, other names as they are written.
        now: the local time, which gives times of day ("at half past seven") a meaning; without it
            they are unknown.

    Raises:
        ParameterError: the burners' names are none, two alike, empty, or "all".

    >>> understand("半小时后关火")
    Command(action=<Action.OFF: 'off'>, burner='all', delay_seconds=1800, reason='', language='zh')
    >>> understand("ten more minutes on the left burner").record()
    {'action': 'extend', 'burner': 'left', 'delay_seconds': 600}
    >>> understand("turn on the stove").action, understand("turn it off when it boils").reason
    (<Action.REFUSE: 'refuse'>, 'condition')
    """
    names = check_names(burners)
    language = "zh" if is_chinese(text) else "en"
    try:
        said = without_relatives(pieces(text))
    except Unreadable as error:
        return Command(Action.UNKNOWN, reason=str(error), language=language)

    def read(part: Sequence[str]) -> Command:
        return _whole(part, names, now, language)

    whole = read(said)
    if whole.is_executable:
        return whole
    own = own_words(names)
    repaired = find_repaired(said, own, read)
    return repaired or find_command(said, own, read) or _linked(said, own, read) or whole


def _linked(
    said: Sequence[str], own: tuple[str, ...], read: Callable[[Sequence[str]], Command]
) -> Command | None:
    """The command where a time or a burner points back, once or both."""
    once = list(islice(linked(said, own), _MOST_LINKS))
    twice = (row for one in once for row in linked(one, own))
    for row in chain(once, islice(twice, _MOST_LINKS)):
        whole = read(row)
        command = whole if whole.is_executable else find_command(row, own, read)
        if command is not None and command.is_executable:
            return command
    return None


def _whole(
    said: Sequence[str], names: tuple[str, ...], now: datetime | None, language: str
) -> Command:
    """The command in which every word has its part, or none."""
    read = amounts(without_dishes(words_of(said, own_words(names))))
    sentence = Sentence(corrected(read))
    try:
        if doubts_places(sentence.words):
            raise NotOne("which-burner")
        action, seconds = _action(sentence, now)
        burner = find_burner(sentence.words, names)
    except (_Not, NotOne, NotSoon) as error:
        return Command(Action.UNKNOWN, reason=str(error), language=language)
    reason = "lights" if action is Action.REFUSE else ""
    return Command(action, burner, seconds, reason, language)


def _action(said: Sentence, now: datetime | None) -> tuple[Action, int]:
    if not any(one.kind not in (Kind.FILLER, Kind.COMMA, Kind.QUESTION) for one in said.words):
        raise _Not("no-action" if said.words else "empty")
    asked = is_question(said)
    if lights(said) and not asked:
        if tells(said):
            raise _Not("question")
        return _lit(said)
    _stop_at_what_is_not_for_the_stove(said, asked=asked)
    if asked and (said.forgets() or not said.has(Kind.NEGATION, Kind.NEEDLESS)):
        return Action.STATUS, 0
    if is_unclear_question(said):
        raise _Not("question")
    if said.has(Kind.NEGATION, Kind.NEEDLESS):
        return _denied(said)
    return _command(said, now)


#: 煮水, 热饭: what the flame would be for is no other device.
_COOKS = "煮炒热烧做"
_KETTLES = ("kettle", "水壶")


def _lit(said: Sentence) -> tuple[Action, int]:
    devices = [one.text for one in said.words if one.kind == Kind.DEVICE]
    cooks = all(one[0] in _COOKS or one in _KETTLES for one in devices)
    if said.has(Kind.DEVICE) and not lights_the_stove(said) and not (cooks and kindles(said)):
        raise _Not("other-device")
    if said.has(Kind.NEGATION, Kind.NEEDLESS):
        raise _Not("negated")
    if said.has(Kind.TIMER) and not kindles(said):
        raise _Not("timer-of-what")
    strange = said.has(Kind.UNKNOWN) and not said.has(Kind.STOVE, Kind.PLACE, Kind.NAME)
    if strange or (said.has(Kind.FOOD, Kind.LIFE) and not kindles(said)):
        raise _Not("not-understood")
    return Action.REFUSE, 0


_STOPPERS = (
    (Kind.DEVICE, "other-device"),
    (Kind.CONDITION, "condition"),
    (Kind.READY, "condition"),
    (Kind.FOOD, "condition"),
    (Kind.LIFE, "not-understood"),
    (Kind.UNKNOWN, "not-understood"),
    (Kind.VAGUE, "vague-duration"),
    (Kind.SOME, "which-burner"),
    (Kind.LOWER, "flame-size"),
)


def _stop_at_what_is_not_for_the_stove(said: Sentence, *, asked: bool) -> None:
    for kind, reason in _STOPPERS:
        # "Did I leave a burner on", "is the timer done": whoever asks hears of all.
        heard = kind == Kind.SOME or (kind == Kind.READY and said.has(Kind.TIMER))
        if said.has(kind) and not (asked and heard):
            raise _Not(reason)


def _denied(said: Sentence) -> tuple[Action, int]:
    """ "No need to turn it off any more" drops the plan; "don't turn it off" may mean anything."""
    kinds = said.kinds
    plain = not said.has(Kind.MOMENT, Kind.ADD, Kind.MORE, Kind.KEEP, Kind.POSTPONE)
    plain = plain and (not said.has(Kind.AMOUNT) or names_by_length(said))
    about = said.has(Kind.OFF, Kind.TIMER) or (Kind.TURN in kinds and Kind.OFFWARD in kinds)
    turned = said.has(Kind.OFF) and said.words[said.first(Kind.OFF)].text.isascii()
    if said.has(Kind.AND) or (turned and reports(said)):
        raise _Not("negated")
    if not (plain and about) or said.has(Kind.STATE, Kind.ASK, Kind.BE, Kind.ON, Kind.NOW):
        raise _Not("negated")
    needless = said.has(Kind.NEEDLESS) and denies_plainly(said) and not ends_before(said)
    dropped = said.has(Kind.CANCEL) and takes_back(said)
    unwanted = wants_no_timer(said)
    if said.forgets() or not (needless or dropped or unwanted) or said.number(*SHUTTING) > 1:
        raise _Not("negated")
    return Action.CANCEL, 0


def _command(said: Sentence, now: datetime | None) -> tuple[Action, int]:
    polite = said.has(Kind.PLEASE) and not said.has(Kind.STATE)
    if said.has(Kind.STATE, Kind.ASK, Kind.BE, Kind.LOOK) or (said.has(Kind.ASKING) and not polite):
        raise _Not("question")
    if said.number(Kind.AMOUNT, Kind.MOMENT) > 1:
        raise _Not("two-commands")
    if has_loose_numbers(said):
        raise _Not("vague-duration")
    if said.has(Kind.CANCEL):
        return _cancel(said)
    if extends(said):
        return Action.EXTEND, _seconds(said, now)
    if said.has(Kind.TIMER):
        return _timer(said, now)
    return _off(said, now)


def _cancel(said: Sentence) -> tuple[Action, int]:
    if said.has(Kind.ADD, Kind.POSTPONE, Kind.KEEP, Kind.MORE, Kind.MOMENT, Kind.SET, Kind.DROP):
        raise _Not("two-commands")
    if said.number(Kind.CANCEL) > 1 or said.number(*SHUTTING) > 1 or parts_commands(said):
        raise _Not("two-commands")
    shuts, timer = said.has(*SHUTTING), said.has(Kind.TIMER)
    if shuts and not timer and dismisses(said):
        # "Never mind, turn it off": dropped, or done at once?
        raise _Not("two-commands")
    late = shuts and said.first(Kind.CANCEL) > said.first(*SHUTTING)
    if late and drops_a_plan(said):
        return Action.CANCEL, 0
    if late and not (timer or said.has(Kind.OBJECT)):
        raise _Not("two-commands")
    if said.has(Kind.NOW) and shuts:
        raise _Not("two-commands")
    if said.has(Kind.AMOUNT) and not counts_what_is_cancelled(said):
        raise _Not("not-understood")
    if names_fire(said) and not (timer or shuts):
        # "Cancel the left burner": its timer, or its flame?
        raise _Not("not-understood")
    return Action.CANCEL, 0


def _timer(said: Sentence, now: datetime | None) -> tuple[Action, int]:
    """Timers are dropped ("turn off the timer"), or set to turn the stove off."""
    turned = any(one.text.startswith(("turned", "switched")) for one in said.words)
    if (turned and said.has(Kind.OFF)) or any(one.text == "正" for one in said.words):
        raise _Not("question")
    if said.has(Kind.TURN) and not said.has(*SHUTTING):
        raise _Not("no-action")
    if said.has(Kind.DROP, Kind.STOP) or shuts_timer(said):
        if parts_commands(said) or said.has(Kind.SET, Kind.MOMENT, Kind.IN, Kind.LATER):
            raise _Not("two-commands")
        if said.number(Kind.DROP, Kind.STOP, *SHUTTING) > 1:
            raise _Not("two-commands")
        if said.has(Kind.AMOUNT) and not said.stands_before(Kind.AMOUNT, Kind.TIMER):
            raise _Not("not-understood")
        return Action.CANCEL, 0
    if not said.has(Kind.AMOUNT, Kind.MOMENT):
        raise _Not("no-duration")
    if parts_commands(said) or changes_timer(said) or said.number(*SHUTTING) > 1:
        raise _Not("two-commands")
    if said.has(Kind.NOW, Kind.MORE, Kind.ADD, Kind.POSTPONE):
        raise _Not("not-understood")
    if not says_what_the_timer_does(said):
        raise _Not("timer-of-what")
    return Action.OFF, _seconds(said, now)


def _off(said: Sentence, now: datetime | None) -> tuple[Action, int]:
    shuts = said.number(*SHUTTING)
    stops = said.has(Kind.STOP) and said.has(Kind.STOVE, Kind.PLACE, Kind.NAME, Kind.PLURAL)
    stops = stops or (said.has(Kind.PRONOUN) and any(one.text == "kill" for one in said.words))
    if reports(said):
        raise _Not("question")
    if needs_another(said):
        raise _Not("which-burner")
    if sets_burner(said):
        return Action.OFF, _seconds(said, now)
    if not (shuts or stops) or lacks_object(said):
        raise _Not("no-duration" if said.has(Kind.ADD, Kind.POSTPONE) else "no-action")
    if said.has(Kind.ADD, Kind.POSTPONE, Kind.DROP) or (shuts and said.has(Kind.STOP)):
        raise _Not("two-commands")
    if not said.has(Kind.AMOUNT, Kind.MOMENT):
        if said.has(Kind.LATER, Kind.IN, Kind.KEEP, Kind.MORE, Kind.FOR, Kind.BY, Kind.AT):
            raise _Not("vague-duration")
        if parts_commands(said) and not repeats_off(said):
            raise _Not("two-commands")
        if sets_up(said):
            raise _Not("no-duration")
        return Action.OFF, 0
    if shuts + said.number(Kind.STOP) > 1 or said.has(Kind.NOW) or parts_burners(said):
        raise _Not("two-commands")
    if misplaces_amount(said):
        raise _Not("vague-duration")
    if adds_after_off(said):
        raise _Not("two-commands")
    if parts_commands(said) and not waits_first(said):
        raise _Not("two-commands")
    return Action.OFF, _seconds(said, now)


def _seconds(said: Sentence, now: datetime | None) -> int:
    one = said.words[said.first(Kind.AMOUNT, Kind.MOMENT)]
    if one.kind == Kind.MOMENT:
        return _until(one, now)
    value = said.amount()
    if value <= 0:
        raise _Not("zero-duration")
    if value > LONGEST_SECONDS:
        raise _Not("long-duration")
    if value.denominator != 1:
        raise _Not("vague-duration")
    return int(value)


def _until(one: Token, now: datetime | None) -> int:
    if now is None or not isinstance(one.value, tuple):
        raise _Not("clock-time")
    seconds = seconds_until(one.value, one.text, now)
    if seconds > LONGEST_SECONDS:
        raise _Not("long-duration")
    return seconds
